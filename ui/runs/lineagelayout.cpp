// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/lineagelayout.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>

namespace distill::ui {

namespace {

constexpr int sweeps = 8;
constexpr double withinBlock = 0.7; ///< a control is nearer to its student than others are

/// What is kept together in a column: a box and the controls beneath it, or the room that a long edge needs to pass.
struct Block {
    int column = 0;
    std::vector<std::size_t> boxes;
    double height = 0;
    double anchor = 0; ///< of the first box's middle, from the top
    double y = 0;      ///< of the anchor
    std::vector<std::size_t> before, after; ///< blocks joined to it in the columns beside
};

/// The places nearest to `wanted` (least squares) that keep their order and leave the given distances: neighbours that
/// would come too close are moved as one, by the mean of what they want.
std::vector<double> spread(const std::vector<double>& wanted, const std::vector<double>& distances)
{
    struct Pool {
        double sum;
        std::size_t count;
        double mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<double> offsets(wanted.size(), 0);
    for (std::size_t i = 1; i < wanted.size(); ++i) {
        offsets[i] = offsets[i - 1] + distances[i - 1];
    }
    std::vector<Pool> pools;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        pools.push_back({wanted[i] - offsets[i], 1});
        while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
            pools[pools.size() - 2].sum += pools.back().sum;
            pools[pools.size() - 2].count += pools.back().count;
            pools.pop_back();
        }
    }
    std::vector<double> places;
    for (const Pool& pool : pools) {
        for (std::size_t i = 0; i < pool.count; ++i) {
            places.push_back(pool.mean() + offsets[places.size()]);
        }
    }
    return places;
}

class Arrangement {
public:
    Arrangement(const std::vector<LineageLayout::Box>& boxes, const std::vector<LineageLayout::Edge>& edges, double columnGap,
                double rowGap)
        : m_boxes(boxes), m_edges(edges), m_columnGap(columnGap), m_rowGap(rowGap), m_block(boxes.size())
    {
    }

    LineageLayout arrange()
    {
        makeColumns();
        makeBlocks();
        joinBlocks();
        order();
        place();
        return result();
    }

private:
    void makeColumns()
    {
        std::set<int> generations;
        for (const auto& box : m_boxes) {
            generations.insert(box.generation);
        }
        std::map<int, int> column;
        for (const int generation : generations) {
            column.emplace(generation, static_cast<int>(column.size()));
        }
        m_columns.resize(column.size());
        std::vector<double> widths(column.size(), 0);
        for (const auto& box : m_boxes) {
            m_columnOf.push_back(column.at(box.generation));
            double& width = widths[static_cast<std::size_t>(m_columnOf.back())];
            width = std::max(width, box.size.width());
        }
        double x = 0;
        for (const double width : widths) {
            m_spans.emplace_back(x, x + width);
            x += width + m_columnGap;
        }
    }

    void makeBlocks()
    {
        std::vector<std::optional<std::size_t>> beneath(m_boxes.size());
        std::set<std::size_t> taught;
        for (const auto& edge : m_edges) {
            if (!edge.alone) {
                taught.insert({edge.from, edge.to});
            }
        }
        for (const auto& edge : m_edges) {
            if (edge.alone && edge.from != edge.to && !beneath[edge.from] && !beneath[edge.to] && !taught.contains(edge.from)
                && m_columnOf[edge.from] == m_columnOf[edge.to]) {
                beneath[edge.from] = edge.to;
            }
        }
        // A box that something stands beneath stands beneath nothing itself.
        for (const auto& student : std::vector(beneath)) {
            if (student) {
                beneath[*student].reset();
            }
        }
        for (std::size_t i = 0; i < m_boxes.size(); ++i) {
            if (!beneath[i]) {
                m_block[i] = addBlock(m_columnOf[i], {i});
            }
        }
        for (std::size_t i = 0; i < m_boxes.size(); ++i) {
            if (beneath[i]) {
                Block& block = m_blocks[m_block[*beneath[i]]];
                block.boxes.push_back(i);
                block.height += m_rowGap * withinBlock + m_boxes[i].size.height();
                m_block[i] = m_block[*beneath[i]];
            }
        }
    }

