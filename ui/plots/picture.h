// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/curveplot.h"

namespace distill::ui {

/// A panel as a picture: its title, the names of the runs, and its plots one above another.
struct Picture {
    QString title;
    QString axisLabel;
    QVector<CurvePlot*> plots;
    QSize size{900, 560}; ///< in pixels of 1/96 inch
};

enum class PictureFormat { Png, Svg, Pdf };

/// Black on white whatever the window looks like. PNG at twice the size, SVG and PDF as vectors. Throws InputError
/// where the file cannot be written; what was there before then stays.
void savePicture(const Picture& picture, PictureFormat format, const QString& path);
/// As savePicture's PNG, in the colours of `palette`, for the clipboard.
QImage imageOf(const Picture& picture, double scale, const QPalette& palette);
QPalette paperPalette();

} // namespace distill::ui
