// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/timebar.h"

#include "experiment/series.h"

#include <QCoreApplication>
#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <utility>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

struct Phase {
    const char* name;
    QRgb colour; ///< Okabe and Ito's, neighbours far apart in lightness
};

/// In the order of series::timeShares.
constexpr Phase phases[] = {{QT_TRANSLATE_NOOP("TimeBar", "data"), 0xffe69f00},
                            {QT_TRANSLATE_NOOP("TimeBar", "teacher"), 0xff0072b2},
                            {QT_TRANSLATE_NOOP("TimeBar", "forward"), 0xff56b4e9},
                            {QT_TRANSLATE_NOOP("TimeBar", "backward"), 0xff009e73},
                            {QT_TRANSLATE_NOOP("TimeBar", "optimiser"), 0xfff0e442},
                            {QT_TRANSLATE_NOOP("TimeBar", "evaluation"), 0xffcc79a7},
                            {QT_TRANSLATE_NOOP("TimeBar", "history"), 0xffd55e00}};
static_assert(std::size(phases) == std::tuple_size_v<decltype(series::timeShares)>);

QString percent(double share)
{
    return QLocale().toString(100 * share, 'f', share < 0.0995 ? 1 : 0) + u" %"_s;
}

} // namespace

TimeBar::TimeBar(QWidget* parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    policy.setRetainSizeWhenHidden(true); // the curves do not jump when it comes
    setSizePolicy(policy);
    setAccessibleName(tr("Where the time goes"));
    hide();
}

void TimeBar::setCurves(const CurveStore::Curves& curves)
{
    const auto first = curves.find(series::timeShares.front());
    const Curve* const latest = first == curves.end() ? nullptr : first->second.get();
    const std::pair state(latest, latest ? latest->version() : 0);
    if (std::exchange(m_shown, state) == state) {
        return; // asked at each picture, and there are two new points a second
    }
    m_segments.clear();
    double rest = 1;
    for (std::size_t i = 0; i < std::size(phases); ++i) {
        const auto found = curves.find(series::timeShares[i]);
        if (found == curves.end() || found->second->empty()) {
            continue;
        }
        const double share = std::clamp(found->second->values().back(), 0.0, rest);
        rest -= share;
        m_segments.append({QCoreApplication::translate("TimeBar", phases[i].name), share, QColor(phases[i].colour)});
    }
    if (!m_segments.isEmpty()) {
        m_segments.append({tr("other"), rest, palette().color(QPalette::Mid)});
    }
    setVisible(!m_segments.isEmpty());
    setAccessibleDescription(sentence());
    update();
}

QSize TimeBar::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 60, fontMetrics().height() + 2};
}

QSize TimeBar::minimumSizeHint() const
{
    return {0, sizeHint().height()};
}

QRectF TimeBar::placeOf(int segment) const
{
    double left = 0;
    for (int i = 0; i < segment; ++i) {
        left += m_segments[i].share;
    }
    return {left * width(), 0, m_segments[segment].share * width(), qreal(height())};
}

QString TimeBar::sentence() const
{
    QStringList parts;
    for (const Segment& each : m_segments) {
        parts.append(each.name + u' ' + percent(each.share));
    }
    return parts.join(u", "_s);
}

void TimeBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    for (int i = 0; i < m_segments.size(); ++i) {
        const Segment& segment = m_segments[i];
        const QRectF place = placeOf(i);
        painter.fillRect(place, segment.colour);
        const QString whole = segment.name + u' ' + percent(segment.share);
        const double room = place.width() - fontMetrics().averageCharWidth();
        const QString text = fontMetrics().horizontalAdvance(whole) <= room      ? whole
            : fontMetrics().horizontalAdvance(segment.name) <= room ? segment.name
                                                                     : QString();
        painter.setPen(qGray(segment.colour.rgb()) > 115 ? Qt::black : Qt::white);
        painter.drawText(place, Qt::AlignCenter, text);
    }
}

bool TimeBar::event(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        QToolTip::showText(help->globalPos(), tr("Where the time goes: %1").arg(sentence()), this);
        return true;
    }
    return QWidget::event(event);
}

} // namespace distill::ui
