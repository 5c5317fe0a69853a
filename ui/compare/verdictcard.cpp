// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/verdicts.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

IntervalBar::IntervalBar(QWidget* parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void IntervalBar::setInterval(const Interval& interval, double reach, const QColor& colour)
{
    m_interval = interval;
    m_reach = reach > 0 ? reach : 1;
    m_colour = colour;
    update();
}

QSize IntervalBar::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 30, 2 * fontMetrics().height() + 4};
}

void IntervalBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const int line = fontMetrics().height();
    const double middle = (height() - line) / 2.0 + 1;
    const double left = 8;
    const double right = width() - 8;
    const auto place = [&](double value) { return left + (right - left) * (value + m_reach) / (2 * m_reach); };
    const QColor muted = Theme::muted(palette());
    painter.setPen(QPen(palette().color(QPalette::Mid), 1));
    painter.drawLine(QPointF(left, middle), QPointF(right, middle));
    painter.setPen(QPen(muted, 1, Qt::DashLine));
    painter.drawLine(QPointF(place(0), 1), QPointF(place(0), height() - line));

    painter.setPen(Qt::NoPen);
    QColor bar = m_colour;
    bar.setAlpha(110);
    painter.setBrush(bar);
    const double low = place(std::max(m_interval.low, -m_reach));
    const double high = place(std::min(m_interval.high, m_reach));
    painter.drawRoundedRect(QRectF(QPointF(low, middle - 4), QPointF(std::max(high, low + 2), middle + 4)), 3, 3);
    painter.setBrush(m_colour);
    painter.drawEllipse(QPointF(place(std::clamp(m_interval.estimate, -m_reach, m_reach)), middle), 4.5, 4.5);

    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    painter.setFont(small);
    painter.setPen(muted);
    const QRectF below(0, height() - line, width(), line);
    painter.drawText(below, Qt::AlignLeft | Qt::AlignVCenter, VerdictCard::tr("hurts"));
    painter.drawText(below, Qt::AlignRight | Qt::AlignVCenter, VerdictCard::tr("helps"));
    painter.drawText(below, Qt::AlignHCenter | Qt::AlignVCenter, u"0"_s);
}

VerdictCard::VerdictCard(const ComparedVerdict& verdict, const QString& group, double reach, QWidget* parent)
    : QFrame(parent)
    , m_verdict(verdict)
    , m_reach(reach)
    , m_word(new QLabel(this))
    , m_effect(new QLabel(this))
    , m_details(new QLabel(this))
    , m_bar(new IntervalBar(this))
{
    const Verdict& found = verdict.verdict;
    const QString against = QString::fromStdString(verdict.against);
    auto* title = new QLabel(group, this);
    auto* opponent = new QLabel(tr("against the %1").arg(against), this);
    for (QLabel* label : {title, opponent, m_details}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
    }
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.5);
    large.setBold(true);
    m_word->setFont(large);
    m_word->setText((found.kind == Verdict::Kind::Helps       ? u"\u25b2 "_s
                         : found.kind == Verdict::Kind::Hurts ? u"\u25bc "_s
                                                              : u"\u25c6 "_s)
                    + word());
    QFont bold = font();
    bold.setBold(true);
    title->setFont(bold);

    const auto points = [](double share) { return deltaText(share, ComparedFigure::Unit::Share); };
    m_effect->setText(tr("%1 points of test accuracy").arg(points(found.effect.estimate)));
    m_effect->setFont(bold);
    QStringList details = {tr("95 % interval from %1 to %2").arg(points(found.effect.low), points(found.effect.high)),
                           plural(found.seeds, tr("One seed"), tr("%1 seeds")) + u", "_s
                               + tr("%1 test items").arg(QLocale().toString(static_cast<qlonglong>(found.items)))};
    if (!found.settle.empty()) {
        QString settle = QString::fromStdString(found.settle);
        settle.chop(settle.endsWith(u'.') ? 1 : 0);
        details << tr("What would settle it: %1.").arg(settle);
    }
    m_details->setText(details.join(u'\n'));
    setToolTip(QString::fromStdString(found.sentence));
    setAccessibleName(tr("%1: %2 against the %3").arg(word(), group, against));
    setAccessibleDescription(QString::fromStdString(found.sentence) + u' ' + details.join(u". "));
    setFocusPolicy(Qt::TabFocus);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(14, 10, 14, 10);
    layout->setSpacing(3);
    layout->addWidget(m_word);
    layout->addWidget(title);
    layout->addWidget(opponent);
    layout->addSpacing(4);
    layout->addWidget(m_effect);
    layout->addWidget(m_bar);
    layout->addWidget(m_details);
    layout->addStretch(1);
    setFixedWidth(fontMetrics().averageCharWidth() * 46);
    opponent->setObjectName(u"quiet"_s);
    applyColours();
}

QString VerdictCard::word() const
{
    switch (m_verdict.verdict.kind) {
    case Verdict::Kind::Helps:
        return tr("Helps");
    case Verdict::Kind::Hurts:
        return tr("Hurts");
    case Verdict::Kind::NoEvidence:
        break;
    }
    return tr("No evidence");
}

QColor VerdictCard::colour() const
{
    switch (m_verdict.verdict.kind) {
    case Verdict::Kind::Helps:
        return Theme::good(palette());
    case Verdict::Kind::Hurts:
        return Theme::bad(palette());
    case Verdict::Kind::NoEvidence:
        break;
    }
    return Theme::muted(palette());
}

void VerdictCard::applyColours()
{
    QPalette tinted = palette();
    tinted.setColor(QPalette::WindowText, colour());
    m_word->setPalette(tinted);
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(palette()));
    m_details->setPalette(quiet);
    if (auto* opponent = findChild<QLabel*>(u"quiet"_s)) {
        opponent->setPalette(quiet);
    }
    m_bar->setInterval(m_verdict.verdict.effect, m_reach, colour());
}

void VerdictCard::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        applyColours();
    }
}

void VerdictCard::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() ? Theme::accent(palette()) : palette().color(QPalette::Mid), hasFocus() ? 2 : 1));
    painter.setBrush(palette().color(QPalette::Base));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour());
    painter.drawRoundedRect(QRectF(1, 10, 4, height() - 20), 2, 2); // beside the word and its sign
}

} // namespace distill::ui
