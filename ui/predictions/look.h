// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/predictions.h"

#include <QColor>
#include <QImage>

class QPalette;
class QPainter;
class QRect;

namespace distill::ui {

// Who is who has one colour throughout, of Okabe and Ito's: a lecture points at "the blue one".
QColor teacherColour(const QPalette& palette);
QColor studentColour(const QPalette& palette);
QColor aloneColour(const QPalette& palette);
QColor twinColour(const QPalette& palette);
QColor classColour(int number, const QPalette& palette); ///< repeats after eight

/// From the base colour to `full`; `share` is cut to [0, 1].
QColor tint(double share, const QColor& full, const QPalette& palette);
/// From vermilion at -1 over the base colour to blue at 1.
QColor diverging(double share, const QPalette& palette);
/// Black or white, whichever reads better on a ground.
QColor textOn(const QColor& ground);

/// Whether the samples are points of a plane.
bool arePoints(const TestSet& test);
/// One sample of a test set of images: grey of one channel, colour of three, of any other number the first as grey.
QImage pictureOf(const TestSet& test, std::int64_t sample);
/// Into the middle of a square, as large as whole multiples of its pixels allow; smoothly where it has to shrink.
void drawPicture(QPainter& painter, const QRect& square, const QImage& picture);

} // namespace distill::ui
