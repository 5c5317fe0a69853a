// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/measurements.h"

#include <cmath>

namespace distill {

Measurements::Measurements(TrainerHost& host, at::Device device) : m_host(host), m_stepsAtOnce(device.is_cpu() ? 1 : 16)
{
}

void Measurements::begin(const Progress& at)
{
    m_steps.push_back({at, {}});
}

void Measurements::add(const std::string& series, const at::Tensor& value, bool optional)
{
    m_steps.back().entries.push_back({&series, value.detach(), 0, optional});
}

void Measurements::add(const std::string& series, double value)
{
    m_steps.back().entries.push_back({&series, {}, value, true});
}

std::optional<Measurements::Bad> Measurements::flush(bool now)
{
    if (m_steps.empty() || (!now && m_steps.size() < m_stepsAtOnce)) {
        return std::nullopt;
    }
    std::vector<at::Tensor> scalars;
    for (const Step& step : m_steps) {
        for (const Entry& entry : step.entries) {
            if (entry.tensor.defined()) {
                scalars.push_back(entry.tensor.reshape({}).to(at::kFloat));
            }
        }
    }
    at::Tensor read;
    if (!scalars.empty()) {
        read = at::stack(scalars).to(at::kCPU).contiguous();
    }
    const float* next = read.defined() ? read.data_ptr<float>() : nullptr;

    std::optional<Bad> bad;
    std::vector<Measurement> values;
    for (const Step& step : m_steps) {
        values.clear();
        for (const Entry& entry : step.entries) {
            const double value = entry.tensor.defined() ? *next++ : entry.value;
            if (entry.optional && std::isnan(value)) {
                continue;
            }
            if (!std::isfinite(value) && !entry.optional && !bad) {
                bad = Bad{step.at, entry.series};
            }
            values.push_back({entry.series, value});
        }
        m_host.record(step.at, values);
    }
    m_steps.clear();
    return bad;
}

} // namespace distill
