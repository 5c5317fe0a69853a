// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QObject>
#include <QPalette>

class QTimer;

namespace distill::ui {

/// Light or dark. Where the desktop brings a style of its own, `System` leaves style and palette alone; else the window
/// uses Fusion with palettes of its own. The icon set follows the palette.
class Theme : public QObject {
    Q_OBJECT

public:
    enum class Choice { System, Light, Dark };

    explicit Theme(QObject* parent = nullptr);

    Choice choice() const { return m_choice; }
    void choose(Choice choice);

    static QPalette palette(bool dark);
    static bool darkPalette(const QPalette& palette);
    static QColor accent(const QPalette& palette);
    static QColor muted(const QPalette& palette); ///< for secondary text, at least 4.5:1 on base
    static QColor good(const QPalette& palette);
    static QColor warning(const QPalette& palette);
    static QColor bad(const QPalette& palette);
    /// WCAG contrast ratio of two opaque colours, from 1 to 21.
    static double contrast(const QColor& one, const QColor& other);

Q_SIGNALS:
    /// Once after any number of palette events.
    void themeChanged();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void apply();
    void followPalette();
    static void setIconTheme();

    Choice m_choice = Choice::System;
    bool m_platformStyle = false;
    QPalette m_platformPalette;
    QString m_platformStyleName;
    QTimer* m_coalesce = nullptr;
};

} // namespace distill::ui
