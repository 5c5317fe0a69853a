// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/profile.h"

namespace distill {

namespace {

constexpr std::int64_t deviceStepsPerMeasurement = 16;

std::string nameOf(std::size_t phase)
{
    return series::timeShares[phase].substr(series::timePrefix.size());
}

} // namespace

Profile::Profile(at::Device device)
{
    if (!device.is_cpu()) {
        m_deviceMark = at::zeros({}, at::TensorOptions(device));
    }
}

void Profile::beginStep(std::int64_t step)
{
    if (m_deviceMark.defined()) {
        m_measures = step % deviceStepsPerMeasurement == 0;
        m_countsAs = static_cast<double>(deviceStepsPerMeasurement);
        waitForDevice();
    }
}

void Profile::waitForDevice()
{
    if (m_measures && m_deviceMark.defined()) {
        m_deviceMark.item<float>(); // comes back when all before it on the stream is done
    }
}

Profile::Watch::Watch(Profile& profile, Phase phase)
    : m_profile(profile), m_phase(phase), m_start(std::chrono::steady_clock::now())
{
}

Profile::Watch::~Watch()
{
    // Evaluations and checkpoints end with a figure on the host and are measured each time.
    const bool always = m_phase == Phase::Evaluation || m_phase == Phase::History;
    if (!m_profile.m_measures && !always) {
        return;
    }
    m_profile.waitForDevice();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - m_start;
    m_profile.m_total[static_cast<std::size_t>(m_phase)] += passed.count() * (always ? 1 : m_profile.m_countsAs);
}

Profile::Seconds Profile::takeWindow()
{
    Seconds window;
    for (std::size_t i = 0; i < phases; ++i) {
        window[i] = m_total[i] - m_taken[i];
    }
    m_taken = m_total;
    return window;
}

const Profile::Seconds& Profile::total() const
{
    return m_total;
}

Json Profile::toJson() const
{
    Json json = Json::object();
    for (std::size_t i = 0; i < phases; ++i) {
        json[nameOf(i)] = m_total[i];
    }
    return json;
}

void Profile::restore(const Json& json)
{
    m_total = m_taken = {};
    for (std::size_t i = 0; json.is_object() && i < phases; ++i) {
        m_total[i] = m_taken[i] = json.value(nameOf(i), 0.0);
    }
}

} // namespace distill
