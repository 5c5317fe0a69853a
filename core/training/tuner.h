// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"
#include "models/model.h"

namespace distill {

/// What the choice is made for. Two runs with the same of these compute alike.
struct TuningCase {
    Selection model;
    InputShape shape;
    std::int64_t classes = 0, batch = 0;
    at::Device device = at::kCPU;
    std::string hardware; ///< the processor's name; a workspace may move between machines
    bool trains = false;  ///< forward and backward, else the frozen network's forward pass
};

/// Chooses precision and layout of a network by timing a few steps of each on random images, and keeps the choice in a file,
/// so that a repetition computes alike and starts at once. Times of one file are of that machine and LibTorch alone.
class Tuner {
public:
    explicit Tuner(std::string file); ///< empty: nothing is kept. A damaged file counts as empty.

    struct Choice {
        Execution execution;
        std::string sentence; ///< the figures, for the log; empty where nothing was to choose
        double secondsPerImage = 0; ///< of one pass; 0 where nothing was measured
    };
    /// `settings` may force precision or layout. Takes under a second beyond two steps of each candidate.
    Choice choose(const TuningCase& of, const ComputeSettings& settings) const;

    /// What this machine reaches at most with the threads it now has, in 10^9 floating point operations a second: measured on
    /// a 3x3 convolution of 256 channels, larger than those of the networks here. Takes a tenth of a second.
    double peakGigaflops(bool bfloat16, at::Device device, const std::string& hardware) const;

private:
    Json kept(const std::string& key) const; ///< null where there is nothing
    void keep(const std::string& key, const Json& value) const;

    std::string m_file;
};

} // namespace distill
