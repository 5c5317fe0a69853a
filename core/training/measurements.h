// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "training/host.h"

#include <ATen/ATen.h>
#include <optional>

namespace distill {

/// Values of the steps' curves on their way to the host. On a GPU, reading one value stalls the device, so device scalars
/// wait here and are read together every few steps; on the CPU each step is handed over at once.
class Measurements {
public:
    Measurements(TrainerHost& host, at::Device device);

    void begin(const Progress& at); ///< what follows belongs to this step
    /// `value` is a scalar on the device. With `optional`, NaN means "not measured" and is left out.
    void add(const std::string& series, const at::Tensor& value, bool optional = false);
    void add(const std::string& series, double value);

    struct Bad {
        Progress at;
        const std::string* series;
    };
    /// Hands over what is due. Returns the first value that is not finite and not optional, if any.
    std::optional<Bad> flush(bool now);

private:
    struct Entry {
        const std::string* series;
        at::Tensor tensor;
        double value;
        bool optional;
    };
    struct Step {
        Progress at;
        std::vector<Entry> entries;
    };
    TrainerHost& m_host;
    std::size_t m_stepsAtOnce;
    std::vector<Step> m_steps;
};

} // namespace distill
