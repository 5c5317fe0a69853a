// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/support.h"

#include <cmath>

using namespace distill;
using namespace distill::test;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Jsonl : public InterchangeTest { };

TEST_F(Jsonl, HistoryOfWeightsAndBiases)
{
    const ImportedRun run = importOne("wandb-history.jsonl",
                                      R"({"train":{"loss":2.5},"epoch":0.5,"_step":0,"_runtime":3.5,"_timestamp":1700000003.5,"_wandb":{"runtime":3}})"
                                      "\n"
                                      R"({"train":{"loss":"NaN"},"eval/accuracy":0.75,"_step":7,"_runtime":5,"_timestamp":1700000005,"sample":{"_type":"image-file"}})"
                                      "\n\n");
    const auto loss = m_history->curve(run.id, "loss");
    ASSERT_EQ(loss.size(), 2U);
    EXPECT_EQ(loss[0].value, 2.5);
    EXPECT_EQ(loss[0].epoch, 0.5);
    EXPECT_EQ(loss[0].seconds, 3.5);
    EXPECT_EQ(loss[1].step, 7);
    EXPECT_TRUE(std::isnan(loss[1].value));
    EXPECT_THAT(pairs(run.id, "accuracy/validation"), ElementsAre(std::pair(7, 0.75)));
    EXPECT_EQ(m_history->seriesOf(run.id).size(), 2U);
    EXPECT_EQ(m_history->run(run.id)->startedAt, 1700000003.5);
}

TEST_F(Jsonl, TrainerStateOfHuggingFace)
{
    // Pretty-printed, with a value that JSON has no word for, as Python writes it.
    const ImportedRun run = importOne("checkpoint-20/trainer_state.json", R"({
  "best_metric": 0.81,
  "epoch": 2.0,
  "log_history": [
    {"epoch": 1.0, "grad_norm": NaN, "learning_rate": 5e-05, "loss": 0.9, "step": 10},
    {"epoch": 1.0, "eval_accuracy": 0.8, "eval_loss": 0.7, "eval_runtime": 1.5, "step": 10},
    {"epoch": 2.0, "grad_norm": -Infinity, "learning_rate": 0.0, "loss": 0.5, "step": 20},
    {"epoch": 2.0, "step": 20, "total_flos": 1e15, "train_loss": 0.7, "train_runtime": 12.5}
  ],
  "note": "a NaN in a \"text\" stays"
})");
    EXPECT_EQ(run.name, "checkpoint-20/trainer_state");
    EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(10, 0.9), std::pair(20, 0.5)));
    EXPECT_THAT(pairs(run.id, "train_loss"), ElementsAre(std::pair(20, 0.7))); // the mean over all steps is no point of the loss
    EXPECT_THAT(pairs(run.id, "accuracy/validation"), ElementsAre(std::pair(10, 0.8)));
    EXPECT_THAT(pairs(run.id, "learning rate"), ElementsAre(std::pair(10, 5e-5), std::pair(20, 0)));
    const Pairs norm = pairs(run.id, "grad_norm");
    ASSERT_EQ(norm.size(), 2U);
    EXPECT_TRUE(std::isnan(norm[0].second));
    EXPECT_EQ(norm[1].second, -INFINITY);
    EXPECT_EQ(m_history->curve(run.id, "loss")[1].epoch, 2);
    EXPECT_THAT(run, hasRemark("train_loss keeps its name"));

    const ImportedRun minified = importOne("state.json", R"({"log_history":[{"loss":1,"step":5}],"x":1})");
    EXPECT_THAT(pairs(minified.id, "loss"), ElementsAre(std::pair(5, 1)));
    const ImportedRun list = importOne("list.json", "[\n{\"loss\": 1, \"step\": 5},\n{\"loss\": 2, \"step\": 6}\n]\n");
    EXPECT_THAT(pairs(list.id, "loss"), ElementsAre(std::pair(5, 1), std::pair(6, 2)));
}

TEST_F(Jsonl, LogsThatCountEpochsOnly)
{
    const ImportedRun run = importOne("log.txt", "{\"train_lr\": 0.001, \"train_loss\": 6.9, \"test_acc1\": 1.5, \"epoch\": 0, \"n_parameters\": 5}\n"
                                                 "{\"train_lr\": 0.002, \"train_loss\": 6.5, \"test_acc1\": 2.5, \"epoch\": 1, \"n_parameters\": 5}\n");
    EXPECT_THAT(pairs(run.id, "loss"), ElementsAre(std::pair(0, 6.9), std::pair(1, 6.5)));
    EXPECT_THAT(pairs(run.id, "learning rate"), ElementsAre(std::pair(0, 0.001), std::pair(1, 0.002)));
    EXPECT_THAT(pairs(run.id, "test_acc1"), ElementsAre(std::pair(0, 1.5), std::pair(1, 2.5)));
    EXPECT_THAT(run, hasRemark("Steps are epochs"));
    const ImportedRun parts = importOne("parts.jsonl", "{\"epoch\": 0.5, \"loss\": 3}\n{\"epoch\": 1.0, \"loss\": 2}\n");
    EXPECT_THAT(pairs(parts.id, "loss"), ElementsAre(std::pair(0, 3), std::pair(1, 2)));
    EXPECT_EQ(m_history->curve(parts.id, "loss")[0].epoch, 0.5);
}

TEST_F(Jsonl, ARowWithoutAStepStandsAtTheOneBefore)
{
    const ImportedRun run = importOne("a.jsonl", "{\"step\": 5, \"loss\": 1}\n{\"val_loss\": 2}\n{\"step\": 6, \"loss\": 3, \"tags\": [1, 2], \"host\": \"x\"}\n");
    EXPECT_THAT(pairs(run.id, "loss/validation"), ElementsAre(std::pair(5, 2)));
    EXPECT_THAT(run, AllOf(hasRemark("1 value without a step stand"), hasRemark("Left out, for they are no numbers: host, tags.")));
}

TEST_F(Jsonl, OddInputIsOneSentenceWithFileAndLine)
{
    EXPECT_THAT(refusal("a.jsonl", "{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"loss\": }\n{\"step\": 3, \"loss\": 2}\n"), HasSubstr("a.jsonl, line 2: this is no JSON object"));
    EXPECT_THAT(refusal("b.jsonl", "{\"step\": 1, \"loss\": 2}\n[1, 2]\n"), HasSubstr("b.jsonl, line 2: this is no JSON object"));
    EXPECT_THAT(refusal("c.json", "{\"step\": 1,\n \"loss\" 2}\n"), AllOf(HasSubstr("c.json cannot be read as JSON"), HasSubstr("line 2")));
    EXPECT_THAT(refusal("d.json", "{\n\"other\": 1\n}\n"), HasSubstr("no \"log_history\""));
    EXPECT_THAT(refusal("e.jsonl", "{\"host\": \"x\"}\n"), HasSubstr("holds no objects with numbers"));
    EXPECT_THAT(refusal("f.jsonl", "{\"step\": 1.25, \"loss\": 1}\n"), HasSubstr("f.jsonl, line 1: the step 1.25"));
    EXPECT_THAT(refusal("g.json", "[1, 2, 3]"), HasSubstr("no list of objects"));
    const ImportedRun cut = importOne("cut.jsonl", "{\"step\": 1, \"loss\": 2}\n{\"step\": 2, \"lo");
    EXPECT_THAT(pairs(cut.id, "loss"), ElementsAre(std::pair(1, 2)));
    EXPECT_THAT(cut, hasRemark("Line 2 breaks off"));
}

} // namespace
