// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"
#include "history/history.h"

/// The documents of what an experiment is compared with. Each is of one run; `experiment` is what `document` says.
namespace distill {

/// The same student on the same labels for the same number of steps, learning from the labels alone. The teacher stays in the document: it
/// is asked for agreement, and no gradient comes from it. Throws InputError where no stage moves the student.
Document aloneDocument(const Document& document, const Experiment& experiment, const History& history);

/// The teacher once more from another seed, so that nothing but the data and the recipe is common to both. The teacher is a run or an
/// experiment.
Document twinDocument(const Document& document, const Experiment& experiment, const History& history);

/// The same student taught by networks of the teacher's kind that never learned anything: what the objective does by itself.
Document randomTeacherDocument(const Document& document, const Experiment& experiment, const History& history);

} // namespace distill
