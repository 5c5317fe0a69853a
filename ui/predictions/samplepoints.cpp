// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/samplepoints.h"

#include "ui/predictions/look.h"
#include "ui/predictions/samplefilter.h"
#include "ui/theme.h"

#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int reach = 12;
constexpr int margin = 16;

} // namespace

SamplePoints::SamplePoints(QWidget* parent)
    : SampleView(parent)
{
    setObjectName(u"samplePoints"_s);
    setAccessibleName(tr("Test samples where they lie"));
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
}

void SamplePoints::arrange()
{
    m_points = {};
    m_extent = {};
    if (!set() || !arePoints(*set()->test)) {
        return;
    }
    const std::vector<float>& points = set()->test->rows;
    if (points.empty()) {
        return;
    }
    float left = points[0], right = points[0], top = points[1], bottom = points[1];
    for (std::size_t i = 0; i + 1 < points.size(); i += 2) {
        left = std::min(left, points[i]);
        right = std::max(right, points[i]);
        top = std::min(top, points[i + 1]);
        bottom = std::max(bottom, points[i + 1]);
    }
    m_extent = QRectF(QPointF(left, top), QPointF(std::max(right, left + 1e-6F), std::max(bottom, top + 1e-6F)));
}

QPointF SamplePoints::at(std::size_t sample) const
{
    const QRect room = viewport()->rect().adjusted(margin, margin, -margin, -margin - fontMetrics().height());
    const double scale = std::min(room.width() / m_extent.width(), room.height() / m_extent.height());
    const QPointF point(set()->test->rows[2 * sample], set()->test->rows[2 * sample + 1]);
    const QPointF off = (point - m_extent.center()) * scale;
    return {room.center().x() + off.x(), room.center().y() - off.y()}; // y upwards, as in a figure
}

QRect SamplePoints::areaOf(int place) const
{
    const QPoint centre = at(static_cast<std::size_t>(samples()[static_cast<std::size_t>(place)])).toPoint();
    return {centre - QPoint(6, 6), QSize(13, 13)};
}

int SamplePoints::placeAt(const QPoint& inViewport) const
{
    int nearest = -1;
    double least = reach * reach;
    for (std::size_t place = 0; place < samples().size(); ++place) {
        const QPointF off = at(static_cast<std::size_t>(samples()[place])) - inViewport;
        if (const double squared = QPointF::dotProduct(off, off); squared < least) {
            least = squared;
            nearest = static_cast<int>(place);
        }
    }
    return nearest;
}

void SamplePoints::paintPoints()
{
    const double ratio = devicePixelRatioF();
    m_points = QPixmap(viewport()->size() * ratio);
    m_points.setDevicePixelRatio(ratio);
    m_points.fill(palette().color(QPalette::Base));
    QPainter painter(&m_points);
    painter.setRenderHint(QPainter::Antialiasing);
    std::vector<char> left(set()->test->labels.size(), 0);
    for (const std::int32_t sample : samples()) {
        left[static_cast<std::size_t>(sample)] = 1;
    }
    const QColor ring = palette().color(QPalette::Text);
    for (const bool strong : {false, true}) {
        for (std::size_t i = 0; i < left.size(); ++i) {
            if ((left[i] != 0) != strong) {
                continue;
            }
            QColor colour = classColour(set()->test->labels[i], palette());
            colour.setAlphaF(strong ? 1.0F : 0.18F);
            const QPointF centre = at(i);
            if (set()->isWrong(set()->student, i)) {
                painter.setPen(QPen(colour, 2));
                painter.drawLine(centre + QPointF(-4, -4), centre + QPointF(4, 4));
                painter.drawLine(centre + QPointF(-4, 4), centre + QPointF(4, -4));
            } else {
                painter.setPen(Qt::NoPen);
                painter.setBrush(colour);
                painter.drawEllipse(centre, 3, 3);
            }
            if (strong && belongs(*set(), Subset::Disagree, i)) {
                painter.setPen(QPen(ring, 1));
                painter.setBrush(Qt::NoBrush);
                painter.drawEllipse(centre, 7, 7);
            }
        }
    }
    painter.setFont(font());
    painter.setPen(Theme::muted(palette()));
    const QString key = set()->teacher ? tr("Colour: label. \u2717: %1 errs. \u25cb: %2 and %1 disagree.")
                                             .arg(set()->student.title.toLower(), set()->teacher->title)
                                       : tr("Colour: label. \u2717: the network errs.");
    painter.drawText(viewport()->rect().adjusted(margin, 0, -margin, -4), Qt::AlignLeft | Qt::AlignBottom, key);
}

void SamplePoints::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    if (!set() || !arePoints(*set()->test)) {
        return;
    }
    if (m_points.isNull()) {
        paintPoints();
    }
    painter.drawPixmap(0, 0, m_points);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    for (const int place : {hovered(), current()}) {
        if (place >= 0) {
            painter.setPen(QPen(Theme::accent(palette()), place == current() ? 3 : 1.5));
            painter.drawEllipse(at(static_cast<std::size_t>(samples()[static_cast<std::size_t>(place)])), 9, 9);
        }
    }
    if (samples().empty()) {
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(viewport()->rect(), Qt::AlignCenter, tr("No sample is left by the filter."));
    }
}

} // namespace distill::ui
