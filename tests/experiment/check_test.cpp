// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <gmock/gmock.h>

namespace distill {
namespace {

using sample::sentences;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string only(const std::string& text)
{
    const std::vector<std::string> found = sentences(text);
    EXPECT_EQ(found.size(), 1u) << text << "\n" << testing::PrintToString(found);
    return found.empty() ? "" : found.front();
}

TEST(Check, AcceptsTheSamples)
{
    for (const std::string& text : sample::documents()) {
        EXPECT_THAT(sentences(text), IsEmpty()) << text;
    }
}

TEST(Check, NamesSourceLineAndPlace)
{
    EXPECT_THAT(
        sentences("{\n  \"stages\": [\n    {\n      \"epochs\": \"high\"\n    }\n  ]\n}", "quick.json"),
        ElementsAre(
            "quick.json, line 4, /stages/0/epochs: expected a number of epochs from 0 to 100000, got \"high\""));
    const std::vector<Problem> problems = sample::schema().check(Document::parse("{\n\"seed\": -1}", "q.json"));
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_EQ(problems[0].pointer, "/seed");
    EXPECT_EQ(problems[0].line, 2);
    EXPECT_EQ(problems[0].message, "expected a whole number from 0 to 9007199254740991, got -1");
}

TEST(Check, SaysWhatEachTypeExpects)
{
    EXPECT_EQ(only(R"({"controls": {"student_alone": 1}})"),
              "line 1, /controls/student_alone: expected true or false, got 1");
    EXPECT_EQ(only(R"({"name": ""})"), "line 1, /name: expected a text of 1 to 200 characters, got \"\"");
    EXPECT_EQ(only(R"({"seed": 1.5})"), "line 1, /seed: expected a whole number from 0 to 9007199254740991, got 1.5");
    EXPECT_EQ(only(R"({"seed": null})"), "line 1, /seed: expected a whole number from 0 to 9007199254740991, got null");
    EXPECT_EQ(only(R"({"tags": "a"})"), "line 1, /tags: expected a list of texts, got \"a\"");
    EXPECT_EQ(only(R"({"tags": ["a", 3]})"), "line 1, /tags/1: expected a text of 1 to 100 characters, got 3");
    EXPECT_EQ(only(R"({"stages": []})"), "line 1, /stages: expected a list of 1 to 64 items, got 0 items");
    EXPECT_EQ(only(R"({"controls": []})"),
              "line 1, /controls: expected an object that may hold \"student_alone\", \"twin\" or \"random_teacher\", got an empty list");
    EXPECT_EQ(only(R"({"compute": {"precision": "fp23"}})"),
              "line 1, /compute/precision: expected \"auto\", \"fp32\" or \"bf16\", got \"fp23\"; did you mean \"fp32\"?");
    EXPECT_EQ(
        only(R"({"teacher": "none"})"),
        "line 1, /teacher: expected an object whose \"kind\" is \"none\", \"run\", \"experiment\", \"weights\", \"random\", "
        "\"ensemble\" or \"peers\", got "
        "\"none\"");
    EXPECT_EQ(only(R"({"teacher": {"kind": "experiment", "experiment": 3}})"),
              "line 1, /teacher/experiment: expected a whole experiment as an object, got 3");
    EXPECT_EQ(only(R"({"data": {"labelled": -5}})"),
              "line 1, /data/labelled: expected a whole number of samples from 0 to 1000000000, got -5");
    EXPECT_EQ(only(R"({"notes": 12345678901})"),
              "line 1, /notes: expected a text of at most 100000 characters, got 12345678901");
}

TEST(Check, NamesTheNearestKnown)
{
    EXPECT_EQ(only(R"({"stages": [{"epoch": 3}]})"),
              "line 1, /stages/0/epoch: unknown key \"epoch\"; did you mean \"epochs\"?");
    EXPECT_EQ(only(R"({"stages": [{"learningRate": 3}]})"),
              "line 1, /stages/0/learningRate: unknown key \"learningRate\"; did you mean \"learning_rate\"?");
    EXPECT_THAT(only(R"({"stages": [{"batch-szie": 3}]})"), HasSubstr("did you mean \"batch_size\"?"));
    EXPECT_EQ(only(R"({"controls": {"zebra": 3}})"),
              "line 1, /controls/zebra: unknown key \"zebra\", expected \"student_alone\", \"twin\" or \"random_teacher\"");
    EXPECT_EQ(only(R"({"teacher": {"kind": "none", "run": "a"}})"),
              "line 1, /teacher/run: unknown key \"run\" of the kind \"none\", expected no key beside \"kind\"");
    EXPECT_EQ(only(R"({"student": {"model": {"kind": "resnt"}}})"),
              "line 1, /student/model/kind: expected the kind \"mlp\" or \"resnet\", got \"resnt\"; did you mean "
              "\"resnet\"?");
    EXPECT_EQ(
        only(R"({"student": {"model": {"kind": "mlp", "depth": 20}}})"),
        "line 1, /student/model/depth: unknown key \"depth\" of the kind \"mlp\", expected \"hidden\" or \"dropout\"");
    EXPECT_EQ(only(R"({"stages": [{"schedule": {"kind": "constant", "final": 0}}]})"),
              "line 1, /stages/0/schedule/final: unknown key \"final\" of the kind \"constant\", expected \"warm_up\"");
    EXPECT_THAT(only(R"({"a/b~c": 3})"), HasSubstr("line 1, /a~1b~0c: unknown key \"a/b~c\""));
}

TEST(Check, NamesWhatIsMissing)
{
    EXPECT_EQ(only(R"({"student": {"model": {"depth": 20}}})"),
              "line 1, /student/model: \"kind\" is missing, expected \"mlp\" or \"resnet\"");
    EXPECT_EQ(only("{\n\"teacher\": {\"kind\": \"run\"}}"),
              "line 2, /teacher: \"run\" is missing for the kind \"run\", expected a text of 1 to 200 characters");
    EXPECT_EQ(only(R"({"data": {"dataset": {"kind": "csv"}}})"),
              "line 1, /data/dataset: \"file\" is missing for the kind \"csv\", expected a text that is not empty");
}

TEST(Check, ReportsEverythingInTheOrderOfTheText)
{
    EXPECT_THAT(sentences(R"({
  "compute": {"threads": -1, "device": "gpu"},
  "zoo": 1,
  "stages": [{"steps": 1.5, "epochs": 0}, {"steps": 0, "epochs": 0}],
  "seeds": [4, 4],
  "seed": "x",
  "data": {"deviation": [1, 1], "mean": [1]}
})"),
                ElementsAre(HasSubstr("line 2, /compute/threads"), HasSubstr("line 2, /compute/device"),
                            HasSubstr("line 3, /zoo"), HasSubstr("line 4, /stages/0/steps"),
                            HasSubstr("line 4, /stages/1/epochs"), HasSubstr("line 5, /seeds/1"),
                            HasSubstr("line 6, /seed"), HasSubstr("line 7, /data/deviation")));
}

TEST(Check, KnowsTheRulesBetweenFields)
{
    EXPECT_EQ(
        only(R"({"stages": [{"objective": [{"kind": "cross_entropy"}, {"kind": "kd"}]}]})"),
        "line 1, /stages/0/objective/1/kind: \"kd\" learns from a teacher and /teacher is \"none\", expected a teacher "
        "or another objective");
    EXPECT_THAT(only(R"({"data": {"mean": [0.1, 0.2, 0.3], "deviation": [1]}})"),
                HasSubstr("/data/deviation: expected as many numbers as /data/mean has (3), got 1"));
    EXPECT_THAT(only(R"({"stages": [{"epochs": 0}]})"), HasSubstr("/stages/0/epochs: the stage has no length"));
    EXPECT_THAT(only(R"({"seeds": [1, 2, 1]})"), HasSubstr("/seeds/2: expected each value once, got 1 again"));
    EXPECT_THAT(only(R"({"controls": {"student_alone": true}})"), HasSubstr("no teacher to compare with"));
    EXPECT_THAT(only(R"({"controls": {"twin": true}})"), HasSubstr("/controls/twin: expected false unless the teacher is a run or an experiment"));
    EXPECT_THAT(only(R"({"controls": {"twin": true}, "teacher": {"kind": "weights", "file": "a.safetensors"}})"), HasSubstr("trained once more"));
    EXPECT_THAT(only(R"({"controls": {"random_teacher": true}, "teacher": {"kind": "random"}})"), HasSubstr("replaced by a random one"));
    EXPECT_THAT(only(R"({"controls": {"twin": true}, "generations": 2, "teacher": {"kind": "run", "run": "a"}})"), HasSubstr("several generations"));
    EXPECT_THAT(only(R"({"data": {"transfer": {"labels": false}}})"), HasSubstr("/data/transfer/labels"));
    EXPECT_THAT(only(R"({"data": {"transfer": {"left_out_classes": [3, 3]}}})"), HasSubstr("left_out_classes/1"));
    EXPECT_THAT(only(R"({"evaluation": {"bias_correction": true}})"), HasSubstr("left_out_classes is empty"));
    EXPECT_THAT(only(R"({"evaluation": {"report": "best"}, "data": {"validation_share": 0}})"),
                HasSubstr("/evaluation/report: expected \"last\""));
    EXPECT_THAT(only(R"({"stages": [{"early_stopping": {"patience": 3}}], "data": {"validation_share": 0}})"),
                HasSubstr("/stages/0/early_stopping/patience: expected 0"));
    EXPECT_THAT(only(R"({"stages": [{"optimiser": {"kind": "sgd", "momentum": 0, "nesterov": true}}]})"),
                HasSubstr("/stages/0/optimiser/nesterov"));
    EXPECT_THAT(only(R"({"stages": [{"optimiser": {"kind": "dot"}}]})"), HasSubstr("a term of each"));
    EXPECT_THAT(only(R"({"stages": [{"objective": [{"kind": "cross_entropy", "muted": true}]}]})"), HasSubstr("not muted"));
    EXPECT_THAT(only(R"({"stages": [{"objective": [{"kind": "cross_entropy", "temperature_schedule": {"kind": "step"}}]}]})"),
                HasSubstr("has no temperature"));
    EXPECT_THAT(only(R"({"teacher": {"kind": "run", "run": "1234"}, "stages": [{"objective": [{"kind": "kd",
                "temperature_schedule": {"kind": "linear", "final": 0}}]}]})"),
                HasSubstr("a factor above 0"));
    EXPECT_THAT(only(R"({"teacher": {"kind": "run", "run": "1234"}, "stages": [{"objective": [{"kind": "cross_entropy"}, {"kind":
                "kd"}], "optimiser": {"kind": "dot", "momentum": 0.95}}]})"),
                HasSubstr("momentum + delta below 1"));
    EXPECT_THAT(only(R"({"stages": [{"schedule": {"kind": "step", "milestones": [0.5, 0.4]}}]})"),
                HasSubstr("/stages/0/schedule/milestones/1: expected a later milestone"));
    EXPECT_THAT(only(R"({"stages": [{"objective": [{"kind": "cross_entropy",
                        "weight_schedule": {"kind": "step", "milestones": [0.5, 0.5]}}]}]})"),
                HasSubstr("/stages/0/objective/0/weight_schedule/milestones/1"));
    for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:-1", "CPU", "cuda:1234"}) {
        EXPECT_THAT(only("{\"compute\": {\"device\": \"" + std::string(device) + "\"}}"), HasSubstr("numbered GPU"));
    }
    for (const char* device : {"auto", "cpu", "cuda", "cuda:0", "cuda:15"}) {
        EXPECT_THAT(sentences("{\"compute\": {\"device\": \"" + std::string(device) + "\"}}"), IsEmpty());
    }
}

