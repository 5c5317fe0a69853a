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

    /// `only` where it is one run.
    void setChosen(const std::vector<RunId>& runs, const RunRow* only);
    void write(const QString& file); ///< its ending says what it becomes

Q_SIGNALS:
    void begun(const QString& sentence);
    void written(const QString& sentence, const QString& file);
    void failed(const QString& begun); ///< why is the session's problem; `begun` is what was said before

private:
    void askForFile();

    Session& m_session;
    QWidget* m_panel;
    std::vector<RunId> m_chosen;
    QString m_name; ///< for the file
};

} // namespace distill::ui
