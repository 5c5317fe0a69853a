// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

#include <QApplication>
#include <QTemporaryDir>
#include <gtest/gtest.h>
#include <string>

namespace distill::ui::test {

/// A workspace of its own with a history in it, and settings that touch nobody's.
class Workspace {
public:
    Workspace()
    {
        qputenv("DISTILL_CONFIG", m_folder.filePath(QStringLiteral("config")).toUtf8());
        history = History::open(folder());
    }
    std::string folder() const { return m_folder.filePath(QStringLiteral("workspace")).toStdString(); }
    QString path(const QString& name) const { return m_folder.filePath(name); }

    std::shared_ptr<History> history;

private:
    QTemporaryDir m_folder;
};

inline RunRow run(const std::string& name, const std::string& group = {}, RunRole role = RunRole::Student)
{
    static double clock = 1'700'000'000;
    RunRow row;
    row.id = newRunId();
    row.group = group.empty() ? row.id : group;
    row.role = role;
    row.name = name;
    row.state = RunState::Finished;
    row.studentModel = "mlp";
    row.contentHash = std::string(64, 'a');
    row.createdAt = clock += 1;
    return row;
}

/// Writes a run as the engine would: queued first, then its state.
inline RunId add(History& history, RunRow row)
{
    const RunState state = row.state;
    row.state = RunState::Queued;
    history.addRun(row, R"({"name": "x"})");
    history.updateFigures(row.id, row.figures);
    history.setState(row.id, state);
    history.flush();
    return row.id;
}

inline int runTests(int argc, char** argv)
{
    if (qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM")) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}

} // namespace distill::ui::test