TEST(Check, SaysNothingOfRulesWhoseValuesAreWrongThemselves)
{
    EXPECT_THAT(only(R"({"teacher": {"kind": "rum"}, "stages": [{"objective": [{"kind": "kd"}]}]})"),
                HasSubstr("/teacher/kind"));
    EXPECT_THAT(only(R"({"data": {"mean": [1, "x"], "deviation": [1]}})"), HasSubstr("/data/mean/1"));
    EXPECT_THAT(only(R"({"stages": [{"epochs": 0, "steps": "many"}]})"), HasSubstr("/stages/0/steps"));
}

TEST(Check, TakesAWholeNumberInAnyNotation)
{
    for (const char* three : {"3", "3.0", "3e0", "30e-1"}) {
        const Experiment experiment = sample::schema().read(
            Document::parse("{\"seed\": " + std::string(three) + ", \"stages\": [{\"epochs\": 3}]}"));
        EXPECT_EQ(experiment.seed, 3);
        EXPECT_EQ(experiment.stages[0].epochs, 3.0);
    }
}

TEST(Check, LooksIntoInlineExperiments)
{
    const std::string text = R"({"teacher": {"kind": "experiment", "experiment": {
        "seeds": [1, 2],
        "student": {"model": {"kind": "mlp", "dropout": 2}},
        "stages": [{"objective": [{"kind": "kd"}]}]}}})";
    EXPECT_THAT(
        sentences(text, "t.json"),
        ElementsAre("t.json, line 2, /teacher/experiment/seeds: expected one seed for a teacher, got 2",
                    "t.json, line 3, /teacher/experiment/student/model/dropout: expected a number from 0 to 0.9, got 2",
                    HasSubstr("line 4, /teacher/experiment/stages/0/objective/0/kind: \"kd\" learns from a teacher")));
    std::string nested = "{}";
    for (int level = 1; level <= 4; ++level) {
        nested = "{\"teacher\": {\"kind\": \"experiment\", \"experiment\": " + nested + "}}";
        EXPECT_THAT(sentences(nested), IsEmpty()) << level;
    }
    nested = "{\"teacher\": {\"kind\": \"experiment\", \"experiment\": " + nested + "}}";
    EXPECT_THAT(only(nested), HasSubstr("at most 4 levels of teachers"));
}

TEST(Check, StopsAfterManyProblems)
{
    std::string text = "{";
    for (int i = 0; i < 5000; ++i) {
        text += (i ? ", \"zz" : "\"zz") + std::to_string(i) + "\": 1";
    }
    EXPECT_EQ(sentences(text + "}").size(), 200u);
}

TEST(Check, KeepsSentencesShort)
{
    const std::string sentence = only("{\"name\": \"" + std::string(100000, 'x') + "\"}");
    EXPECT_LT(sentence.size(), 200u);
    EXPECT_LT(only("{\"" + std::string(100000, 'x') + "\": 1}").size(), 600u);
}

} // namespace
} // namespace distill
