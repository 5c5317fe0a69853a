// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/look.h"

#include "ui/theme.h"

#include <QPainter>
#include <QPalette>
#include <algorithm>
#include <array>
#include <cmath>

namespace distill::ui {

namespace {

QColor pick(const QPalette& palette, QRgb light, QRgb dark)
{
    return QColor::fromRgb(Theme::darkPalette(palette) ? dark : light);
}

} // namespace

QColor teacherColour(const QPalette& palette)
{
    return pick(palette, 0xff0072b2, 0xff4aa8e0);
}

QColor studentColour(const QPalette& palette)
{
    return pick(palette, 0xffd55e00, 0xffff8a3d);
}

QColor aloneColour(const QPalette& palette)
{
    return pick(palette, 0xff6b7480, 0xff98a2ae);
}

QColor twinColour(const QPalette& palette)
{
    return pick(palette, 0xff009e73, 0xff3ecfa3);
}

QColor classColour(int number, const QPalette& palette)
{
    // Those of teacher and student come last: few sets have so many classes.
    static constexpr std::array<QRgb, 8> light
        = {0xff009e73, 0xffb85f91, 0xffb07a00, 0xff3a8fc4, 0xff303030, 0xff8f8a00, 0xffd55e00, 0xff0072b2};
    static constexpr std::array<QRgb, 8> dark
        = {0xff3ecfa3, 0xffe59cc3, 0xffe69f00, 0xff8fd0f5, 0xffe8e8e8, 0xfff0e442, 0xffff8a3d, 0xff4aa8e0};
    const auto place = static_cast<std::size_t>(std::max(0, number)) % light.size();
    return pick(palette, light[place], dark[place]);
}

QColor tint(double share, const QColor& full, const QPalette& palette)
{
    const QColor base = palette.color(QPalette::Base);
    const auto part = static_cast<float>(std::isnan(share) ? 0 : std::clamp(share, 0.0, 1.0));
    return QColor::fromRgbF(base.redF() + part * (full.redF() - base.redF()),
                            base.greenF() + part * (full.greenF() - base.greenF()),
                            base.blueF() + part * (full.blueF() - base.blueF()));
}

QColor diverging(double share, const QPalette& palette)
{
    return tint(std::abs(share), share < 0 ? pick(palette, 0xffc44601, 0xffff7a33) : pick(palette, 0xff0567b0, 0xff46a6ee),
                palette);
}

QColor textOn(const QColor& ground)
{
    return Theme::contrast(ground, Qt::black) >= Theme::contrast(ground, Qt::white) ? QColor(Qt::black) : QColor(Qt::white);
}

bool arePoints(const TestSet& test)
{
    return test.images.empty() && test.channels == 2 && test.rows.size() == 2 * test.labels.size();
}

QImage pictureOf(const TestSet& test, std::int64_t sample)
{
    const auto width = static_cast<int>(test.width);
    const auto height = static_cast<int>(test.height);
    const std::int64_t plane = test.width * test.height;
    const std::uint8_t* const first = test.images.data() + sample * test.channels * plane;
    if (test.channels != 3) {
        return QImage(first, width, height, width, QImage::Format_Grayscale8).copy();
    }
    QImage picture(width, height, QImage::Format_RGB32);
    for (int y = 0; y < height; ++y) {
        auto* const line = reinterpret_cast<QRgb*>(picture.scanLine(y));
        const std::uint8_t* const row = first + static_cast<std::int64_t>(y) * width;
        for (int x = 0; x < width; ++x) {
            line[x] = qRgb(row[x], row[plane + x], row[2 * plane + x]);
        }
    }
    return picture;
}

void drawPicture(QPainter& painter, const QRect& square, const QImage& picture)
{
    if (picture.isNull()) {
        return;
    }
    const double fit = std::min(double(square.width()) / picture.width(), double(square.height()) / picture.height());
    const double scale = fit >= 1 ? std::floor(fit) : fit;
    const QSize size(std::max(1, static_cast<int>(picture.width() * scale)),
                     std::max(1, static_cast<int>(picture.height() * scale)));
    const QPoint corner(square.left() + (square.width() - size.width()) / 2,
                        square.top() + (square.height() - size.height()) / 2);
    painter.save();
    painter.setRenderHint(QPainter::SmoothPixmapTransform, fit < 1);
    painter.drawImage(QRect(corner, size), picture);
    painter.restore();
}

} // namespace distill::ui
