// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/softbars.h"

#include "ui/format.h"
#include "ui/predictions/look.h"
#include "ui/theme.h"

#include <QPainter>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostClasses = 12;
constexpr double decades = 6;

/// "97 %", "3.1 %", "2\u00b710\u207b\u2075"
QString shareText(double probability)
{
    if (probability >= 0.00095) {
        return percentText(probability, probability >= 0.0995 ? 0 : 1);
    }
    if (!(probability > 1e-99)) {
        return u"0"_s;
    }
    auto exponent = static_cast<int>(std::floor(std::log10(probability)));
    auto digit = std::lround(probability * std::pow(10.0, -exponent));
    if (digit == 10) {
        digit = 1;
        ++exponent;
    }
    static const QString raised = u"\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"_s;
    QString power(u'\u207b');
    for (const QChar each : QString::number(-exponent)) {
        power += raised[each.digitValue()];
    }
    return u"%1\u00b710%2"_s.arg(digit).arg(power);
}

} // namespace

SoftBars::SoftBars(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(u"softBars"_s);
    setAccessibleName(tr("Soft labels"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::MinimumExpanding);
}

void SoftBars::setSample(std::shared_ptr<const PredictionSet> set, std::optional<std::int32_t> sample)
{
    m_set = std::move(set);
    m_sample = sample;
    choose();
    soften();
    updateGeometry();
}

void SoftBars::setTemperature(double temperature)
{
    m_temperature = temperature;
    soften();
}

void SoftBars::setLogarithmic(bool on)
{
    m_logarithmic = on;
    update();
}

double SoftBars::shareOf(double probability) const
{
    if (!(probability > 0)) {
        return 0;
    }
    return m_logarithmic ? std::clamp(1 + std::log10(probability) / decades, 0.0, 1.0) : std::min(1.0, probability);
}

/// All classes where they are few; else those that either of the two finds likeliest, which no temperature changes, and the
/// label.
void SoftBars::choose()
{
    m_bars.clear();
    if (!m_set || !m_sample) {
        return;
    }
    const auto sample = static_cast<std::size_t>(*m_sample);
    const int label = m_set->test->labels[sample];
    std::vector<int> numbers(static_cast<std::size_t>(m_set->classes()));
    std::iota(numbers.begin(), numbers.end(), 0);
    if (numbers.size() > mostClasses) {
        const auto student = m_set->student.answers->of(*m_sample);
        const auto teacher = m_set->teacher ? m_set->teacher->answers->of(*m_sample) : student;
        const auto ranks = [&](std::span<const float> logits) {
            std::vector<int> order = numbers, rank(numbers.size());
            std::stable_sort(order.begin(), order.end(), [&](int left, int right) {
                return logits[static_cast<std::size_t>(left)] > logits[static_cast<std::size_t>(right)];
            });
            for (std::size_t i = 0; i < order.size(); ++i) {
                rank[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
            }
            return rank;
        };
        const std::vector<int> ofStudent = ranks(student), ofTeacher = ranks(teacher);
        std::stable_sort(numbers.begin(), numbers.end(), [&](int left, int right) {
            const auto best = [&](int number) {
                const auto i = static_cast<std::size_t>(number);
                return number == label ? -1 : std::min(ofStudent[i], ofTeacher[i]);
            };
            return best(left) < best(right);
        });
        numbers.resize(mostClasses);
        std::stable_sort(numbers.begin(), numbers.end(), [&](int left, int right) {
            return ofTeacher[static_cast<std::size_t>(left)] < ofTeacher[static_cast<std::size_t>(right)];
        });
    }
    for (const int number : numbers) {
        m_bars.push_back({number, 0, 0, number == label});
    }
}

void SoftBars::soften()
{
    m_divergence = std::numeric_limits<double>::quiet_NaN();
    QStringList spoken;
    if (m_set && m_sample) {
        const std::vector<double> student = softened(m_set->student.answers->of(*m_sample), m_temperature);
        const std::vector<double> teacher
            = m_set->teacher ? softened(m_set->teacher->answers->of(*m_sample), m_temperature) : std::vector<double>();
        for (Bar& bar : m_bars) {
            const auto i = static_cast<std::size_t>(bar.number);
            bar.student = student[i];
            bar.teacher = m_set->teacher ? teacher[i] : std::numeric_limits<double>::quiet_NaN();
            if (spoken.size() < mostClasses) {
                spoken << (m_set->teacher ? tr("%1: %2 %3, %4 %5")
                                                .arg(m_set->className(bar.number), m_set->teacher->title, shareText(bar.teacher),
                                                     m_set->student.title, shareText(bar.student))
                                          : tr("%1: %2").arg(m_set->className(bar.number), shareText(bar.student)));
            }
        }
        if (m_set->teacher) {
            m_divergence = 0;
            for (std::size_t i = 0; i < teacher.size(); ++i) {
                m_divergence += teacher[i] > 0 ? teacher[i] * std::log(teacher[i] / std::max(student[i], 1e-300)) : 0;
            }
        }
    }
    setAccessibleDescription(spoken.join(u"; "_s));
    update();
    Q_EMIT changed();
}

int SoftBars::rowHeight() const
{
    return std::max(fontMetrics().height() + 4, 22);
}

QSize SoftBars::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 38, std::max<int>(4, static_cast<int>(m_bars.size())) * (rowHeight() + 4) + 4};
}

