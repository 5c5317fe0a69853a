// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/tuning.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSlider>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString shown(double value)
{
    return QLocale().toString(value, 'g', 4);
}

} // namespace

SliderScale::SliderScale(const Field* field, double value)
{
    const double infinite = std::numeric_limits<double>::infinity();
    const double minimum = field ? field->minimum : -infinite;
    const double maximum = field ? field->maximum : infinite;
    const double size = std::abs(value) > 0 ? std::abs(value) : 1;
    m_logarithmic = field && field->logarithmic && minimum >= 0;
    if (m_logarithmic) {
        m_zero = minimum == 0;
        m_low = std::max(minimum, size / 100);
        m_high = std::min(maximum, size * 100);
    } else {
        m_low = std::isfinite(minimum) ? std::max(minimum, value - 10 * size) : value - 5 * size;
        m_high = std::isfinite(maximum) ? std::min(maximum, value + 4 * size) : value + 4 * size;
    }
    if (!(m_high > m_low)) {
        m_high = m_low + size;
    }
}

double SliderScale::valueAt(int place) const
{
    const double share = std::clamp(static_cast<double>(place) / places, 0.0, 1.0);
    if (!m_logarithmic) {
        return m_low + share * (m_high - m_low);
    }
    return m_zero && place <= 0 ? 0 : m_low * std::pow(m_high / m_low, share);
}

int SliderScale::placeOf(double value) const
{
    double share = 0;
    if (!m_logarithmic) {
        share = (value - m_low) / (m_high - m_low);
    } else if (value > 0) {
        share = std::log(value / m_low) / std::log(m_high / m_low);
    }
    const int place = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * places));
    return m_logarithmic && m_zero && value > 0 ? std::max(1, place) : place;
}

QString tunableLabel(const Json& document, const std::string& pointer)
{
    const QStringList parts = QString::fromStdString(pointer).split(u'/', Qt::SkipEmptyParts);
    if (parts.isEmpty()) {
        return QString::fromStdString(pointer);
    }
    QString label = parts.last();
    label.replace(u'_', u' ');
    const auto at = [&](qsizetype count) -> const Json* {
        try {
            return &document.at(Json::json_pointer((u'/' + parts.mid(0, count).join(u'/')).toStdString()));
        } catch (const Json::exception&) {
            return nullptr;
        }
    };
    // The nearest part of the document around the field that names its kind.
    for (qsizetype count = parts.size() - 1; count > 0; --count) {
        const Json* part = at(count);
        if (part && part->is_object() && part->contains("kind") && part->at("kind").is_string()) {
            QString kind = QString::fromStdString(part->at("kind").get<std::string>());
            label += u" (%1)"_s.arg(kind.replace(u'_', u' '));
            break;
        }
    }
    if (parts.size() > 2 && parts[0] == "stages"_L1) {
        const Json* stages = at(1);
        if (stages && stages->is_array() && stages->size() > 1) {
            const Json* stage = at(2);
            const std::string name = stage && stage->is_object() ? stage->value("name", std::string()) : std::string();
            label = (name.empty() ? QObject::tr("stage %1").arg(parts[1].toInt() + 1) : QString::fromStdString(name))
                + u": "_s + label;
        }
    }
    return label;
}

struct Tuning::Row {
    std::string pointer;
    SliderScale scale;
    double value = 0;
    QLabel* label = nullptr;
    QSlider* slider = nullptr;
    QLineEdit* edit = nullptr;
    QElapsedTimer touched; ///< after a change by hand the run's own figure lags behind by a step
};

Tuning::Tuning(QWidget* parent)
    : QWidget(parent)
    , m_grid(new QGridLayout(this))
    , m_nothing(new QLabel(tr("Temperature, weights and learning rate of a running experiment can be changed here")))
{
    m_grid->setContentsMargins(8, 6, 8, 6);
    m_grid->setHorizontalSpacing(8);
    m_grid->setVerticalSpacing(2);
    m_nothing->setWordWrap(true);
    m_nothing->setEnabled(false);
    m_grid->addWidget(m_nothing, 0, 0, 1, 3);
    m_grid->setColumnStretch(1, 1);
    m_throttle.setSingleShot(true);
    m_throttle.setInterval(100);
    connect(&m_throttle, &QTimer::timeout, this, &Tuning::send);
}

Tuning::~Tuning() = default;

void Tuning::setRun(const RunId& run, const Json& document)
{
    if (run != m_run) {
        m_waiting.clear();
        rebuild({});
    }
    if (document != m_document) {
        m_document = document;
        rebuild({});
    }
    m_run = run;
}

