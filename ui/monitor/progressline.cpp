// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/progressline.h"

#include <QPainter>

namespace distill::ui {

void ProgressLine::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const double share = maximum() > minimum() ? double(value() - minimum()) / (maximum() - minimum()) : 0;
    QRect done = rect(), left = rect();
    done.setWidth(qRound(share * width()));
    left.setLeft(done.left() + done.width());
    painter.fillRect(done, palette().color(QPalette::Highlight));
    painter.fillRect(left, palette().color(QPalette::Base));
    painter.setPen(palette().color(QPalette::Mid));
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
    // The text is drawn once on each ground, in the colour that is read there.
    for (const auto& [ground, role] : {std::pair(done, QPalette::HighlightedText), std::pair(left, QPalette::Text)}) {
        painter.setClipRect(ground);
        painter.setPen(palette().color(role));
        painter.drawText(rect(), Qt::AlignCenter, text());
    }
}

} // namespace distill::ui
