// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/numberbox.h"

#include "ui/editor/text.h"

#include <QLineEdit>
#include <algorithm>
#include <cmath>

namespace distill::ui {

NumberBox::NumberBox(const Field& field, QWidget* parent)
    : QAbstractSpinBox(parent)
    , m_field(field)
    , m_integer(field.type == Field::Type::Integer)
{
    connect(lineEdit(), &QLineEdit::textEdited, this, [this] { commit(false); });
    connect(this, &QAbstractSpinBox::editingFinished, this, [this] { commit(true); });
}

void NumberBox::setValue(const Json& value)
{
    // What is being typed stays as typed: 0.10 is not rewritten to 0.1 under the cursor.
    if (text().isEmpty() || numberFrom(text(), m_integer) != value) {
        lineEdit()->setText(shortText(value));
        if (!hasFocus()) {
            lineEdit()->setCursorPosition(0);
        }
    }
}

void NumberBox::commit(bool finished)
{
    if (!finished && isUnfinishedNumber(text())) {
        return;
    }
    if (text().trimmed().isEmpty()) {
        Q_EMIT cleared();
    } else {
        Q_EMIT edited(numberFrom(text(), m_integer));
    }
}

double NumberBox::stepped(double value, bool up) const
{
    if (m_field.logarithmic && value > 0) {
        if (m_integer) {
            return up ? value * 2 : std::max(1.0, std::floor(value / 2));
        }
        const double decade = std::pow(10.0, std::floor(std::log10(value) + 1e-9));
        const double digit = value / decade;
        if (up) {
            return decade * (digit < 1.999 ? 2 : digit < 4.999 ? 5 : 10);
        }
        return decade * (digit > 5.001 ? 5 : digit > 2.001 ? 2 : digit > 1.001 ? 1 : 0.5);
    }
    if (m_integer) {
        return value + (up ? 1 : -1);
    }
    // A tenth of the leading digit's place, but no finer than the field's span asks for.
    const bool share = m_field.minimum >= 0 && m_field.maximum <= 1;
    const double place = value == 0 ? 1 : std::pow(10.0, std::floor(std::log10(std::abs(value)) + 1e-9));
    const double step = share ? std::min(0.05, place / 2) : std::max(place / 10, 1e-12);
    return std::round((value + (up ? step : -step)) / step) * step;
}

void NumberBox::stepBy(int steps)
{
    const Json now = numberFrom(text(), m_integer);
    double value = now.is_number()         ? now.get<double>()
        : m_field.defaultValue.is_number() ? m_field.defaultValue.get<double>()
                                           : 0;
    for (int i = 0; i < std::abs(steps); ++i) {
        value = stepped(value, steps > 0);
    }
    value = std::clamp(value, m_field.minimum, m_field.maximum);
    // Twelve digits: what the step's own rounding leaves behind is no value anybody meant.
    lineEdit()->setText(m_integer ? QString::number(std::llround(value)) : QString::number(value, 'g', 12));
    lineEdit()->selectAll();
    commit(true);
}

QAbstractSpinBox::StepEnabled NumberBox::stepEnabled() const
{
    const Json now = numberFrom(text(), m_integer);
    if (!now.is_number()) {
        return StepUpEnabled | StepDownEnabled;
    }
    const double value = now.get<double>();
    StepEnabled enabled = StepNone;
    enabled.setFlag(StepUpEnabled, value < m_field.maximum);
    enabled.setFlag(StepDownEnabled, value > m_field.minimum);
    return enabled;
}

QValidator::State NumberBox::validate(QString&, int&) const
{
    return QValidator::Acceptable;
}

QSize NumberBox::sizeHint() const
{
    QSize size = QAbstractSpinBox::sizeHint();
    size.setWidth(fontMetrics().horizontalAdvance(QStringLiteral("0")) * 10 + 36);
    return size;
}

} // namespace distill::ui
