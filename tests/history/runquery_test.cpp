// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/runquery.h"

#include "experiment/sample.h"
#include "history/support.h"

#include <ctime>
#include <gmock/gmock.h>

namespace distill {

using test::row;
using test::TemporaryFolder;
using testing::HasSubstr;

namespace {

const RunColumns& columns()
{
    static const RunColumns columns(sample::schema());
    return columns;
}

double at(int year, int month, int dayOfMonth, int hour = 0)
{
    std::tm parts{};
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    parts.tm_mday = dayOfMonth;
    parts.tm_hour = hour;
    parts.tm_isdst = -1;
    return double(std::mktime(&parts));
}

const double now = at(2026, 11, 26, 12);

bool accepts(const std::string& filter, const RunRow& run)
{
    const RunQuery query = RunQuery::parse(filter, columns(), now);
    EXPECT_EQ(query.problem(), "") << filter;
    EXPECT_TRUE(query.columns().empty()) << filter;
    return query.accepts(run, RunQuery::searchText(run));
}

RunRow trained()
{
    RunRow run = row("Born Again \u00dcbung");
    run.tags = {"seed-3", "paper"};
    run.studentModel = "resnet20";
    run.teacherModel = "resnet56";
    run.notes = "warm-up helped";
    run.seed = 3;
    run.state = RunState::Stopped;
    run.figures.bestAccuracy = 0.91;
    run.figures.lastAccuracy = 0.9;
    run.figures.seconds = 90;
    run.figures.step = 1'500'000;
    run.createdAt = at(2026, 11, 20, 9);
    run.marks.starred = true;
    return run;
}

struct FilterCase {
    const char* filter;
    bool accepted;
};

class FilterTest : public testing::TestWithParam<FilterCase> { };

TEST_P(FilterTest, AcceptsWhatItSays)
{
    EXPECT_EQ(accepts(GetParam().filter, trained()), GetParam().accepted) << GetParam().filter;
}

TEST_P(FilterTest, AMinusTurnsAPartRound)
{
    const std::string filter = GetParam().filter;
    if (!filter.empty() && filter.find(' ') == std::string::npos && filter[0] != '-') {
        EXPECT_NE(accepts("-" + filter, trained()), GetParam().accepted) << filter;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Filters, FilterTest,
    testing::Values(
        FilterCase{"", true}, FilterCase{"born", true}, FilterCase{"BORN again", true}, FilterCase{"born twice", false},
        FilterCase{"\u00fcbung", true}, FilterCase{"\u00dcBUNG", true}, FilterCase{"resnet56", true}, FilterCase{"stopped", true},
        FilterCase{"name:born", true}, FilterCase{"name:resnet20", false}, FilterCase{"student:resnet20", true},
        FilterCase{"student:resnet56", false}, FilterCase{"teacher:resnet56", true}, FilterCase{"model:resnet5", true},
        FilterCase{"tag:seed", true}, FilterCase{"tag:born", false}, FilterCase{"state:stop", true}, FilterCase{"state:*top", false},
        FilterCase{"state:running", false}, FilterCase{"role:student", true}, FilterCase{"notes:helped", true},
        FilterCase{"helped", false}, FilterCase{"accuracy>0.9", true}, FilterCase{"accuracy>0.91", false},
        FilterCase{"accuracy>=0.91", true}, FilterCase{"accuracy>90%", true}, FilterCase{"best<92%", true},
        FilterCase{"last=0.9", true}, FilterCase{"last!=0.9", false}, FilterCase{"time<2m", true}, FilterCase{"time:1.5m", true},
        FilterCase{"time>80s", true}, FilterCase{"time>1h", false}, FilterCase{"seed=3", true}, FilterCase{"Seed:3", true},
        FilterCase{"seed=4", false}, FilterCase{"seed:1|3", true}, FilterCase{"seed:1|2", false}, FilterCase{"agreement>0", false},
        FilterCase{"agreement<=1", false}, FilterCase{"accuracy>0.9 state:stopped tag:paper", true},
        FilterCase{"accuracy>0.9 state:failed", false}, FilterCase{"name:\"born again\"", true}, FilterCase{"\"born again\"", true},
        FilterCase{"name:\"again born\"", false}, FilterCase{"step>=1.5M", true}, FilterCase{"step>1501k", false},
        // wildcards are of the whole text, words of any part of it
        FilterCase{"tag:seed*", true}, FilterCase{"tag:*3", true}, FilterCase{"tag:eed*", false}, FilterCase{"tag:seed-?", true},
        FilterCase{"tag:seed?", false}, FilterCase{"name:b*\u00fc?ung", true}, FilterCase{"born*bung", true}, FilterCase{"b?rn", true},
        FilterCase{"b??rn", false},
        // one of several
        FilterCase{"state:failed|stopped", true}, FilterCase{"state:failed|diverged", false}, FilterCase{"twice|again", true},
        FilterCase{"twice|thrice", false}, FilterCase{"tag!=paper", false}, FilterCase{"tag!=born", true},
        FilterCase{"-state:failed -tag:born", true},
        // marks
        FilterCase{"is:starred", true}, FilterCase{"starred:yes", true}, FilterCase{"starred:no", false}, FilterCase{"is:archived", false},
        FilterCase{"archived:no", true}, FilterCase{"is:stopped", true}, FilterCase{"is:live", false}, FilterCase{"is:student", true},
        // created on the 20th of November at nine
        FilterCase{"created>2026-11-01", true}, FilterCase{"created>2026-11-20", false}, FilterCase{"created>=2026-11-20", true},
        FilterCase{"created:2026-11-20", true}, FilterCase{"created:2026-11", true}, FilterCase{"created:2026-10", false},
        FilterCase{"created<2026-11-20", false}, FilterCase{"created<=2026-11-20", true}, FilterCase{"created<2026-11-20T09:01", true},
        FilterCase{"created<2026-11-20T08", false}, FilterCase{"created<7d", true}, FilterCase{"created<6d", false},
        FilterCase{"created>6d", true}, FilterCase{"created:1w", true}, FilterCase{"created:today", false}, FilterCase{"ended<7d", false}));

TEST(RunQuery, IsOneOfItsMarks)
{
    RunRow run = trained();
    EXPECT_FALSE(accepts("is:pinned", run));
    run.marks.pinned = true;
    EXPECT_TRUE(accepts("is:pinned", run));
    run.state = RunState::Queued;
    EXPECT_TRUE(accepts("is:live", run));
    EXPECT_TRUE(accepts("is:failed|queued", run));
}

TEST(RunQuery, WhatIsNotWholeYetFiltersNothingAndSaysWhyInASentence)
{
    const std::pair<const char*, const char*> cases[] = {
        {"accuracy>", "Give a value after \"accuracy>\"."},
        {"accuracy>high", "\"accuracy\" needs a number, such as accuracy>0.9; \"high\" is none."},
        {"acuracy>3", "did you mean \"accuracy\""},
        {"temprature:4", "did you mean \"temperature\""},
        {"quux>3", "Runs have no figure or field \"quux\"; there are accuracy,"},
        {"name>x", "\"name\" holds text: write name:x."},
        {"accuracy>90", "\"accuracy\" is a share from 0 to 1: write 90% for percent."},
        {"time<soon", "\"time\" needs a number, such as time<10m"},
        {"created>soon", "\"created\" needs a day or an age, such as created>2026-11-01 or created<7d; \"soon\" is none."},
        {"created>2026-13-01", "\"2026-13-01\" is none."},
        {"starred:perhaps", "\"starred\" is yes or no: write starred:yes; \"perhaps\" is neither."},
        {"starred>1", "\"starred\" holds yes or no: write starred:yes."},
        {"state:finishd", "No state is \"finishd\"; did you mean \"finished\"?"},
        {"state:nonsense", "No state is \"nonsense\"; a run is queued, running,"},
        {"is:stared", "A run is not \"stared\"; did you mean \"starred\"?"},
        {"is:", "Give a value after \"is:\", such as is:starred"},
        {"is:starred|running", "mixes starred with state"},
        {"is:pinned|starred", "is: takes alternatives of one sort"},
        {"/stages/0/nothing:4", "Runs have no figure or field \"/stages/0/nothing\""},
    };
    for (const auto& [filter, sentence] : cases) {
        const RunQuery query = RunQuery::parse(filter, columns(), now);
        EXPECT_TRUE(query.empty()) << filter;
        EXPECT_THAT(query.problem(), HasSubstr(sentence)) << filter;
        EXPECT_TRUE(query.accepts(trained(), "")) << filter;
    }
    const RunQuery half = RunQuery::parse("born accuracy>", columns(), now);
    EXPECT_FALSE(half.empty());
    EXPECT_NE(half.problem(), "");
}

TEST(RunQuery, ReadsFieldsOfTheDocumentAndFiguresOfTheSummary)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    const auto add = [&](const char* name, const char* document, const char* summary) {
        RunRow run = row(name, RunState::Finished);
        run.summary = Json::parse(summary);
        sample::schema().check(Document::parse(document));
        EXPECT_TRUE(sample::schema().check(Document::parse(document)).empty()) << document;
        history->addRun(run, document);
    };
    add("plain", "{}", "null");
    RunRow foreign = row("foreign", RunState::Finished);
    foreign.createdAt = 1; // last
    history->addRun(foreign, R"({"name": "foreign", "imported": {"format": "csv"}})");
    add("hot", R"({"teacher": {"kind": "run", "run": "x"}, "student": {"model": {"kind": "resnet", "wide": true}}, "stages": [
        {"objective": [{"kind": "cross_entropy"}, {"kind": "kd", "temperature": 8}], "batch_size": 32, "optimiser": {"kind": "sgd"}}],
        "evaluation": {"batch_size": 512}})",
        R"({"last": {"test": {"accuracy": 0.75, "kl": 0.2}}, "parameters": 272186})");
    add("two stages", R"({"teacher": {"kind": "run", "run": "x"}, "stages": [{"objective": [{"kind": "kd"}], "learning_rate": 0.5},
        {"objective": [{"kind": "kd", "temperature": 2}], "learning_rate": 0.25}], "student": {"model": {"kind": "mlp", "hidden": [32, 8]}}})",
        R"({"reported": "best", "best": {"test": {"accuracy": 0.9}}, "last": {"test": {"accuracy": 0.1}}})");

    const auto found = [&](const std::string& filter) {
        const RunQuery query = RunQuery::parse(filter, columns(), now);
        EXPECT_EQ(query.problem(), "") << filter;
        const auto values = columns().read(*history, query.columns());
        std::vector<std::string> accepted; // in the order of their making
        for (const RunRow& run : history->runs()) {
            if (run.name == "foreign" && filter.front() != '-') {
                EXPECT_FALSE(query.accepts(run, RunQuery::searchText(run), std::vector<const Json*>(values.size(), &values.front().at(run.id)))) << filter;
            }
            if (run.name == "foreign") {
                continue;
            }
            std::vector<const Json*> own;
            for (const ColumnValues& column : values) {
                own.push_back(&column.at(run.id));
            }
            accepted.insert(accepted.begin(), query.accepts(run, RunQuery::searchText(run), own) ? run.name : "");
        }
        return accepted.at(0) + "|" + accepted.at(1) + "|" + accepted.at(2);
    };
    EXPECT_EQ(found("temperature:8"), "|hot|");
    EXPECT_EQ(found("temperature:2"), "||two stages");
    EXPECT_EQ(found("temperature:4"), "||two stages") << "the default of its first stage's term";
    EXPECT_EQ(found("temperature>=2"), "|hot|two stages");
    EXPECT_EQ(found("temperature:2|8"), "|hot|two stages");
    EXPECT_EQ(found("objective:kd"), "|hot|two stages");
    EXPECT_EQ(found("objective:cross*"), "plain|hot|") << "the default of a document without stages";
    EXPECT_EQ(found("batch_size:32"), "|hot|");
    EXPECT_EQ(found("batch_size:64"), "plain||two stages");
    EXPECT_EQ(found("evaluation.batch_size=512"), "plain|hot|two stages");
    EXPECT_EQ(found("evaluation/batch_size=512 batch_size=32"), "|hot|");
    EXPECT_EQ(found("learning_rate:0.25"), "||two stages");
    EXPECT_EQ(found("lr:0.5"), "||two stages");
    EXPECT_EQ(found("/stages/1/learning_rate:0.25"), "||two stages");
    EXPECT_EQ(found("/stages/0/learning_rate:0.25"), "||");
    EXPECT_EQ(found("wide:yes"), "|hot|");
    EXPECT_EQ(found("depth:20"), "|hot|") << "of that kind alone";
    EXPECT_EQ(found("model.hidden:8"), "||two stages");
    EXPECT_EQ(found("model.hidden:64"), "plain||") << "a perceptron by default";
    EXPECT_EQ(found("dataset:fashion"), "plain|hot|two stages");
    EXPECT_EQ(found("optimiser:sgd"), "|hot|");
    EXPECT_EQ(found("test_accuracy>0.8"), "||two stages");
    EXPECT_EQ(found("test_accuracy>0.7"), "|hot|two stages");
    EXPECT_EQ(found("kl<0.3"), "|hot|");
    EXPECT_EQ(found("kl!=0.3"), "|hot|");
    EXPECT_EQ(found("parameters<1M"), "|hot|");
    EXPECT_EQ(found("parameters>300k"), "||");
    EXPECT_EQ(found("-parameters<1M"), "plain||two stages");
    EXPECT_EQ(found("name:h* temperature>4 parameters>200k"), "|hot|");
}

