// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/curves.h"
#include "interchange/events.h"
#include "interchange/support.h"

#include "experiment/error.h"

#include <chrono>
#include <cmath>

using namespace distill;
using namespace distill::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class TensorBoard : public InterchangeTest {
protected:
    /// The one event file in a folder.
    std::string eventsIn(const std::string& folder) const
    {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            found.push_back(entry.path().string());
        }
        EXPECT_EQ(found.size(), 1U);
        EXPECT_THAT(found.at(0), HasSubstr("/events.out.tfevents."));
        return contentOf(found.at(0));
    }
};

TEST_F(TensorBoard, EachRunIsAFolderWithEveryPoint)
{
    const RunId one = recorded("KD, T = 4", 1.7e9), other = recorded("alone", 1.6e9);
    record(one, "loss", {{0, 0, 0, 0.5, 2.5}, {0, 1, 0.1, 1.5, std::nan("")}, {0, 2, 0.2, 2.5, -INFINITY}});
    record(one, "accuracy/validation", {{0, 2, 0.2, 2.5, 0.75}});
    record(other, "loss/0 kd", {{0, 5, 1, 3, 1.25}});
    const auto folders = exportTensorBoard(*m_history, {one, other}, file("board"));
    ASSERT_EQ(folders.size(), 2U);
    EXPECT_EQ(folders[0], file("board/KD-T-4-" + one.substr(20)));
    const Decoded first = decodeFile(eventsIn(folders[0])), second = decodeFile(eventsIn(folders[1]));
    ASSERT_EQ(first.scalars.size(), 4U);
    EXPECT_EQ(first.scalars[0].tag, "accuracy/validation");
    EXPECT_EQ(first.scalars[0].value, 0.75F);
    EXPECT_EQ(first.scalars[0].wallTime, 1.7e9 + 2.5);
    EXPECT_TRUE(std::isnan(first.scalars[2].value));
    EXPECT_EQ(first.scalars[3].value, -INFINITY);
    EXPECT_EQ(first.scalars[3].step, 2);
    EXPECT_EQ(first.firstWallTime, 1.7e9);
    EXPECT_THAT(first.plugins.at("_hparams_/session_start_info"), HasSubstr("student/model/kind"));
    ASSERT_EQ(second.scalars.size(), 1U);
    EXPECT_EQ(second.scalars[0].tag, "loss/0 kd");
    // Again: the same file, not a second one that TensorBoard would mix with it.
    exportTensorBoard(*m_history, {one}, file("board"));
    EXPECT_EQ(decodeFile(eventsIn(folders[0])).scalars.size(), 4U);
    EXPECT_THROW(exportTensorBoard(*m_history, {recorded("empty")}, file("board")), InputError);
    write("file", "");
    EXPECT_THROW(exportTensorBoard(*m_history, {one}, file("file")), InputError);
}

TEST_F(TensorBoard, WhatWasExportedComesBack)
{
    const RunId run = recorded("There and back");
    record(run, "loss", {{0, 10, 0, 1.5, 0.5}, {0, 20, 0, 4, std::nan("")}});
    record(run, "accuracy/validation", {{0, 20, 0, 4, 0.25}});
    exportTensorBoard(*m_history, {run}, file("board"));
    const auto imported = importRuns(*m_history, file("board"));
    ASSERT_EQ(imported.size(), 1U);
    EXPECT_EQ(imported[0].name, "There-and-back-" + run.substr(20));
    const auto loss = m_history->curve(imported[0].id, "loss");
    ASSERT_EQ(loss.size(), 2U);
    EXPECT_EQ(loss[0].step, 10);
    EXPECT_EQ(loss[0].value, 0.5);
    EXPECT_EQ(loss[0].seconds, 1.5); // counted from the run's start, not from its first point
    EXPECT_TRUE(std::isnan(loss[1].value));
    const RunRow row = m_history->run(imported[0].id).value();
    EXPECT_EQ(row.figures.lastAccuracy, 0.25);
    EXPECT_EQ(row.figures.step, 20);
    EXPECT_EQ(row.startedAt, 1.7e9);
}

