// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/legend.h"

#include "ui/format.h"
#include "ui/plots/flowlayout.h"
#include "ui/plots/keybutton.h"
#include "ui/plots/colours.h"

#include <QContextMenuEvent>
#include <QPainter>
#include <QSignalBlocker>
#include <algorithm>
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
    new FlowLayout(this, 2);
}

void Legend::setItems(const QVector<Item>& items)
{
    if (m_items == items) {
        return;
    }
    m_items = items;
    // The buttons stay, for making them anew takes longer than drawing the curves.
    while (m_buttons.size() > static_cast<std::size_t>(items.size())) {
        KeyButton* button = m_buttons.back();
        m_buttons.pop_back();
        layout()->removeWidget(button);
        button->hide();
        button->deleteLater();
    }
    while (m_buttons.size() < static_cast<std::size_t>(items.size())) {
        m_buttons.push_back(addButton());
    }
    QStringList names;
    for (const Item& item : items) {
        names << item.name;
    }
    names = withoutCommonParts(names);
    RunId pointedAt;
    for (std::size_t i = 0; i < m_buttons.size(); ++i) {
        const Item& item = items[static_cast<qsizetype>(i)];
        KeyButton* button = m_buttons[i];
        const QSignalBlocker quiet(button);
        button->setText(fontMetrics().elidedText(names[static_cast<qsizetype>(i)], Qt::ElideMiddle, 40 * fontMetrics().averageCharWidth()));
        button->setSample(swatch(item.run, this));
        button->setToolTip(item.toolTip);
        button->setAccessibleName(tr("Show the curves of %1").arg(item.name));
        button->setChecked(!isHidden(item.run));
        if (button->underMouse() || button->hasFocus()) {
            pointedAt = item.run;
        }
    }
    highlight(pointedAt);
    setVisible(!items.isEmpty());
    updateGeometry();
}

KeyButton* Legend::addButton()
{
    auto* button = new KeyButton({}, {}, this);
    button->setIconSize(QSize(28, button->iconSize().height())); // long enough to tell the dashes apart
    button->installEventFilter(this);
    connect(button, &QToolButton::toggled, this, [this, index = m_buttons.size()](bool on) {
        const QString run = QString::fromStdString(m_items[static_cast<qsizetype>(index)].run);
        if (on) {
            m_hidden.remove(run);
        } else {
            m_hidden.insert(run);
        }
        Q_EMIT hiddenChanged();
    });
    layout()->addWidget(button);
    button->show();
    return button;
}

void Legend::highlight(const RunId& run)
{
    const RunId next = m_buttons.size() > 1 ? run : RunId(); // one among others
    if (next != m_highlighted) {
        m_highlighted = next;
        Q_EMIT highlighted(next);
    }
}

bool Legend::eventFilter(QObject* watched, QEvent* event)
{
    const auto found = std::find(m_buttons.begin(), m_buttons.end(), watched);
    const auto place = found - m_buttons.begin();
    if (found != m_buttons.end() && place < m_items.size()) { // not of one that is about to go, while another takes its focus
        const RunId run = m_items[place].run;
        if (event->type() == QEvent::Enter || event->type() == QEvent::FocusIn) {
            highlight(run);
        } else if (event->type() == QEvent::Leave || event->type() == QEvent::FocusOut) {
            highlight({});
        } else if (event->type() == QEvent::ContextMenu) {
            Q_EMIT menuRequested(run, static_cast<QContextMenuEvent*>(event)->globalPos());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

} // namespace distill::ui
