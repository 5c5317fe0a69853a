// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/robustness.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <limits>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int between = 18;

} // namespace

Robustness::Robustness(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(u"robustness"_s);
    setAccessibleName(tr("Accuracy on spoilt samples"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void Robustness::setCurves(QVector<RobustnessCurve> curves)
{
    m_curves = std::move(curves);
    m_diagrams.clear();
    // On as many samples as were spoilt, where that was measured too.
    for (RobustnessCurve& curve : m_curves) {
        const auto clean = std::find_if(curve.corrupted.begin(), curve.corrupted.end(),
                                        [](const auto& each) { return each.first == "clean"; });
        if (clean != curve.corrupted.end()) {
            curve.clean = clean->second;
            curve.corrupted.erase(clean);
        }
    }
    const auto nan = std::numeric_limits<double>::quiet_NaN();
    for (qsizetype number = 0; number < m_curves.size(); ++number) {
        for (const auto& [name, accuracy] : m_curves[number].corrupted) {
            const QString text = QString::fromStdString(name);
            const QString kind = text.section(u' ', 0, -2);
            const QString strength = text.section(u' ', -1);
            auto diagram
                = std::find_if(m_diagrams.begin(), m_diagrams.end(), [&](const Diagram& each) { return each.kind == kind; });
            if (diagram == m_diagrams.end()) {
                m_diagrams.push_back({kind, {tr("none")}, {}});
                diagram = std::prev(m_diagrams.end());
                for (const RobustnessCurve& curve : m_curves) {
                    diagram->accuracy.push_back({curve.clean});
                }
            }
            auto place = static_cast<std::size_t>(diagram->strengths.indexOf(strength));
            if (!diagram->strengths.contains(strength)) {
                place = static_cast<std::size_t>(diagram->strengths.size());
                diagram->strengths << strength;
                for (auto& values : diagram->accuracy) {
                    values.push_back(nan);
                }
            }
            diagram->accuracy[static_cast<std::size_t>(number)][place] = accuracy;
        }
    }
    QStringList spoken;
    for (const Diagram& diagram : m_diagrams) {
        for (std::size_t number = 0; number < diagram.accuracy.size(); ++number) {
            QStringList figures;
            for (std::size_t i = 0; i < diagram.accuracy[number].size(); ++i) {
                figures << tr("%1 at %2")
                               .arg(percentText(diagram.accuracy[number][i], 0), diagram.strengths[static_cast<qsizetype>(i)]);
            }
            spoken << tr("%1, %2: %3").arg(diagram.kind, m_curves[static_cast<qsizetype>(number)].who, figures.join(u", "_s));
        }
    }
    setAccessibleDescription(spoken.join(u". "_s));
    setToolTip(spoken.join(u"\n"_s));
    updateGeometry();
    update();
}

int Robustness::columnsFor(int width) const
{
    const int fit = std::max(1, width / (fontMetrics().averageCharWidth() * 42));
    return std::clamp(fit, 1, std::max(1, static_cast<int>(m_diagrams.size())));
}

int Robustness::heightForWidth(int width) const
{
    const int columns = columnsFor(width);
    const int rows = (static_cast<int>(m_diagrams.size()) + columns - 1) / columns;
    return rows * fontMetrics().height() * 11;
}

QSize Robustness::sizeHint() const
{
    const int width = fontMetrics().averageCharWidth() * 100;
    return {width, heightForWidth(width)};
}

QSize Robustness::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 30, 0};
}

void Robustness::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double line = fontMetrics().height();
    const int columns = columnsFor(width());
    const double wide = (width() - (columns - 1.0) * between) / columns;
    const double high = line * 11;
    QFont bold = font();
    bold.setBold(true);
    for (std::size_t number = 0; number < m_diagrams.size(); ++number) {
        const Diagram& diagram = m_diagrams[number];
        const QPointF corner((static_cast<int>(number) % columns) * (wide + between),
                             (static_cast<int>(number) / columns) * high);
        const double left = fontMetrics().horizontalAdvance(u"100 %"_s) + 6;
        const QRectF plot(corner.x() + left, corner.y() + line * 1.4, wide - left - 8, high - line * 4);
        painter.setFont(bold);
        painter.setPen(palette().color(QPalette::WindowText));
        painter.drawText(QRectF(plot.left(), corner.y(), plot.width(), line), Qt::AlignLeft | Qt::AlignVCenter, diagram.kind);
        painter.setFont(font());
        painter.fillRect(plot, palette().color(QPalette::Base));
        for (int tick = 0; tick <= 4; ++tick) {
            const double y = plot.bottom() - plot.height() * tick / 4;
            painter.setPen(QPen(palette().color(QPalette::Midlight), 1));
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y));
            if (tick % 2 == 0) {
                painter.setPen(Theme::muted(palette()));
                painter.drawText(QRectF(corner.x(), y - line / 2, left - 5, line), Qt::AlignRight | Qt::AlignVCenter,
                                 percentText(tick / 4.0, 0));
            }
        }
        const auto x = [&](std::size_t i) {
            const auto last = std::max<double>(1, static_cast<double>(diagram.strengths.size()) - 1);
            return plot.left() + 8 + (plot.width() - 16) * static_cast<double>(i) / last;
        };
        painter.setPen(Theme::muted(palette()));
        for (qsizetype i = 0; i < diagram.strengths.size(); ++i) {
            painter.drawText(QRectF(x(static_cast<std::size_t>(i)) - 40, plot.bottom() + 2, 80, line),
                             Qt::AlignHCenter | Qt::AlignTop, diagram.strengths[i]);
        }
        for (std::size_t curve = 0; curve < diagram.accuracy.size(); ++curve) {
            const QColor colour = m_curves[static_cast<qsizetype>(curve)].colour;
            QPainterPath path;
            for (std::size_t i = 0; i < diagram.accuracy[curve].size(); ++i) {
                const double value = diagram.accuracy[curve][i];
                if (!std::isfinite(value)) {
                    continue;
                }
                const QPointF point(x(i), plot.bottom() - plot.height() * value);
                path.elementCount() == 0 ? path.moveTo(point) : path.lineTo(point);
                painter.setPen(Qt::NoPen);
                painter.setBrush(colour);
                // Another shape for each, as colour alone tells too few people.
                curve == 0       ? painter.drawEllipse(point, 3.5, 3.5)
                    : curve == 1 ? painter.drawRect(QRectF(point - QPointF(3, 3), QSizeF(6, 6)))
                                 : painter.drawPolygon(QPolygonF(
                                     {point + QPointF(0, -4.5), point + QPointF(4.2, 3.5), point + QPointF(-4.2, 3.5)}));
            }
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(colour, 2, curve == 2 ? Qt::DashLine : Qt::SolidLine));
            painter.drawPath(path);
        }
        double along = plot.left();
        for (const RobustnessCurve& curve : m_curves) {
            painter.setPen(curve.colour);
            painter.drawText(QPointF(along, plot.bottom() + 2 * line + 4), curve.who);
            along += fontMetrics().horizontalAdvance(curve.who) + 12;
        }
    }
}

} // namespace distill::ui
