// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QAction>
#include <QVector>
#include <QWidget>
#include <memory>

namespace distill::ui {

class Session;

/// The table of runs with its filter box. The current row is the run the monitor controls; ticked or selected rows are
/// shown, but for those that are hidden.
class RunsPanel : public QWidget {
    Q_OBJECT

public:
    explicit RunsPanel(Session& session, QWidget* parent = nullptr);
    ~RunsPanel() override;

    void select(const QVector<RunId>& runs, const RunId& current);
    void chooseAll(const QVector<RunId>& runs); ///< their rows, the first as the current one
    QList<QAction*> actions() const; ///< compare, rename, notes, lineage, delete, undo delete, resume, run as new, export, focus filter, marks
    void report(const QVector<RunId>& runs, const RunId& baseline, const QString& title); ///< asks for a file to write it to
    QVector<RunId> chosen() const; ///< selected rows, of a group's line its runs

Q_SIGNALS:
    void shownChanged(const QVector<distill::RunId>& runs); ///< or a colour of theirs
    void chosenChanged(const QVector<distill::RunId>& runs);
    void compareRequested(const QVector<distill::RunId>& runs);
    void currentChanged(const distill::RunId& run);
    void openAsNewRequested(const distill::RunId& run);

protected:
    void changeEvent(QEvent* event) override;

private:
    class Private;
    std::unique_ptr<Private> m;
};

} // namespace distill::ui
