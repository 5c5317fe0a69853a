// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QString>
#include <QStringView>
#include <vector>

namespace distill::ui {

/// What is typed into the filter box. Words, all of which must be found (in name, tags, models, state, role, id), and
/// conditions: `state:running`, `tag:seed`, `accuracy>0.9`, `best>=90%`, `time<10m`, `seed=3`. A minus before a part
/// turns it round; quotes keep words together: name:"two words". A part that is not whole yet filters nothing.
class RunFilter {
public:
    static RunFilter parse(const QString& text);
    /// All of a run's text that words are looked for in, folded in case. Made once a row.
    static QString searchText(const RunRow& row);

    bool accepts(const RunRow& row, const QString& searchText) const;
    bool isEmpty() const { return m_parts.empty(); }
    /// One sentence on what could not be understood, or empty.
    const QString& problem() const { return m_problem; }

private:
    enum class Subject {
        Any,
        Name,
        Tag,
        State,
        Role,
        Student,
        Teacher,
        Model,
        Notes,
        Id,
        Best,
        Last,
        Agreement,
        Seconds,
        Seed
    };
    enum class Comparison { Contains, Less, LessOrEqual, Equal, NotEqual, GreaterOrEqual, Greater };
    struct Part {
        Subject subject = Subject::Any;
        Comparison comparison = Comparison::Contains;
        bool negated = false;
        QString text; ///< folded in case
        double number = 0;
    };

    void add(QStringView part, bool negated);
    static bool matches(const Part& part, const RunRow& row, const QString& searchText);

    std::vector<Part> m_parts;
    QString m_problem;
};

} // namespace distill::ui
