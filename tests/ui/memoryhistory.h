// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/error.h"
#include "history/history.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>

namespace distill {

/// A history in memory, for tests of the window that need no file.
class MemoryHistory : public History {
public:
    void set(const RunRow& row, std::string text = "{}")
    {
        const std::lock_guard lock(m_mutex);
        m_runs[row.id].row = row;
        m_runs[row.id].text = std::move(text);
    }
    void addPoint(const RunId& id, const std::string& series, std::int64_t step, double value)
    {
        const Point point{seriesId(series), step, double(step) / 100, double(step) / 10, value};
        append(id, std::span(&point, 1));
    }

    const std::string& workspace() const override { return m_workspace; }
    Health health() const override { return {}; }
    std::vector<RunRow> runs(bool withDeleted) const override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<RunRow> rows;
        for (const auto& [id, run] : m_runs) {
            if (withDeleted || !run.row.deleted) {
                rows.insert(rows.begin(), run.row);
            }
        }
        return rows;
    }
    std::optional<RunRow> run(const RunId& id) const override
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_runs.find(id);
        return found == m_runs.end() ? std::nullopt : std::optional(found->second.row);
    }
    RunId resolve(const std::string& part) const override { return part; }
    std::string experimentText(const RunId& id) const override
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_runs.find(id);
        if (found == m_runs.end()) {
            throw InputError("there is no run " + id);
        }
        return found->second.text;
    }
    std::optional<RunId> findByContent(const std::string&, RunState) const override { return std::nullopt; }
    std::int32_t seriesId(const std::string& name) override
    {
        const std::lock_guard lock(m_mutex);
        const auto found = std::find(m_names.begin(), m_names.end(), name);
        if (found != m_names.end()) {
            return static_cast<std::int32_t>(found - m_names.begin());
        }
        m_names.push_back(name);
        return static_cast<std::int32_t>(m_names.size()) - 1;
    }
    std::string seriesName(std::int32_t id) const override
    {
        const std::lock_guard lock(m_mutex);
        return m_names.at(static_cast<std::size_t>(id));
    }
    std::vector<std::string> seriesOf(const RunId& id) const override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<std::string> names;
        for (const auto& [series, points] : m_runs.at(id).points) {
            names.push_back(m_names.at(static_cast<std::size_t>(series)));
        }
        return names;
    }
    std::vector<Point> curve(const RunId& id, const std::string& series) const override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<Point> result;
        for (const auto& [number, points] : m_runs.at(id).points) {
            if (m_names.at(static_cast<std::size_t>(number)) == series) {
                for (const auto& [step, point] : points) {
                    result.push_back(point);
                }
            }
        }
        return result;
    }
    std::vector<std::vector<Point>> coarseCurves(const std::vector<RunId>& ids, const std::string& series, std::size_t points) const override
    {
        std::vector<std::vector<Point>> curves;
        for (const RunId& id : ids) {
            const std::vector<Point> all = run(id) ? curve(id, series) : std::vector<Point>();
            curves.emplace_back();
            for (std::size_t i = 0; i < std::min(points, all.size()); ++i) {
                curves.back().push_back(all.size() <= points ? all[i] : all[i * (all.size() - 1) / (points - 1)]);
            }
        }
        return curves;
    }
    RunValues values(const std::vector<ValueSource>& sources) const override
    {
        const std::lock_guard lock(m_mutex);
        RunValues values;
        values.columns.resize(sources.size());
        for (auto each = m_runs.rbegin(); each != m_runs.rend(); ++each) {
            const Run& run = each->second;
            values.runs.push_back(each->first);
            const Json document = Json::parse(run.text, nullptr, false);
            for (std::size_t i = 0; i < sources.size(); ++i) {
                std::string pointer = sources[i].pointer;
                if (sources[i].in == ValueSource::In::Summary && pointer.starts_with("/reported/")) {
                    pointer.replace(1, 8, run.row.summary.is_object() ? run.row.summary.value("reported", "last") : "last");
                }
                const Json& whole = sources[i].in == ValueSource::In::Document ? document : run.row.summary;
                const Json::json_pointer at(pointer);
                values.columns[i].push_back(whole.contains(at) ? whole.at(at) : Json());
            }
        }
        return values;
    }
    std::vector<SavedComparison> comparisons() const override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<SavedComparison> saved(m_comparisons.begin(), m_comparisons.end());
        std::stable_sort(saved.begin(), saved.end(), [](const auto& one, const auto& other) { return one.savedAt > other.savedAt; });
        return saved;
    }
    GroupRecord group(const std::string&) const override { return {}; }
    std::vector<RunRow> runsOfGroup(const std::string& group) const override
    {
        std::vector<RunRow> rows;
        for (const RunRow& row : runs(true)) {
            if (row.group == group) {
                rows.insert(rows.begin(), row);
            }
        }
        return rows;
    }
    std::vector<QueuePlace> queue() const override { return {}; }
    std::vector<GroupRecord> sweeps() const override { return {}; }
    void addGroup(const GroupRecord&, std::span<const PlannedRun> runs) override
    {
        for (const PlannedRun& planned : runs) {
            addRun(planned.row, planned.text);
        }
    }
    void orderQueue(const std::vector<RunId>&) override {}
    void holdQueued(const RunId&, bool) override {}
    void leaveQueue(const std::vector<RunId>&) override {}
    void saveComparison(const std::string& name, const Json& content) override
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(m_comparisons, [&](const SavedComparison& saved) { return saved.name == name; });
        m_comparisons.push_back({name, content, ++m_clock});
    }
    void renameComparison(const std::string& name, const std::string& newName) override
    {
        const std::lock_guard lock(m_mutex);
        if (name != newName && at(newName) != m_comparisons.end()) {
            throw InputError("there is a comparison " + newName);
        }
        if (at(name) == m_comparisons.end()) {
            throw InputError("there is no comparison " + name);
        }
        at(name)->name = newName;
    }
    void removeComparison(const std::string& name) override
    {
        const std::lock_guard lock(m_mutex);
        if (at(name) == m_comparisons.end()) {
            throw InputError("there is no comparison " + name);
        }
        m_comparisons.erase(at(name));
    }
    std::vector<RunEvent> events(const RunId& id) const override
    {
        const std::lock_guard lock(m_mutex);
        return m_runs.at(id).events;
    }
    std::vector<Artefact> artefacts(const RunId&) const override { return {}; }

    void addRun(const RunRow& row, const std::string& text) override { set(row, text); }
    void setState(const RunId& id, RunState state, const std::string& message) override
    {
        const std::lock_guard lock(m_mutex);
        m_runs[id].row.state = state;
        m_runs[id].row.message = message;
    }
    void setSummary(const RunId&, const Json&) override { }
    void setControl(const RunId& student, const RunId& control) override { change(student, [&](RunRow& row) { row.control = control; }); }
    void setTwin(const RunId& student, const RunId& twin) override { change(student, [&](RunRow& row) { row.twin = twin; }); }
    void setRandomTeacher(const RunId& student, const RunId& control) override
    {
        change(student, [&](RunRow& row) { row.randomTeacher = control; });
    }
    bool claim(const RunId&) override { return true; }
    void setName(const RunId& id, const std::string& name) override
    {
        const std::lock_guard lock(m_mutex);
        m_runs[id].row.name = name;
    }
    void setNotes(const RunId&, const std::string&) override { }
    void setTags(const RunId& id, const std::vector<std::string>& tags) override { change(id, [&](RunRow& row) { row.tags = tags; }); }
    void changeTags(const std::vector<RunId>& ids, const std::vector<std::string>& add, const std::vector<std::string>& remove) override
    {
        for (const RunId& id : ids) {
            change(id, [&](RunRow& row) {
                std::erase_if(row.tags, [&](const std::string& tag) { return std::find(remove.begin(), remove.end(), tag) != remove.end(); });
                for (const std::string& tag : add) {
                    if (std::find(row.tags.begin(), row.tags.end(), tag) == row.tags.end()) {
                        row.tags.push_back(tag);
                    }
                }
            });
        }
    }
    void setMark(const std::vector<RunId>& ids, RunMark mark, int value) override
    {
        for (const RunId& id : ids) {
            change(id, [&](RunRow& row) {
                switch (mark) {
                case RunMark::Starred:
                    row.marks.starred = value != 0;
                    break;
                case RunMark::Pinned:
                    row.marks.pinned = value != 0;
                    break;
                case RunMark::Hidden:
                    row.marks.hidden = value != 0;
                    break;
                case RunMark::Archived:
                    row.marks.archived = value != 0;
                    break;
                case RunMark::Colour:
                    row.marks.colour = value;
                    break;
                }
            });
        }
    }
    void setDeleted(const std::vector<RunId>& ids, bool deleted) override
    {
        for (const RunId& id : ids) {
            change(id, [&](RunRow& row) { row.deleted = deleted; });
        }
    }
    void addArtefact(const RunId&, const Artefact&) override { }
    void append(const RunId& id, std::span<const Point> points) override
    {
        const std::lock_guard lock(m_mutex);
        for (const Point& point : points) {
            m_runs[id].points[point.series][point.step] = point;
        }
    }
    void append(const RunId& id, const RunEvent& event) override
    {
        const std::lock_guard lock(m_mutex);
        m_runs[id].events.push_back(event);
    }
    void updateFigures(const RunId& id, const RunFigures& figures) override
    {
        const std::lock_guard lock(m_mutex);
        m_runs[id].row.figures = figures;
    }
    void flush() override { }
    std::vector<std::string> check() const override { return {}; }
    void backup(const std::string&) const override { }
    std::int64_t revision() const override { return 0; }

private:
    struct Run {
        RunRow row;
        std::string text;
        std::map<std::int32_t, std::map<std::int64_t, Point>> points;
        std::vector<RunEvent> events;
    };
    void change(const RunId& id, const std::function<void(RunRow&)>& body)
    {
        const std::lock_guard lock(m_mutex);
        body(m_runs[id].row);
    }
    std::vector<SavedComparison>::iterator at(const std::string& name)
    {
        return std::find_if(m_comparisons.begin(), m_comparisons.end(), [&](const SavedComparison& saved) { return saved.name == name; });
    }

    mutable std::mutex m_mutex;
    std::string m_workspace = "/nowhere";
    std::vector<std::string> m_names;
    std::map<RunId, Run> m_runs;
    std::vector<SavedComparison> m_comparisons;
    double m_clock = 0;
};

} // namespace distill