/// What read() fills in is what the schema makes of the whole document.
TEST(RunColumns, HaveTheDefaultsThatTheSchemaHas)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    std::vector<RunId> ids;
    for (const std::string& text : sample::documents()) {
        RunRow run = row();
        history->addRun(run, text);
        ids.push_back(run.id);
    }
    std::vector<RunColumn> fields;
    for (const RunColumn& column : columns().all()) {
        if (column.from == RunColumn::From::Document && column.pointer.find('*') == std::string::npos) {
            fields.push_back(column);
        }
    }
    ASSERT_GT(fields.size(), 20u);
    const auto values = columns().read(*history, fields);
    int filled = 0;
    for (std::size_t d = 0; d < ids.size(); ++d) {
        const Json given = Json::parse(sample::documents()[d]);
        const Json resolved = sample::schema().resolve(given);
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const Json::json_pointer place(fields[i].pointer);
            const Json wanted = resolved.contains(place) ? resolved.at(place) : Json();
            EXPECT_EQ(values[i].at(ids[d]), wanted) << fields[i].pointer << " of document " << d;
            filled += !given.contains(place) && !wanted.is_null() ? 1 : 0;
        }
    }
    EXPECT_GT(filled, 20);
}

TEST(RunColumns, AreFoundByTheirKeys)
{
    for (const RunColumn& column : columns().all()) {
        EXPECT_EQ(columns().find(column.key).key, column.key);
        EXPECT_EQ(columns().find(column.key).pointer, column.pointer) << column.key;
        EXPECT_FALSE(column.title.empty()) << column.key;
        EXPECT_FALSE(column.help.empty()) << column.key;
    }
    EXPECT_EQ(columns().find("temperature").pointer, "/stages/*/objective/*/temperature");
    EXPECT_EQ(columns().find("batch_size").pointer, "/stages/*/batch_size");
    EXPECT_EQ(columns().find("evaluation.batch_size").pointer, "/evaluation/batch_size");
    EXPECT_EQ(columns().find("dataset").pointer, "/data/dataset/kind");
    EXPECT_EQ(columns().find("student.model").pointer, "/student/model/kind");
    EXPECT_EQ(columns().find("/stages/0/optimiser").pointer, "/stages/0/optimiser/kind");
    EXPECT_EQ(columns().find("Best").key, "accuracy");
    EXPECT_THROW(columns().find(""), InputError);
}

