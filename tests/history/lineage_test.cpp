// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/lineage.h"

#include "history/support.h"

#include <chrono>
#include <cmath>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <set>

namespace distill {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

namespace {

RunRow run(const std::string& id, std::vector<RunId> teachers = {}, RunRole role = RunRole::Student)
{
    static double clock = 0;
    RunRow row;
    row.id = row.name = id;
    row.role = role;
    row.teachers = std::move(teachers);
    row.studentModel = "mlp";
    row.createdAt = clock += 1;
    return row;
}

const auto noTexts = [](const RunRow&) { return LineageTexts(); };

std::map<std::string, int> generations(const Lineage& lineage)
{
    std::map<std::string, int> result;
    for (const LineageNode& node : lineage.nodes) {
        result[node.isRun() ? node.run.id : node.outside + " " + node.model + node.file] = node.generation;
    }
    return result;
}

/// "A > B": A taught B. "A | B": A is B alone.
std::set<std::string> edges(const Lineage& lineage)
{
    std::set<std::string> result;
    const auto name = [&](std::size_t i) {
        const LineageNode& node = lineage.nodes.at(i);
        return node.isRun() ? node.run.id : node.outside;
    };
    for (const LineageEdge& edge : lineage.edges) {
        result.insert(name(edge.from) + (edge.kind == LineageEdge::Kind::Alone ? " | " : " > ") + name(edge.to));
    }
    return result;
}

TEST(Lineage, GoesBackToTheFirstTeacherAndOnToTheLastStudent)
{
    const std::vector<RunRow> rows = {run("teacher"),
                                      run("assistant", {"teacher"}),
                                      run("student", {"assistant"}),
                                      run("sibling", {"assistant"}),
                                      run("grandchild", {"student"}),
                                      run("stranger")};
    const Lineage lineage = lineageOf("student", rows, noTexts);
    const std::vector<RunRow> ensemble = {run("a"), run("b"), run("c", {"b"}), run("d", {"a", "c"})};
    EXPECT_THAT(generations(lineageOf("a", ensemble, noTexts)), UnorderedElementsAre(Pair("a", 0), Pair("c", 0), Pair("d", 1)))
        << "the other teacher, and not what taught that";
    EXPECT_THAT(generations(lineage),
                UnorderedElementsAre(Pair("teacher", -2), Pair("assistant", -1), Pair("student", 0), Pair("grandchild", 1)));
    EXPECT_THAT(edges(lineage),
                UnorderedElementsAre("teacher > assistant", "assistant > student", "student > grandchild"));
    EXPECT_EQ(lineage.nodes.at(lineage.current).run.id, "student");
    EXPECT_THAT(generations(lineageOf("stranger", rows, noTexts)), ElementsAre(Pair("stranger", 0)));
    EXPECT_THAT(lineageOf("nobody", rows, noTexts).nodes, IsEmpty());
    EXPECT_THAT(lineageOf("x", {run("x", {"gone"})}, noTexts).edges, IsEmpty());
}

TEST(Lineage, AControlIsNoStudentOfTheTeacherItIsMeasuredAgainst)
{
    RunRow student = run("student", {"teacher"}), warm = run("warm", {"teacher"});
    student.control = warm.control = "control";
    const std::vector<RunRow> rows = {run("teacher", {}, RunRole::Teacher), student, warm,
                                      run("control", {"teacher"}, RunRole::Control)};
    const Lineage down = lineageOf("teacher", rows, noTexts);
    EXPECT_THAT(edges(down),
                UnorderedElementsAre("teacher > student", "teacher > warm", "control | student", "control | warm"));
    EXPECT_EQ(generations(down).at("control"), 1);
    EXPECT_THAT(edges(lineageOf("student", rows, noTexts)), UnorderedElementsAre("teacher > student", "control | student"));
    const Lineage ofControl = lineageOf("control", rows, noTexts);
    EXPECT_THAT(edges(ofControl), edges(down)) << "the students it is compared with, and what they learned from";
    EXPECT_EQ(generations(ofControl).at("control"), 0);
    EXPECT_EQ(generations(ofControl).at("teacher"), -1);
}

TEST(Lineage, TeachersThatAreNoRunsComeFromTheDocument)
{
    const std::vector<RunRow> rows = {run("teacher"), run("student", {"teacher"}), run("other"), run("late", {"student", "other"})};
    const Json file = {{"kind", "weights"}, {"file", "t.safetensors"}, {"model", {{"kind", "resnet"}, {"depth", 56}}}};
    const std::map<RunId, Json> teachers = {
        {"student",
         {{"kind", "ensemble"},
          {"members", {file, {{"kind", "run"}, {"run", "teacher"}}, {{"kind", "random"}, {"model", {{"kind", "cnn"}}}}, file, "odd"}}}},
        {"late", file},
        {"other", {{"kind", "oracle"}, {"members", 7}}},
        {"teacher", 7},
    };
    const auto textsOf = [&](const RunRow& row) {
        LineageTexts texts;
        texts.document = Json{{"teacher", teachers.at(row.id)}};
        texts.summary = row.id == "other" ? Json::parse(R"({"peers": [
            {"model": "cnn", "parameters": 5, "test": {"accuracy": 0.5}, "validation": {"accuracy": 0.25}}, {"model": 3}, 4]})")
                                          : Json();
        return texts;
    };
    const Lineage lineage = lineageOf("late", rows, textsOf);
    EXPECT_THAT(generations(lineage),
                UnorderedElementsAre(Pair("teacher", -2), Pair("student", -1), Pair("other", -1), Pair("late", 0),
                                     Pair("weights resnett.safetensors", -2), Pair("random cnn", -2)));
    EXPECT_THAT(edges(lineage), UnorderedElementsAre("teacher > student", "student > late", "other > late",
                                                     "weights > student", "weights > late", "random > student"));
    EXPECT_EQ(lineage.edges.size(), 6u) << "a file that is listed twice teaches once";
    for (const LineageNode& node : lineage.nodes) {
        ASSERT_EQ(node.peers.size(), node.run.id == "other" ? 3u : 0u) << node.run.id;
        if (!node.peers.empty()) {
            EXPECT_EQ(node.peers[0].model, "cnn");
            EXPECT_EQ(node.peers[0].parameters, 5);
            EXPECT_EQ(node.peers[0].test, 0.5);
            EXPECT_EQ(node.peers[0].validation, 0.25);
            EXPECT_TRUE(std::isnan(node.peers[1].test));
        }
    }
}

