// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/error.h"
#include "history/history.h"

#include <algorithm>
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
    std::vector<RunRow> runs(bool) const override
    {
        const std::lock_guard lock(m_mutex);
        std::vector<RunRow> rows;
        for (const auto& [id, run] : m_runs) {
            rows.insert(rows.begin(), run.row);
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
    void setControl(const RunId&, const RunId&) override { }
    bool claim(const RunId&) override { return true; }
    void setName(const RunId& id, const std::string& name) override
    {
        const std::lock_guard lock(m_mutex);
        m_runs[id].row.name = name;
    }
    void setNotes(const RunId&, const std::string&) override { }
    void setTags(const RunId&, const std::vector<std::string>&) override { }
    void setDeleted(const std::vector<RunId>&, bool) override { }
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
    mutable std::mutex m_mutex;
    std::string m_workspace = "/nowhere";
    std::vector<std::string> m_names;
    std::map<RunId, Run> m_runs;
};

} // namespace distill
