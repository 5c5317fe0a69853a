// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <cmath>

namespace distill::ui {

namespace {

QString dash()
{
    return QStringLiteral("\u2013");
}

QString translate(const char* text)
{
    return QCoreApplication::translate("format", text);
}

} // namespace

QString percentText(double share, int decimals)
{
    if (!std::isfinite(share)) {
        return dash();
    }
    return translate("%1\u00a0%").arg(QLocale().toString(share * 100, 'f', decimals));
}

QString durationText(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e9) {
        return dash();
    }
    const auto whole = static_cast<qint64>(std::llround(seconds));
    if (whole < 60) {
        return translate("%1\u00a0s").arg(whole);
    }
    if (whole < 3600) {
        return translate("%1\u00a0min %2\u00a0s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
    }
    return translate("%1\u00a0h %2\u00a0min").arg(whole / 3600).arg(whole % 3600 / 60, 2, 10, QLatin1Char('0'));
}

QString momentText(double secondsSince1970)
{
    if (!(secondsSince1970 > 0)) {
        return dash();
    }
    const QDateTime moment = QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(secondsSince1970 * 1000));
    const QDate today = QDate::currentDate();
    const QLocale locale;
    const QString time = locale.toString(moment.time(), QStringLiteral("HH:mm"));
    if (moment.date() == today) {
        return time;
    }
    const QString day = locale.toString(
        moment.date(), moment.date().year() == today.year() ? QStringLiteral("d MMM") : QStringLiteral("d MMM yyyy"));
    return translate("%1, %2").arg(day, time);
}

QString stepsText(qint64 steps)
{
    return QLocale().toString(steps);
}

QString plural(int count, const QString& one, const QString& many)
{
    return count == 1 ? one : many.arg(count);
}

} // namespace distill::ui
