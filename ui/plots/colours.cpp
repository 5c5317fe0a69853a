// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/colours.h"

#include "ui/settings.h"

#include <QHash>
#include <QPalette>
#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

namespace {

// Okabe and Ito, "Color Universal Design" (2008), the strongest first; black stands for the text colour.
constexpr std::array<QRgb, 8> okabeIto
    = {0xff0072b2, 0xffd55e00, 0xff009e73, 0xffcc79a7, 0xffe69f00, 0xff56b4e9, 0xff000000, 0xfff0e442};

double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& one, const QColor& other)
{
    const double a = luminance(one) + 0.05;
    const double b = luminance(other) + 0.05;
    return std::max(a, b) / std::min(a, b);
}

/// Runs are numbered in the order in which they are first shown, and the number is kept: neighbours always differ,
/// which a hash of the id could not promise.
int numberOf(const RunId& run)
{
    static QHash<QString, int> known;
    const QString id = QString::fromStdString(run);
    if (const auto found = known.constFind(id); found != known.cend()) {
        return *found;
    }
    Settings settings;
    settings.beginGroup(QStringLiteral("run colours"));
    bool stored = false;
    int number = settings.value(id).toInt(&stored);
    if (!stored) {
        number = settings.value(QStringLiteral("next"), 0).toInt();
        settings.setValue(QStringLiteral("next"), number + 1);
        settings.setValue(id, number);
    }
    known.insert(id, number);
    return number;
}

} // namespace

bool isDark(const QPalette& palette)
{
    return luminance(palette.color(QPalette::Base)) < luminance(palette.color(QPalette::Text));
}

QColor colourOf(const RunId& run, const QPalette& palette)
{
    const auto index = static_cast<std::size_t>(numberOf(run)) % okabeIto.size();
    const QColor base = palette.color(QPalette::Base);
    if (qAlpha(okabeIto[index]) == 255 && (okabeIto[index] & 0xffffff) == 0) {
        return isDark(palette) ? QColor(0xe8, 0xe8, 0xe8) : QColor(0x20, 0x20, 0x20);
    }
    // WCAG asks 3:1 of graphics; sky blue, orange and yellow have less on white, blue less on dark grey.
    QColor colour = QColor::fromRgb(okabeIto[index]);
    const double wanted = isDark(palette) ? 4.0 : 3.0;
    for (int i = 0; i < 40 && contrast(colour, base) < wanted; ++i) {
        float hue = 0, saturation = 0, lightness = 0;
        colour.getHslF(&hue, &saturation, &lightness);
        lightness = std::clamp(lightness + (isDark(palette) ? 0.02f : -0.02f), 0.0f, 1.0f);
        colour = QColor::fromHslF(hue, saturation, lightness);
    }
    return colour;
}

int lineStyleOf(const RunId& run)
{
    return numberOf(run) / static_cast<int>(okabeIto.size()) % 4;
}

} // namespace distill::ui