/// Any graph at all, circles included: the nodes are those that a walk along edges reaches, and the other teachers of students;
/// every edge goes on by at least one generation.
TEST(Lineage, HoldsAllThatLeadsToARunOrFollowsFromIt)
{
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        const bool mayCircle = round % 3 == 0;
        const int count = 2 + int(random() % 12);
        std::vector<RunRow> rows;
        for (int i = 0; i < count; ++i) {
            rows.push_back(run("r" + std::to_string(i)));
            for (int j = 0; j < count; ++j) {
                if ((mayCircle || j < i) && random() % 5 == 0) {
                    rows.back().teachers.push_back("r" + std::to_string(j));
                }
            }
        }
        std::shuffle(rows.begin(), rows.end(), random);
        // Longest walks by relaxation, as often as there are runs.
        const auto longest = [&](bool back) {
            std::map<RunId, int> ways{{"r0", 0}};
            for (int pass = 0; pass < count; ++pass) {
                for (const RunRow& row : rows) {
                    for (const RunId& teacher : row.teachers) {
                        const RunId& from = back ? row.id : teacher;
                        const RunId& to = back ? teacher : row.id;
                        if (from != to && ways.contains(from)) {
                            ways[to] = std::max(ways.contains(to) ? ways[to] : 0, ways[from] + 1);
                        }
                    }
                }
            }
            return ways;
        };
        const auto back = longest(true), on = longest(false);
        const Lineage lineage = lineageOf("r0", rows, noTexts);
        const auto found = generations(lineage);
        std::set<RunId> expected;
        for (const bool isBack : {true, false}) {
            for (const auto& [id, way] : isBack ? back : on) {
                expected.insert(id);
                ASSERT_TRUE(found.contains(id));
                if (!mayCircle && isBack) {
                    EXPECT_EQ(found.at(id), -way);
                } else if (!mayCircle) {
                    EXPECT_GE(found.at(id), way) << "later where another teacher makes it so";
                }
            }
        }
        for (const RunRow& row : rows) {
            if (on.contains(row.id) && row.id != "r0") {
                expected.insert(row.teachers.begin(), row.teachers.end());
            }
        }
        EXPECT_EQ(found.size(), expected.size());
        std::size_t between = 0;
        for (const RunRow& row : rows) {
            for (const RunId& teacher : row.teachers) {
                between += expected.contains(row.id) && expected.contains(teacher) ? 1 : 0;
            }
        }
        EXPECT_LE(lineage.edges.size(), between);
        if (!mayCircle) {
            EXPECT_EQ(lineage.edges.size(), between);
        }
        for (const LineageEdge& edge : lineage.edges) {
            EXPECT_LT(lineage.nodes[edge.from].generation, lineage.nodes[edge.to].generation);
        }
    }
}

TEST(Lineage, OfOneRunAmongTenThousandIsFoundAtOnce)
{
    std::vector<RunRow> rows{run("first")};
    for (int i = 0; i < 10'000; ++i) {
        rows.push_back(run("chain " + std::to_string(i), {rows.back().id}));
    }
    const auto begin = std::chrono::steady_clock::now();
    const Lineage lineage = lineageOf("chain 5000", rows, noTexts);
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 2);
    EXPECT_EQ(lineage.nodes.size(), rows.size());
    EXPECT_EQ(lineage.nodes.front().run.id, "first");
    EXPECT_EQ(lineage.nodes.back().generation, 4999);
}

TEST(Lineage, OfTheHistoryReadsDocumentsAndSummaries)
{
    test::TemporaryFolder folder;
    const auto history = History::open(folder.path());
    RunRow teacher = run("T", {}, RunRole::Teacher), peers = run("P", {"T"});
    teacher.deleted = true;
    peers.summary = {{"peers", Json::array({{{"model", "mlp"}, {"parameters", 9}}})}};
    history->addRun(teacher, R"({"teacher": {"kind": "random", "model": {"kind": "cnn"}}})");
    history->addRun(peers, R"({"teacher": {"kind": "peers"}})");
    const Lineage lineage = lineageOf(*history, "P");
    EXPECT_THAT(edges(lineage), UnorderedElementsAre("T > P", "random > T"));
    EXPECT_TRUE(lineage.nodes.at(1).run.deleted);
    ASSERT_EQ(lineage.nodes.at(lineage.current).peers.size(), 1u);
    EXPECT_EQ(lineage.nodes.at(lineage.current).peers[0].parameters, 9);
}

} // namespace
} // namespace distill
