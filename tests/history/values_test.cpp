// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/support.h"

#include <chrono>
#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace distill {

using test::row;
using test::sql;
using test::TemporaryFolder;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

constexpr auto document = ValueSource::In::Document;
constexpr auto summary = ValueSource::In::Summary;

TEST(Values, OfEveryRunComeFromItsDocumentAndItsSummary)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    RunRow full = row("full"), bare = row("bare"), gone = row("gone");
    full.summary = Json::parse(R"({"reported": "best", "parameters": 50890, "best": {"test": {"accuracy": 0.75}},
                                   "last": {"test": {"accuracy": 0.5}}})");
    bare.summary = Json::parse(R"({"last": {"test": {"accuracy": 0.25, "loss": null}}})");
    history->addRun(full, R"({"stages": [{"batch_size": 64, "learning_rate": 1e-3,
        "objective": [{"kind": "kd", "scale_by_t2": true, "temperature": 4.0}]}], "student": {"hidden": [64, 32]},
        "a/b~c": "slash", "it's": 1})");
    history->addRun(bare, "{}");
    history->addRun(gone, R"({"stages": [{}, {"batch_size": 9007199254740993}]})");
    history->setDeleted({gone.id}, true);

    const RunValues values = history->values({
        {document, "/stages/0/batch_size"},
        {document, "/stages/0/learning_rate"},
        {document, "/stages/0/objective/0/kind"},
        {document, "/stages/0/objective/0/scale_by_t2"},
        {document, "/stages/1/batch_size"},
        {document, "/student/hidden"},
        {document, "/a~1b~0c"},
        {document, "/it's"},
        {document, "/\""},
        {summary, "/parameters"},
        {summary, "/reported/test/accuracy"},
        {summary, "/last/test/accuracy"},
        {summary, "/reported/test/loss"},
    });
    EXPECT_THAT(values.runs, ElementsAre(gone.id, bare.id, full.id));
    ASSERT_THAT(values.columns, SizeIs(13));
    ASSERT_THAT(values.columns, Each(SizeIs(3)));
    const auto of = [&](std::size_t run) {
        Json all = Json::array();
        for (const auto& column : values.columns) {
            all.push_back(column[run]);
        }
        return all.dump();
    };
    EXPECT_EQ(of(2), R"([64,0.001,"kd",true,null,[64,32],"slash",1,null,50890,0.75,0.5,null])");
    EXPECT_EQ(of(1), R"([null,null,null,null,null,null,null,null,null,null,0.25,0.25,null])");
    EXPECT_EQ(of(0), R"([null,null,null,null,9007199254740993,null,null,null,null,null,null,null,null])");
    EXPECT_TRUE(history->values({}).columns.empty());
    EXPECT_THAT(history->values({}).runs, SizeIs(3));
}

TEST(Values, OfListsStandInTheOrderOfTheirItems)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    for (const char* text : {R"({"stages": [{"rate": 1, "terms": [{"t": 4}, {"kind": "ce"}]}, {"terms": [{"t": [1, 2]}, {"t": "four"}]}, 7, "x"]})",
                             R"({"stages": "none"})", "{}"}) {
        history->addRun(row(), text);
    }
    const RunValues values = history->values({{document, "/stages/*/rate"}, {document, "/stages/*/terms/*/t"}, {document, "/stages/*/terms/0/t"},
                                              {document, "/stages/*"}, {document, "/stages/1/terms/*/t"}});
    const auto of = [&](std::size_t run) {
        Json all = Json::array();
        for (const auto& column : values.columns) {
            all.push_back(column[run]);
        }
        return all;
    };
    EXPECT_EQ(of(2)[0].dump(), "[1,null,null,null]");
    EXPECT_EQ(of(2)[1].dump(), R"([4,null,[1,2],"four"])");
    EXPECT_EQ(of(2)[2].dump(), "[4,[1,2],null,null]");
    EXPECT_EQ(of(2)[4].dump(), R"([[1,2],"four"])");
    EXPECT_EQ(of(0)[0].dump(), "[]");
    EXPECT_EQ(of(1)[1].dump(), "[]");
}

TEST(Values, OfADamagedTextAreMissingAndTheOthersStay)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    RunRow one = row("one"), two = row("two");
    one.summary = two.summary = Json{{"parameters", 7}};
    history->addRun(one, R"({"a": 1)");
    history->addRun(two, R"({"a": 2})");
    sql(folder.file("history.sqlite"), "UPDATE summaries SET text = 'NaN' WHERE run = 2");
    const RunValues values = history->values({{document, "/a"}, {summary, "/parameters"}});
    EXPECT_EQ(Json(values.columns).dump(), "[[2,null],[null,7]]");
}

