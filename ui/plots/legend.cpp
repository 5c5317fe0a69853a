// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/legend.h"

#include "ui/plots/flowlayout.h"
#include "ui/plots/keybutton.h"
#include "ui/plots/colours.h"

#include <QContextMenuEvent>
#include <QPainter>
#include <array>

namespace distill::ui {

namespace {

KeyButton::Sample swatch(const RunId& run, const QWidget* widget)
{
    return [run, widget](QPainter& painter, const QSizeF& size) {
        static constexpr std::array<Qt::PenStyle, 4> styles
            = {Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};
        const auto style = styles[static_cast<std::size_t>(lineStyleOf(run))];
        const QColor colour = colourOf(run, widget->palette());
        painter.setPen(QPen(colour, style == Qt::SolidLine ? 3 : 2, style, style == Qt::SolidLine ? Qt::RoundCap : Qt::FlatCap));
        painter.drawLine(QPointF(2, size.height() / 2), QPointF(size.width() - 2, size.height() / 2));
    };
}

} // namespace

Legend::Legend(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Runs shown"));
    auto* flow = new FlowLayout(this);
    flow->setContentsMargins(0, 0, 0, 0);
    flow->setSpacing(2);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void Legend::setItems(const QVector<Item>& items)
{
    if (m_items == items) {
        return;
    }
    m_items = items;
    for (const auto& [button, run] : m_buttons) {
        button->deleteLater();
    }
    m_buttons.clear();
    while (QLayoutItem* old = layout()->takeAt(0)) {
        delete old;
    }
    for (const Item& item : items) {
        const QString text
            = fontMetrics().elidedText(item.name, Qt::ElideMiddle, 28 * fontMetrics().averageCharWidth());
        auto* button = new KeyButton(text, swatch(item.run, this), this);
        button->setIconSize(QSize(28, button->iconSize().height())); // long enough to tell the dashes apart
        button->setToolTip(item.toolTip);
        button->setAccessibleName(tr("Show the curves of %1").arg(item.name));
        button->setChecked(!isHidden(item.run));
        button->installEventFilter(this);
        connect(button, &QToolButton::toggled, this, [this, run = item.run](bool on) {
            if (on) {
                m_hidden.remove(QString::fromStdString(run));
            } else {
                m_hidden.insert(QString::fromStdString(run));
            }
            Q_EMIT hiddenChanged();
        });
        m_buttons.emplace(button, item.run);
        layout()->addWidget(button);
        button->show();
    }
    setVisible(!items.isEmpty());
    updateGeometry();
}

bool Legend::eventFilter(QObject* watched, QEvent* event)
{
    const auto found = m_buttons.find(watched);
    if (found != m_buttons.end()) {
        if (event->type() == QEvent::Enter || event->type() == QEvent::FocusIn) {
            Q_EMIT highlighted(m_buttons.size() > 1 ? found->second : RunId());
        } else if (event->type() == QEvent::Leave || event->type() == QEvent::FocusOut) {
            Q_EMIT highlighted({});
        } else if (event->type() == QEvent::ContextMenu) {
            Q_EMIT menuRequested(found->second, static_cast<QContextMenuEvent*>(event)->globalPos());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace distill::ui
