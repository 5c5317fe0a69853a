// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QObject>
#include <vector>

class QAction;
class QWidget;

namespace distill::ui {

class Session;

/// What leaves the workbench for other programs, as a menu: the network as TorchScript, curves as CSV or for TensorBoard.
class RunExport : public QObject {
    Q_OBJECT

public:
    RunExport(Session& session, QWidget* panel);

    QAction* menu;        ///< holds those below
    QAction* torchScript; ///< of one run that has weights
    QAction* csv;
    QAction* tensorBoard;

    /// `only` where it is one run.
    void setChosen(const std::vector<RunId>& runs, const RunRow* only);

    void writeTorchScript(const QString& file);
    void writeCsv(const QString& file);
    void writeTensorBoard(const QString& folder);

Q_SIGNALS:
    void exported(const QString& sentence, const QString& folder);

private:
    QAction* make(const QString& text, const QString& help);
    void askForFile(const QString& title, const QString& filter, const QString& suffix, void (RunExport::*write)(const QString&));
    void askForFolder();
    void tell(const QString& sentence, const QString& folder);

    Session& m_session;
    QWidget* m_panel;
    std::vector<RunId> m_chosen;
    QString m_name; ///< for files of one run
};

} // namespace distill::ui
