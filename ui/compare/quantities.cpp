// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/quantities.h"

#include "ui/format.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

using Unit = ComparedFigure::Unit;

QString translate(const char* text)
{
    return QCoreApplication::translate("Quantities", text);
}

const QString minus = QStringLiteral("\u2212");

QString number(double value, int digits)
{
    return QLocale().toString(value, 'g', digits);
}

QString bytesText(double bytes)
{
    constexpr std::array<const char*, 4> units = {"B", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    while (std::abs(bytes) >= 1024 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    return QLocale().toString(bytes, 'f', unit == 0 ? 0 : 1) + QChar(0xa0) + QLatin1String(units[unit]);
}

QString countText(double value)
{
    return std::abs(value) < 1e15 && value == std::floor(value) ? QLocale().toString(value, 'f', 0) : number(value, 4);
}

QString secondsText(double seconds)
{
    return std::abs(seconds) < 10 ? QLocale().toString(seconds, 'f', 2) + u"\u00a0s"_s : durationText(seconds);
}

/// Of a field whose values are no numbers; empty where there are too many to tell apart on an axis.
void setCategories(Quantity& quantity, const std::vector<Json>& values)
{
    constexpr qsizetype most = 12;
    for (const Json& value : values) {
        if (value.is_null()) {
            quantity.values.push_back(std::nan(""));
            continue;
        }
        const QString text = valueText(value);
        qsizetype place = quantity.categories.indexOf(text);
        if (place < 0) {
            place = quantity.categories.size();
            quantity.categories << text;
        }
        quantity.values.push_back(static_cast<double>(place));
    }
    if (quantity.categories.size() > most) {
        quantity.categories.clear();
        quantity.values.clear();
    }
}

} // namespace

Range Quantity::range() const
{
    Range range{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()};
    for (const double value : values) {
        if (std::isfinite(value)) {
            range = {std::min(range.low, value), std::max(range.high, value)};
        }
    }
    return range.low <= range.high ? range : Range{0, 1};
}

QString Quantity::text(double value) const
{
    if (categories.isEmpty()) {
        return isField && std::isfinite(value) ? number(value, 6) : figureText(value, unit);
    }
    return std::isfinite(value) ? categories.value(static_cast<qsizetype>(std::lround(value))) : figureText(value, unit);
}

std::vector<Quantity> quantitiesOf(const Comparison& comparison)
{
    std::vector<Quantity> result;
    const auto differs = [](const std::vector<double>& values) {
        std::set<double> known;
        for (const double value : values) {
            if (std::isfinite(value)) {
                known.insert(value);
            }
        }
        return known.size() > 1;
    };
    for (const ComparedFigure& figure : comparison.figures) {
        Quantity quantity{figure.key, QString::fromStdString(figure.title), figure.unit, figure.better, false,
                          differs(figure.values), figure.values, {}};
        result.push_back(std::move(quantity));
    }
    static const std::set<std::string> words = {"/name", "/notes", "/tags"};
    for (const ComparedField& field : comparison.fields) {
        if (words.contains(field.pointer)) {
            continue;
        }
        Quantity quantity;
        quantity.key = field.pointer;
        quantity.title = QString::fromStdString(field.title);
        quantity.isField = true;
        const bool numeric = std::all_of(field.values.begin(), field.values.end(),
                                         [](const Json& value) { return value.is_null() || value.is_number(); });
        if (numeric) {
            for (const Json& value : field.values) {
                quantity.values.push_back(value.is_null() ? std::nan("") : value.get<double>());
            }
        } else {
            setCategories(quantity, field.values);
        }
        const bool known = std::any_of(quantity.values.begin(), quantity.values.end(), [](double v) { return std::isfinite(v); });
        if (known) {
            quantity.differs = field.differs && differs(quantity.values);
            result.push_back(std::move(quantity));
        }
    }
    return result;
}

const Quantity* quantityOf(const std::vector<Quantity>& quantities, const std::string& key)
{
    const auto found = std::find_if(quantities.begin(), quantities.end(), [&](const Quantity& each) { return each.key == key; });
    return found == quantities.end() ? nullptr : &*found;
}

QString figureText(double value, Unit unit)
{
    if (!std::isfinite(value)) {
        return std::isnan(value) ? u"\u2013"_s : value > 0 ? u"\u221e"_s : minus + u"\u221e"_s;
    }
    switch (unit) {
    case Unit::Share:
        return percentText(value, 2);
    case Unit::Nats:
        return QLocale().toString(value, 'f', std::abs(value) < 0.1 ? 4 : 3);
    case Unit::Count:
        return countText(value);
    case Unit::Bytes:
        return bytesText(value);
    case Unit::Seconds:
        return secondsText(value);
    case Unit::Milliseconds:
        return number(value, 3) + u"\u00a0ms"_s;
    case Unit::Rate:
        break;
    }
    return translate("%1 a second").arg(QLocale().toString(value, 'f', value < 100 ? 1 : 0));
}

QString deltaText(double delta, Unit unit)
{
    if (!std::isfinite(delta)) {
        return {};
    }
    const double size = std::abs(delta);
    QString text;
    if (unit == Unit::Share) {
        text = QLocale().toString(100 * size, 'f', 2);
    } else if (unit == Unit::Rate) {
        text = QLocale().toString(size, 'f', size < 100 ? 1 : 0);
    } else {
        text = figureText(size, unit);
    }
    // What is written as 0 has no sign.
    const bool zero = std::all_of(text.begin(), text.end(), [](QChar c) { return !c.isDigit() || c == u'0'; });
    return (zero ? u"\u00b1"_s : delta > 0 ? u"+"_s : minus) + text;
}

Numbers numbersOf(Unit unit)
{
    return unit == Unit::Share ? Numbers::Percent : unit == Unit::Seconds ? Numbers::Duration : Numbers::Plain;
}

QString valueText(const Json& value)
{
    if (value.is_null()) {
        return u"\u2013"_s;
    }
    if (value.is_string()) {
        const QString text = QString::fromStdString(value.get<std::string>());
        return text.isEmpty() ? translate("(empty)") : text;
    }
    if (value.is_boolean()) {
        return value.get<bool>() ? translate("yes") : translate("no");
    }
    if (value.is_number_integer()) {
        return QLocale().toString(value.get<qlonglong>());
    }
    if (value.is_number()) {
        return number(value.get<double>(), 6);
    }
    if (value.is_array()) {
        QStringList parts;
        for (const Json& each : value) {
            parts << valueText(each);
        }
        return parts.isEmpty() ? translate("(none)") : parts.join(u", ");
    }
    return QString::fromStdString(value.dump());
}

int judged(double delta, ComparedFigure::Better better)
{
    if (better == ComparedFigure::Better::Neither || !std::isfinite(delta) || delta == 0) {
        return 0;
    }
    return (delta > 0) == (better == ComparedFigure::Better::Higher) ? 1 : -1;
}

Range shareInterval(double share, double items)
{
    constexpr double z = 1.959964; // 97.5 % of the normal distribution
    const double weight = 1 + z * z / items;
    const double centre = (share + z * z / (2 * items)) / weight;
    const double half = z * std::sqrt(share * (1 - share) / items + z * z / (4 * items * items)) / weight;
    return {centre - half, centre + half};
}

double itemsOf(const std::string& key, const Json& summary)
{
    QStringList parts = QString::fromStdString(key).split(u'/');
    if (!summary.is_object() || parts.size() < 2 || (parts.last() != "accuracy"_L1 && parts.last() != "agreement"_L1)) {
        return 0;
    }
    const std::string weights = parts.size() > 2 ? parts.takeFirst().toStdString() : summary.value("reported", "last");
    const auto block = summary.find(weights);
    if (block == summary.end() || !block->is_object()) {
        return 0;
    }
    const auto split = block->find(parts.first().toStdString());
    return split != block->end() && split->is_object() ? split->value("samples", 0.0) : 0;
}

QStringList namesOf(const std::vector<Comparison::Run>& runs)
{
    QStringList plain;
    for (const Comparison::Run& run : runs) {
        plain << QString::fromStdString(run.row.name.empty() ? run.row.id.substr(run.row.id.size() - std::min<std::size_t>(6, run.row.id.size())) : run.row.name);
    }
    const auto told = [](const QStringList& names, qsizetype i) { return names.count(names[i]) == 1; };
    QStringList bySeed = plain;
    for (qsizetype i = 0; i < plain.size(); ++i) {
        if (!told(plain, i)) {
            const RunRow& row = runs[static_cast<std::size_t>(i)].row;
            bySeed[i] = translate("%1 (%2, seed %3)").arg(plain[i], translate(nameOf(row.role))).arg(row.seed);
        }
    }
    QStringList result = bySeed;
    for (qsizetype i = 0; i < plain.size(); ++i) {
        if (!told(bySeed, i)) {
            result[i] = translate("%1 (…%2)").arg(bySeed[i], QString::fromStdString(runs[static_cast<std::size_t>(i)].row.id).right(4));
        }
    }
    return result;
}

} // namespace distill::ui
