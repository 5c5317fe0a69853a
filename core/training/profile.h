// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"
#include "experiment/series.h"

#include <ATen/ATen.h>
#include <array>
#include <chrono>

namespace distill {

enum class Phase { Data, Teacher, Forward, Backward, Optimiser, Evaluation, History };
constexpr std::size_t phases = std::tuple_size_v<decltype(series::timeShares)>; // in the same order

/// Where a run's time goes, in seconds of its training thread. The kernels of a GPU run on after the call that started them, so
/// there one step in sixteen is measured, waiting for the device at each border, and counted sixteen times.
class Profile {
public:
    using Seconds = std::array<double, phases>;

    explicit Profile(at::Device device);

    void beginStep(std::int64_t step); ///< decides whether the phases of this step are measured

    /// What passes while it lives belongs to its phase.
    class Watch {
    public:
        Watch(Profile& profile, Phase phase);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        Profile& m_profile;
        Phase m_phase;
        std::chrono::steady_clock::time_point m_start;
    };

    Seconds takeWindow(); ///< since it was last taken
    const Seconds& total() const;
    Json toJson() const; ///< name of a phase to its seconds; restore() reads it
    void restore(const Json& json); ///< null: nothing was measured before

private:
    void waitForDevice();

    at::Tensor m_deviceMark; ///< undefined on the CPU
    bool m_measures = true;
    double m_countsAs = 1;
    Seconds m_total = {}, m_taken = {};
};

} // namespace distill
