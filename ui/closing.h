// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

class QMessageBox;
class QWidget;

namespace distill::ui {

class Session;

/// Ends the window without losing a step: asks once where runs are live, has them save their checkpoints, and closes
/// when the last one has. Nothing of it blocks.
class Closing : public QObject {
    Q_OBJECT

public:
    Closing(Session& session, QWidget& window);

    /// True where the window may close now; else the question is open or runs are being saved.
    bool allows();
    bool isSaving() const { return m_poll.isActive(); }

Q_SIGNALS:
    void saving();

private:
    void save();

    Session& m_session;
    QWidget& m_window;
    QTimer m_poll;
    QMessageBox* m_question = nullptr;
};

} // namespace distill::ui