TEST(FoldedCase, GoesLetterByLetterThroughUtf8)
{
    EXPECT_EQ(foldedCase("RESNET \u00c4\u00d6\u00dc \u0394 \u0416"), "resnet \u00e4\u00f6\u00fc \u03b4 \u0436");
    EXPECT_EQ(foldedCase("\xff\xc3 A\xe2\x82"), "\xff\xc3 a\xe2\x82") << "what is no UTF-8 stays";
    EXPECT_EQ(foldedCase("\u4e2d\U0001f600"), "\u4e2d\U0001f600");
}

TEST(MatchesPattern, TriesEveryPlaceOfAStar)
{
    EXPECT_TRUE(matchesPattern("", ""));
    EXPECT_FALSE(matchesPattern("", "a"));
    EXPECT_TRUE(matchesPattern("*", ""));
    EXPECT_TRUE(matchesPattern("a*b*c", "aXbXbXc"));
    EXPECT_FALSE(matchesPattern("a*b*c", "aXbXbX"));
    EXPECT_TRUE(matchesPattern("*ab", "aab"));
    EXPECT_TRUE(matchesPattern("?", "\u00fc"));
    EXPECT_FALSE(matchesPattern("??", "\u00fc"));
    EXPECT_TRUE(matchesPattern("*?x", "\u00fcx"));
}

} // namespace
} // namespace distill
