// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <string>

namespace distill::ui {

/// Figures as people read them, in their locale; a dash where a figure is not known.
/// Names beside one another without the parts between commas that all of them have: of "Ladder, temperature 2, wide" and "Ladder,
/// temperature 4, wide" "temperature 2" and "temperature 4". As they are where nothing would be left of one.
QStringList withoutCommonParts(const QStringList& names);

/// As compare(), with numbers in the order of their size: "run 2" before "run 10".
int naturalOrder(QStringView one, QStringView other);

QString percentText(double share, int decimals = 1); ///< 0.9142 -> "91.4 %"
QString durationText(double seconds); ///< "8 s", "3 min 05 s", "1 h 12 min"
QString momentText(double secondsSince1970); ///< "14:32" today, "3 May, 14:32" this year, else with the year
QString stepsText(qint64 steps); ///< "12,400"

/// The sentence for one, or the one for any other number with the number as its %1.
QString plural(int count, const QString& one, const QString& many);

} // namespace distill::ui
