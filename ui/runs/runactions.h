// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QAction>
#include <QVector>
#include <QWidget>
#include <functional>
#include <vector>

namespace distill {
class History;
}

namespace distill::ui {

class RunExport;
class RunModel;
class RunReport;
class Session;

/// What a person can do with the chosen runs. The table shows the result at once; the history is written on the actions
/// thread behind it.
class RunActions : public QObject {
    Q_OBJECT

public:
    RunActions(Session& session, RunModel& model, QWidget* panel);

    QList<QAction*> all() const;
    QAction* rename;
    QAction* notes; ///< checkable: the pane is open
    QAction* lineage; ///< checkable: the pane is open
    QAction* remove;
    QAction* undoRemove;
    QAction* resume;
    QAction* runAsNew;
    QAction* exportRun;
    QAction* exportAs; ///< a menu: see RunExport
    QAction* report;   ///< see RunReport
    QAction* compare;
    QAction* copyId;
    QAction* focusFilter;
    QAction* follow; ///< checkable: curves shown are those of the current run's group

    void setChosen(const std::vector<RunId>& chosen, const RunId& current);
    void setReadOnly(bool readOnly);
    void refresh(); ///< after a state changed
    void storeName(const RunId& run, const QString& name);
    void storeNotes(const RunId& run, const QString& notes);
    void storeTags(const RunId& run, const QStringList& tags);
    void undoRemoval();
    void askForReport(const QVector<RunId>& runs, const RunId& baseline, const QString& title); ///< on runs that need not be chosen

Q_SIGNALS:
    void removed(const QString& sentence);
    void removalUndone();
    void refused(const distill::RunId& run); ///< name, notes or tags could not be stored: the history has the old ones
    void exported(const QString& sentence, const QString& folder);
    void reported(const QString& sentence, const QString& file); ///< `file` is empty while it is being written
    void reportFailed(const QString& begun); ///< what was said while it was being written holds no more
    void openAsNewRequested(const distill::RunId& run);
    void compareRequested(const QVector<distill::RunId>& runs);

private:
    QAction* make(const QString& text, const QString& icon, const QKeySequence& shortcut, const QString& help);
    void store(const RunId& run, std::function<void(History&)> change);
    void removeChosen();
    void resumeChosen();
    void askForExport();
    void exportTo(const QString& folder);
    std::vector<RunId> chosenWhere(bool (*accepts)(RunState)) const;

    Session& m_session;
    RunModel& m_model;
    QWidget* m_panel;
    RunExport* m_export;
    RunReport* m_report;
    std::vector<RunId> m_chosen;
    RunId m_current;
    bool m_readOnly = false;
    std::vector<std::vector<RunId>> m_removed;
};

} // namespace distill::ui
