// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/names.h"
#include "interchange/support.h"

#include "experiment/error.h"

using namespace distill;
using namespace distill::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

TEST(Names, OnlyWhatIsSureIsTakenForOurs)
{
    const std::pair<const char*, const char*> sure[] = {
        {"loss", "loss"},
        {"train_loss", "loss"},
        {"train/loss", "loss"},
        {"Training Loss", "loss"},
        {"val_loss", "loss/validation"},
        {"loss/val", "loss/validation"},
        {"eval/accuracy", "accuracy/validation"},
        {"Val.Acc@1", ""},
        {"val_acc1", "accuracy/validation"},
        {"accuracy/validation", "accuracy/validation"},
        {"train acc", "accuracy/batch"},
        {"lr", "learning rate"},
        {"train/learning_rate", "learning rate"},
        {"learning rate", "learning rate"},
        {"accuracy", ""}, // of what?
        {"test_loss", ""},
        {"loss/0 kd", ""},
        {"val", ""},
        {"lossy", ""},
    };
    for (const auto& [name, series] : sure) {
        const auto meaning = meaningOf(name);
        EXPECT_EQ(meaning ? meaning->series : "", series) << name;
        if (meaning) {
            EXPECT_EQ(meaning->isShare, meaning->series.starts_with("accuracy")) << name;
        }
    }
}

class Import : public InterchangeTest { };

TEST_F(Import, TheRunSaysWhatItIs)
{
    const ImportedRun made = importOne("logs/metrics.csv", "step,train_loss\n1,2\n9,1\n");
    const RunRow row = m_history->run(made.id).value();
    EXPECT_EQ(row.name, "logs/metrics");
    EXPECT_EQ(row.state, RunState::Finished);
    EXPECT_EQ(row.role, RunRole::Student);
    EXPECT_TRUE(row.isImported());
    EXPECT_FALSE(row.deleted);
    EXPECT_THAT(row.tags, ElementsAre("imported"));
    EXPECT_EQ(row.figures.step, 9);
    EXPECT_EQ(row.figures.totalSteps, 9);
    EXPECT_THAT(m_history->artefacts(made.id), IsEmpty());
    const Json& origin = row.summary.at("imported");
    EXPECT_EQ(origin.at("format"), "csv");
    EXPECT_EQ(origin.at("files").at(0), file("logs/metrics.csv"));
    EXPECT_EQ(origin.at("curves").at(0).at("name"), "train_loss");
    EXPECT_EQ(origin.at("curves").at(0).at("series"), "loss");
    EXPECT_EQ(origin.at("curves").at(0).at("points"), 2);
    EXPECT_EQ(Json::parse(m_history->experimentText(made.id)).at("imported").at("format"), "csv");
    std::vector<std::string> said;
    for (const RunEvent& event : m_history->events(made.id)) {
        said.push_back(event.text);
    }
    EXPECT_EQ(said, made.remarks);
    EXPECT_THAT(said, testing::Contains("train_loss is taken for loss."));
    EXPECT_THAT(m_history->check(), IsEmpty());

    RunRow trained = row;
    trained.contentHash = std::string(64, 'a');
    EXPECT_FALSE(trained.isImported());
}

TEST_F(Import, TheSameContentIsNotImportedTwice)
{
    const ImportedRun first = importOne("a.csv", "step,loss\n1,2\n");
    const ImportedRun again = importOne("copy.csv", "step,loss\n1,2\n");
    EXPECT_TRUE(again.wasThere);
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.name, "a");
    EXPECT_EQ(m_history->runs(true).size(), 1U);
    const ImportedRun grown = importOne("a.csv", "step,loss\n1,2\n2,1\n");
    EXPECT_FALSE(grown.wasThere);
    EXPECT_NE(m_history->run(grown.id)->seedlessHash, m_history->run(first.id)->seedlessHash); // no seeds of one experiment
    m_history->setDeleted({first.id}, true);
    EXPECT_FALSE(importOne("a.csv", "step,loss\n1,2\n").wasThere);
}

TEST_F(Import, NamesAndFormatsCanBeGiven)
{
    const std::string path = write("x.dat", "step,loss\n1,2\n");
    EXPECT_EQ(importRuns(*m_history, path, "Paper").at(0).name, "Paper");
    const auto runs = importRuns(*m_history, write("y.csv", "step,a - loss,b - loss\n1,2,3\n"), "Paper");
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[1].name, "Paper: b");
    EXPECT_EQ(importFormatFrom("jsonl"), ImportFormat::Jsonl);
    EXPECT_THROW(importFormatFrom("xml"), InputError);
    EXPECT_THROW(importRuns(*m_history, path, {}, ImportFormat::TensorBoard), InputError);
    EXPECT_THROW(importRuns(*m_history, path, {}, ImportFormat::Jsonl), InputError);
}

} // namespace
