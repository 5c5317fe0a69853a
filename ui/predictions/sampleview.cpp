// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/sampleview.h"

#include "ui/format.h"

#include <QAccessible>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QToolTip>
#include <algorithm>

namespace distill::ui {

SampleView::SampleView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    viewport()->setBackgroundRole(QPalette::Base);
}

void SampleView::setPredictions(std::shared_ptr<const PredictionSet> set)
{
    m_set = std::move(set);
    m_samples.clear();
    m_current = m_hovered = -1;
    arrange();
    viewport()->update();
}

void SampleView::setSamples(std::vector<std::int32_t> samples)
{
    const std::optional<std::int32_t> before = currentSample();
    m_samples = std::move(samples);
    m_hovered = -1;
    const auto kept = before ? std::find(m_samples.begin(), m_samples.end(), *before) : m_samples.end();
    m_current = m_samples.empty() ? -1 : kept == m_samples.end() ? 0 : static_cast<int>(kept - m_samples.begin());
    arrange();
    reveal(m_current);
    viewport()->update();
    describe();
    if (currentSample() != before) {
        Q_EMIT currentChanged(currentSample().value_or(-1));
    }
}

std::optional<std::int32_t> SampleView::currentSample() const
{
    return m_current < 0 ? std::nullopt : std::optional(m_samples[static_cast<std::size_t>(m_current)]);
}

void SampleView::setCurrent(int place)
{
    const int last = static_cast<int>(m_samples.size()) - 1;
    place = last < 0 ? -1 : std::clamp(place, 0, last);
    if (place < 0) {
        return;
    }
    reveal(place);
    if (place != m_current) {
        m_current = place;
        viewport()->update();
        describe();
        Q_EMIT currentChanged(*currentSample());
    }
}

void SampleView::describe()
{
    const auto sample = currentSample();
    setAccessibleDescription(sample ? tr("%1 of %2. %3")
                                          .arg(stepsText(m_current + 1), stepsText(static_cast<qint64>(m_samples.size())),
                                               m_set->sentenceOf(static_cast<std::size_t>(*sample)))
                                    : tr("No sample is left by the filter."));
    if (hasFocus()) {
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
}

void SampleView::keyPressEvent(QKeyEvent* event)
{
    const auto last = static_cast<int>(m_samples.size()) - 1;
    const int across = std::max(1, columns());
    switch (event->key()) {
    case Qt::Key_Left:
        return setCurrent(m_current - 1);
    case Qt::Key_Right:
        return setCurrent(m_current + 1);
    case Qt::Key_Up:
        return m_current - across >= 0 ? setCurrent(m_current - across) : void();
    case Qt::Key_Down: // into a last row that is shorter, too
        return m_current / across < last / across ? setCurrent(m_current + across) : void();
    case Qt::Key_PageUp:
        return setCurrent(m_current - across * std::min(rowsOfPage(), m_current / across));
    case Qt::Key_PageDown:
        return setCurrent(m_current + across * std::min(rowsOfPage(), (last - m_current) / across));
    case Qt::Key_Home:
        return setCurrent(0);
    case Qt::Key_End:
        return setCurrent(last);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_current >= 0) {
            Q_EMIT activated(*currentSample());
        }
        return;
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void SampleView::mousePressEvent(QMouseEvent* event)
{
    if (const int place = placeAt(event->pos()); place >= 0 && event->button() == Qt::LeftButton) {
        setCurrent(place);
    }
}

void SampleView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (placeAt(event->pos()) == m_current && m_current >= 0) {
        Q_EMIT activated(*currentSample());
    }
}

void SampleView::mouseMoveEvent(QMouseEvent* event)
{
    if (const int place = placeAt(event->pos()); place != m_hovered) {
        m_hovered = place;
        viewport()->update();
    }
}

void SampleView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    arrange();
    reveal(m_current);
}

void SampleView::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void SampleView::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void SampleView::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) {
        arrange();
        viewport()->update();
    }
}

bool SampleView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip && m_set) {
        const auto* const help = static_cast<QHelpEvent*>(event);
        const int place = placeAt(help->pos());
        if (place < 0) {
            QToolTip::hideText();
        } else {
            const auto sample = static_cast<std::size_t>(m_samples[static_cast<std::size_t>(place)]);
            QToolTip::showText(help->globalPos(), m_set->sentenceOf(sample), viewport(), areaOf(place));
        }
        return true;
    }
    if (event->type() == QEvent::Leave && m_hovered >= 0) {
        m_hovered = -1;
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

} // namespace distill::ui
