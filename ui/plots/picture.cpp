// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/picture.h"

#include "ui/plots/colours.h"
#include "ui/savefile.h"

#include <QBuffer>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <algorithm>

namespace distill::ui {

namespace {

struct Name {
    RunId run;
    QString text;
};

QVector<Name> namesIn(const Picture& picture)
{
    QVector<Name> names;
    for (const CurvePlot* plot : picture.plots) {
        for (const PlotCurve& curve : plot->curves()) {
            const bool known
                = std::any_of(names.begin(), names.end(), [&](const Name& n) { return n.run == curve.run; });
            if (!known && !curve.curve->empty()) {
                names.append({curve.run, curve.runName});
            }
        }
    }
    return names;
}

void paint(QCPPainter& painter, const Picture& picture, const QPalette& theme, double hairline = 1)
{
    const QSize size = picture.size;
    painter.fillRect(QRect(QPoint(), size), theme.color(QPalette::Base));
    QFont font = picture.plots.isEmpty() ? QFont() : picture.plots.first()->font();
    QFont bold = font;
    bold.setBold(true);
    const QFontMetrics metrics(font);
    const int line = metrics.height() + 2;
    const int gap = 12;
    int y = gap;
    painter.setPen(theme.color(QPalette::Text));
    painter.setFont(bold);
    painter.drawText(QRect(gap, y, size.width() - 2 * gap, line), Qt::AlignLeft | Qt::AlignVCenter, picture.title);
    painter.setFont(font);
    y += line + 2;
    int x = gap;
    for (const Name& name : namesIn(picture)) {
        const QString text = metrics.elidedText(name.text, Qt::ElideMiddle, size.width() / 2);
        const int width = 24 + metrics.horizontalAdvance(text) + 2 * gap;
        if (x > gap && x + width > size.width()) {
            x = gap;
            y += line;
        }
        static constexpr std::array<Qt::PenStyle, 4> styles
            = {Qt::SolidLine, Qt::DashLine, Qt::DashDotLine, Qt::DotLine};
        painter.setPen(QPen(colourOf(name.run, theme), 3, styles[static_cast<std::size_t>(lineStyleOf(name.run))]));
        painter.drawLine(QLineF(x, y + line / 2, x + 18, y + line / 2));
        painter.setPen(theme.color(QPalette::Text));
        painter.drawText(QRect(x + 24, y, width, line), Qt::AlignLeft | Qt::AlignVCenter, text);
        x += width;
    }
    y += line + 4;
    const int bottom = size.height() - line - 6;
    const auto count = std::max<int>(1, static_cast<int>(picture.plots.size()));
    const int height = std::max(60, (bottom - y) / count - (count > 1 ? line : 0));
    for (CurvePlot* plot : picture.plots) {
        if (count > 1) {
            painter.setPen(theme.color(QPalette::Text));
            painter.drawText(QRect(gap, y, size.width(), line), Qt::AlignLeft | Qt::AlignVCenter,
                             plot->options().title);
            y += line;
        }
        painter.save();
        painter.translate(0, y);
        plot->paintInto(painter, QSize(size.width() - gap, height), theme, hairline);
        painter.restore();
        painter.setClipping(false);
        y += height;
    }
    painter.setPen(theme.color(QPalette::Text));
    painter.setFont(font);
    painter.drawText(QRect(0, y, size.width() - gap, line), Qt::AlignHCenter | Qt::AlignVCenter, picture.axisLabel);
}

} // namespace

QPalette paperPalette()
{
    QPalette palette(QColor(0xef, 0xef, 0xef));
    palette.setColor(QPalette::Base, Qt::white);
    palette.setColor(QPalette::Text, QColor(0x20, 0x20, 0x20));
    palette.setColor(QPalette::WindowText, QColor(0x20, 0x20, 0x20));
    return palette;
}

QImage imageOf(const Picture& picture, double scale, const QPalette& palette)
{
    QImage image((QSizeF(picture.size) * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
    image.fill(palette.color(QPalette::Base));
    QCPPainter painter(&image);
    painter.scale(scale, scale);
    paint(painter, picture, palette, 1 / scale); // one pixel: Qt draws wider noise a hundred times slower
    painter.end();
    // Not before: fonts are in points and would be scaled a second time.
    image.setDotsPerMeterX(static_cast<int>(scale * 96 / 0.0254));
    image.setDotsPerMeterY(static_cast<int>(scale * 96 / 0.0254));
    return image;
}

void savePicture(const Picture& picture, PictureFormat format, const QString& path)
{
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    const QPalette paper = paperPalette();
    switch (format) {
    case PictureFormat::Png:
        imageOf(picture, 2, paper).save(&buffer, "PNG");
        break;
    case PictureFormat::Svg: {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setResolution(96);
        generator.setSize(picture.size);
        generator.setViewBox(QRect(QPoint(), picture.size));
        generator.setTitle(picture.title);
        QCPPainter painter;
        painter.begin(&generator);
        painter.setMode(QCPPainter::pmVectorized);
        paint(painter, picture, paper);
        painter.end();
        break;
    }
    case PictureFormat::Pdf: {
        QPdfWriter writer(&buffer);
        writer.setResolution(96);
        writer.setTitle(picture.title);
        writer.setCreator(QStringLiteral("Distill Workbench"));
        writer.setPageMargins(QMarginsF());
        writer.setPageSize(QPageSize(QSizeF(picture.size) * 0.75, QPageSize::Point, QString(), QPageSize::ExactMatch));
        QCPPainter painter;
        painter.begin(&writer);
        painter.setMode(QCPPainter::pmVectorized);
        paint(painter, picture, paper);
        painter.end();
        break;
    }
    }
    saveFile(path, buffer.data());
}

} // namespace distill::ui