/// Steps of a curve of a run, whose values are their squares.
std::vector<std::int64_t> stepsOf(const std::vector<Point>& points)
{
    std::vector<std::int64_t> steps;
    for (const Point& point : points) {
        EXPECT_EQ(point.value, double(point.step) * double(point.step));
        EXPECT_EQ(point.epoch, double(point.step) / 8);
        steps.push_back(point.step);
    }
    return steps;
}

TEST(CoarseCurves, HoldTheEndsAndWhatStandsEvenlyBetween)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    RunRow even = row("even"), few = row("few"), bursts = row("bursts"), none = row("none");
    const std::int32_t id = history->seriesId("accuracy/validation");
    const std::int32_t other = history->seriesId("loss");
    const auto fill = [&](const RunRow& run, const std::vector<std::int64_t>& steps) {
        history->addRun(run, "{}");
        std::vector<Point> points;
        for (const std::int64_t step : steps) {
            points.push_back({id, step, double(step) / 8, 0, double(step) * double(step)});
            points.push_back({other, step, 0, 0, -1});
        }
        history->append(run.id, points);
    };
    std::vector<std::int64_t> steps(1001);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        steps[i] = 10 + 2 * std::int64_t(i);
    }
    fill(even, steps);
    fill(few, {3, 5, 8});
    fill(none, {});
    std::vector<std::int64_t> burst(500); // dense at both ends, nothing between
    for (std::size_t i = 0; i < burst.size(); ++i) {
        burst[i] = i < 250 ? std::int64_t(i) : 1'000'000 + std::int64_t(i);
    }
    fill(bursts, burst);
    history->flush();

    const auto curves = history->coarseCurves({few.id, even.id, "nobody", none.id, bursts.id}, "accuracy/validation", 11);
    ASSERT_THAT(curves, SizeIs(5));
    EXPECT_THAT(stepsOf(curves[0]), ElementsAre(3, 5, 8));
    EXPECT_THAT(stepsOf(curves[1]), ElementsAre(10, 210, 410, 610, 810, 1010, 1210, 1410, 1610, 1810, 2010));
    EXPECT_THAT(curves[2], IsEmpty());
    EXPECT_THAT(curves[3], IsEmpty());
    const auto found = stepsOf(curves[4]);
    EXPECT_LE(found.size(), 11u);
    EXPECT_EQ(found.front(), 0);
    EXPECT_EQ(found.back(), burst.back());
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), std::less_equal<>())) << "no step twice";
    EXPECT_THAT(history->coarseCurves({even.id}, "unknown", 11), ElementsAre(IsEmpty()));
}

TEST(CoarseCurves, KeepWhatIsNotFinite)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    const RunRow run = row();
    history->addRun(run, "{}");
    const std::int32_t id = history->seriesId("loss");
    const std::vector<Point> points = {{id, 1, 0, 0, std::nan("")}, {id, 2, 0, 0, std::numeric_limits<double>::infinity()}};
    history->append(run.id, points);
    history->flush();
    const auto curve = history->coarseCurves({run.id}, "loss", 30).front();
    ASSERT_THAT(curve, SizeIs(2));
    EXPECT_TRUE(std::isnan(curve[0].value));
    EXPECT_EQ(curve[1].value, std::numeric_limits<double>::infinity());
}

/// Some hundred key look-ups, not a million rows: with a generous limit, it can only fail where points are read through.
TEST(CoarseCurves, OfALongRunAreReadAtOnce)
{
    TemporaryFolder folder;
    const auto history = History::open(folder.path());
    const RunRow run = row();
    history->addRun(run, "{}");
    const std::int32_t id = history->seriesId("loss");
    sql(folder.file("history.sqlite"),
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999) INSERT INTO points SELECT 1, "
            + std::to_string(id) + ", i, i / 8.0, 0, i * 1.0 * i, 0 FROM n");
    const auto read = [&] {
        const auto start = std::chrono::steady_clock::now();
        const auto curves = history->coarseCurves({run.id}, "loss", 30);
        EXPECT_THAT(stepsOf(curves.front()), SizeIs(30));
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    read();
    EXPECT_LT(std::min(read(), read()), 0.02);
}

} // namespace
} // namespace distill
