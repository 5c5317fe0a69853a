// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QAction>
#include <QObject>

class QMenu;

namespace distill::ui {

class RunModel;
class Session;

/// What a person puts on the chosen runs: star, pin, hidden, archived, a colour, tags. Shown at once, written behind it.
class MarkActions : public QObject {
    Q_OBJECT

public:
    MarkActions(Session& session, RunModel& model, QWidget* panel);

    QAction* star;
    QAction* pin;
    QAction* hide;
    QAction* archive;
    QAction* tag;
    QList<QAction*> all() const { return {star, pin, hide, archive, tag}; }
    QMenu* colours() const { return m_colours; }

    void setChosen(const std::vector<RunId>& chosen);
    void setReadOnly(bool readOnly);
    void setPalette(const QPalette& palette); ///< of the colours' icons
    void refresh();
    void setHidden(const std::vector<RunId>& runs, bool hidden) { mark(runs, RunMark::Hidden, hidden ? 1 : 0); }
    void undoArchive();

Q_SIGNALS:
    void marked(distill::RunMark mark);
    void archivedRuns(const QString& sentence); ///< they went out of sight; undoArchive() brings them back
    void refused(); ///< the history has what it had

private:
    QAction* make(const QString& text, const QString& icon, const QKeySequence& shortcut, const QString& help);
    void toggle(RunMark mark);
    void mark(const std::vector<RunId>& runs, RunMark mark, int value);
    bool allHave(RunMark mark) const;
    void askForTags();
    void fillColours(const QPalette& palette);

    Session& m_session;
    RunModel& m_model;
    QWidget* m_panel;
    QMenu* m_colours;
    std::vector<RunId> m_chosen, m_archived;
    bool m_readOnly = false;
};

} // namespace distill::ui