    std::size_t addBlock(int column, std::vector<std::size_t> boxes)
    {
        Block block;
        block.column = column;
        block.height = boxes.empty() ? 0 : m_boxes[boxes.front()].size.height();
        block.anchor = block.height / 2;
        block.boxes = std::move(boxes);
        m_blocks.push_back(std::move(block));
        m_columns[static_cast<std::size_t>(column)].push_back(m_blocks.size() - 1);
        return m_blocks.size() - 1;
    }

    void joinBlocks()
    {
        m_ways.resize(m_edges.size());
        for (std::size_t i = 0; i < m_edges.size(); ++i) {
            if (m_edges[i].alone) {
                continue;
            }
            std::size_t last = m_block[m_edges[i].from];
            const auto join = [&](std::size_t next) {
                m_blocks[last].after.push_back(next);
                m_blocks[next].before.push_back(last);
                last = next;
            };
            for (int column = m_columnOf[m_edges[i].from] + 1; column < m_columnOf[m_edges[i].to]; ++column) {
                m_ways[i].push_back(addBlock(column, {}));
                join(m_ways[i].back());
            }
            join(m_block[m_edges[i].to]);
        }
    }

    /// Blocks in the order of the mean place of what they are joined to, column by column, forth and back.
    void order()
    {
        std::vector<double> rank(m_blocks.size());
        const auto number = [&](const std::vector<std::size_t>& column) {
            for (std::size_t i = 0; i < column.size(); ++i) {
                rank[column[i]] = (static_cast<double>(i) + 0.5) / static_cast<double>(column.size());
            }
        };
        std::for_each(m_columns.begin(), m_columns.end(), number);
        for (int sweep = 0; sweep < sweeps; ++sweep) {
            const bool forth = sweep % 2 == 0;
            for (std::size_t i = 0; i < m_columns.size(); ++i) {
                auto& column = m_columns[forth ? i : m_columns.size() - 1 - i];
                std::map<std::size_t, double> mean;
                for (const std::size_t block : column) {
                    mean[block] = meanOf(forth ? m_blocks[block].before : m_blocks[block].after, rank[block],
                                         [&](std::size_t other) { return rank[other]; });
                }
                std::stable_sort(column.begin(), column.end(),
                                 [&](std::size_t a, std::size_t b) { return mean[a] < mean[b]; });
                number(column);
            }
        }
    }

    void place()
    {
        for (const auto& column : m_columns) {
            double y = 0;
            for (const std::size_t block : column) {
                m_blocks[block].y = y + m_blocks[block].anchor;
                y += m_blocks[block].height + m_rowGap;
            }
        }
        for (int sweep = 0; sweep < sweeps; ++sweep) {
            const bool forth = sweep % 2 == 0;
            for (std::size_t i = 0; i < m_columns.size(); ++i) {
                placeColumn(m_columns[forth ? i : m_columns.size() - 1 - i], forth);
            }
        }
    }

    void placeColumn(const std::vector<std::size_t>& column, bool forth)
    {
        std::vector<double> wanted, distances;
        for (std::size_t i = 0; i < column.size(); ++i) {
            const Block& block = m_blocks[column[i]];
            wanted.push_back(meanOf(forth ? block.before : block.after, block.y,
                                    [&](std::size_t other) { return m_blocks[other].y; }));
            if (i > 0) {
                const Block& above = m_blocks[column[i - 1]];
                distances.push_back(above.height - above.anchor + m_rowGap + block.anchor);
            }
        }
        const std::vector<double> places = spread(wanted, distances);
        for (std::size_t i = 0; i < column.size(); ++i) {
            m_blocks[column[i]].y = places[i];
        }
    }

    template <class Of> static double meanOf(const std::vector<std::size_t>& others, double without, Of of)
    {
        if (others.empty()) {
            return without;
        }
        return std::accumulate(others.begin(), others.end(), 0.0, [&](double sum, std::size_t other) { return sum + of(other); })
            / static_cast<double>(others.size());
    }

