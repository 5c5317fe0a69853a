// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/support.h"

#include "experiment/error.h"

#include <chrono>
#include <cmath>
#include <fstream>
#include <sys/resource.h>

using namespace distill;
using namespace distill::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

class Csv : public InterchangeTest { };

TEST_F(Csv, AnAccuracyBesideThatOfValidationIsOfTraining)
{
    const ImportedRun run = importOne("keras.csv", "epoch,accuracy,loss,val_accuracy,val_loss\n0,50,2,48,2.1\n1,69,1,67,1.2\n");
    EXPECT_THAT(pairs(run.id, "accuracy/batch"), ElementsAre(std::pair(0, 0.5), std::pair(1, 0.69)));
    EXPECT_THAT(pairs(run.id, "accuracy/validation"), ElementsAre(std::pair(0, 0.48), std::pair(1, 0.67)));
    const ImportedRun alone = importOne("alone.csv", "step,accuracy\n1,0.5\n2,0.6\n");
    EXPECT_THAT(pairs(alone.id, "accuracy"), ElementsAre(std::pair(1, 0.5), std::pair(2, 0.6)));
}

TEST_F(Csv, MoreCurvesThanAnybodyLooksAtAreRefused)
{
    std::string head = "step", row = "1";
    for (int i = 0; i < 1001; ++i) {
        head += ",c" + std::to_string(i);
        row += ",0.5";
    }
    try {
        importOne("wide.csv", head + "\n" + row + "\n");
        FAIL();
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("more than 1000 curves"));
    }
    EXPECT_THAT(m_history->runs(true), IsEmpty());
}

TEST_F(Csv, LightningsMetricsHaveHolesAndTheirNamesBecomeOurs)
{
    const ImportedRun run = importOne("version_3/metrics.csv",
                                      "epoch,lr-SGD,step,train_loss_step,val_acc,val_loss\n"
                                      "0,0.1,49,2.25,,\n"
                                      "0,,99,,0.5,1.5\n"
                                      "1,0.01,149,1.75,,\n"
                                      "1,,199,,0.625,1.25\n");
    EXPECT_EQ(run.name, "version_3/metrics");
    EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(49, 2.25), std::pair(149, 1.75)));
    EXPECT_THAT(pairs(run.id, "accuracy/validation"), ElementsAre(std::pair(99, 0.5), std::pair(199, 0.625)));
    EXPECT_THAT(pairs(run.id, "loss/validation"), ElementsAre(std::pair(99, 1.5), std::pair(199, 1.25)));
    EXPECT_THAT(pairs(run.id, "learning rate"), ElementsAre(std::pair(49, 0.1), std::pair(149, 0.01)));
    EXPECT_EQ(m_history->curve(run.id, "loss")[1].epoch, 1);
    EXPECT_THAT(run, hasRemark("val_acc is taken for accuracy/validation."));
    EXPECT_THAT(run, hasRemark("No times are known"));
    EXPECT_EQ(m_history->run(run.id)->figures.bestAccuracy, 0.625);
}

TEST_F(Csv, PercentBecomesASharesAndWhatIsNotSureKeepsItsName)
{
    const ImportedRun run = importOne("log.csv", "Epoch;Train Accuracy;val_accuracy;accuracy;test_acc;eval/accuracy\n"
                                                 "1;50,5;90;0,25;71;250\n"
                                                 "2;75;12,5;0,5;72;1\n");
    EXPECT_THAT(pairs(run.id, "accuracy/batch"), ElementsAre(std::pair(1, 0.505), std::pair(2, 0.75)));
    EXPECT_THAT(pairs(run.id, "accuracy/validation"), ElementsAre(std::pair(1, 0.9), std::pair(2, 0.125)));
    EXPECT_THAT(pairs(run.id, "accuracy"), ElementsAre(std::pair(1, 0.25), std::pair(2, 0.5)));
    EXPECT_THAT(pairs(run.id, "test_acc"), ElementsAre(std::pair(1, 71), std::pair(2, 72)));
    EXPECT_THAT(pairs(run.id, "eval/accuracy"), ElementsAre(std::pair(1, 250), std::pair(2, 1)));
    EXPECT_THAT(run, AllOf(hasRemark("val_accuracy is taken for accuracy/validation, divided by 100 from percent."),
                           hasRemark("eval/accuracy keeps its name: its values are neither shares nor percent."),
                           hasRemark("Steps are epochs")));
    const RunRow row = m_history->run(run.id).value();
    EXPECT_EQ(row.figures.bestAccuracy, 0.9);
    EXPECT_EQ(row.figures.lastAccuracy, 0.125);
}

