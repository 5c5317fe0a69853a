// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/lineageview.h"

#include "ui/format.h"
#include "ui/runs/stateicon.h"
#include "ui/theme.h"

#include <QHelpEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr double margin = 10;
constexpr double columnGap = 32;
constexpr double rowGap = 18;
constexpr double leastFitted = 0.75; ///< smaller text cannot be read: the rest is scrolled to
constexpr double leastZoom = 0.4;
constexpr double mostZoom = 2;
constexpr qsizetype mostPeers = 4;
constexpr std::size_t mostListed = 8;

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

/// The state that says most of several: one that needs a look, then one that still trains.
RunState foremost(const std::vector<RunState>& states)
{
    static constexpr RunState order[] = {RunState::Failed,  RunState::Diverged, RunState::Running, RunState::Paused,
                                         RunState::Queued,  RunState::Interrupted, RunState::Stopped};
    for (const RunState state : order) {
        if (std::find(states.begin(), states.end(), state) != states.end()) {
            return state;
        }
    }
    return RunState::Finished;
}

} // namespace

LineageView::LineageView(QWidget* parent)
    : QAbstractScrollArea(parent)
{
    setObjectName(u"lineage"_s);
    setAccessibleName(tr("Lineage of the current run"));
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    viewport()->setMouseTracking(true);
    viewport()->setBackgroundRole(QPalette::Base);
}

void LineageView::setLineage(Lineage lineage)
{
    const auto idOf = [](const Lineage& of, std::size_t place) {
        return place < of.nodes.size() ? of.nodes[place].run.id : RunId();
    };
    const bool sameRun = idOf(m_lineage, m_lineage.current) == idOf(lineage, lineage.current);
    const RunId focused = sameRun && m_focused < m_boxes.boxes.size()
        ? idOf(m_lineage, m_boxes.boxes[m_focused].nodes.front())
        : RunId();
    const QSizeF before = m_layout.size;
    m_lineage = std::move(lineage);
    arrange();
    m_focused = m_boxes.current;
    for (std::size_t i = 0; i < m_boxes.boxes.size(); ++i) {
        if (!focused.empty() && idOf(m_lineage, m_boxes.boxes[i].nodes.front()) == focused) {
            m_focused = i;
        }
    }
    if (!sameRun || m_layout.size != before) {
        fit();
        showBox(m_boxes.current, true);
    }
    focusBox(m_focused);
}

void LineageView::arrange()
{
    m_boxes = LineageBoxes::of(m_lineage, m_unfolded);
    m_hovered = none;
    std::vector<LineageLayout::Box> boxes;
    for (const LineageBoxes::Box& box : m_boxes.boxes) {
        const auto peers = static_cast<qsizetype>(m_lineage.nodes[box.nodes.front()].peers.size());
        boxes.push_back({box.generation, LineageCard::sizeFor(font(), box.nodes.size() > 1 ? 0 : std::min(peers, mostPeers))});
    }
    std::vector<LineageLayout::Edge> edges;
    for (const LineageBoxes::Edge& edge : m_boxes.edges) {
        edges.push_back({edge.from, edge.to, edge.alone});
    }
    m_layout = LineageLayout::of(boxes, edges, columnGap, rowGap);
    placeBars();
    viewport()->update();
}

void LineageView::rowsChanged()
{
    viewport()->update();
    if (hasFocus() && m_focused < m_boxes.boxes.size()) {
        setAccessibleDescription(sentenceOf(m_focused));
    }
}

const RunRow& LineageView::rowOf(const LineageNode& node) const
{
    const RunRow* const live = m_lookup ? m_lookup(node.run.id) : nullptr;
    return live ? *live : node.run;
}

QString LineageView::titleOf(const LineageNode& node) const
{
    if (node.isRun()) {
        return text(rowOf(node).name);
    }
    if (node.outside == "random") {
        return tr("Random network");
    }
    return node.file.empty() ? tr("Weights file") : text(node.file.substr(node.file.rfind('/') + 1));
}

