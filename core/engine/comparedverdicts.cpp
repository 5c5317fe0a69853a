// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparisonparts.h"

#include "engine/predictions.h"
#include "engine/summary.h"
#include "experiment/error.h"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace distill::comparison {

namespace {

using Right = std::vector<std::uint8_t>;

/// Which test items each run gets right, read once.
class Answered {
public:
    Answered(const History& history, Comparison& comparison, const std::function<bool()>& keepGoing)
        : m_history(history), m_comparison(comparison), m_keepGoing(keepGoing)
    {
    }

    bool ended() const { return m_ended; }

    /// Null where it cannot be known; why stands in the remarks.
    const Right* of(const RunId& id)
    {
        const auto known = m_right.find(id);
        if (known != m_right.end()) {
            return known->second ? &*known->second : nullptr;
        }
        std::optional<Right>& right = m_right[id];
        m_ended = m_ended || (m_keepGoing && !m_keepGoing());
        if (!m_ended) {
            try {
                right = read(id);
            } catch (const InputError& error) {
                m_comparison.remarks.push_back("No verdict with " + id + ": " + error.what());
            }
        }
        return right ? &*right : nullptr;
    }

    /// The data set's part of the document.
    const std::string& dataset(const RunId& id)
    {
        std::string& text = m_datasets[id];
        if (text.empty()) {
            text = runOf(m_history, id).document.value("data", Json::object()).value("dataset", Json()).dump();
        }
        return text;
    }

private:
    std::optional<Right> read(const RunId& id)
    {
        const Answers answers = predictionsOf(m_history, id, m_keepGoing); // before the data set, which is slow to read
        if (answers.samples() == 0) {
            m_ended = true;
            return std::nullopt;
        }
        std::shared_ptr<const TestSet>& test = m_tests[dataset(id)];
        if (!test) {
            test = testSetOf(m_history, id);
        }
        return outcomesOf(choicesOf(answers), test->labels);
    }

    const History& m_history;
    Comparison& m_comparison;
    const std::function<bool()>& m_keepGoing;
    std::map<RunId, std::optional<Right>> m_right;
    std::map<RunId, std::string> m_datasets;
    std::map<std::string, std::shared_ptr<const TestSet>> m_tests;
    bool m_ended = false;
};

bool sameItems(const Outcomes& left, const Outcomes& right)
{
    const auto items = [&](const Right& each) { return each.size() == left.front().size(); };
    return std::all_of(left.begin(), left.end(), items) && std::all_of(right.begin(), right.end(), items);
}

double budget(const RunRow& row, const char* key)
{
    return row.summary.is_object() && row.summary.contains(key) && row.summary.at(key).is_number() ? row.summary.at(key).get<double>() : -1;
}

std::string number(double value)
{
    return std::to_string(std::int64_t(value));
}

class Judge {
public:
    Judge(const History& history, Comparison& comparison, const std::function<bool()>& keepGoing)
        : m_history(history), m_comparison(comparison), m_answered(history, comparison, keepGoing)
    {
    }

    void judgeAll()
    {
        for (std::size_t group = 0; group < m_comparison.groups.size() && !m_answered.ended(); ++group) {
            against(group, "student alone", [](const RunRow& row) { return row.control; });
            against(group, "random teacher", [](const RunRow& row) { return row.randomTeacher; });
        }
        for (std::size_t group = 0; group < m_comparison.groups.size() && !m_answered.ended(); ++group) {
            intervals(group);
        }
    }

private:
    const RunRow& row(std::size_t run) const { return m_comparison.runs[run].row; }

