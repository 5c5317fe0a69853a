// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <functional>

namespace distill {

/// The runs that one document becomes, in the order they are to start: an inline teacher first (and its own teacher before
/// it), then for each seed the student and its control.
struct Expansion {
    std::vector<PlannedRun> runs;
    Engine::Submission submission;
};

/// `liveByContent` finds a queued or running run of this process by content hash; finished ones are looked up in the history.
/// Throws InputError; touches nothing.
Expansion expand(const Document& document, const Schema& schema, const History& history,
                 const std::function<std::optional<RunId>(const std::string&)>& liveByContent);

} // namespace distill
