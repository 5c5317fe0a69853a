// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/attention.h"

#include <QCoreApplication>
#include <QEvent>

namespace distill::ui {

Attention::Attention(int patience, QObject* parent)
    : QObject(parent)
{
    m_patience.setSingleShot(true);
    m_patience.start(patience);
    connect(&m_patience, &QTimer::timeout, this, &Attention::went);
    if (QCoreApplication* const application = QCoreApplication::instance()) {
        application->installEventFilter(this);
    }
}

bool Attention::eventFilter(QObject*, QEvent* event)
{
    switch (event->type()) {
    case QEvent::MouseMove:
    case QEvent::MouseButtonPress:
    case QEvent::Wheel:
    case QEvent::KeyPress:
    case QEvent::TouchBegin:
    case QEvent::WindowActivate: {
        const bool wasThere = isThere();
        m_patience.start();
        if (!wasThere) {
            Q_EMIT came();
        }
        break;
    }
    default:
        break;
    }
    return false;
}

} // namespace distill::ui
