// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparison.h"
#include "engine/examination.h"
#include "engine/reporting.h"
#include "report/markup.h"
#include "workspace.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace distill;
using testing::AllOf;
using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

namespace {

std::string contentOf(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

class ReportingTest : public test::WorkspaceTest {
protected:
    /// Two seeds with and without their teacher.
    std::vector<RunId> pairs(Json document = spirals())
    {
        document["seeds"] = {1, 2};
        document["controls"] = {{"student_alone", true}};
        const auto submission = run(document);
        std::vector<RunId> runs = submission.students;
        runs.insert(runs.end(), submission.controls.begin(), submission.controls.end());
        return runs;
    }

    std::string html(const std::vector<RunId>& runs, const ReportOptions& options = {}) const
    {
        const auto path = m_folder / "r.html";
        writeReport(*m_history, runs, options, path.string());
        return contentOf(path);
    }

    /// The cells of the table that has such a head, row by row.
    static std::vector<std::vector<std::string>> tableWith(const std::string& source, const std::string& head)
    {
        for (std::size_t begin = source.find("<table>"); begin != std::string::npos; begin = source.find("<table>", begin + 1)) {
            const std::string table = source.substr(begin, source.find("</table>", begin) + 8 - begin);
            if (table.find(">" + head + "</th>") == std::string::npos) {
                continue;
            }
            std::vector<std::vector<std::string>> rows;
            std::vector<std::string> cells;
            const test::Markup markup(table);
            for (const auto& element : markup.elements()) {
                if (element.name == "tr") {
                    rows.emplace_back();
                } else if (element.name == "td" || element.name == "th") {
                    rows.back().push_back(element.text);
                }
            }
            return rows;
        }
        throw std::runtime_error("no table with " + head);
    }

    static std::string cell(const std::vector<std::vector<std::string>>& table, std::size_t row, const std::string& head)
    {
        const auto column = std::find(table[0].begin(), table[0].end(), head);
        return column == table[0].end() ? "" : table[row][std::size_t(column - table[0].begin())];
    }
};

TEST_F(ReportingTest, EveryNumberIsThatOfTheComparison)
{
    const std::vector<RunId> runs = pairs();
    const std::string page = html(runs, {.baseline = runs[2]});
    const Comparison comparison = compareRuns(*m_history, runs, runs[2], true);
    const auto figure = [&](const char* key) -> const ComparedFigure& {
        return *std::find_if(comparison.figures.begin(), comparison.figures.end(), [&](const ComparedFigure& each) { return each.key == key; });
    };
    const auto number = [](const std::string& text) { return std::stod(text); };

    const auto each = tableWith(page, "Run");
    ASSERT_EQ(each.size(), 5U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(cell(each, i + 1, "Run"), runs[i]);
        EXPECT_NEAR(number(cell(each, i + 1, "Test accuracy")), 100 * figure("test/accuracy").values[i], 0.00501);
        EXPECT_NEAR(number(cell(each, i + 1, "Test loss")), figure("test/loss").values[i], 0.0000501);
        EXPECT_NEAR(number(cell(each, i + 1, "Agreement")), 100 * figure("test/agreement").values[i], 0.00501);
        EXPECT_NEAR(number(cell(each, i + 1, "Best")), 100 * figure("best/validation/accuracy").values[i], 0.00501);
        if (i != 2) {
            EXPECT_NEAR(number(cell(each, i + 1, "Delta")), 100 * figure("test/accuracy").deltas[i], 0.00501);
        }
    }
    EXPECT_EQ(cell(each, 3, "Delta"), "baseline");

    const auto groups = tableWith(page, "Interval");
    ASSERT_EQ(groups.size(), 3U);
    for (std::size_t i = 0; i < 2; ++i) {
        const ComparedGroup& group = comparison.groups[i];
        EXPECT_EQ(groups[i + 1][0], group.name);
        double sum = 0;
        for (const std::size_t run : group.runs) {
            sum += figure("test/accuracy").values[run];
        }
        EXPECT_NEAR(number(cell(groups, i + 1, "Mean")), 100 * sum / 2, 0.00501);
        const std::string interval = cell(groups, i + 1, "Interval");
        EXPECT_NEAR(number(interval), 100 * group.accuracy->low, 0.00501);
        EXPECT_NEAR(number(interval.substr(interval.find("to ") + 3)), 100 * group.accuracy->high, 0.00501);
    }
    EXPECT_NEAR(number(cell(groups, 1, "To the baseline")), 100 * comparison.groups[0].toBaseline->estimate, 0.00501);
    EXPECT_EQ(cell(groups, 2, "To the baseline"), "baseline");

    const auto others = tableWith(page, "Parameters");
    EXPECT_EQ(number(cell(others, 1, "Parameters")), (2 + 1) * 8 + (8 + 1) * 3);
    EXPECT_NEAR(number(cell(others, 2, "KL")), (figure("test/kl").values[2] + figure("test/kl").values[3]) / 2, 0.0000501);
}

TEST_F(ReportingTest, TellsWhatWasAskedAnsweredAndHowToMakeItAgain)
{
    Json document = spirals();
    document["notes"] = "Does the teacher help on spirals?";
    const std::vector<RunId> runs = pairs(document);
    const std::string page = html(runs, {.command = "distill report a b --to r.html"});
    const test::Markup markup(page);
    std::vector<std::string> headings, cards, codes;
    for (const auto& element : markup.elements()) {
        if (element.name == "h2") {
            headings.push_back(element.text);
        } else if (element.name == "section") {
            cards.push_back(element.text);
        } else if (element.name == "pre") {
            codes.push_back(element.text);
        }
    }
    for (const char* heading : {"Question", "Verdict", "Set-up", "Results", "Curves", "What differs in the configuration", "How to make it again"}) {
        EXPECT_THAT(headings, Contains(heading));
    }
    EXPECT_THAT(page, HasSubstr("Does the teacher help on spirals?"));
    EXPECT_EQ(markup.all("h1")[0].text, "Spirals");
    const Comparison comparison = compareRuns(*m_history, runs, {}, true);
    ASSERT_EQ(cards.size(), 1U);
    EXPECT_THAT(cards[0], HasSubstr(comparison.verdicts[0].verdict.sentence));
    EXPECT_THAT(cards[0], HasSubstr("Spirals against the student alone"));
    EXPECT_THAT(codes, Contains(HasSubstr(m_history->experimentText(runs[0]))));
    EXPECT_THAT(codes, Contains(HasSubstr("distill run spirals.json --set '/seeds=[1,2]'")));
    EXPECT_THAT(codes, Contains(HasSubstr("distill report a b --to r.html")));
    EXPECT_THAT(page, HasSubstr(m_history->run(runs[0])->contentHash));
    EXPECT_THAT(page, HasSubstr(machine().libtorch));
    for (const Artefact& artefact : m_history->artefacts(runs[0])) {
        if (artefact.kind == "last") {
            EXPECT_THAT(page, HasSubstr(artefact.sha256));
        }
    }
    EXPECT_THAT(html(runs, {.title = "A title", .question = "Another question?"}),
                AllOf(HasSubstr("<h1>A title</h1>"), HasSubstr(">Another question?<"), Not(HasSubstr(">Does the teacher"))));
}

TEST_F(ReportingTest, WhatTheStudentTookOverIsThatOfItsExamination)
{
    const std::vector<RunId> runs = pairs();
    const std::string page = html(runs);
    const auto table = tableWith(page, "Spirals");
    const Examination examined = examine(*m_history, runs[0], {});
    const auto number = [&](const std::string& measure) {
        for (const auto& row : table) {
            if (row[0] == measure) {
                return std::stod(row[1]);
            }
        }
        ADD_FAILURE() << measure;
        return 0.0;
    };
    const double own = m_history->run(runs[0])->summary["last"]["test"]["agreement"];
    EXPECT_NEAR(number("Agreement with the teacher"), 100 * own, 0.00501);
    EXPECT_NEAR(number("Agreement of the student alone"), 100 * examined.aloneAgreement.value(), 0.00501);
    EXPECT_NEAR(number("Calibration error (ECE): student"), 100 * examined.student.calibration.error, 0.00501);
    EXPECT_NEAR(number("Of the student's errors, the teacher's too"), 100 * examined.sharedErrors.share(), 0.00501);
    EXPECT_THAT(page, HasSubstr("twin")); // inheritance is refused without one, and it is said
    for (const auto& row : table) {
        EXPECT_THAT(row[0], Not(HasSubstr("inherited")));
    }
    EXPECT_EQ(tableWith(page, "Class").size(), 1 + examined.classes.size());

    // The teacher by itself took over nothing.
    const RunId teacher = m_history->run(runs[0])->firstTeacher();
    for (const auto& heading : test::Markup(html({teacher})).all("h2")) {
        EXPECT_NE(heading.text, "What the student took over");
    }
}

TEST_F(ReportingTest, NothingOfTheMachinesUsersIsInIt)
{
    const char* const before = std::getenv("HOME");
    const std::string home = before ? before : "";
    setenv("HOME", "/tmp/some body", 1);
    setenv("SECRET_TOKEN", "hunter2hunter2", 1);
    Json document = spirals();
    document["notes"] = "Data of /tmp/some body/data and /home/ada/set.csv, not /tmp/some bodyguard/x, not /srv/home/ada.";
    const std::vector<RunId> runs = pairs(document);
    const std::string page = html(runs);
    if (before) {
        setenv("HOME", home.c_str(), 1);
    }
    EXPECT_THAT(page, HasSubstr("Data of ~/data and ~/set.csv, not /tmp/some bodyguard/x, not /srv/home/ada."));
    EXPECT_THAT(page, Not(HasSubstr("hunter2")));
    EXPECT_THAT(page, Not(HasSubstr(m_folder.string())));
}

TEST_F(ReportingTest, EachEndingIsItsKind)
{
    const std::vector<RunId> runs = pairs();
    writeReport(*m_history, runs, {}, (m_folder / "r.pdf").string());
    EXPECT_TRUE(contentOf(m_folder / "r.pdf").starts_with("%PDF-"));
    writeReport(*m_history, runs, {}, (m_folder / "my report.md").string());
    const std::string text = contentOf(m_folder / "my report.md");
    EXPECT_THAT(text, HasSubstr("# Spirals\n"));
    EXPECT_THAT(text, HasSubstr("](<my report-figures/accuracy.svg>)"));
    EXPECT_TRUE(std::filesystem::exists(m_folder / "my report-figures" / "accuracy.svg"));
    EXPECT_TRUE(std::filesystem::exists(m_folder / "my report-figures" / "loss.svg"));
    EXPECT_TRUE(std::filesystem::exists(m_folder / "my report-figures" / "agreement.svg"));
    EXPECT_THROW(writeReport(*m_history, runs, {}, (m_folder / "r.doc").string()), InputError);
    EXPECT_THROW(writeReport(*m_history, runs, {}, (m_folder / "no" / "such" / "r.html").string()), InputError);
    EXPECT_THROW(makeReport(*m_history, {}, {}), InputError);
    EXPECT_THROW(makeReport(*m_history, {newRunId()}, {}), InputError);
    EXPECT_THROW(makeReport(*m_history, runs, {}, [] { return false; }), InputError);
    for (const auto& entry : std::filesystem::directory_iterator(m_folder)) {
        EXPECT_NE(entry.path().extension(), ".part");
    }
}

TEST_F(ReportingTest, ARunWithoutTeacherOrEndHasOneToo)
{
    RunRow row;
    row.id = newRunId();
    row.name = "On its way";
    row.state = RunState::Running;
    row.studentModel = "mlp 8";
    row.figures.totalSteps = 10;
    Json document = spirals();
    document.erase("teacher");
    document["stages"][0]["objective"] = {{{"kind", "cross_entropy"}}};
    m_history->addRun(row, Document::fromJson(document).text());
    const test::Markup page(html({row.id}));
    EXPECT_EQ(page.all("h1")[0].text, "On its way");
    EXPECT_TRUE(page.all("svg").empty());
    for (const auto& heading : page.all("h2")) {
        EXPECT_NE(heading.text, "Curves");
    }
}

} // namespace
