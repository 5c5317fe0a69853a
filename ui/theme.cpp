// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme.h"

#include "ui/settings.h"
#include "ui/style.h"

#include <QApplication>
#include <QEvent>
#include <QIcon>
#include <QStyle>
#include <QTimer>
#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

constexpr auto themeKey = "window/theme";

double luminance(const QColor& colour)
{
    const auto linear
        = [](double value) { return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

QColor pick(const QPalette& palette, const char* light, const char* dark)
{
    return QColor(QLatin1String(Theme::darkPalette(palette) ? dark : light));
}

} // namespace

Theme::Theme(QObject* parent)
    : QObject(parent)
    , m_platformPalette(QApplication::palette())
    , m_platformStyleName(QApplication::style()->objectName())
    , m_coalesce(new QTimer(this))
{
    m_platformStyle = m_platformStyleName.compare(QLatin1String("fusion"), Qt::CaseInsensitive) != 0
        && m_platformStyleName.compare(QLatin1String("windows"), Qt::CaseInsensitive) != 0;

    QStringList paths = QIcon::themeSearchPaths();
    if (const QString system = QStringLiteral("/usr/share/icons"); !paths.contains(system)) {
        paths.append(system);
    }
    QIcon::setThemeSearchPaths(paths);

    m_coalesce->setSingleShot(true);
    m_coalesce->setInterval(0);
    connect(m_coalesce, &QTimer::timeout, this, &Theme::followPalette);
    qApp->installEventFilter(this);

    const int stored = Settings().value(QLatin1String(themeKey), 0).toInt();
    m_choice = static_cast<Choice>(std::clamp(stored, 0, 2));
    apply();
}

void Theme::choose(Choice choice)
{
    if (choice == m_choice) {
        return;
    }
    m_choice = choice;
    Settings().setValue(QLatin1String(themeKey), static_cast<int>(choice));
    apply();
}

void Theme::apply()
{
    if (m_choice == Choice::System && m_platformStyle) {
        QApplication::setStyle(m_platformStyleName);
        QApplication::setPalette(QPalette());
    } else {
        QApplication::setStyle(new Style);
        const bool dark = m_choice == Choice::Dark || (m_choice == Choice::System && darkPalette(m_platformPalette));
        QApplication::setPalette(palette(dark));
    }
    setIconTheme();
    m_coalesce->start();
}

void Theme::setIconTheme()
{
    QIcon::setThemeName(darkPalette(QApplication::palette()) ? QStringLiteral("breeze-dark")
                                                             : QStringLiteral("breeze"));
}

void Theme::followPalette()
{
    setIconTheme();
    Q_EMIT themeChanged();
}

bool Theme::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == qApp && event->type() == QEvent::ApplicationPaletteChange) {
        m_coalesce->start();
    }
    return QObject::eventFilter(watched, event);
}

QPalette Theme::palette(bool dark)
{
    struct Colours {
        const char *window, *base, *alternate, *button, *text, *muted, *disabled, *border, *highlight, *link, *tip;
    };
    static constexpr Colours lightColours{"#f4f5f7", "#ffffff", "#f7f8fa", "#fbfbfc", "#1c2127", "#5b6570",
                                          "#8b949e", "#c9ced6", "#1f6feb", "#0b57d0", "#ffffff"};
    static constexpr Colours darkColours{"#1e2126", "#16181c", "#1b1e23", "#2a2e35", "#e4e7eb", "#a3acb8",
                                         "#6b7480", "#3b414b", "#2f6fe4", "#79b0ff", "#2a2e35"};
    const Colours& colours = dark ? darkColours : lightColours;
    const auto of = [](const char* name) { return QColor(QLatin1String(name)); };

    QPalette palette(of(colours.button), of(colours.window));
    palette.setColor(QPalette::Window, of(colours.window));
    palette.setColor(QPalette::WindowText, of(colours.text));
    palette.setColor(QPalette::Base, of(colours.base));
    palette.setColor(QPalette::AlternateBase, of(colours.alternate));
    palette.setColor(QPalette::Text, of(colours.text));
    palette.setColor(QPalette::Button, of(colours.button));
    palette.setColor(QPalette::ButtonText, of(colours.text));
    palette.setColor(QPalette::BrightText, of("#ffffff"));
    palette.setColor(QPalette::PlaceholderText, of(colours.muted));
    palette.setColor(QPalette::Highlight, of(colours.highlight));
    palette.setColor(QPalette::HighlightedText, of("#ffffff"));
    palette.setColor(QPalette::Link, of(colours.link));
    palette.setColor(QPalette::LinkVisited, of(colours.link));
    palette.setColor(QPalette::ToolTipBase, of(colours.tip));
    palette.setColor(QPalette::ToolTipText, of(colours.text));
    palette.setColor(QPalette::Mid, of(colours.border));
    palette.setColor(QPalette::Midlight, of(colours.border).lighter(dark ? 120 : 108));
    palette.setColor(QPalette::Light, dark ? of("#343941") : of("#ffffff"));
    palette.setColor(QPalette::Dark, of(colours.border).darker(dark ? 140 : 125));
    palette.setColor(QPalette::Shadow, dark ? of("#0a0b0d") : of("#9aa1ab"));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        palette.setColor(QPalette::Disabled, role, of(colours.disabled));
    }
    palette.setColor(QPalette::Disabled, QPalette::Highlight, of(colours.border));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, of(colours.disabled));
    return palette;
}

bool Theme::darkPalette(const QPalette& palette)
{
    return luminance(palette.color(QPalette::Active, QPalette::Window)) < 0.2;
}

QColor Theme::accent(const QPalette& palette)
{
    return palette.color(QPalette::Active, QPalette::Highlight);
}

QColor Theme::muted(const QPalette& palette)
{
    return pick(palette, "#5b6570", "#a3acb8");
}

QColor Theme::good(const QPalette& palette)
{
    return pick(palette, "#117a4a", "#4cc38a");
}

QColor Theme::warning(const QPalette& palette)
{
    return pick(palette, "#9a5b00", "#e8a33d");
}

QColor Theme::bad(const QPalette& palette)
{
    return pick(palette, "#c02638", "#ff7b82");
}

double Theme::contrast(const QColor& one, const QColor& other)
{
    const double first = luminance(one);
    const double second = luminance(other);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

} // namespace distill::ui
