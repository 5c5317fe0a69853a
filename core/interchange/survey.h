// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "interchange/readers.h"

#include <limits>
#include <map>

namespace distill {

/// What a first reading learns of a source: its runs, their curves, and how they count their steps. It refuses what cannot become
/// points.
class Survey : public CurveSink {
public:
    struct Curve {
        std::size_t run = 0;
        std::string name;
        std::int64_t values = 0;
        std::int64_t places = 0;  ///< of different steps, as far as they come in order
        double lastStep = std::nan("");
        double smallest = std::numeric_limits<double>::infinity(), largest = -std::numeric_limits<double>::infinity(); ///< finite ones
    };
    struct Run {
        std::string name; ///< "" where the source speaks of one run only
        std::vector<std::size_t> curves;
        bool steps = false, epochs = false, seconds = false, wholeEpochs = true;
        std::int64_t withoutStep = 0, repeated = 0, backwards = 0;
        double firstWallTime = std::numeric_limits<double>::infinity(), lastWallTime = -std::numeric_limits<double>::infinity();
        /// Where its values stand: on steps of their own, else on whole epochs, else one after another.
        enum class Counting { Steps, Epochs, Order };
        Counting counting() const { return steps ? Counting::Steps : epochs && wholeEpochs ? Counting::Epochs : Counting::Order; }
        bool hasWallTime() const { return firstWallTime <= lastWallTime; }
    };

    /// `path` for what it throws.
    explicit Survey(std::string path)
        : m_path(std::move(path))
    {
    }

    std::size_t curve(std::string_view run, std::string_view name) override;
    void value(std::size_t curve, const Place& place, double value) override;
    void began(double wallTime) override;
    void remark(const std::string& sentence) override;

    const std::vector<Run>& runs() const { return m_runs; }
    const std::vector<Curve>& curves() const { return m_curves; }
    const std::vector<std::string>& remarks() const { return m_remarks; }

private:
    void count(Run& run, Curve& curve, double step);

    std::string m_path;
    std::vector<Run> m_runs;
    std::vector<Curve> m_curves;
    std::map<std::pair<std::string, std::string>, std::size_t, std::less<>> m_numbers;
    std::map<std::string, std::size_t, std::less<>> m_runNumbers;
    std::vector<std::string> m_remarks;
    double m_began = std::numeric_limits<double>::infinity();
};

} // namespace distill