LineageCard LineageView::cardOf(std::size_t place) const
{
    const LineageBoxes::Box& box = m_boxes.boxes[place];
    const LineageNode& node = m_lineage.nodes[box.nodes.front()];
    LineageCard card;
    card.model = text(node.model);
    card.current = place == m_boxes.current;
    card.hovered = place == m_hovered;
    card.focused = place == m_focused && hasFocus();
    if (!node.isRun()) {
        card.title = titleOf(node);
        card.dashed = true;
        card.figure = node.outside == "weights" ? tr("file") : tr("untrained");
        return card;
    }
    const RunRow& row = rowOf(node);
    card.faded = node.run.deleted;
    if (box.nodes.size() > 1) {
        std::vector<RunState> states;
        double sum = 0;
        int known = 0;
        for (const std::size_t each : box.nodes) {
            const RunRow& one = rowOf(m_lineage.nodes[each]);
            states.push_back(one.state);
            known += std::isfinite(one.figures.bestAccuracy) ? 1 : 0;
            sum += std::isfinite(one.figures.bestAccuracy) ? one.figures.bestAccuracy : 0;
        }
        card.title = nameWithoutSeed(row);
        card.model = tr("%1 seeds").arg(box.nodes.size());
        card.figure = percentText(sum / known); // a dash while there is none
        card.icon = stateIcon(foremost(states), palette());
        card.stacked = true;
        return card;
    }
    card.title = nameWithoutSeed(row);
    if (card.title.size() < static_cast<qsizetype>(row.name.size())) { // more of the name fits
        card.model = tr("%1, seed %2").arg(card.model).arg(row.seed);
    }
    card.figure = percentText(row.figures.bestAccuracy);
    card.icon = stateIcon(row.state, palette());
    card.foldable = !box.seeds.isEmpty() && m_unfolded.contains(box.seeds);
    const auto peers = static_cast<qsizetype>(node.peers.size());
    for (qsizetype i = 0; i < std::min(peers, mostPeers); ++i) {
        const Peer& peer = node.peers[static_cast<std::size_t>(i)];
        card.peers.append(i == mostPeers - 1 && peers > mostPeers
                              ? LineageCard::Line{tr("and %1 more").arg(peers - mostPeers + 1), {}}
                              : LineageCard::Line{text(peer.model), percentText(peer.validation)});
    }
    return card;
}

QString LineageView::tooltipOf(std::size_t place) const
{
    const LineageBoxes::Box& box = m_boxes.boxes[place];
    const LineageNode& node = m_lineage.nodes[box.nodes.front()];
    QStringList lines;
    if (!node.isRun()) {
        lines << titleOf(node) << text(node.model);
        lines << (node.file.empty() ? tr("A teacher that was never trained") : text(node.file));
        return lines.join(u'\n');
    }
    if (box.nodes.size() > 1) {
        lines << nameWithoutSeed(node.run);
        for (std::size_t i = 0; i < std::min(box.nodes.size(), mostListed); ++i) {
            const RunRow& row = rowOf(m_lineage.nodes[box.nodes[i]]);
            lines << tr("Seed %1: %2, best %3").arg(row.seed).arg(stateText(row.state), percentText(row.figures.bestAccuracy));
        }
        if (box.nodes.size() > mostListed) {
            lines << tr("and %1 more").arg(box.nodes.size() - mostListed);
        }
        lines << tr("Click to take them apart");
        return lines.join(u'\n');
    }
    const RunRow& row = rowOf(node);
    lines << text(row.name) + (node.run.deleted ? tr(" (deleted)") : QString());
    lines << tr("%1, seed %2, %3").arg(text(node.model)).arg(row.seed).arg(stateText(row.state));
    if (!row.message.empty()) {
        lines << text(row.message);
    }
    lines << tr("Accuracy on validation: best %1, last %2")
                 .arg(percentText(row.figures.bestAccuracy, 2), percentText(row.figures.lastAccuracy, 2));
    if (std::isfinite(row.figures.agreement)) {
        lines << tr("Agreement with the teacher: %1").arg(percentText(row.figures.agreement, 2));
    }
    for (const Peer& peer : node.peers) {
        lines << tr("Peer %1: %2 on validation, %3 on test")
                     .arg(text(peer.model), percentText(peer.validation, 2), percentText(peer.test, 2));
    }
    lines << tr("Step %1 of %2, %3")
                 .arg(stepsText(row.figures.step), stepsText(row.figures.totalSteps), durationText(row.figures.seconds));
    lines << tr("Id %1").arg(text(row.id));
    return lines.join(u'\n');
}

