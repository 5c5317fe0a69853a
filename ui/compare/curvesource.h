// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/alignment.h"
#include "ui/plots/curvefeed.h"
#include "ui/plots/curveplot.h"

namespace distill::ui {

/// What is drawn as one curve: a run, or the runs of a group as their mean. It goes by the id of its first run, whose colour it has.
struct CurveUnit {
    QString name;
    std::vector<RunId> runs;
    bool isGroup() const { return runs.size() > 1; }
    const RunId& id() const { return runs.front(); }
    bool operator==(const CurveUnit&) const = default;
};

/// Turns what the feed brings into the curves of a comparison: as they are, as means over seeds, or joined with the metric that
/// runs along. What was made is kept until the samples change.
class CurveSource {
public:
    explicit CurveSource(const CurveFeed& feed)
        : m_feed(feed)
    {
    }

    /// Every series that one of the runs has, in the order in which people look for them.
    std::vector<std::string> seriesOf(const std::vector<CurveUnit>& units) const;
    /// Those that are shown where nobody chose: loss, and of accuracy, agreement and KL the validation, else the probe.
    static std::vector<std::string> chiefSeries(const std::vector<std::string>& known);

    QVector<PlotCurve> curvesOf(const std::string& series, const std::vector<CurveUnit>& units, const ComparisonSetup& setup,
                                const std::map<RunId, QString>& memberNames);
    /// Before the curves of all plots are asked for, and after: what nobody asked for in between is let go.
    void beginRound();
    void endRound();
    /// Whether a curve that was made stands behind its samples: curvesOf() then gives other ones.
    bool isBehind() const;

private:
    struct Made {
        std::vector<std::shared_ptr<const Curve>> from;
        std::vector<std::uint64_t> versions;
        SeedMean mean;
        Joined joined;
        bool used = false;
        bool isCurrent() const;
    };
    using Key = std::tuple<std::string, std::string, RunId, std::size_t>; ///< series, metric, unit, and how many runs or a setting

    std::vector<std::shared_ptr<const Curve>> membersOf(const CurveUnit& unit, const std::string& series) const;
    /// The unit's curve of a series, null where none of its runs has it.
    SeedMean whole(const CurveUnit& unit, const std::string& series, ComparisonSetup::Band band);

    const CurveFeed& m_feed;
    std::map<Key, Made> m_made;
};

} // namespace distill::ui
