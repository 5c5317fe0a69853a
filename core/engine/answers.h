// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

#include <vector>

/// The teachers' answers that a workspace stores: one file for each teacher, data set, augmentation and precision, shared by all
/// runs that need the same (teachers/answerfile.h).
namespace distill {

struct StoredAnswers {
    std::string path;
    Json description; ///< null where the file's head is damaged
    std::int64_t bytes = 0; ///< on the disk
    double usedAt = 0;      ///< seconds since 1970
    std::int64_t records = 0, whole = 0, damaged = 0; ///< answers: room, there, not to be believed
};
/// Reads every record. Last used first.
std::vector<StoredAnswers> storedAnswers(const History& history);

/// Removes those used longest ago until the rest takes at most `bytes`; what a run has open stays. Returns the bytes freed.
std::int64_t trimStoredAnswers(const History& history, std::int64_t bytes);

struct AnswerCheck {
    std::int64_t compared = 0, wrong = 0, damaged = 0;
};
/// Asks a run's teacher about `samples` random samples anew, as a whole number of batches, and compares with what is stored.
/// Throws InputError where the run stores none.
AnswerCheck verifyAnswers(const History& history, const RunId& id, std::int64_t samples);

} // namespace distill
