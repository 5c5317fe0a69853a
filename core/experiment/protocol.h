// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/advice.h"

namespace distill {

/// What a document lacks for a fair answer to whether its teacher helps, and what was taken over from it: the same student alone, a twin of
/// the teacher, a random teacher (each where there can be one), and `seeds` seeds from the document's own on. Seeds that the document lists
/// stay, and more are added after the largest. Empty where nothing is lacking, and for a document with a problem or without a teacher.
std::vector<Edit> fairProtocol(const Schema& schema, const Document& document, int seeds = 3);

} // namespace distill
