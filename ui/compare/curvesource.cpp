// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/curvesource.h"

#include "experiment/series.h"
#include "ui/plots/paneplan.h"

#include <QCoreApplication>
#include <algorithm>
#include <array>
#include <bit>
#include <set>

namespace distill::ui {

using namespace Qt::StringLiterals;

bool CurveSource::Made::isCurrent() const
{
    return std::equal(from.begin(), from.end(), versions.begin(), versions.end(),
                      [](const auto& curve, std::uint64_t version) { return curve->version() == version; });
}

std::vector<std::string> CurveSource::seriesOf(const std::vector<CurveUnit>& units) const
{
    std::set<std::string> known;
    for (const CurveUnit& unit : units) {
        for (const RunId& run : unit.runs) {
            for (const auto& [name, curve] : m_feed.store().of(run)) {
                known.insert(name);
            }
        }
    }
    static const std::array<std::string, 9> first
        = {series::loss,          series::accuracyValidation, series::agreementValidation, series::klValidation, series::lossValidation,
           series::accuracyProbe, series::agreementProbe,     series::klProbe,             series::accuracyTrain};
    std::vector<std::string> result;
    for (const std::string& name : first) {
        if (known.erase(name) > 0) {
            result.push_back(name);
        }
    }
    for (const bool shares : {false, true}) { // where the time went, last
        for (const std::string& name : known) {
            if (name.starts_with(series::timePrefix) == shares) {
                result.push_back(name);
            }
        }
    }
    return result;
}

std::vector<std::string> CurveSource::chiefSeries(const std::vector<std::string>& known)
{
    static const std::vector<std::vector<std::string>> wanted = {{series::loss},
                                                                 {series::accuracyValidation, series::accuracyProbe},
                                                                 {series::agreementValidation, series::agreementProbe},
                                                                 {series::klValidation, series::klProbe}};
    std::vector<std::string> result;
    for (const auto& alternatives : wanted) {
        for (const std::string& name : alternatives) {
            if (std::find(known.begin(), known.end(), name) != known.end()) {
                result.push_back(name);
                break;
            }
        }
    }
    if (result.empty() && !known.empty()) {
        result.push_back(known.front()); // of another tool
    }
    return result;
}

std::vector<std::shared_ptr<const Curve>> CurveSource::membersOf(const CurveUnit& unit, const std::string& series) const
{
    std::vector<std::shared_ptr<const Curve>> members;
    for (const RunId& run : unit.runs) {
        if (auto curve = m_feed.store().find(run, series)) {
            members.push_back(std::move(curve));
        }
    }
    return members;
}

SeedMean CurveSource::whole(const CurveUnit& unit, const std::string& series, ComparisonSetup::Band band)
{
    auto members = membersOf(unit, series);
    if (members.empty()) {
        return {};
    }
    if (!unit.isGroup()) {
        return {members.front(), nullptr, nullptr};
    }
    Made& made = m_made[{series, "", unit.id(), 8 * members.size() + static_cast<std::size_t>(band)}];
    made.used = true;
    if (made.from != members || !made.isCurrent()) {
        made.mean = meanOf(members, band);
        made.versions.clear();
        for (const auto& member : members) {
            made.versions.push_back(member->version());
        }
        made.from = std::move(members);
    }
    return made.mean;
}

QVector<PlotCurve> CurveSource::curvesOf(const std::string& series, const std::vector<CurveUnit>& units, const ComparisonSetup& setup,
                                         const std::map<RunId, QString>& memberNames)
{
    const SeriesText text = textOf(series);
    const bool metric = setup.axis == XAxis::Metric;
    const double smoothing = metric && text.look == Look::Dense ? setup.smoothing : 0;
    const double alongSmoothing = metric && textOf(setup.metric).look == Look::Dense ? setup.smoothing : 0;
    const auto join = [&](const CurveUnit& unit, const Curve& along, PlotCurve& curve) {
        const std::shared_ptr<const Curve> values = curve.curve;
        const std::vector<std::uint64_t> versions = {along.version(), values->version(), std::bit_cast<std::uint64_t>(setup.smoothing)};
        Made& made = m_made[{series, setup.metric, unit.id(), unit.runs.size()}];
        made.used = true;
        if (!made.joined.values || made.versions != versions || made.from != std::vector{values}) {
            made.joined = joined(along, alongSmoothing, *values, smoothing);
            made.versions = versions;
            made.from = {values};
        }
        curve.along = made.joined.along;
        curve.curve = made.joined.values;
        curve.low = curve.high = nullptr;
    };
    QVector<PlotCurve> curves;
    for (const CurveUnit& unit : units) {
        if (setup.members && unit.isGroup()) {
            for (const RunId& run : unit.runs) {
                CurveUnit member{{}, {run}};
                const SeedMean own = whole(member, series, ComparisonSetup::Band::None);
                if (!own.mean) {
                    continue;
                }
                const auto name = memberNames.find(run);
                PlotCurve curve{run, name == memberNames.end() ? unit.name : name->second, text.title, own.mean, Look::Faint};
                curve.paintedAs = unit.id();
                curve.exact = text.look != Look::Dense; // as their mean
                if (const auto along = metric ? whole(member, setup.metric, ComparisonSetup::Band::None).mean : nullptr) {
                    join(member, *along, curve);
                } else if (metric) {
                    continue;
                }
                curves.append(std::move(curve));
            }
        }
        const SeedMean whole = this->whole(unit, series, setup.band);
        if (!whole.mean) {
            continue;
        }
        PlotCurve curve{unit.id(), unit.name, text.title, whole.mean, text.look};
        curve.low = whole.low;
        curve.high = whole.high;
        if (metric) {
            const SeedMean along = this->whole(unit, setup.metric, ComparisonSetup::Band::None);
            if (!along.mean) {
                continue;
            }
            join(unit, *along.mean, curve);
        }
        curves.append(std::move(curve));
    }
    return curves;
}

void CurveSource::beginRound()
{
    for (auto& [key, made] : m_made) {
        made.used = false;
    }
}

void CurveSource::endRound()
{
    std::erase_if(m_made, [](const auto& each) { return !each.second.used; });
}

bool CurveSource::isBehind() const
{
    return std::any_of(m_made.begin(), m_made.end(), [](const auto& each) {
        const auto& [key, made] = each;
        if (std::get<1>(key).empty()) {
            return !made.isCurrent();
        }
        return made.from.front()->version() != made.versions[1];
    });
}

} // namespace distill::ui
