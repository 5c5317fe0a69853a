// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "training/host.h"

#include <functional>
#include <map>

namespace distill::test {

/// Keeps all that a trainer says, and steers it by a function asked before each step.
class RecordingHost : public TrainerHost {
public:
    std::map<std::string, std::map<std::int64_t, double>> curves; ///< series -> step -> value
    std::vector<std::pair<std::string, std::string>> notes; ///< kind, text
    std::map<std::string, std::string> files; ///< kind -> path
    std::vector<Tuning> lastTunables;
    std::int64_t step = 0; ///< steps begun
    std::function<Control(std::int64_t step)> steer;

    void record(const Progress& at, std::span<const Measurement> measurements) override
    {
        for (const Measurement& each : measurements) {
            curves[*each.series][at.step] = each.value;
        }
    }
    void note(const Progress&, const std::string& kind, const std::string& text, const Json&) override
    {
        notes.emplace_back(kind, text);
    }
    void saved(const Progress&, const std::string& kind, const std::string& path) override { files[kind] = path; }
    void tunables(const std::vector<Tuning>& values) override { lastTunables = values; }
    Control control() override { return steer ? steer(step++) : Control{}; }
    bool keepGoing() override { return true; }

    /// All curves that a repetition must reproduce: what concerns its speed is the machine's, not the run's.
    std::map<std::string, std::map<std::int64_t, double>> reproducible() const
    {
        auto result = curves;
        result.erase("images per second");
        std::erase_if(result, [](const auto& curve) { return curve.first.starts_with("time/"); });
        return result;
    }
};

} // namespace distill::test