TEST_F(Csv, OneSeriesIsNotGivenTwice)
{
    const ImportedRun run = importOne("a.csv", "step,train/loss,val_loss,loss,validation_loss\n1,1,2,3,4\n");
    EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(1, 3))); // its own name
    EXPECT_THAT(pairs(run.id, "train/loss"), ElementsAre(std::pair(1, 1)));
    EXPECT_THAT(pairs(run.id, "loss/validation"), ElementsAre(std::pair(1, 2)));
    EXPECT_THAT(pairs(run.id, "validation_loss"), ElementsAre(std::pair(1, 4)));
    EXPECT_THAT(run, hasRemark("train/loss keeps its name: another curve is loss already."));
}

TEST_F(Csv, ChartsOfWeightsAndBiasesHoldSeveralRuns)
{
    const auto runs = import("wandb_export.csv",
                             "\"Step\",\"kd - 4 - train/loss\",\"kd - 4 - train/loss__MIN\",\"kd - 4 - train/loss__MAX\",\"alone - train/loss\",\"alone - _step\"\n"
                             "\"0\",\"2.5\",\"2.4\",\"2.6\",\"\",\"0\"\n"
                             "\"10\",\"1.5\",\"1.4\",\"1.6\",\"3\",\"10\"\n");
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0].name, "kd - 4");
    EXPECT_EQ(runs[1].name, "alone");
    EXPECT_THAT(pairs(runs[0].id, "loss"), ElementsAre(std::pair(0, 2.5), std::pair(10, 1.5)));
    EXPECT_THAT(pairs(runs[1].id, "loss"), ElementsAre(std::pair(10, 3)));
    EXPECT_EQ(m_history->seriesOf(runs[0].id).size(), 1U);
    EXPECT_THAT(runs[0], hasRemark("__MIN, __MAX) are left out"));
}

TEST_F(Csv, ADownloadOfTensorBoardIsNamedByItsFile)
{
    const ImportedRun run = importOne("run-student-tag-train_loss.csv", "Wall time,Step,Value\n1700000010.5,0,2\n1700000012.5,100,1\n");
    EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(0, 2), std::pair(100, 1)));
    EXPECT_EQ(m_history->curve(run.id, "loss")[1].seconds, 2);
    EXPECT_EQ(m_history->run(run.id)->startedAt, 1700000010.5);
    const ImportedRun other = importOne("my metric.csv", "step,value\n0,2\n");
    EXPECT_THAT(m_history->seriesOf(other.id), ElementsAre("my metric"));
}

TEST_F(Csv, SeparatorsHeadersAndIndicesAreGuessed)
{
    EXPECT_THAT(pairs(importOne("tab.tsv", "step\tloss\r\n1\t2\r\n\r\n2\t3\r\n").id, "loss"), ElementsAre(std::pair(1, 2), std::pair(2, 3)));
    EXPECT_THAT(pairs(importOne("bom.csv", "\xef\xbb\xbfstep,loss\n1,2\n").id, "loss"), ElementsAre(std::pair(1, 2)));
    EXPECT_THAT(pairs(importOne("comment.csv", "# made by hand\nstep,loss\n1,2\n").id, "loss"), ElementsAre(std::pair(1, 2)));
    EXPECT_THAT(pairs(importOne("pandas.csv", ",loss\n0,5\n1,4\n").id, "loss"), ElementsAre(std::pair(0, 5), std::pair(1, 4)));
    const ImportedRun bare = importOne("bare.csv", "10,0.5,7\n20,0.25,8\n");
    EXPECT_THAT(pairs(bare.id, "column 2"), ElementsAre(std::pair(10, 0.5), std::pair(20, 0.25)));
    EXPECT_THAT(bare, hasRemark("no header"));
    const ImportedRun counted = importOne("counted.csv", "loss\n5\n4\n3\n");
    EXPECT_THAT(pairs(counted.id, "loss"), ElementsAre(std::pair(0, 5), std::pair(1, 4), std::pair(2, 3)));
    EXPECT_THAT(counted, hasRemark("Steps count the values"));
    const ImportedRun words = importOne("words.csv", "step,loss,note\n1,nan,\n2,-Infinity,good\n3,NA,bad\n4,1e-400,x\n");
    const Pairs values = pairs(words.id, "loss");
    ASSERT_EQ(values.size(), 3U);
    EXPECT_TRUE(std::isnan(values[0].second));
    EXPECT_EQ(values[1].second, -INFINITY);
    EXPECT_EQ(values[2].second, 0);
    EXPECT_THAT(words, hasRemark("The column \"note\" holds text (\"good\", line 3) and is left out."));
    const ImportedRun melted = importOne("melted.csv", "epoch,variable,value\n1,loss,5\n1,val_loss,6\n2,loss,4\n");
    EXPECT_THAT(pairs(melted.id, "loss"), ElementsAre(std::pair(1, 5), std::pair(2, 4)));
    EXPECT_THAT(pairs(melted.id, "loss/validation"), ElementsAre(std::pair(1, 6)));
}

