// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style.h"

#include "ui/theme.h"

#include <QPainter>
#include <QStyleOption>

namespace distill::ui {

namespace {

/// At least 3:1 on a dark window and its fields, as WCAG asks of the edges of controls.
const QColor darkEdge(0x74, 0x7d, 0x89);

void drawEdge(QPainter* painter, const QStyleOption& option, bool round)
{
    if (!Theme::darkPalette(option.palette)) {
        return;
    }
    QColor colour = darkEdge;
    if (!(option.state & QStyle::State_Enabled)) {
        colour.setAlphaF(0.5F);
    } else if (option.state & QStyle::State_HasFocus) {
        colour = option.palette.color(QPalette::Highlight).lighter(130);
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colour, 1));
    painter->setBrush(Qt::NoBrush);
    const QRectF edge = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5);
    if (round) {
        painter->drawEllipse(edge);
    } else {
        painter->drawRoundedRect(edge, 2, 2);
    }
    painter->restore();
}

} // namespace

Style::Style()
    : QProxyStyle(QStringLiteral("fusion"))
{
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const
{
    QProxyStyle::drawPrimitive(element, option, painter, widget);
    if (element == PE_IndicatorCheckBox || element == PE_FrameLineEdit || element == PE_IndicatorRadioButton) {
        drawEdge(painter, *option, element == PE_IndicatorRadioButton);
    }
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                               const QWidget* widget) const
{
    QProxyStyle::drawComplexControl(control, option, painter, widget);
    if (control == CC_SpinBox || control == CC_ComboBox) {
        drawEdge(painter, *option, false);
    }
}

} // namespace distill::ui
