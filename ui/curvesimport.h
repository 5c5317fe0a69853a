// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "interchange/import.h"

#include <QObject>
#include <QStringList>
#include <QVector>
#include <vector>

class QWidget;

namespace distill::ui {

class Session;

/// Brings curves of other programs into the history, behind the window.
class CurvesImport : public QObject {
    Q_OBJECT

public:
    CurvesImport(Session& session, QWidget* window);

    void askForFiles();
    void askForFolder(); ///< of TensorBoard's event files
    /// Each file or folder by itself: what cannot be read is told as a problem and keeps none of the others out.
    void bringIn(const QStringList& paths);

Q_SIGNALS:
    void started(const QString& sentence);
    /// Runs of the history, those that were there already among them. What was taken for what is in each run's log. An empty sentence
    /// where nothing came in.
    void finished(const QString& sentence, const QVector<distill::RunId>& runs);

private:
    void ask(const QString& title, bool folder);

    Session& m_session;
    QWidget* m_window;
};

/// "2 runs were imported: train_loss as loss, val_acc (percent) as accuracy/validation."
QString importSentence(const std::vector<ImportedRun>& runs);

} // namespace distill::ui
