// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/samplegrid.h"

#include "ui/format.h"
#include "ui/predictions/look.h"
#include "ui/theme.h"

#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QWheelEvent>
#include <algorithm>
#include <iterator>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int padding = 6;
constexpr int captionCharacters = 13;
constexpr int mostMeasured = 200;
constexpr int sizeCount = static_cast<int>(std::size(SampleGrid::sizes));

const QString rightMark = u"\u2713"_s;
const QString wrongMark = u"\u2717"_s;

} // namespace

SampleGrid::SampleGrid(QWidget* parent)
    : SampleView(parent)
{
    setObjectName(u"sampleGrid"_s);
    setAccessibleName(tr("Test samples"));
}

bool SampleGrid::hasPictures() const
{
    return set() && !set()->test->images.empty();
}

void SampleGrid::setPictureSize(int place)
{
    place = std::clamp(place, 0, sizeCount - 1);
    if (place != m_size) {
        m_size = place;
        arrange();
        reveal(current());
        viewport()->update();
        Q_EMIT pictureSizeChanged(place);
    }
}

void SampleGrid::setCaptions(bool on)
{
    m_captions = on;
    arrange();
    reveal(current());
    viewport()->update();
}

QFont SampleGrid::captionFont() const
{
    QFont caption = font();
    caption.setPointSizeF(std::max(7.0, caption.pointSizeF() * 0.85));
    return caption;
}

QSize SampleGrid::leastCell() const
{
    const QFontMetrics metrics(captionFont());
    if (!hasPictures()) {
        return {fontMetrics().averageCharWidth() * 30, fontMetrics().height() + 8};
    }
    const int side = sizes[m_size];
    if (!m_captions) {
        return {side + padding, side + padding};
    }
    const int lines = set()->teacher ? 3 : 2;
    return {std::max(side, m_captionWidth) + 2 * padding, side + 2 * padding + 2 + lines * metrics.height()};
}

/// What "T ✓ Pullover 100 %" takes, of the longest class unless it is far longer than most.
void SampleGrid::measureCaptions()
{
    const QFontMetrics metrics(captionFont());
    int name = 0;
    for (int number = 0; set() && number < std::min(set()->classes(), mostMeasured); ++number) {
        name = std::max(name, metrics.horizontalAdvance(set()->className(number)));
    }
    m_captionWidth
        = metrics.horizontalAdvance(u"W\u2713100\u00a0%"_s) + 14 + std::min(name, metrics.averageCharWidth() * captionCharacters);
}

void SampleGrid::arrange()
{
    measureCaptions();
    const QSize least = leastCell();
    m_columns = hasPictures() ? std::max(1, viewport()->width() / least.width()) : 1;
    m_cellHeight = least.height();
    const int rows = (static_cast<int>(samples().size()) + m_columns - 1) / m_columns;
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(std::max(8, m_cellHeight / 3));
    verticalScrollBar()->setRange(0, std::max(0, rows * m_cellHeight - viewport()->height()));
}

int SampleGrid::columns() const
{
    return m_columns;
}

int SampleGrid::rowsOfPage() const
{
    return std::max(1, viewport()->height() / m_cellHeight);
}

QRect SampleGrid::areaOf(int place) const
{
    const int column = place % m_columns;
    const int left = column * viewport()->width() / m_columns;
    const int right = (column + 1) * viewport()->width() / m_columns;
    return {left, place / m_columns * m_cellHeight - verticalScrollBar()->value(), right - left, m_cellHeight};
}

int SampleGrid::placeAt(const QPoint& inViewport) const
{
    if (inViewport.x() < 0 || inViewport.x() >= viewport()->width() || inViewport.y() < 0) {
        return -1;
    }
    const int row = (inViewport.y() + verticalScrollBar()->value()) / m_cellHeight;
    for (int place = row * m_columns; place < (row + 1) * m_columns && place < static_cast<int>(samples().size()); ++place) {
        if (areaOf(place).contains(inViewport)) {
            return place;
        }
    }
    return -1;
}

void SampleGrid::reveal(int place)
{
    if (place < 0) {
        return;
    }
    const QRect area = areaOf(place);
    QScrollBar* const bar = verticalScrollBar();
    if (area.top() < 0) {
        bar->setValue(bar->value() + area.top());
    } else if (area.bottom() >= viewport()->height()) {
        bar->setValue(bar->value() + area.bottom() + 1 - viewport()->height());
    }
}

void SampleGrid::wheelEvent(QWheelEvent* event)
{
    if (event->modifiers() & Qt::ControlModifier) {
        setPictureSize(m_size + (event->angleDelta().y() > 0 ? 1 : -1));
        event->accept();
        return;
    }
    SampleView::wheelEvent(event);
}

void SampleGrid::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Plus || event->key() == Qt::Key_Minus) {
        setPictureSize(m_size + (event->key() == Qt::Key_Plus ? 1 : -1));
        return;
    }
    SampleView::keyPressEvent(event);
}