    template <class ControlOf> void against(std::size_t group, const char* name, ControlOf controlOf)
    {
        ComparedVerdict found{group, name, {}, {}, {}};
        Outcomes treated, control;
        for (const std::size_t run : m_comparison.groups[group].runs) {
            const RunId other = controlOf(row(run));
            if (row(run).state != RunState::Finished || other.empty()) {
                continue;
            }
            const auto otherRow = m_history.run(other);
            if (!otherRow || otherRow->state != RunState::Finished) {
                m_comparison.remarks.push_back("No verdict with " + row(run).name + ": its " + name + " is "
                                               + (otherRow ? nameOf(otherRow->state) : "not in the history") + ".");
                continue;
            }
            const Right* ownRight = m_answered.of(row(run).id);
            const Right* otherRight = ownRight ? m_answered.of(other) : nullptr;
            if (otherRight && m_answered.dataset(row(run).id) != m_answered.dataset(other)) {
                m_comparison.remarks.push_back("No verdict with " + row(run).name + ": its " + name + " is tested on other data.");
            } else if (otherRight) {
                checkBudget(row(run), *otherRow, name);
                treated.push_back(*ownRight);
                control.push_back(*otherRight);
                found.treated.push_back(row(run).id);
                found.control.push_back(other);
            }
        }
        if (treated.empty()) {
            return;
        }
        if (!sameItems(treated, control)) {
            m_comparison.remarks.push_back("No verdict on " + m_comparison.groups[group].name + ": its runs and those of its " + name
                                           + " are tested on different numbers of samples.");
            return;
        }
        found.verdict = judge(treated, control);
        m_comparison.verdicts.push_back(std::move(found));
    }

    void checkBudget(const RunRow& treated, const RunRow& control, const char* name)
    {
        for (const auto& [key, what] : {std::pair("steps", "steps"), std::pair("labelled", "labels")}) {
            const double own = budget(treated, key), other = budget(control, key);
            if (own >= 0 && other >= 0 && own != other) {
                m_comparison.remarks.push_back(treated.name + " had " + number(own) + " " + what + " and its " + name + " " + number(other)
                                               + ": the verdict is not one at equal budget.");
            }
        }
    }

    /// What was read from another program's files was tested there, if at all.
    static bool isTested(const RunRow& run)
    {
        return run.state == RunState::Finished && run.summary.is_object() && run.summary.contains(run.summary.value("reported", "last"));
    }

    Outcomes outcomesOfRuns(const std::vector<std::size_t>& runs)
    {
        Outcomes outcomes;
        for (const std::size_t run : runs) {
            const Right* right = isTested(row(run)) ? m_answered.of(row(run).id) : nullptr;
            if (right) {
                outcomes.push_back(*right);
            }
        }
        return outcomes;
    }

    void intervals(std::size_t place)
    {
        ComparedGroup& group = m_comparison.groups[place];
        const Outcomes outcomes = outcomesOfRuns(group.runs);
        if (outcomes.empty() || !sameItems(outcomes, outcomes)) {
            return;
        }
        // Against nothing right at all, the difference is the accuracy itself.
        group.accuracy = pairedDifference(outcomes, Outcomes(outcomes.size(), Right(outcomes.front().size(), 0)));
        if (m_comparison.baseline) {
            toBaseline(group);
        }
    }

    void toBaseline(ComparedGroup& group)
    {
        const std::size_t baseline = *m_comparison.baseline;
        if (std::find(group.runs.begin(), group.runs.end(), baseline) != group.runs.end()) {
            return;
        }
        const ComparedGroup& other = *std::find_if(
            m_comparison.groups.begin(), m_comparison.groups.end(),
            [&](const ComparedGroup& each) { return std::find(each.runs.begin(), each.runs.end(), baseline) != each.runs.end(); });
        std::vector<std::size_t> treated, control;
        for (const std::size_t run : group.runs) {
            const auto pair = std::find_if(other.runs.begin(), other.runs.end(),
                                           [&](std::size_t each) { return row(each).seed == row(run).seed; });
            const RunId& partner = row(pair == other.runs.end() ? other.runs.front() : *pair).id;
            if ((other.runs.size() == 1 || pair != other.runs.end()) && m_answered.dataset(row(run).id) == m_answered.dataset(partner)) {
                treated.push_back(run);
                control.push_back(other.runs.size() == 1 ? other.runs.front() : *pair);
            }
        }
        const Outcomes left = outcomesOfRuns(treated), right = outcomesOfRuns(control);
        if (left.size() == group.runs.size() && right.size() == left.size() && sameItems(left, right)) {
            group.toBaseline = pairedDifference(left, right);
        }
    }

    const History& m_history;
    Comparison& m_comparison;
    Answered m_answered;
};

} // namespace

void addVerdicts(const History& history, Comparison& comparison, const std::function<bool()>& keepGoing)
{
    Judge(history, comparison, keepGoing).judgeAll();
}

} // namespace distill::comparison
