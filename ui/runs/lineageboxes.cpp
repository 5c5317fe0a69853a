// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/lineageboxes.h"

#include <map>
#include <set>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

/// Equal for the runs of one submission that differ by their seed alone.
QString seedsKey(const LineageNode& node)
{
    if (!node.isRun()) {
        return {};
    }
    return QString::fromStdString(node.run.group) + u'/' + QString::fromLatin1(nameOf(node.run.role)) + u'/'
        + QString::fromStdString(node.model) + u'/' + nameWithoutSeed(node.run);
}

} // namespace

QString nameWithoutSeed(const RunRow& row)
{
    QString name = QString::fromStdString(row.name);
    const QString seed = u" (seed %1)"_s.arg(row.seed);
    return name.endsWith(seed) ? name.chopped(seed.size()) : name;
}

LineageBoxes LineageBoxes::of(const Lineage& lineage, const QSet<QString>& unfolded)
{
    LineageBoxes result;
    std::map<int, std::size_t> inGeneration;
    std::map<std::pair<int, QString>, std::size_t> seeds;
    for (const LineageNode& node : lineage.nodes) {
        ++inGeneration[node.generation];
        ++seeds[{node.generation, seedsKey(node)}];
    }
    std::vector<std::size_t> boxOf;
    std::map<std::pair<int, QString>, std::size_t> folded;
    for (std::size_t i = 0; i < lineage.nodes.size(); ++i) {
        const LineageNode& node = lineage.nodes[i];
        const std::pair key(node.generation, seedsKey(node));
        const bool several = !key.second.isEmpty() && seeds.at(key) > 1;
        const bool folds = several && i != lineage.current && inGeneration.at(node.generation) > mostInGeneration
            && !unfolded.contains(key.second);
        if (const auto found = folds ? folded.find(key) : folded.end(); found != folded.end()) {
            result.boxes[found->second].nodes.push_back(i);
            boxOf.push_back(found->second);
            continue;
        }
        if (folds) {
            folded.emplace(key, result.boxes.size());
        }
        boxOf.push_back(result.boxes.size());
        result.boxes.push_back({{i}, several ? key.second : QString(), node.generation});
        if (i == lineage.current) {
            result.current = boxOf.back();
        }
    }
    std::set<std::tuple<bool, std::size_t, std::size_t>> edges;
    for (const LineageEdge& edge : lineage.edges) {
        edges.emplace(edge.kind == LineageEdge::Kind::Alone, boxOf[edge.from], boxOf[edge.to]);
    }
    for (const auto& [alone, from, to] : edges) {
        result.edges.push_back({from, to, alone});
    }
    return result;
}

} // namespace distill::ui