QSize SoftBars::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 28, std::max<int>(4, static_cast<int>(m_bars.size())) * rowHeight() + 4};
}

void SoftBars::paintEvent(QPaintEvent*)
{
    if (m_bars.empty()) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetrics metrics = fontMetrics();
    QFont bold = font();
    bold.setBold(true);
    QFont small = font();
    small.setPointSizeF(std::max(7.0, small.pointSizeF() * 0.85));
    int names = 0;
    for (const Bar& bar : m_bars) {
        names = std::max(names,
                         QFontMetrics(bold).horizontalAdvance(m_set->className(bar.number))
                             + QFontMetrics(bold).horizontalAdvance(u"\u25b8 "_s) + 4);
    }
    names = std::min(names, width() * 2 / 5);
    const int figures = QFontMetrics(small).horizontalAdvance(u"100.0 %"_s) + 6;
    const int left = names + 8;
    const int room = std::max(20, width() - left - figures);
    const int height = std::min(rowHeight() * 2, (this->height() - 2) / static_cast<int>(m_bars.size()));
    const bool two = m_set->teacher.has_value();

    painter.setPen(QPen(palette().color(QPalette::Midlight), 1));
    for (int line = 0; m_logarithmic && line <= decades; ++line) {
        const double x = left + room * line / decades;
        painter.drawLine(QPointF(x, 0), QPointF(x, height * static_cast<int>(m_bars.size())));
    }
    for (std::size_t i = 0; i < m_bars.size(); ++i) {
        const Bar& bar = m_bars[i];
        const int top = static_cast<int>(i) * height;
        painter.setFont(bar.isLabel ? bold : font());
        painter.setPen(palette().color(QPalette::WindowText));
        const QString name = (bar.isLabel ? u"\u25b8 "_s : QString()) + m_set->className(bar.number);
        painter.drawText(QRect(0, top, names, height), Qt::AlignRight | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(name, Qt::ElideRight, names));
        painter.setFont(small);
        const double thick = (height - 4) / (two ? 2.0 : 1.6);
        const auto draw = [&](double probability, const QColor& colour, double y) {
            const QRectF area(left, y, std::max(1.0, shareOf(probability) * room), thick - 1);
            painter.setPen(Qt::NoPen);
            painter.setBrush(colour);
            painter.drawRect(area);
            painter.setPen(Theme::muted(palette()));
            painter.drawText(QRectF(area.right() + 4, y - 4, figures + 4, thick + 7), Qt::AlignLeft | Qt::AlignVCenter,
                             shareText(probability));
        };
        if (two) {
            draw(bar.teacher, teacherColour(palette()), top + 2);
            draw(bar.student, studentColour(palette()), top + 2 + thick);
        } else {
            draw(bar.student, studentColour(palette()), top + (height - thick) / 2);
        }
    }
}

} // namespace distill::ui
