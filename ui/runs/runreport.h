// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QObject>
#include <vector>

class QAction;
class QWidget;

namespace distill::ui {

class Session;

/// Writes what the chosen runs show, as a web page, a PDF or a Markdown text. That takes seconds: it is done on the actions thread.
class RunReport : public QObject {
    Q_OBJECT

public:
    RunReport(Session& session, QWidget* panel);

    QAction* action;

    /// What is reported on. The title becomes the report's and the file's name; without one the report is named after the runs.
    struct Subject {
        std::vector<RunId> runs;
        RunId baseline = {};
        QString title = {};
        QString file = {}; ///< its name, without an ending, where there is no title
    };
    void setChosen(const std::vector<RunId>& runs, const RunRow* only); ///< in the table; `only` where it is one run
    void ask(const Subject& subject); ///< for a file, and writes it
    void write(const Subject& subject, const QString& file); ///< its ending says what it becomes

Q_SIGNALS:
    void begun(const QString& sentence);
    void written(const QString& sentence, const QString& file);
    void failed(const QString& begun); ///< why is the session's problem; `begun` is what was said before

private:
    Session& m_session;
    QWidget* m_panel;
    Subject m_chosen;
};

} // namespace distill::ui
