// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/columntext.h"

#include "ui/format.h"
#include "ui/runs/runmodel.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace distill::ui {

namespace {

QString numberText(double value, int digits = 6)
{
    const QLocale locale;
    const double size = std::abs(value);
    if (value == std::round(value) && size < 1e9) {
        return locale.toString(value, 'f', 0);
    }
    return locale.toString(value, size < 1e-4 || size >= 1e9 ? 'e' : 'g', size < 1e-4 || size >= 1e9 ? digits - 4 : digits);
}

QString translated(const char* text)
{
    return QCoreApplication::translate("RunColumn", text);
}

} // namespace

QString valueText(const Json& value, RunColumn::Type type)
{
    if (value.is_array()) {
        QStringList parts;
        for (const Json& each : value) {
            if (const QString part = valueText(each, type); !part.isEmpty()) {
                parts << part;
            }
        }
        return parts.join(QStringLiteral(", "));
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? translated("yes") : translated("no");
    }
    if (value.is_string()) {
        return QString::fromStdString(value.get_ref<const std::string&>());
    }
    if (!value.is_number()) {
        return value.is_null() ? QString() : QString::fromStdString(value.dump());
    }
    const double number = value.get<double>();
    switch (type) {
    case RunColumn::Type::Share:
        return percentText(number);
    case RunColumn::Type::Seconds:
        return durationText(number);
    case RunColumn::Type::Moment:
        return momentText(number);
    case RunColumn::Type::Count:
        return stepsText(static_cast<qint64>(number));
    default:
        return numberText(number);
    }
}

Statistics::Statistics()
    : mean(std::nan(""))
{
}

Statistics statisticsOf(const RunModel& runs, const std::vector<int>& members, int column)
{
    // Welford's recurrence: no difference of two large sums.
    Statistics result;
    double mean = 0, squares = 0;
    for (const int member : members) {
        const double value = runs.numberAt(member, column);
        if (!std::isnan(value)) {
            ++result.count;
            const double off = value - mean;
            mean += off / result.count;
            squares += off * (value - mean);
        }
    }
    if (result.count > 0) {
        result.mean = mean;
    }
    if (result.count > 1) {
        result.deviation = std::sqrt(squares / (result.count - 1));
    }
    return result;
}

QString spreadText(const Statistics& statistics, RunColumn::Type type)
{
    if (statistics.count == 0) {
        return {};
    }
    const QString mean = valueText(Json(statistics.mean), type);
    if (statistics.count == 1 || type == RunColumn::Type::Moment) {
        return mean;
    }
    const QLocale locale;
    if (type == RunColumn::Type::Share) {
        return translated("%1 \u00b1 %2\u00a0%").arg(locale.toString(100 * statistics.mean, 'f', 1), locale.toString(100 * statistics.deviation, 'f', 1));
    }
    if (type == RunColumn::Type::Seconds) {
        return translated("%1 \u00b1 %2").arg(mean, durationText(statistics.deviation));
    }
    if (type == RunColumn::Type::Count) {
        return translated("%1 \u00b1 %2").arg(mean, stepsText(static_cast<qint64>(std::round(statistics.deviation))));
    }
    return translated("%1 \u00b1 %2").arg(numberText(statistics.mean, 4), numberText(statistics.deviation, 2));
}

std::string withoutSeed(const std::string& name)
{
    const std::size_t place = name.rfind(" (seed ");
    return place != std::string::npos && name.ends_with(')') ? name.substr(0, place) : name;
}

} // namespace distill::ui