    LineageLayout result()
    {
        double top = 0;
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            const double y = m_blocks[i].y - m_blocks[i].anchor;
            top = i == 0 ? y : std::min(top, y);
        }
        LineageLayout layout;
        layout.boxes.resize(m_boxes.size());
        for (Block& block : m_blocks) {
            block.y -= top;
            double y = block.y - block.anchor;
            for (const std::size_t box : block.boxes) {
                layout.boxes[box] = QRectF(QPointF(m_spans[static_cast<std::size_t>(block.column)].first, y), m_boxes[box].size);
                y += m_boxes[box].size.height() + m_rowGap * withinBlock;
            }
        }
        for (const QRectF& box : layout.boxes) {
            layout.size = layout.size.expandedTo(QSizeF(box.right(), box.bottom()));
        }
        for (std::size_t i = 0; i < m_edges.size(); ++i) {
            const QRectF& from = layout.boxes[m_edges[i].from];
            const QRectF& to = layout.boxes[m_edges[i].to];
            layout.edges.push_back(m_edges[i].alone ? aside(from, to, layout.boxes) : along(i, from, to));
            const QRectF drawn = layout.edges.back().boundingRect();
            layout.size = layout.size.expandedTo(QSizeF(drawn.right(), drawn.bottom()));
        }
        return layout;
    }

    QPainterPath along(std::size_t edge, const QRectF& from, const QRectF& to) const
    {
        QPainterPath path(QPointF(from.right(), from.center().y()));
        path.lineTo(m_spans[static_cast<std::size_t>(m_columnOf[m_edges[edge].from])].second, from.center().y());
        const auto curveTo = [&](const QPointF& end) {
            const QPointF begin = path.currentPosition();
            const double half = (end.x() - begin.x()) / 2;
            path.cubicTo(begin + QPointF(half, 0), end - QPointF(half, 0), end);
        };
        for (const std::size_t block : m_ways[edge]) {
            const auto& [left, right] = m_spans[static_cast<std::size_t>(m_blocks[block].column)];
            curveTo({left, m_blocks[block].y});
            path.lineTo(right, m_blocks[block].y);
        }
        curveTo({to.left(), to.center().y()});
        return path;
    }

    /// Straight up where the student stands above its control, else round the right side.
    QPainterPath aside(const QRectF& from, const QRectF& to, const std::vector<QRectF>& boxes) const
    {
        const bool above = to.left() == from.left() && to.bottom() <= from.top();
        const QRectF between(QPointF(to.left(), to.bottom()), QPointF(to.right(), from.top()));
        if (above && std::none_of(boxes.begin(), boxes.end(), [&](const QRectF& box) { return between.intersects(box); })) {
            const double x = to.left() + std::min(from.width(), to.width()) / 2;
            QPainterPath path(QPointF(x, from.top()));
            path.lineTo(x, to.bottom());
            return path;
        }
        const QPointF begin(from.right(), from.center().y()), end(to.right(), to.center().y());
        const double bulge = std::max(begin.x(), end.x()) + m_columnGap * 0.6;
        QPainterPath path(begin);
        path.cubicTo({bulge, begin.y()}, {bulge, end.y()}, end);
        return path;
    }

    const std::vector<LineageLayout::Box>& m_boxes;
    const std::vector<LineageLayout::Edge>& m_edges;
    const double m_columnGap, m_rowGap;
    std::vector<int> m_columnOf;                            ///< of each box
    std::vector<std::pair<double, double>> m_spans;         ///< left and right of each column
    std::vector<std::size_t> m_block;                       ///< of each box
    std::vector<Block> m_blocks;
    std::vector<std::vector<std::size_t>> m_columns;        ///< blocks from top to bottom
    std::vector<std::vector<std::size_t>> m_ways;           ///< the blocks that each edge passes through
};

} // namespace

LineageLayout LineageLayout::of(const std::vector<Box>& boxes, const std::vector<Edge>& edges, double columnGap, double rowGap)
{
    return Arrangement(boxes, edges, columnGap, rowGap).arrange();
}

} // namespace distill::ui
