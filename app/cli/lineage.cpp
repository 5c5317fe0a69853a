// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"
#include "cli/table.h"
#include "history/lineage.h"

#include <CLI/CLI.hpp>
#include <ostream>

namespace distill::cli {

namespace {

Json jsonOf(const Lineage& lineage)
{
    Json nodes = Json::array(), edges = Json::array();
    for (const LineageNode& node : lineage.nodes) {
        Json made = {{"run", node.isRun() ? Json(node.run.id) : Json()}, {"model", node.model}, {"generation", node.generation}};
        if (node.isRun()) {
            made.update({{"name", node.run.name},
                         {"role", nameOf(node.run.role)},
                         {"state", nameOf(node.run.state)},
                         {"seed", node.run.seed},
                         {"best_accuracy", node.run.figures.bestAccuracy},
                         {"deleted", node.run.deleted}});
        } else {
            made.update({{"kind", node.outside}, {"file", node.file}});
        }
        for (const Peer& peer : node.peers) {
            made["peers"].push_back({{"model", peer.model},
                                     {"parameters", peer.parameters},
                                     {"validation_accuracy", peer.validation},
                                     {"test_accuracy", peer.test}});
        }
        nodes.push_back(made);
    }
    for (const LineageEdge& edge : lineage.edges) {
        edges.push_back({{"from", edge.from}, {"to", edge.to}, {"kind", edge.kind == LineageEdge::Kind::Alone ? "alone" : "teaches"}});
    }
    return {{"current", lineage.current}, {"nodes", nodes}, {"edges", edges}};
}

/// Teachers above, students indented beneath them. A run of several teachers stands beneath each; what follows from it is told
/// once.
class Tree {
public:
    explicit Tree(const Lineage& lineage)
        : m_lineage(lineage), m_told(lineage.nodes.size())
    {
        std::vector<bool> isBelow(lineage.nodes.size());
        for (const LineageEdge& edge : lineage.edges) {
            isBelow[edge.kind == LineageEdge::Kind::Teaches ? edge.to : edge.from] = true;
        }
        for (std::size_t i = 0; i < lineage.nodes.size(); ++i) {
            if (!isBelow[i]) {
                add(i, {}, {});
            }
        }
    }

    void print(std::ostream& out) const { m_table.print(out); }

private:
    void add(std::size_t place, const std::string& indent, const std::string& label)
    {
        const LineageNode& node = m_lineage.nodes[place];
        std::string name = node.isRun() ? cut(node.run.name, 48)
                                        : node.outside + (node.file.empty() ? " network" : " " + node.file);
        if (node.run.deleted) {
            name += " (deleted)";
        }
        m_table.add({indent + label + name + (place == m_lineage.current ? "  <--" : ""), node.model,
                     node.isRun() ? nameOf(node.run.state) : "", percent(node.isRun() ? node.run.figures.bestAccuracy : std::nan("")),
                     node.run.id});
        if (m_told[place]) {
            return;
        }
        m_told[place] = true;
        for (std::size_t i = 0; i < node.peers.size(); ++i) {
            m_table.add({indent + "  with peer " + std::to_string(i + 1), node.peers[i].model, "",
                         percent(node.peers[i].validation), ""});
        }
        for (const LineageEdge& edge : m_lineage.edges) {
            if (edge.kind == LineageEdge::Kind::Alone && edge.to == place) {
                add(edge.from, indent + "  ", "alone: ");
            }
        }
        for (const LineageEdge& edge : m_lineage.edges) {
            if (edge.kind == LineageEdge::Kind::Teaches && edge.from == place) {
                add(edge.to, indent + "  ", "");
            }
        }
    }

    const Lineage& m_lineage;
    std::vector<bool> m_told;
    Table m_table{{"teacher, students beneath", "model", "state", ">best", "run"}};
};

} // namespace

void addLineageCommand(CLI::App& app, Context& context)
{
    struct Options {
        std::string run;
        bool json = false;
    };
    const auto options = std::make_shared<Options>();
    CLI::App* lineage = app.add_subcommand("lineage", "What a run learned from and what learned from it, as a tree");
    lineage->add_option("RUN", options->run, runHelp)->required();
    lineage->add_flag("--json", options->json, "As one JSON object: nodes, and edges between their places");
    addWorkspaceOption(*lineage, context);
    lineage->callback([&context, options] {
        context.command = [&context, options] {
            const auto history = context.openHistory();
            const Lineage found = lineageOf(*history, history->resolve(options->run));
            if (options->json) {
                context.console.out << jsonOf(found).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
            } else {
                Tree(found).print(context.console.out);
            }
            return int(Done);
        };
    });
}

} // namespace distill::cli
