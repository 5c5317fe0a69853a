// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/lineage.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>
#include <unordered_set>

namespace distill {

namespace {

using Places = std::vector<std::size_t>;

/// Who taught whom, over all runs; places are those of the rows.
struct Relations {
    explicit Relations(const std::vector<RunRow>& rows)
        : teachers(rows.size()), students(rows.size())
    {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            place.emplace(rows[i].id, i);
        }
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (rows[i].role == RunRole::Control) {
                continue;
            }
            for (const RunId& id : rows[i].teachers) {
                if (const auto teacher = find(id); teacher && *teacher != i) {
                    teachers[i].push_back(*teacher);
                    students[*teacher].push_back(i);
                }
            }
        }
    }

    std::optional<std::size_t> find(const RunId& id) const
    {
        const auto found = place.find(id);
        return found == place.end() ? std::nullopt : std::optional(found->second);
    }

    std::unordered_map<RunId, std::size_t> place;
    std::vector<Places> teachers, students;
};

/// All that `next` leads to from `start`, with the longest way to each; start included, at 0.
std::unordered_map<std::size_t, int> reached(const Places& start, const std::vector<Places>& next)
{
    std::unordered_map<std::size_t, int> waiting; // edges into each that have not been followed yet
    Places order = start;
    std::unordered_set<std::size_t> seen(start.begin(), start.end());
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (const std::size_t to : next[order[i]]) {
            ++waiting[to];
            if (seen.insert(to).second) {
                order.push_back(to);
            }
        }
    }
    std::unordered_map<std::size_t, int> distance;
    std::unordered_set<std::size_t> done;
    Places ready;
    std::size_t looked = 0;
    while (done.size() < order.size()) {
        for (const std::size_t each : start) {
            if (waiting[each] == 0 && done.insert(each).second) {
                ready.push_back(each);
            }
        }
        if (ready.empty()) { // only a circle leaves none
            while (done.contains(order[looked])) {
                ++looked;
            }
            done.insert(order[looked]);
            ready.push_back(order[looked]);
        }
        while (!ready.empty()) {
            const std::size_t from = ready.back();
            ready.pop_back();
            for (const std::size_t to : next[from]) {
                if (!done.contains(to)) {
                    distance[to] = std::max(distance[to], distance[from] + 1);
                }
                if (--waiting[to] == 0 && done.insert(to).second) {
                    ready.push_back(to);
                }
            }
        }
    }
    for (const std::size_t each : order) {
        distance.try_emplace(each, 0);
    }
    return distance;
}

/// Null where it is not there.
const Json& at(const Json& json, const char* key)
{
    static const Json nothing;
    return json.is_object() && json.contains(key) ? json.at(key) : nothing;
}

