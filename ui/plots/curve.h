// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"
#include "ui/plots/ema.h"
#include "ui/plots/pyramid.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace distill::ui {

/// What runs along. Samples are those a run has learned from so far; a metric is another series of the same run.
enum class XAxis { Step, Epoch, Time, Samples, Metric };

/// From this step on a batch holds so many samples.
struct BatchSize {
    std::int64_t step = 0;
    std::int64_t samples = 0;
    bool operator==(const BatchSize&) const = default;
};

struct Sample {
    std::int64_t step = 0;
    double epoch = 0;
    double seconds = 0;
    double value = 0;
};

/// Every sample of one series of one run, in the order of steps, one a step. What is derived from them (extremes, the
/// smoothed values) is brought up to date when asked for and costs by what was appended since.
class Curve {
public:
    /// Takes in samples; one of a step that is there already replaces it.
    void append(const Sample& sample);
    /// What the history holds, while newer samples may have come in live: samples of steps up to the last loaded one
    /// are replaced, later ones stay.
    void splice(Curve loaded);
    /// Smoothing begins anew at these steps, in order: another stage measures another loss.
    void restartSmoothingAt(std::vector<std::int64_t> steps);
    /// What the axis of samples counts by, in the order of steps; without any it counts steps.
    void setBatchSizes(std::vector<BatchSize> sizes);
    const std::vector<BatchSize>& batchSizes() const { return m_batches; }

    std::size_t size() const { return m_values.size(); }
    bool empty() const { return m_values.empty(); }
    Sample at(std::size_t index) const;
    /// Changes with every change of the samples.
    std::uint64_t version() const { return m_version; }

    /// Never decreases; empty for a metric, which is another curve.
    std::span<const double> x(XAxis axis) const;
    std::span<const double> values() const { return m_values; }
    const Pyramid& pyramid() const;
    /// The samples smoothed with this weight (0: as they are). Kept for one weight at a time.
    std::span<const double> smoothed(double weight) const;
    const Pyramid& smoothedPyramid(double weight) const;
    /// The sample nearest to a place on an axis.
    std::optional<std::size_t> nearest(XAxis axis, double wanted) const;
    /// Where a step lies on an axis, between samples interpolated.
    double place(std::int64_t step, XAxis axis) const;

private:
    void changedFrom(std::size_t index);
    double samplesAt(double step) const;

    std::array<std::vector<double>, 3> m_x;
    std::vector<double> m_values;
    std::vector<std::int64_t> m_restarts;
    std::vector<BatchSize> m_batches;
    std::uint64_t m_version = 0;
    mutable std::vector<double> m_samples; ///< seen at each step, as far as they were asked for
    mutable Pyramid m_pyramid;
    mutable std::vector<double> m_smoothed;
    mutable Pyramid m_smoothedPyramid;
    mutable Ema m_ema;
};

/// The curves of many runs by run and name of series.
class CurveStore {
public:
    using Curves = std::map<std::string, std::shared_ptr<Curve>, std::less<>>;

    std::shared_ptr<Curve> curve(const RunId& run, const std::string& series); ///< made when new
    std::shared_ptr<const Curve> find(const RunId& run, std::string_view series) const;
    const Curves& of(const RunId& run) const;
    bool contains(const RunId& run) const { return m_runs.contains(run); }
    void remove(const RunId& run) { m_runs.erase(run); }
    std::size_t samples(const RunId& run) const;

private:
    std::map<RunId, Curves> m_runs;
};

} // namespace distill::ui
