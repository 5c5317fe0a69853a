// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/temperature.h"

#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int ticks = 240;

double valueAt(int tick)
{
    const double value = Temperature::lowest * std::pow(Temperature::highest / Temperature::lowest, double(tick) / ticks);
    return std::abs(value - 1) < 0.012 ? 1 : value;
}

int tickOf(double value)
{
    return static_cast<int>(
        std::lround(ticks * std::log(value / Temperature::lowest) / std::log(Temperature::highest / Temperature::lowest)));
}

} // namespace

Temperature::Temperature(Shape shape, QWidget* parent)
    : QWidget(parent)
    , m_slider(new QSlider(Qt::Horizontal))
    , m_box(new QDoubleSpinBox)
    , m_one(new QToolButton)
{
    auto* const label = new QLabel(tr("Temperat&ure"));
    label->setBuddy(m_slider);
    m_slider->setRange(0, ticks);
    m_slider->setSingleStep(2);
    m_slider->setPageStep(ticks / 12);
    m_slider->setMinimumWidth(fontMetrics().averageCharWidth() * 8);
    m_slider->setAccessibleName(tr("Temperature"));
    m_box->setRange(lowest, highest);
    m_box->setDecimals(2);
    m_box->setSingleStep(0.1);
    m_box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    m_box->setAccessibleName(tr("Temperature"));
    m_one->setText(u"1"_s);
    m_one->setToolTip(tr("Back to temperature 1: the probabilities as the network gives them"));
    m_one->setAccessibleName(tr("Temperature 1"));
    const bool narrow = shape == Shape::Narrow;
    auto* const layout = new QGridLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(label, 0, 0);
    layout->addWidget(m_slider, narrow ? 1 : 0, narrow ? 0 : 1, 1, narrow ? 4 : 1);
    layout->addWidget(m_box, 0, 2);
    layout->addWidget(m_one, 0, 3);
    layout->setColumnStretch(1, 1);
    setFocusProxy(m_slider);
    connect(m_slider, &QSlider::valueChanged, this, [this](int tick) { setValue(valueAt(tick)); });
    connect(m_box, &QDoubleSpinBox::valueChanged, this, [this](double value) { setValue(value); });
    connect(m_one, &QToolButton::clicked, this, [this] { setValue(1); });
    setValue(2);
    setValue(1);
}

void Temperature::setValue(double value)
{
    value = std::clamp(value, lowest, highest);
    if (value == m_value) {
        return;
    }
    m_value = value;
    const QSignalBlocker slider(m_slider), box(m_box); // only a place near the value, not the value itself
    m_slider->setValue(tickOf(value));
    m_box->setValue(value);
    m_one->setEnabled(value != 1);
    Q_EMIT valueChanged(value);
}

} // namespace distill::ui