QString LineageView::sentenceOf(std::size_t place) const
{
    const LineageBoxes::Box& box = m_boxes.boxes[place];
    const LineageNode& node = m_lineage.nodes[box.nodes.front()];
    const LineageCard card = cardOf(place);
    const auto nameOf = [this](std::size_t each) {
        const LineageBoxes::Box& of = m_boxes.boxes[each];
        const LineageNode& first = m_lineage.nodes[of.nodes.front()];
        return of.nodes.size() > 1 ? nameWithoutSeed(first.run) : titleOf(first);
    };
    QStringList parts{nameOf(place), box.nodes.size() > 1 ? card.model : text(node.model)};
    if (box.nodes.size() > 1) {
        parts << tr("mean of the best accuracies %1").arg(card.figure);
    } else if (node.isRun()) {
        parts << stateText(rowOf(node).state) << tr("best accuracy %1").arg(card.figure);
    } else {
        parts << card.figure;
    }
    if (card.current) {
        parts << tr("the current run");
    }
    const auto names = [&](bool alone, bool before) {
        QStringList found;
        for (const LineageBoxes::Edge& edge : m_boxes.edges) {
            if (edge.alone == alone && (before ? edge.to : edge.from) == place) {
                found << nameOf(before ? edge.from : edge.to);
            }
        }
        return found.join(u", "_s);
    };
    for (const auto& [words, who] : {std::pair(tr("taught by %1"), names(false, true)), std::pair(tr("teaches %1"), names(false, false)),
                                     std::pair(tr("compared with %1"), names(true, true)),
                                     std::pair(tr("the same alone as %1"), names(true, false))}) {
        if (!who.isEmpty()) {
            parts << words.arg(who);
        }
    }
    return parts.join(u", "_s);
}

// Where things are ----------------------------------------------------------------------------------------------------

QPointF LineageView::origin() const
{
    const auto start = [](double room, double drawn, const QScrollBar* bar) {
        return std::max((room - drawn) / 2, margin) - bar->value();
    };
    return {start(viewport()->width(), m_layout.size.width() * m_zoom, horizontalScrollBar()),
            start(viewport()->height(), m_layout.size.height() * m_zoom, verticalScrollBar())};
}

QRectF LineageView::placeOf(std::size_t box) const
{
    const QRectF& rect = m_layout.boxes[box];
    return {origin() + rect.topLeft() * m_zoom, rect.size() * m_zoom};
}

std::size_t LineageView::boxAt(const QPointF& pixel) const
{
    for (std::size_t i = 0; i < m_boxes.boxes.size(); ++i) {
        if (placeOf(i).contains(pixel)) {
            return i;
        }
    }
    return none;
}

void LineageView::placeBars()
{
    const QSizeF needed = m_layout.size * m_zoom + QSizeF(2 * margin, 2 * margin);
    const auto place = [](QScrollBar* bar, double whole, int room) {
        bar->setRange(0, std::max(0, static_cast<int>(std::ceil(whole)) - room));
        bar->setPageStep(room);
        bar->setSingleStep(20);
    };
    place(horizontalScrollBar(), needed.width(), viewport()->width());
    place(verticalScrollBar(), needed.height(), viewport()->height());
}

void LineageView::fit()
{
    m_zoomedByHand = false;
    const QSizeF room = QSizeF(maximumViewportSize()) - QSizeF(2 * margin, 2 * margin);
    const double width = room.width() / std::max(1.0, m_layout.size.width());
    const double height = room.height() / std::max(1.0, m_layout.size.height());
    m_zoom = std::clamp(std::min(width, height), leastFitted, 1.0);
    placeBars();
    viewport()->update();
}

void LineageView::setZoom(double zoom)
{
    m_zoomedByHand = true;
    m_zoom = std::clamp(zoom, leastZoom, mostZoom);
    placeBars();
    viewport()->update();
}

void LineageView::showBox(std::size_t box, bool inTheMiddle)
{
    if (box >= m_layout.boxes.size()) {
        return;
    }
    const QRectF place(m_layout.boxes[box].topLeft() * m_zoom + QPointF(margin, margin), m_layout.boxes[box].size() * m_zoom);
    const auto reach = [&](QScrollBar* bar, double low, double high, int room) {
        if (inTheMiddle) {
            bar->setValue(static_cast<int>((low + high - room) / 2));
        } else if (low - margin < bar->value()) {
            bar->setValue(static_cast<int>(low - margin));
        } else if (high + margin > bar->value() + room) {
            bar->setValue(static_cast<int>(high + margin) - room);
        }
    };
    reach(horizontalScrollBar(), place.left(), place.right(), viewport()->width());
    reach(verticalScrollBar(), place.top(), place.bottom(), viewport()->height());
}

