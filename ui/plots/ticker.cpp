// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/ticker.h"

#include <QRegularExpression>
#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString duration(double seconds, double step)
{
    const double whole = std::floor(std::abs(seconds) + (step < 1 ? 0 : 0.5));
    const auto hours = static_cast<qint64>(whole / 3600);
    const auto minutes = static_cast<qint64>(whole / 60) % 60;
    const auto rest = static_cast<qint64>(whole) % 60;
    const QString sign = seconds < 0 ? u"-"_s : QString();
    if (hours > 0) {
        return sign + u"%1:%2:%3"_s.arg(hours).arg(minutes, 2, 10, '0'_L1).arg(rest, 2, 10, '0'_L1);
    }
    if (step < 1) {
        const int digits = std::min(6, static_cast<int>(std::ceil(-std::log10(step))));
        return QLocale().toString(seconds, 'f', digits) + u" s"_s;
    }
    return sign + u"%1:%2"_s.arg(minutes).arg(rest, 2, 10, '0'_L1);
}

/// Decimals that tell ticks of this distance apart and write them exactly: 2 for 0.25.
int decimals(double step)
{
    int count = 0;
    for (double scaled = std::abs(step); count < 9 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled;
         scaled *= 10) {
        ++count;
    }
    return count;
}

/// "1.05e15": as many digits as tell ticks of this distance apart, and no more signs than needed.
QString scientific(double value, double step)
{
    const double decade = std::pow(10, std::floor(std::log10(std::abs(value)) + 1e-9));
    static const QRegularExpression padding(u"[eE]\\+?(-?)0*(?=\\d)"_s);
    return QLocale().toString(value, 'e', std::min(5, decimals(step / decade))).replace(padding, u"e\\1"_s);
}

QString plain(double value, double step)
{
    if (value != 0 && (std::abs(value) >= 1e12 || (step < 1e-4 && std::abs(value) < 1e-4))) {
        return scientific(value, step);
    }
    struct Unit {
        double size;
        const char16_t* sign;
    };
    static constexpr std::array<Unit, 3> units = {Unit{1e9, u"G"}, Unit{1e6, u"M"}, Unit{1e3, u"k"}};
    for (const Unit& unit : units) {
        if (std::abs(value) >= unit.size * (unit.size == 1e3 ? 10 : 1)) {
            const int digits = std::min(6, decimals(step / unit.size));
            return QLocale().toString(value / unit.size, 'f', digits) + QString::fromUtf16(unit.sign);
        }
    }
    return QLocale().toString(value, 'f', value == 0 && step < 1e-4 ? 0 : decimals(step));
}

} // namespace

QString formatted(double value, Numbers numbers)
{
    if (!std::isfinite(value)) {
        return std::isnan(value) ? u"NaN"_s : value > 0 ? u"∞"_s : u"−∞"_s;
    }
    switch (numbers) {
    case Numbers::Percent:
        return QLocale().toString(100 * value, 'f', 2) + u" %"_s;
    case Numbers::Duration:
        return duration(value, 1);
    case Numbers::Plain:
        break;
    }
    const double size = std::abs(value);
    if (size == std::floor(size) && size < 1e6) {
        return QLocale().toString(value, 'f', 0);
    }
    return size >= 1e3 && size < 1e6 ? QLocale().toString(value, 'f', 0) : QLocale().toString(value, 'g', 4);
}

ShortTicker::ShortTicker(Numbers numbers, bool logarithmic)
    : m_numbers(numbers)
    , m_logarithmic(logarithmic)
{
    setLogBase(10);
    setSubTickCount(8);
    setTickCount(4);
}

double ShortTicker::getTickStep(const QCPRange& range)
{
    m_step = QCPAxisTicker::getTickStep(range);
    if (m_numbers == Numbers::Duration && m_step < 1) {
        // "0.05 s" is wider than "0:05": rather fewer ticks than asked for than more.
        const double exact = range.size() / (tickCount() + 1e-10);
        const double decade = std::pow(10, std::floor(std::log10(exact)));
        for (const double digit : {10.0, 5.0, 2.0, 1.0}) {
            m_step = digit * decade >= exact ? digit * decade : m_step;
        }
    }
    if (m_numbers == Numbers::Duration && m_step > 1) {
        static constexpr std::array<double, 14> steps = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200};
        const double exact = range.size() / (tickCount() + 1e-10);
        m_step = exact > steps.back() ? 3600 * std::ceil(exact / 3600)
                                      : pickClosest(exact, QVector<double>(steps.begin(), steps.end()));
    }
    return m_step;
}

int ShortTicker::getSubTickCount(double tickStep)
{
    return !m_logarithmic ? QCPAxisTicker::getSubTickCount(tickStep) : m_decades ? subTickCount() : 0;
}

QVector<double> ShortTicker::createTickVector(double tickStep, const QCPRange& range)
{
    m_decades = m_byMagnitude = false;
    if (!m_logarithmic || range.lower <= 0) {
        return QCPAxisTicker::createTickVector(tickStep, range);
    }
    if (range.upper > 40 * range.lower) {
        m_decades = m_byMagnitude = true;
        return QCPAxisTickerLog::createTickVector(tickStep, range);
    }
    // Within one or two decades: 1, 2, 5; within a part of one: as on a linear axis.
    QVector<double> ticks;
    for (double decade = std::pow(10, std::floor(std::log10(range.lower))); decade <= range.upper; decade *= 10) {
        for (const double digit : {1.0, 2.0, 5.0}) {
            if (digit * decade >= range.lower && digit * decade <= range.upper) {
                ticks.append(digit * decade);
            }
        }
    }
    m_byMagnitude = ticks.size() >= 2;
    return m_byMagnitude ? ticks : QCPAxisTicker::createTickVector(tickStep, range);
}

QString ShortTicker::getTickLabel(double tick, const QLocale&, QChar, int)
{
    // Linear ticks that should be 0 come out as 1e-17.
    const double value = std::abs(tick) < 1e-9 * m_step && !m_logarithmic ? 0 : tick;
    const double size = std::abs(value);
    const double decade = size > 0 ? std::pow(10.0, std::floor(std::log10(size) + 1e-9)) : m_step;
    const double step = m_byMagnitude ? decade : m_step;
    switch (m_numbers) {
    case Numbers::Percent:
        return QLocale().toString(100 * value, 'f', std::min(6, decimals(100 * step))) + u" %"_s;
    case Numbers::Duration:
        return duration(value, step);
    case Numbers::Plain:
        break;
    }
    return plain(value, step);
}

} // namespace distill::ui
