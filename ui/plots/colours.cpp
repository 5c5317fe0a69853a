// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/colours.h"

#include "ui/settings.h"

#include <QCoreApplication>
#include <QHash>
#include <QPalette>
#include <QSet>
#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

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

std::unordered_map<RunId, int>& chosenColours()
{
    static std::unordered_map<RunId, int> chosen;
    return chosen;
}

QHash<QString, int>& knownNumbers()
{
    static QHash<QString, int> known;
    return known;
}

/// Runs are numbered in the order in which they are first shown, and the number is kept: neighbours always differ,
/// which a hash of the id could not promise.
void number(Settings& settings, const QString& id)
{
    bool stored = false;
    int number = settings.value(id).toInt(&stored);
    if (!stored) {
        number = settings.value(QStringLiteral("next"), 0).toInt();
        settings.setValue(QStringLiteral("next"), number + 1);
        settings.setValue(id, number);
    }
    knownNumbers().insert(id, number);
}

int numberOf(const RunId& run)
{
    if (const auto chosen = chosenColours().find(run); chosen != chosenColours().end()) {
        return chosen->second;
    }
    const QHash<QString, int>& known = knownNumbers();
    const QString id = QString::fromStdString(run);
    if (const auto found = known.constFind(id); found != known.cend()) {
        return *found;
    }
    Settings settings;
    settings.beginGroup(QStringLiteral("run colours"));
    number(settings, id);
    return known.value(id);
}

} // namespace

bool isDark(const QPalette& palette)
{
    return luminance(palette.color(QPalette::Base)) < luminance(palette.color(QPalette::Text));
}

int colourCount()
{
    return static_cast<int>(okabeIto.size());
}

QString paletteColourName(int place)
{
    static const char* const names[] = {QT_TRANSLATE_NOOP("Colour", "Blue"),   QT_TRANSLATE_NOOP("Colour", "Vermilion"),
                                        QT_TRANSLATE_NOOP("Colour", "Green"),  QT_TRANSLATE_NOOP("Colour", "Purple"),
                                        QT_TRANSLATE_NOOP("Colour", "Orange"), QT_TRANSLATE_NOOP("Colour", "Sky blue"),
                                        QT_TRANSLATE_NOOP("Colour", "Black or white"), QT_TRANSLATE_NOOP("Colour", "Yellow")};
    static_assert(std::size(names) == okabeIto.size());
    return QCoreApplication::translate("Colour", names[static_cast<std::size_t>(place) % std::size(names)]);
}

void setChosenColours(const std::unordered_map<RunId, int>& places)
{
    chosenColours() = places;
}

void giveColours(const std::vector<RunId>& runs)
{
    std::vector<QString> fresh;
    for (const RunId& run : runs) {
        if (const QString id = QString::fromStdString(run); !knownNumbers().contains(id) && !chosenColours().contains(run)) {
            fresh.push_back(id);
        }
    }
    if (!fresh.empty()) {
        Settings settings;
        settings.beginGroup(QStringLiteral("run colours"));
        for (const QString& id : fresh) {
            number(settings, id);
        }
    }
}

bool keepColoursApart(const QVector<RunId>& runs)
{
    giveColours({runs.begin(), runs.end()});
    const int colours = colourCount();
    std::array<bool, okabeIto.size()> taken{};
    QSet<int> numbers;
    const auto isChosen = [](const RunId& run) { return chosenColours().contains(run); };
    for (const RunId& run : runs) {
        if (isChosen(run)) {
            taken[static_cast<std::size_t>(numberOf(run) % colours)] = true;
            numbers.insert(numberOf(run) % (4 * colours));
        }
    }
    std::vector<std::pair<QString, int>> changed;
    const auto give = [&](const RunId& run, int number) {
        numbers.insert(number);
        if (number != numberOf(run) % (4 * colours)) {
            changed.emplace_back(QString::fromStdString(run), number);
        }
    };
    QVector<RunId> others; // that look like one before them
    for (const RunId& run : runs) {
        const int number = isChosen(run) ? -1 : numberOf(run) % colours;
        if (number >= 0 && !taken[static_cast<std::size_t>(number)]) {
            taken[static_cast<std::size_t>(number)] = true;
            give(run, number); // alone in its colour, it needs no dashes
        } else if (number >= 0) {
            others << run;
        }
    }
    for (const RunId& run : others) {
        int number = numberOf(run) % (4 * colours);
        const auto free = std::find(taken.begin(), taken.end(), false);
        if (free != taken.end()) {
            number = static_cast<int>(free - taken.begin());
            *free = true;
        } else {
            for (int other = 0; numbers.contains(number) && other < 4 * colours; ++other) {
                number = numbers.contains(other) ? number : other;
            }
        }
        give(run, number);
    }
    if (!changed.empty()) {
        Settings settings;
        settings.beginGroup(QStringLiteral("run colours"));
        for (const auto& [id, number] : changed) {
            knownNumbers()[id] = number;
            settings.setValue(id, number);
        }
    }
    return !changed.empty();
}

QColor colourOf(const RunId& run, const QPalette& palette)
{
    return paletteColour(numberOf(run), palette);
}

QColor paletteColour(int place, const QPalette& palette)
{
    const auto index = static_cast<std::size_t>(place) % okabeIto.size();
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
