// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/predictions/sampleview.h"

namespace distill::ui {

/// Test images as tiles, or, of data that are no images, samples as rows. Only what is in sight is painted: ten thousand samples
/// cost no more than fifty.
class SampleGrid : public SampleView {
    Q_OBJECT

public:
    explicit SampleGrid(QWidget* parent = nullptr);

    static constexpr int sizes[] = {32, 48, 64, 96, 128}; ///< of a picture, in pixels
    void setPictureSize(int place); ///< in `sizes`
    int pictureSize() const { return m_size; }
    /// Label and choices under each picture; without them a letter marks who is wrong.
    void setCaptions(bool on);

    int placeAt(const QPoint& inViewport) const override;
    QRect areaOf(int place) const override;

Q_SIGNALS:
    void pictureSizeChanged(int place);

protected:
    int columns() const override;
    int rowsOfPage() const override;
    void arrange() override;
    void reveal(int place) override;
    void paintEvent(QPaintEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    bool hasPictures() const;
    QFont captionFont() const;
    void measureCaptions();
    QSize leastCell() const;
    int cellHeight() const { return m_cellHeight; }
    void paintTile(QPainter& painter, const QRect& cell, std::size_t sample) const;
    void paintRow(QPainter& painter, const QRect& cell, std::size_t sample) const;
    void paintChoice(QPainter& painter, const QRect& line, const NetworkAnswers& network, const QColor& colour,
                     std::size_t sample) const;

    int m_size = 2;
    bool m_captions = true;
    int m_captionWidth = 0;
    int m_columns = 1;
    int m_cellHeight = 1;
};

} // namespace distill::ui
