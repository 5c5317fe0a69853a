// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/closing.h"

#include "ui/format.h"
#include "ui/session.h"

#include <QMessageBox>
#include <QPushButton>
#include <algorithm>

namespace distill::ui {

Closing::Closing(Session& session, QWidget& window)
    : QObject(&window)
    , m_session(session)
    , m_window(window)
{
    m_poll.setInterval(50);
    connect(&m_poll, &QTimer::timeout, this, [this] {
        if (m_session.engine().statuses().empty()) {
            m_poll.stop();
            m_window.close();
        }
    });
}

bool Closing::allows()
{
    const std::vector<RunStatus> statuses = m_session.engine().statuses();
    const auto live = static_cast<int>(statuses.size());
    if (live == 0) {
        return true;
    }
    const auto waiting = static_cast<int>(
        std::count_if(statuses.begin(), statuses.end(), [](const RunStatus& status) { return status.state == RunState::Queued; }));
    if (isSaving() || m_question) {
        return false;
    }
    m_question = new QMessageBox(QMessageBox::Question, tr("Close Distill Workbench"),
                                 waiting == live ? plural(live, tr("A run is waiting to train."), tr("%1 runs are waiting to train."))
                                                 : plural(live - waiting, tr("A run is still training."), tr("%1 runs are still training.")),
                                 QMessageBox::NoButton, &m_window);
    m_question->setAttribute(Qt::WA_DeleteOnClose);
    m_question->setInformativeText(waiting == live ? tr("What waits can be continued the next time the workbench is open.")
                                       : live == 1
                                       ? tr("It can save a checkpoint now and be resumed later from exactly there.")
                                       : tr("Each can save a checkpoint now and be resumed later from exactly there."));
    QPushButton* const stop = m_question->addButton(tr("&Save checkpoints and close"), QMessageBox::AcceptRole);
    QPushButton* const keep = m_question->addButton(tr("&Keep working"), QMessageBox::RejectRole);
    m_question->setDefaultButton(stop);
    m_question->setEscapeButton(keep);
    connect(m_question, &QMessageBox::buttonClicked, this, [this, stop](QAbstractButton* button) {
        if (button == stop) {
            save();
        }
    });
    connect(m_question, &QObject::destroyed, this, [this] { m_question = nullptr; });
    m_question->open();
    return false;
}

void Closing::save()
{
    m_session.attempt([this] { m_session.engine().interruptAll(); });
    m_poll.start();
    Q_EMIT saving();
}

} // namespace distill::ui