TEST_F(TensorBoard, AFolderOfEventFilesIsARunAndABrokenTailIsSaid)
{
    const auto point = [](std::int64_t step, float value, const char* tag) {
        return framed(fieldDouble(1, 1000.0 + static_cast<double>(step)) + fieldVarint(2, static_cast<std::uint64_t>(step))
                            + field(5, field(1, field(1, tag) + fieldFloat(2, value))));
    };
    const std::string head = framed(fieldDouble(1, 1000) + field(3, "brain.Event:2"));
    write("logs/train/events.out.tfevents.1.host", head + point(1, 4, "epoch_loss") + point(2, 3, "epoch_loss"));
    write("logs/train/events.out.tfevents.2.host", head + point(2, 2.5, "epoch_loss") + point(3, 2, "epoch_loss").substr(0, 20)); // restarted, killed
    write("logs/validation/events.out.tfevents.1.host", head + point(3, 90, "val_accuracy"));
    write("logs/validation/notes.txt", "no events");
    write("logs/empty/events.out.tfevents.1.host", "");
    const auto runs = importRuns(*m_history, file("logs"));
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0].name, "train");
    EXPECT_EQ(runs[1].name, "validation");
    EXPECT_THAT(pairs(runs[0].id, "epoch_loss"), ElementsAre(std::pair(1, 4), std::pair(2, 2.5)));
    EXPECT_THAT(runs[0], hasRemark("a record breaks off"));
    EXPECT_THAT(runs[0], hasRemark("the last one counts"));
    EXPECT_THAT(pairs(runs[1].id, "accuracy/validation"), ElementsAre(std::pair(3, 0.9)));
    EXPECT_EQ(m_history->curve(runs[1].id, "accuracy/validation")[0].seconds, 3);

    EXPECT_THAT(refusal("events.out.tfevents.9", "no record at all"), HasSubstr("is no TensorBoard event file"));
    std::filesystem::create_directories(file("nothing"));
    EXPECT_THROW(importRuns(*m_history, file("nothing")), InputError);
    EXPECT_THROW(importRuns(*m_history, file("missing")), InputError);
    EXPECT_THROW(importRuns(*m_history, file("logs"), {}, ImportFormat::Csv), InputError);
}

TEST_F(TensorBoard, CurvesOfSeveralRunsAreOneTableThatCanBeReadBack)
{
    const RunId one = recorded("a, \"quoted\""), two = recorded("same"), three = recorded("same");
    record(one, "loss", {{0, 1, 0.5, 0.25, 1.0 / 3}, {0, 2, 1, 0.5, INFINITY}});
    record(two, "loss", {{0, 1, 0.5, 0.25, 2}});
    record(three, "accuracy/validation", {{0, 1, 0.5, 0.25, 0.5}});
    std::ostringstream single, several;
    writeCurves(*m_history, {one}, {}, single);
    EXPECT_EQ(single.str(), "series,step,epoch,seconds,value\nloss,1,0.5,0.25,0.3333333333333333\nloss,2,1,0.5,inf\n");
    writeCurves(*m_history, {one, two, three}, {}, several);
    EXPECT_THAT(several.str(), testing::StartsWith("run,name,series,step,epoch,seconds,value\n" + one + ",\"a, \"\"quoted\"\"\",loss,1,0.5,0.25,"));
    EXPECT_THROW(writeCurves(*m_history, {one, two}, {"kl/probe"}, several), InputError);

    const auto runs = import("all.csv", several.str());
    ASSERT_EQ(runs.size(), 3U);
    EXPECT_EQ(runs[0].name, "a, \"quoted\"");
    EXPECT_EQ(runs[1].name, "same");
    EXPECT_EQ(runs[2].name, "same " + three.substr(20));
    const auto loss = m_history->curve(runs[0].id, "loss");
    ASSERT_EQ(loss.size(), 2U);
    EXPECT_EQ(loss[0].value, 1.0 / 3);
    EXPECT_EQ(loss[0].epoch, 0.5);
    EXPECT_EQ(loss[0].seconds, 0.25);
    EXPECT_EQ(loss[1].value, INFINITY);
    EXPECT_EQ(m_history->run(runs[2].id)->figures.bestAccuracy, 0.5);
}

TEST_F(TensorBoard, AMillionPointsTakeSeconds)
{
    const RunId run = recorded("long");
    std::vector<Point> points;
    for (std::int64_t i = 0; i < 1'000'000; ++i) {
        points.push_back({0, i, 0, static_cast<double>(i) * 1e-3, std::sin(static_cast<double>(i))});
    }
    record(run, "loss", std::move(points));
    const auto start = std::chrono::steady_clock::now();
    const auto folders = exportTensorBoard(*m_history, {run}, file("board"));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    RecordProperty("seconds", std::to_string(seconds));
    EXPECT_LT(seconds, 20); // takes about one alone on a machine
    std::int64_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folders[0])) {
        bytes += static_cast<std::int64_t>(entry.file_size());
    }
    // A record's frame is 16 bytes; an event of this tag and a step of three or four bytes about 35.
    EXPECT_GT(bytes, 40'000'000);
    EXPECT_LT(bytes, 60'000'000);
}

} // namespace