// What a person does --------------------------------------------------------------------------------------------------

void LineageView::focusBox(std::size_t box)
{
    if (box >= m_boxes.boxes.size()) {
        setAccessibleDescription(tr("No run is chosen."));
        return;
    }
    m_focused = box;
    setAccessibleDescription(sentenceOf(box));
    viewport()->update();
}

void LineageView::setFolded(const QString& seeds, bool folded, std::size_t node)
{
    QSet<QString> together{seeds}; // students and their controls side by side
    for (const LineageBoxes::Edge& edge : m_boxes.edges) {
        const QString& control = m_boxes.boxes[edge.from].seeds;
        const QString& student = m_boxes.boxes[edge.to].seeds;
        if (edge.alone && (control == seeds || student == seeds) && !control.isEmpty() && !student.isEmpty()) {
            together << control << student;
        }
    }
    if (folded) {
        m_unfolded -= together;
    } else {
        m_unfolded += together;
    }
    arrange();
    if (!m_zoomedByHand) {
        fit();
    }
    for (std::size_t i = 0; i < m_boxes.boxes.size(); ++i) {
        const auto& nodes = m_boxes.boxes[i].nodes;
        if (std::find(nodes.begin(), nodes.end(), node) != nodes.end()) {
            focusBox(i);
            showBox(i, false);
        }
    }
}

void LineageView::activate(std::size_t box)
{
    if (box >= m_boxes.boxes.size()) {
        return;
    }
    const LineageBoxes::Box& chosen = m_boxes.boxes[box];
    if (chosen.nodes.size() > 1) {
        setFolded(QString(chosen.seeds), false, chosen.nodes.front());
        return;
    }
    focusBox(box);
    if (const LineageNode& node = m_lineage.nodes[chosen.nodes.front()]; node.isRun()) {
        Q_EMIT runChosen(RunId(node.run.id)); // a copy: the lineage changes with the current run
    }
}

/// The box an arrow key goes to: along an edge to the left or right, else the next one of the generation.
std::size_t LineageView::neighbour(std::size_t box, int key) const
{
    const QRectF& from = m_layout.boxes[box];
    std::size_t best = none;
    double least = 0;
    const auto offer = [&](std::size_t other, double distance) {
        if (best == none || distance < least) {
            best = other;
            least = distance;
        }
    };
    if (key == Qt::Key_Left || key == Qt::Key_Right) {
        for (const LineageBoxes::Edge& edge : m_boxes.edges) {
            const std::size_t here = key == Qt::Key_Left ? edge.to : edge.from;
            const std::size_t there = key == Qt::Key_Left ? edge.from : edge.to;
            if (!edge.alone && here == box) {
                const QPointF way = m_layout.boxes[there].center() - from.center();
                offer(there, std::abs(way.y()) + std::abs(way.x()) / 16);
            }
        }
        return best;
    }
    for (std::size_t i = 0; i < m_boxes.boxes.size(); ++i) {
        const double down = m_layout.boxes[i].top() - from.top();
        if (i != box && m_boxes.boxes[i].generation == m_boxes.boxes[box].generation
            && (key == Qt::Key_Down ? down > 0 : down < 0)) {
            offer(i, std::abs(down));
        }
    }
    return best;
}