std::string textAt(const Json& json, const char* key)
{
    const Json& value = at(json, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

double numberAt(const Json& json, const char* key)
{
    const Json& value = at(json, key);
    return value.is_number() ? value.get<double>() : std::nan("");
}

/// The parts of a document's teacher, itself or the members of an ensemble, that are not runs.
std::vector<Json> outsideTeachers(const Json& teacher)
{
    std::vector<Json> found;
    const std::string kind = textAt(teacher, "kind");
    if (const Json& members = at(teacher, "members"); kind == "ensemble" && members.is_array()) {
        for (const Json& member : members) {
            for (Json& each : outsideTeachers(member)) {
                found.push_back(std::move(each));
            }
        }
    } else if (kind == "weights" || kind == "random") {
        found.push_back(teacher);
    }
    return found;
}

std::vector<Peer> peersIn(const Json& summary, const Json& teacher)
{
    std::vector<Peer> peers;
    const Json& list = at(summary, "peers");
    if (const Json& models = at(teacher, "models"); !list.is_array() && textAt(teacher, "kind") == "peers" && models.is_array()) {
        for (const Json& model : models) { // it has not come to its end: they are known by kind
            peers.push_back({textAt(model, "kind"), 0, std::nan(""), std::nan("")});
        }
    }
    for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
        const Json& parameters = at(list[i], "parameters");
        peers.push_back({textAt(list[i], "model"), parameters.is_number() ? parameters.get<std::int64_t>() : 0,
                         numberAt(at(list[i], "validation"), "accuracy"), numberAt(at(list[i], "test"), "accuracy")});
    }
    return peers;
}

class Builder {
public:
    Builder(const std::vector<RunRow>& rows, const std::function<LineageTexts(const RunRow&)>& textsOf)
        : m_rows(rows), m_relations(rows), m_textsOf(textsOf)
    {
    }

    Lineage build(const RunId& run)
    {
        const auto current = m_relations.find(run);
        if (!current) {
            return {};
        }
        Places start{*current}; // and, of a control, the students it is compared with
        for (std::size_t i = 0; i < m_rows.size(); ++i) {
            if (m_rows[i].control == run && i != *current) {
                start.push_back(i);
            }
        }
        for (const auto& [place, distance] : reached(start, m_relations.teachers)) {
            m_generation[place] = -distance;
        }
        const auto descendants = reached({*current}, m_relations.students);
        for (const auto& [place, distance] : descendants) {
            m_generation.try_emplace(place, m_generation.at(*current) + distance);
        }
        addOtherTeachers(descendants, *current);
        std::vector<std::pair<std::size_t, std::size_t>> alone;
        for (const auto& [place, generation] : std::map(m_generation.begin(), m_generation.end())) {
            if (const auto control = m_relations.find(m_rows[place].control); control && *control != place) {
                m_generation.try_emplace(*control, generation);
                alone.emplace_back(*control, place);
            }
        }
        addRuns(m_generation.at(*current));
        for (const auto& [control, student] : alone) {
            m_result.edges.push_back({m_node.at(control), m_node.at(student), LineageEdge::Kind::Alone});
        }
        addOutside();
        sort(run);
        return std::move(m_result);
    }

private:
    /// A student that stood there without its other teachers would seem to be of one alone.
    void addOtherTeachers(const std::unordered_map<std::size_t, int>& descendants, std::size_t current)
    {
        const std::size_t before = m_generation.size();
        for (const auto& [student, distance] : descendants) {
            for (const std::size_t teacher : student == current ? Places() : m_relations.teachers[student]) {
                m_generation.try_emplace(teacher, m_generation.at(current));
            }
        }
        // Where they taught one another, or were taught by what is there already, later ones make room.
        bool changed = m_generation.size() > before;
        for (std::size_t pass = 0; changed && pass < m_generation.size(); ++pass) {
            changed = false;
            for (auto& [student, generation] : m_generation) {
                for (const std::size_t teacher : m_relations.teachers[student]) {
                    const auto found = m_generation.find(teacher);
                    if (found != m_generation.end() && generation <= found->second) {
                        generation = found->second + 1;
                        changed = true;
                    }
                }
            }
        }
    }

    void addRuns(int own)
    {
        for (const auto& [place, generation] : m_generation) {
            LineageNode node;
            node.run = m_rows[place];
            node.run.summary = nullptr;
            node.model = node.run.studentModel;
            node.generation = generation - own;
            m_node.emplace(place, m_result.nodes.size());
            m_result.nodes.push_back(std::move(node));
        }
        for (const auto& [student, to] : m_node) {
            for (const std::size_t teacher : m_relations.teachers[student]) {
                const auto from = m_node.find(teacher);
                if (from != m_node.end() && m_result.nodes[from->second].generation < m_result.nodes[to].generation) {
                    m_result.edges.push_back({from->second, to, LineageEdge::Kind::Teaches});
                }
            }
        }
    }

    /// What only documents and summaries tell.
    void addOutside()
    {
        std::map<std::string, std::size_t> known; // one file that teaches several is one node
        const std::size_t runs = m_result.nodes.size();
        for (std::size_t i = 0; i < runs; ++i) {
            const RunRow row = m_result.nodes[i].run;
            const LineageTexts texts = m_textsOf(row);
            m_result.nodes[i].peers = peersIn(texts.summary, at(texts.document, "teacher"));
            if (row.role == RunRole::Control) {
                continue;
            }
            const std::vector<Json> teachers = outsideTeachers(at(texts.document, "teacher"));
            for (const Json& teacher : teachers) {
                const auto [place, isNew] = known.try_emplace(teacher.dump(), m_result.nodes.size());
                if (isNew) {
                    LineageNode node;
                    node.outside = textAt(teacher, "kind");
                    node.file = textAt(teacher, "file");
                    node.model = teachers.size() == 1 && row.teachers.empty() && !row.teacherModel.empty()
                        ? row.teacherModel
                        : textAt(at(teacher, "model"), "kind");
                    node.generation = m_result.nodes[i].generation - 1;
                    m_result.nodes.push_back(std::move(node));
                }
                LineageNode& node = m_result.nodes[place->second];
                node.generation = std::min(node.generation, m_result.nodes[i].generation - 1);
                m_result.edges.push_back({place->second, i, LineageEdge::Kind::Teaches});
            }
        }
    }

    void sort(const RunId& run)
    {
        const auto& nodes = m_result.nodes;
        Places order(nodes.size());
        std::iota(order.begin(), order.end(), std::size_t(0));
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            const auto key = [&](std::size_t i) {
                return std::tuple(nodes[i].generation, nodes[i].run.createdAt, nodes[i].run.id, nodes[i].file, nodes[i].model);
            };
            return key(a) < key(b);
        });
        Places place(nodes.size());
        std::vector<LineageNode> sorted;
        for (const std::size_t each : order) {
            place[each] = sorted.size();
            sorted.push_back(nodes[each]);
        }
        m_result.nodes = std::move(sorted);
        for (LineageEdge& edge : m_result.edges) {
            edge.from = place[edge.from];
            edge.to = place[edge.to];
        }
        auto& edges = m_result.edges;
        const auto key = [](const LineageEdge& edge) { return std::tuple(edge.kind, edge.from, edge.to); };
        std::sort(edges.begin(), edges.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
        edges.erase(std::unique(edges.begin(), edges.end(), [&](const auto& a, const auto& b) { return key(a) == key(b); }),
                    edges.end()); // an ensemble may list one file twice
        m_result.current = std::size_t(std::find_if(m_result.nodes.begin(), m_result.nodes.end(), [&](const LineageNode& node) {
                                           return node.run.id == run;
                                       })
                                       - m_result.nodes.begin());
    }

    const std::vector<RunRow>& m_rows;
    const Relations m_relations;
    const std::function<LineageTexts(const RunRow&)>& m_textsOf;
    std::unordered_map<std::size_t, int> m_generation; ///< by row
    std::unordered_map<std::size_t, std::size_t> m_node; ///< of a row
    Lineage m_result;
};

} // namespace

Lineage lineageOf(const RunId& run, const std::vector<RunRow>& rows,
                  const std::function<LineageTexts(const RunRow&)>& textsOf)
{
    return Builder(rows, textsOf).build(run);
}

Lineage lineageOf(const History& history, const RunId& run)
{
    return lineageOf(run, history.runs(true), [&history](const RunRow& row) {
        LineageTexts texts;
        texts.document = Json::parse(history.experimentText(row.id), nullptr, false);
        if (textAt(at(texts.document, "teacher"), "kind") == "peers") {
            if (const auto whole = history.run(row.id)) {
                texts.summary = whole->summary;
            }
        }
        return texts;
    });
}

} // namespace distill
