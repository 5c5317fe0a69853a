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

QStringList withoutCommonParts(const QStringList& names)
{
    QList<QStringList> parts;
    for (const QString& name : names) {
        parts << name.split(QStringLiteral(", "));
    }
    QStringList common = parts.value(0);
    for (const QStringList& other : parts) {
        common.removeIf([&](const QString& part) { return !other.contains(part); });
    }
    QStringList result;
    for (QStringList& own : parts) {
        own.removeIf([&](const QString& part) { return common.contains(part); });
        result << own.join(QStringLiteral(", "));
    }
    return names.size() < 2 || result.contains(QString()) ? names : result;
}

int naturalOrder(QStringView one, QStringView other)
{
    const auto digits = [](QStringView text, qsizetype from) {
        qsizetype end = from;
        while (end < text.size() && text[end] >= u'0' && text[end] <= u'9') {
            ++end;
        }
        return end - from;
    };
    qsizetype i = 0, j = 0;
    while (i < one.size() && j < other.size()) {
        qsizetype left = digits(one, i), right = digits(other, j);
        if (left == 0 || right == 0) {
            if (one[i] != other[j]) {
                return one[i] < other[j] ? -1 : 1;
            }
            ++i;
            ++j;
            continue;
        }
        for (; left > 1 && one[i] == u'0'; --left) {
            ++i;
        }
        for (; right > 1 && other[j] == u'0'; --right) {
            ++j;
        }
        if (left != right) {
            return left < right ? -1 : 1;
        }
        if (const int order = one.mid(i, left).compare(other.mid(j, right)); order != 0) {
            return order;
        }
        i += left;
        j += right;
    }
    return one.size() - i == other.size() - j ? one.compare(other) : one.size() - i < other.size() - j ? -1 : 1;
}

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
