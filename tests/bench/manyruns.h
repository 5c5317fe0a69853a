// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace distill::bench {

struct ManyRuns {
    std::int64_t runs = 10'000;
    std::int64_t points = 1'000; ///< of each run's loss; its other curves have some dozens more
    std::int64_t longest = 1'000'000; ///< points of the loss of one run more; 0: none
    std::uint32_t seed = 1;
};

/// Fills a workspace that holds no history yet as a year of work would: submissions of teachers, students over seeds, controls, twins and
/// sweeps, with documents that the schema accepts, summaries, curves, tags, marks and some that went wrong. The figures are invented; the
/// same settings give the same ones. Throws std::runtime_error where there is a history already.
void makeManyRuns(const std::string& workspace, const ManyRuns& settings, const std::function<void(const std::string&)>& tell);

} // namespace distill::bench