void Tuning::setValues(const std::map<std::string, double>& tunables)
{
    const bool same = std::equal(tunables.begin(), tunables.end(), m_rows.begin(), m_rows.end(),
                                 [](const auto& a, const auto& b) { return a.first == b.first; });
    if (!same) {
        rebuild(tunables);
        return;
    }
    for (const auto& [pointer, value] : tunables) {
        Row& row = *m_rows.at(pointer);
        const bool busy = row.slider->isSliderDown() || row.edit->isModified()
            || (row.touched.isValid() && row.touched.elapsed() < 500);
        if (!busy && value != row.value) {
            row.value = value;
            const QSignalBlocker quiet(row.slider);
            row.slider->setValue(row.scale.placeOf(value));
            row.edit->setText(shown(value));
        }
    }
}

void Tuning::rebuild(const std::map<std::string, double>& tunables)
{
    for (auto& [pointer, row] : m_rows) {
        for (QWidget* widget : std::initializer_list<QWidget*>{row->label, row->slider, row->edit}) {
            widget->blockSignals(true); // losing the focus must not send what was half typed
            widget->hide();
            widget->deleteLater();
        }
    }
    m_rows.clear();
    m_nothing->setVisible(tunables.empty());
    int line = 0;
    for (const auto& [pointer, value] : tunables) {
        const Field* field = schema().find(m_document, pointer);
        auto row = std::make_unique<Row>(Row{pointer, SliderScale(field, value), value, nullptr, nullptr, nullptr, {}});
        const QString name = tunableLabel(m_document, pointer);
        const QString help = field ? QString::fromStdString(field->help) : QString();
        row->label = new QLabel(name, this);
        row->slider = new QSlider(Qt::Horizontal, this);
        row->slider->setRange(0, SliderScale::places);
        row->slider->setSingleStep(5);
        row->slider->setPageStep(50);
        row->slider->setValue(row->scale.placeOf(value));
        row->slider->setMinimumWidth(80);
        row->edit = new QLineEdit(shown(value), this);
        row->edit->setAlignment(Qt::AlignRight);
        row->edit->setFixedWidth(fontMetrics().horizontalAdvance(u"0.00000e-00"_s) + 12);
        row->label->setBuddy(row->edit);
        for (QWidget* widget : std::initializer_list<QWidget*>{row->label, row->slider, row->edit}) {
            widget->setToolTip(help);
            widget->setAccessibleDescription(help);
        }
        row->slider->setAccessibleName(name);
        row->edit->setAccessibleName(tr("Value of %1").arg(name));
        connect(row->slider, &QSlider::valueChanged, this,
                [this, at = row.get()](int place) { change(*at, at->scale.valueAt(place)); });
        connect(row->edit, &QLineEdit::editingFinished, this, [this, at = row.get()] {
            if (!at->edit->isModified()) {
                return;
            }
            at->edit->setModified(false);
            bool good = false;
            const double typed = QLocale().toDouble(at->edit->text(), &good);
            const double plain = good ? typed : at->edit->text().toDouble(&good);
            if (good && std::isfinite(plain)) {
                const QSignalBlocker quiet(at->slider);
                at->slider->setValue(at->scale.placeOf(plain));
                change(*at, plain);
            } else {
                at->edit->setText(shown(at->value));
            }
        });
        m_grid->addWidget(row->label, line, 0);
        m_grid->addWidget(row->slider, line, 1);
        m_grid->addWidget(row->edit, line, 2);
        m_rows.emplace(pointer, std::move(row));
        ++line;
    }
    for (int i = 0, rows = m_grid->rowCount(); i < rows; ++i) {
        m_grid->setRowStretch(i, 0);
    }
    m_grid->setRowStretch(std::max(line, 1), 1);
}

void Tuning::change(Row& row, double value)
{
    row.value = value;
    row.touched.start();
    if (!row.edit->hasFocus() || !row.edit->isModified()) {
        row.edit->setText(shown(value));
    }
    m_waiting[row.pointer] = value;
    if (!m_throttle.isActive()) {
        send();
    }
}

void Tuning::send()
{
    const auto waiting = std::exchange(m_waiting, {});
    for (const auto& [pointer, value] : waiting) {
        Q_EMIT tuned(m_run, QString::fromStdString(pointer), value);
    }
    if (!waiting.empty()) {
        m_throttle.start();
    }
}

} // namespace distill::ui