void SampleGrid::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    if (!set() || samples().empty()) {
        painter.setPen(Theme::muted(palette()));
        painter.drawText(viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap,
                         set() ? tr("No sample is left by the filter.") : QString());
        return;
    }
    const int top = verticalScrollBar()->value() + event->rect().top();
    const int bottom = verticalScrollBar()->value() + event->rect().bottom();
    const int first = top / m_cellHeight * m_columns;
    const int end = std::min(static_cast<int>(samples().size()), (bottom / m_cellHeight + 1) * m_columns);
    for (int place = first; place < end; ++place) {
        const QRect cell = areaOf(place);
        if (place == current() || place == hovered()) {
            QColor fill = Theme::accent(palette());
            fill.setAlphaF(place == current() ? 0.16F : 0.07F);
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(place == current() ? QPen(Theme::accent(palette()), hasFocus() ? 2 : 1) : QPen(Qt::NoPen));
            painter.setBrush(fill);
            painter.drawRoundedRect(QRectF(cell).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4);
            painter.setRenderHint(QPainter::Antialiasing, false);
        }
        const auto sample = static_cast<std::size_t>(samples()[static_cast<std::size_t>(place)]);
        hasPictures() ? paintTile(painter, cell, sample) : paintRow(painter, cell, sample);
    }
}

void SampleGrid::paintChoice(QPainter& painter, const QRect& line, const NetworkAnswers& network, const QColor& colour,
                             std::size_t sample) const
{
    const QFontMetrics metrics = painter.fontMetrics();
    QFont bold = painter.font();
    bold.setBold(true);
    const QFont plain = painter.font();
    const int letter = QFontMetrics(bold).horizontalAdvance(u'W') + 3;
    const int mark = metrics.horizontalAdvance(rightMark) + 4;
    const QString share = percentText(network.confidence[sample], 0);
    const int shareWidth = metrics.horizontalAdvance(share);
    painter.setFont(bold);
    painter.setPen(colour);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, network.letter);
    painter.setFont(plain);
    if (set()->test->labels[sample] >= 0) {
        const bool right = set()->isRight(network, sample);
        painter.setPen(right ? Theme::good(palette()) : Theme::bad(palette()));
        painter.drawText(line.adjusted(letter, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, right ? rightMark : wrongMark);
    }
    painter.setPen(palette().color(QPalette::Text));
    const QRect name = line.adjusted(letter + mark, 0, -shareWidth - 4, 0);
    painter.drawText(name, Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(set()->className(network.choices[sample]), Qt::ElideRight, name.width()));
    painter.setPen(Theme::muted(palette()));
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, share);
}

void SampleGrid::paintTile(QPainter& painter, const QRect& cell, std::size_t sample) const
{
    const int side = sizes[m_size];
    const int inset = m_captions ? padding : padding / 2;
    const QRect picture(cell.left() + (cell.width() - side) / 2, cell.top() + inset, side, side);
    drawPicture(painter, picture, pictureOf(*set()->test, static_cast<std::int64_t>(sample)));
    painter.setFont(captionFont());
    const int height = painter.fontMetrics().height();
    if (m_captions) {
        QRect line(cell.left() + padding, picture.bottom() + 3, cell.width() - 2 * padding, height);
        QFont bold = painter.font();
        bold.setBold(true);
        painter.save();
        painter.setFont(bold);
        painter.setPen(palette().color(QPalette::Text));
        painter.drawText(
            line, Qt::AlignHCenter | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(set()->className(set()->test->labels[sample]), Qt::ElideRight, line.width()));
        painter.restore();
        if (set()->teacher) {
            line.translate(0, height);
            paintChoice(painter, line, *set()->teacher, teacherColour(palette()), sample);
        }
        line.translate(0, height);
        paintChoice(painter, line, set()->student, studentColour(palette()), sample);
        return;
    }
    // Who is wrong, by a letter in a corner each.
    const auto badge = [&](const NetworkAnswers& network, const QColor& colour, bool left) {
        if (!set()->isWrong(network, sample)) {
            return;
        }
        const int width = painter.fontMetrics().horizontalAdvance(network.letter) + 4;
        const QRect area(left ? picture.left() : picture.right() + 1 - width, picture.bottom() + 1 - height, width, height);
        painter.fillRect(area, colour);
        painter.setPen(textOn(colour));
        painter.drawText(area, Qt::AlignCenter, network.letter);
    };
    if (set()->teacher) {
        badge(*set()->teacher, teacherColour(palette()), true);
    }
    badge(set()->student, studentColour(palette()), false);
}

void SampleGrid::paintRow(QPainter& painter, const QRect& cell, std::size_t sample) const
{
    const QRect line = cell.adjusted(padding, 0, -padding, 0);
    painter.setFont(font());
    const int number = painter.fontMetrics().averageCharWidth() * 9;
    painter.setPen(Theme::muted(palette()));
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, stepsText(static_cast<qint64>(sample)));
    const int parts = set()->teacher ? 3 : 2;
    const int width = (line.width() - number) / parts;
    QRect part(line.left() + number, line.top(), width - 14, line.height());
    painter.setPen(palette().color(QPalette::Text));
    painter.drawText(
        part, Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(set()->className(set()->test->labels[sample]), Qt::ElideRight, part.width()));
    if (set()->teacher) {
        part.translate(width, 0);
        paintChoice(painter, part, *set()->teacher, teacherColour(palette()), sample);
    }
    part.translate(width, 0);
    paintChoice(painter, part, set()->student, studentColour(palette()), sample);
}

} // namespace distill::ui
