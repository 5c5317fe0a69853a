// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/picturestrip.h"

#include "ui/predictions/look.h"
#include "ui/theme.h"

#include <QPainter>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr int side = 56;
constexpr int gap = 4;

} // namespace

PictureStrip::PictureStrip(QWidget* parent)
    : QAbstractButton(parent)
{
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void PictureStrip::setSamples(std::shared_ptr<const PredictionSet> set, std::vector<std::int64_t> samples)
{
    m_set = std::move(set);
    m_samples = std::move(samples);
    setVisible(m_set && !m_set->test->images.empty() && !m_samples.empty());
    update();
}

QSize PictureStrip::sizeHint() const
{
    return {10 * (side + gap), side + 2 * gap};
}

QSize PictureStrip::minimumSizeHint() const
{
    return {side + gap, side + 2 * gap};
}

void PictureStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const auto fit = static_cast<std::size_t>(std::max(1, width() / (side + gap)));
    for (std::size_t i = 0; i < std::min(fit, m_samples.size()); ++i) {
        if (m_samples[i] < m_set->samples()) {
            drawPicture(painter, QRect(gap + static_cast<int>(i) * (side + gap), gap, side, side),
                        pictureOf(*m_set->test, m_samples[i]));
        }
    }
    if (hasFocus() || underMouse()) {
        painter.setPen(QPen(Theme::accent(palette()), 2));
        painter.drawRect(rect().adjusted(1, 1, -1, -1));
    }
}

} // namespace distill::ui