void LineageView::keyPressEvent(QKeyEvent* event)
{
    if (m_focused >= m_boxes.boxes.size()) {
        QAbstractScrollArea::keyPressEvent(event);
        return;
    }
    const LineageBoxes::Box& box = m_boxes.boxes[m_focused];
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (const std::size_t next = neighbour(m_focused, event->key()); next != none) {
            focusBox(next);
            showBox(next, false);
        }
        return;
    case Qt::Key_Home:
        focusBox(m_boxes.current);
        showBox(m_boxes.current, false);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        activate(m_focused);
        return;
    case Qt::Key_Space:
        if (box.nodes.size() > 1 || m_unfolded.contains(box.seeds)) {
            setFolded(QString(box.seeds), box.nodes.size() == 1, box.nodes.front());
        }
        return;
    case Qt::Key_Plus:
    case Qt::Key_Equal:
        setZoom(m_zoom * 1.2);
        showBox(m_focused, false);
        return;
    case Qt::Key_Minus:
        setZoom(m_zoom / 1.2);
        showBox(m_focused, false);
        return;
    case Qt::Key_0:
        fit();
        showBox(m_focused, false);
        return;
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void LineageView::mousePressEvent(QMouseEvent* event)
{
    const std::size_t box = boxAt(event->position());
    if (event->button() != Qt::LeftButton || box == none) {
        return;
    }
    const LineageBoxes::Box& hit = m_boxes.boxes[box];
    const QPointF at = (event->position() - origin()) / m_zoom;
    if (hit.nodes.size() == 1 && m_unfolded.contains(hit.seeds) && LineageCard::foldMark(m_layout.boxes[box]).contains(at)) {
        setFolded(QString(hit.seeds), true, hit.nodes.front());
    } else {
        activate(box);
    }
}

void LineageView::mouseMoveEvent(QMouseEvent* event)
{
    const std::size_t box = boxAt(event->position());
    if (box != m_hovered) {
        m_hovered = box;
        viewport()->setCursor(box == none ? Qt::ArrowCursor : Qt::PointingHandCursor);
        viewport()->update();
    }
}

void LineageView::wheelEvent(QWheelEvent* event)
{
    if (!event->modifiers().testFlag(Qt::ControlModifier)) {
        QAbstractScrollArea::wheelEvent(event);
        return;
    }
    // What is under the mouse stays there.
    const QPointF at = (event->position() - origin()) / m_zoom;
    setZoom(m_zoom * std::pow(1.2, event->angleDelta().y() / 120.0));
    const QPointF moved = at * m_zoom + origin() - event->position();
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + qRound(moved.x()));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + qRound(moved.y()));
    event->accept();
}

bool LineageView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* const help = static_cast<QHelpEvent*>(event);
        if (const std::size_t box = boxAt(help->pos()); box != none) {
            QToolTip::showText(help->globalPos(), tooltipOf(box), viewport(), placeOf(box).toAlignedRect());
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    if (event->type() == QEvent::Leave && m_hovered != none) {
        m_hovered = none;
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void LineageView::resizeEvent(QResizeEvent* event)
{
    QAbstractScrollArea::resizeEvent(event);
    if (m_zoomedByHand) {
        placeBars();
    } else {
        fit();
        showBox(m_focused, true);
    }
}

void LineageView::focusInEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void LineageView::focusOutEvent(QFocusEvent* event)
{
    QAbstractScrollArea::focusOutEvent(event);
    viewport()->update();
}

void LineageView::changeEvent(QEvent* event)
{
    QAbstractScrollArea::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        arrange();
        fit();
    } else if (event->type() == QEvent::PaletteChange) {
        viewport()->update();
    }
}

void LineageView::paintEvent(QPaintEvent*)
{
    QPainter painter(viewport());
    if (m_boxes.boxes.empty()) {
        painter.setPen(Theme::muted(palette()));
        painter.drawText(viewport()->rect(), Qt::AlignCenter, tr("No run is chosen."));
        return;
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(font());
    painter.translate(origin());
    painter.scale(m_zoom, m_zoom);
    const std::size_t lit = m_hovered != none ? m_hovered : hasFocus() ? m_focused : none;
    for (std::size_t i = 0; i < m_layout.edges.size(); ++i) {
        const LineageBoxes::Edge& edge = m_boxes.edges[i];
        paintLineageEdge(painter, m_layout.edges[i], edge.alone, edge.from == lit || edge.to == lit, palette());
    }
    for (std::size_t i = 0; i < m_boxes.boxes.size(); ++i) {
        if (!placeOf(i).intersects(QRectF(viewport()->rect()))) {
            continue;
        }
        cardOf(i).paint(painter, m_layout.boxes[i], palette());
    }
}

QSize LineageView::sizeHint() const
{
    return {fontMetrics().averageCharWidth() * 50, fontMetrics().height() * 12};
}

QSize LineageView::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 20, fontMetrics().height() * 6};
}

} // namespace distill::ui
