// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/import.h"

#include "experiment/schema.h"
#include "experiment/series.h"
#include "interchange/names.h"
#include "interchange/sources.h"
#include "interchange/survey.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

namespace fs = std::filesystem;

namespace distill {

namespace {

constexpr std::size_t pointsAtOnce = 20'000;
constexpr std::size_t pointsUncommitted = 200'000;

std::string counted(std::int64_t count, const std::string& what)
{
    return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// How each curve of a surveyed source is kept.
struct Kept {
    std::string series;
    bool fromPercent = false;
};

std::vector<Kept> seriesFor(const Survey& survey, const Survey::Run& run, std::vector<std::string>& remarks)
{
    std::vector<Kept> kept(run.curves.size());
    std::set<std::string> taken;
    const bool besideValidation = std::any_of(run.curves.begin(), run.curves.end(), [&](std::size_t curve) {
        const auto meaning = meaningOf(survey.curves()[curve].name);
        return meaning && meaning->series == series::accuracyValidation;
    });
    const auto decide = [&](std::size_t i, bool byItsName) {
        const Survey::Curve& curve = survey.curves()[run.curves[i]];
        const auto meaning = meaningOf(curve.name, besideValidation);
        const bool ours = meaning && meaning->series == curve.name;
        if (!kept[i].series.empty() || ours != byItsName) {
            return;
        }
        kept[i].series = curve.name;
        if (!meaning) {
            return;
        }
        const bool isShare = !meaning->isShare || (curve.smallest >= 0 && curve.largest <= 1);
        const bool isPercent = meaning->isShare && curve.smallest >= 0 && curve.largest > 1 && curve.largest <= 100;
        if (!isShare && !isPercent && curve.smallest <= curve.largest) {
            remarks.push_back(curve.name + " keeps its name: its values are neither shares nor percent.");
        } else if (taken.contains(meaning->series)) {
            remarks.push_back(curve.name + " keeps its name: another curve is " + meaning->series + " already.");
        } else {
            kept[i] = {meaning->series, isPercent};
            if (!ours || isPercent) {
                remarks.push_back(curve.name + (ours ? std::string(" is") : " is taken for " + meaning->series)
                                  + (isPercent ? (ours ? " divided by 100, from percent." : ", divided by 100 from percent.") : "."));
            }
        }
        taken.insert(kept[i].series);
    };
    // First those that bear our names: no other may take their place.
    for (const bool byItsName : {true, false}) {
        for (std::size_t i = 0; i < kept.size(); ++i) {
            decide(i, byItsName);
        }
    }
    return kept;
}

std::vector<std::string> remarksOn(const Survey& survey, const Survey::Run& run)
{
    std::vector<std::string> remarks = survey.remarks();
    using Counting = Survey::Run::Counting;
    if (run.counting() == Counting::Epochs) {
        remarks.push_back("Steps are epochs: the file counts no others.");
    } else if (run.counting() == Counting::Order) {
        remarks.push_back("Steps count the values: the file says none.");
    } else if (run.withoutStep > 0) {
        remarks.push_back(counted(run.withoutStep, "value") + " without a step stand at the step before.");
    }
    if (run.repeated > 0) {
        remarks.push_back(counted(run.repeated, "value") + " came a second time for the same step: the last one counts.");
    }
    if (run.backwards > 0) {
        remarks.push_back("Steps go back " + counted(run.backwards, "time") + ", as after a restart: for a step that comes again the last value counts.");
    }
    if (!run.epochs) {
        remarks.push_back("No epochs are known: over epochs its curves cannot be drawn.");
    }
    if (!run.seconds && !run.hasWallTime()) {
        remarks.push_back("No times are known: over time its curves cannot be drawn.");
    }
    return remarks;
}

double secondsNow()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// A second reading: values become points of the runs made for them.
class Recorder : public CurveSink {
public:
    struct Target {
        bool writes = false; ///< of a run that was there before nothing is written
        RunId id;
        std::vector<std::int64_t> steps; ///< of each place without its own step
        RunFigures figures;
        double lastEpoch = 0, lastSeconds = 0;
        std::int64_t lastStep = 0;
        std::int64_t accuracyStep = -1, agreementStep = -1;
    };

    Recorder(History& history, Survey& survey, std::vector<Target> targets, const std::vector<std::vector<Kept>>& kept)
        : m_history(history)
        , m_survey(survey)
        , m_targets(std::move(targets))
        , m_curves(survey.curves().size())
        , m_accuracy(history.seriesId(series::accuracyValidation))
        , m_agreement(history.seriesId(series::agreementValidation))
    {
        for (std::size_t run = 0; run < kept.size(); ++run) {
            for (std::size_t i = 0; i < kept[run].size(); ++i) {
                Curve& curve = m_curves[survey.runs()[run].curves[i]];
                curve.series = m_targets[run].writes ? history.seriesId(kept[run][i].series) : 0;
                curve.scale = kept[run][i].fromPercent ? 0.01 : 1;
            }
        }
    }

    std::size_t curve(std::string_view run, std::string_view name) override { return m_survey.curve(run, name); }
    void began(double) override { }
    void remark(const std::string&) override { }

    void value(std::size_t number, const Place& place, double value) override
    {
        if (number >= m_curves.size()) {
            throw InputError("The file changes while it is read; import it when its writer is done.");
        }
        const Survey::Curve& surveyed = m_survey.curves()[number];
        const Survey::Run& run = m_survey.runs()[surveyed.run];
        Target& target = m_targets[surveyed.run];
        if (!target.writes) {
            return;
        }
        Curve& curve = m_curves[number];
        Point point;
        point.series = curve.series;
        point.value = curve.scale == 1 ? value : value / 100; // exact for what is written with two decimals
        switch (run.counting()) {
        case Survey::Run::Counting::Steps:
            target.lastStep = std::isnan(place.step) ? target.lastStep : static_cast<std::int64_t>(place.step);
            point.step = target.lastStep;
            break;
        case Survey::Run::Counting::Epochs:
            target.lastStep = std::isnan(place.epoch) ? target.lastStep : static_cast<std::int64_t>(place.epoch);
            point.step = target.lastStep;
            break;
        case Survey::Run::Counting::Order: point.step = place.row >= 0 ? place.row : curve.written; break;
        }
        ++curve.written;
        point.epoch = target.lastEpoch = std::isfinite(place.epoch) ? place.epoch : target.lastEpoch;
        const double seconds = std::isfinite(place.seconds) ? place.seconds : place.wallTime - run.firstWallTime;
        point.seconds = target.lastSeconds = std::isfinite(seconds) ? seconds : target.lastSeconds;
        note(target, point);
        m_points.push_back(point);
        m_owners.push_back(surveyed.run);
        if (m_points.size() == pointsAtOnce) {
            hand();
        }
    }

    /// Commits all; what the runs came to.
    const std::vector<Target>& finish()
    {
        hand();
        m_history.flush();
        return m_targets;
    }

private:
    struct Curve {
        std::int32_t series = 0;
        double scale = 1;
        std::int64_t written = 0;
    };

    void note(Target& target, const Point& point) const
    {
        RunFigures& figures = target.figures;
        figures.step = std::max(figures.step, point.step);
        figures.totalSteps = figures.step;
        figures.seconds = std::max(figures.seconds, point.seconds);
        if (point.series == m_accuracy && std::isfinite(point.value)) {
            figures.bestAccuracy = std::isnan(figures.bestAccuracy) ? point.value : std::max(figures.bestAccuracy, point.value);
            if (point.step >= target.accuracyStep) {
                target.accuracyStep = point.step;
                figures.lastAccuracy = point.value;
            }
        } else if (point.series == m_agreement && std::isfinite(point.value) && point.step >= target.agreementStep) {
            target.agreementStep = point.step;
            figures.agreement = point.value;
        }
    }

    void hand()
    {
        std::size_t begin = 0;
        for (std::size_t i = 1; i <= m_points.size(); ++i) {
            if (i == m_points.size() || m_owners[i] != m_owners[begin]) {
                m_history.append(m_targets[m_owners[begin]].id, std::span(m_points).subspan(begin, i - begin));
                begin = i;
            }
        }
        m_uncommitted += m_points.size();
        m_points.clear();
        m_owners.clear();
        if (m_uncommitted >= pointsUncommitted) { // the disk is slower than the file
            m_history.flush();
            m_uncommitted = 0;
        }
    }

    History& m_history;
    Survey& m_survey;
    std::vector<Target> m_targets;
    std::vector<Curve> m_curves;
    const std::int32_t m_accuracy, m_agreement;
    std::vector<Point> m_points;
    std::vector<std::size_t> m_owners;
    std::size_t m_uncommitted = 0;
};

/// Brings in one source that was surveyed.
class Import {
public:
    Import(History& history, const Source& source, Survey& survey, std::string name)
        : m_history(history)
        , m_source(source)
        , m_survey(survey)
        , m_name(std::move(name))
    {
    }

    std::vector<ImportedRun> bringIn()
    {
        std::string content = nameOf(m_source.format);
        for (const auto& [path, bytes] : m_source.files) {
            content += ' ' + sha256OfFile(path);
        }
        m_content = sha256(content);
        std::vector<ImportedRun> runs;
        std::vector<std::vector<Kept>> kept;
        std::vector<Recorder::Target> targets;
        for (const Survey::Run& run : m_survey.runs()) {
            ImportedRun& made = runs.emplace_back();
            made.name = nameOfRun(run);
            made.remarks = remarksOn(m_survey, run);
            kept.push_back(seriesFor(m_survey, run, made.remarks));
            for (std::size_t i = 0; i < run.curves.size(); ++i) {
                const Survey::Curve& curve = m_survey.curves()[run.curves[i]];
                made.curves.push_back({curve.name, kept.back()[i].series, kept.back()[i].fromPercent,
                                       run.counting() == Survey::Run::Counting::Steps && run.withoutStep == 0 ? curve.places : curve.values});
            }
            if (const auto known = m_history.findByContent(contentOf(run), RunState::Finished)) {
                made.id = *known;
                made.name = m_history.run(*known).value().name;
                made.wasThere = true;
            } else {
                made.id = newRunId();
            }
            Recorder::Target target;
            target.id = made.id;
            target.writes = !made.wasThere;
            targets.push_back(std::move(target));
        }
        if (std::all_of(runs.begin(), runs.end(), [](const ImportedRun& run) { return run.wasThere; })) {
            return runs;
        }
        std::vector<RunId> fresh;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (!runs[i].wasThere) {
                addRow(runs[i], m_survey.runs()[i]);
                fresh.push_back(runs[i].id);
            }
        }
        Recorder recorder(m_history, m_survey, std::move(targets), kept);
        read(m_source, recorder);
        for (const Recorder::Target& target : recorder.finish()) {
            if (target.writes) {
                m_history.updateFigures(target.id, target.figures);
            }
        }
        m_history.flush();
        m_history.setDeleted(fresh, false);
        return runs;
    }

private:
    std::string nameOfRun(const Survey::Run& run) const
    {
        const bool several = m_survey.runs().size() > 1;
        const std::string own = run.name.empty() ? m_source.name : run.name;
        return m_name.empty() ? own : several ? m_name + ": " + own : m_name;
    }

    /// Marks the run as imported; equal for equal content.
    std::string contentOf(const Survey::Run& run) const { return importedPrefix + m_content + (run.name.empty() ? "" : ":" + run.name); }

    /// The row stays hidden until its points are there: a run is imported whole or, should this program be killed, not at all.
    void addRow(const ImportedRun& run, const Survey::Run& surveyed) const
    {
        Json files = Json::array(), curves = Json::array();
        for (const auto& [path, bytes] : m_source.files) {
            files.push_back(fs::absolute(path).lexically_normal().string());
        }
        for (const ImportedCurve& curve : run.curves) {
            curves.push_back({{"name", curve.name}, {"series", curve.series}, {"from_percent", curve.fromPercent}, {"points", curve.points}});
        }
        Json origin{{"format", nameOf(m_source.format)}, {"files", files}, {"sha256", m_content}};
        if (!surveyed.name.empty()) {
            origin["run"] = surveyed.name;
        }
        const Json document{{"name", run.name}, {"imported", origin}};
        origin["curves"] = curves;
        origin["remarks"] = run.remarks;
        RunRow row;
        row.id = run.id;
        row.group = run.id;
        row.state = RunState::Finished;
        row.name = run.name;
        row.tags = {"imported"};
        row.contentHash = contentOf(surveyed);
        row.createdAt = secondsNow();
        if (surveyed.hasWallTime()) {
            row.startedAt = surveyed.firstWallTime;
            row.endedAt = surveyed.lastWallTime;
        }
        row.summary = {{"imported", origin}};
        row.deleted = true;
        m_history.addRun(row, document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
        for (const std::string& remark : run.remarks) {
            m_history.append(run.id, RunEvent{0, row.createdAt, "log", remark, nullptr});
        }
    }

    History& m_history;
    const Source& m_source;
    Survey& m_survey;
    const std::string m_name;
    std::string m_content;
};

} // namespace

std::vector<ImportedRun> importRuns(History& history, const std::string& path, const std::string& name, ImportFormat format)
{
    const std::vector<Source> sources = sourcesAt(path, format);
    std::vector<Survey> surveys;
    for (const Source& source : sources) {
        read(source, surveys.emplace_back(source.files.front().first));
        if (surveys.back().curves().empty()) {
            throw InputError(source.files.front().first + " holds no curves"
                             + (surveys.back().remarks().empty() ? "." : ": " + surveys.back().remarks().front()));
        }
    }
    std::vector<ImportedRun> runs;
    for (std::size_t i = 0; i < sources.size(); ++i) {
        const std::string label = name.empty() || sources.size() == 1 ? name : name + ": " + sources[i].name;
        for (ImportedRun& run : Import(history, sources[i], surveys[i], label).bringIn()) {
            runs.push_back(std::move(run));
        }
    }
    return runs;
}

} // namespace distill
