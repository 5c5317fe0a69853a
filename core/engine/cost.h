// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

namespace distill {

/// What a run's network costs to use on this machine, and what it took to make.
struct Cost {
    RunId run;
    std::string name, model;
    double accuracy = 0; ///< on test, of the reported weights; NaN where not known

    std::int64_t parameters = 0, multiplyAdds = 0; ///< multiply-adds of one sample
    std::int64_t bytesFloat32 = 0, bytesBfloat16 = 0; ///< of the weights, running statistics included
    struct Latency {
        std::int64_t batch = 1;
        double median = 0, p95 = 0; ///< seconds a batch
    };
    /// After warm-up, on all cores, in float32, batch norms folded into the convolutions; empty until measured.
    std::vector<Latency> latencies;

    double trainingSeconds = 0; ///< so far, pauses left out
    double trainingJoules = 0;  ///< estimate: seconds x watts of the machine
    std::int64_t labels = 0;    ///< labelled samples whose labels an objective used
    /// Different answers that it learned from: one a sample and view, whether they were computed, stored or stored by an earlier run.
    std::int64_t queries = 0;

    /// What training those took that taught it, and those that taught them: each run once.
    std::vector<RunId> teachers;
    double teachersSeconds = 0, teachersJoules = 0;
};

/// Measures latency at each batch size for about half a second: other work on the machine shows. The network may be unfinished; its data have
/// to be there. Throws InputError for a run or data that are not. Off the window's thread.
Cost costOf(const History& history, const RunId& run, const std::vector<std::int64_t>& batches, double watts);

/// A student's figures as shares of its teacher's; NaN where the teacher's is 0 or not known.
struct RelativeCost {
    double accuracy, parameters, multiplyAdds, bytes;
    double training; ///< of the seconds; with `withTeachers` those of all that taught either are part of the sum
    std::vector<double> latencies; ///< of the medians, at the batch sizes that both have
};
RelativeCost relativeTo(const Cost& teacher, const Cost& student, bool withTeachers);

} // namespace distill