TEST_F(Csv, RepeatsAndRestartsKeepTheLastValueAndAreSaid)
{
    const ImportedRun run = importOne("a.csv", "step,loss\n1,10\n2,20\n2,21\n3,30\n2,22\n4,40\n");
    EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(1, 10), std::pair(2, 22), std::pair(3, 30), std::pair(4, 40)));
    EXPECT_THAT(run, AllOf(hasRemark("1 value came a second time"), hasRemark("Steps go back 1 time,")));
}

TEST_F(Csv, OddInputIsOneSentenceWithFileAndLine)
{
    EXPECT_THAT(refusal("a.csv", "step,loss\n1,2\n2,abc\n3,4\n"), AllOf(HasSubstr("a.csv, line 3: "), HasSubstr("\"abc\"")));
    EXPECT_THAT(refusal("b.csv", "step,loss\n1,2\n1.5,3\n"), HasSubstr("b.csv, line 3: the step 1.5 is no whole number."));
    EXPECT_THAT(refusal("c.csv", "step,loss\n1,2\n2\n3,4\n"), HasSubstr("c.csv, line 3: this row has 1 cells, and the first one has 2."));
    EXPECT_THAT(refusal("d.csv", "step,loss\n1,2\n2,3,4\n"), HasSubstr("line 3: this row has 3 cells"));
    EXPECT_THAT(refusal("e.csv", "step,loss\n1,2\nx,3\n"), HasSubstr("line 3: the step \"x\" is no number."));
    EXPECT_THAT(refusal("f.csv", "step,loss\n1,\"2\n3,4\n5,6\n"), HasSubstr("f.csv, line 2: a quotation mark"));
    EXPECT_THAT(refusal("g.csv", "step,epoch\n1,2\n"), HasSubstr("has no column of values"));
    EXPECT_THAT(refusal("h.csv", "step,loss\n"), HasSubstr("holds a header and no rows"));
    EXPECT_THAT(refusal("i.csv", "\xff\xfes\0"), HasSubstr("UTF-16"));
    EXPECT_THAT(refusal("j.csv", "\x1f\x8b\x08 and so on"), HasSubstr("compressed"));
    EXPECT_THAT(refusal("k.csv", ""), HasSubstr("is empty"));
    EXPECT_THAT(refusal("l.csv", "\n\n"), HasSubstr("is empty"));
    EXPECT_THAT(refusal("m.csv", "series,step,value\nloss,1,2\n,2,3\n"), HasSubstr("line 3: the name of the series is missing"));
    EXPECT_THAT(refusal("n.csv", "note,other\nx,y\n"), HasSubstr("holds no curves"));
    EXPECT_THAT(refusal("o.csv", std::string("step,loss\n1,\0\n", 13)), HasSubstr("is no text"));
    EXPECT_THAT(refusal("p.csv", "step,loss\n\"a\nb\",2\n"), HasSubstr("line 2: the step"));
    EXPECT_THAT(refusal("q.csv", "step,\"a\nb\"\n1,2\nx,3\n"), HasSubstr("line 4: the step")); // a head of two lines
}

TEST_F(Csv, ALastLineThatBreaksOffIsLeftOut)
{
    for (const char* tail : {"2", "3", "\"2"}) {
        const ImportedRun run = importOne(std::string("cut") + tail[0] + ".csv", std::string("step,loss,acc\n1,2,0.5\n") + tail);
        EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(1, 2)));
        EXPECT_THAT(run, hasRemark("Line 3 breaks off and is left out."));
    }
}

TEST_F(Csv, AMillionLinesTakeSecondsAndLittleMemory)
{
    const std::string path = file("long.csv");
    {
        std::ofstream out(path);
        out << "step,train_loss,val_accuracy,lr\n";
        for (int i = 0; i < 1'000'000; ++i) {
            out << i << ",0." << 100000 + i % 900000 << ",0.5,0.1\n";
        }
    }
    const auto peak = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss; // kB
    };
    const long before = peak();
    const auto start = std::chrono::steady_clock::now();
    const auto runs = importRuns(*m_history, path);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    RecordProperty("seconds", std::to_string(seconds));
    RecordProperty("megabytes", std::to_string((peak() - before) / 1024));
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].curves[0].points, 1'000'000);
    EXPECT_LT(seconds, 60); // three million points into the history
    EXPECT_LT(peak() - before, 200'000); // the file is 27 MB, its points as numbers 120 MB
}

} // namespace
