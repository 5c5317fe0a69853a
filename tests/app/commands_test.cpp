// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

#include <algorithm>

namespace distill {

using testing::HasSubstr;
using testing::IsEmpty;

namespace {

class Commands : public test::CommandLineTest { };

TEST_F(Commands, ARunPrintsOneObjectWithEveryFigure)
{
    Json document = spirals();
    document["seeds"] = {1, 2};
    document["controls"] = {{"student_alone", true}};
    document["compute"]["precision"] = "fp32";
    const Output run = distill({"run", write("e.json", document), "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const Json result = Json::parse(run.out); // throws where there is anything else
    EXPECT_EQ(result["state"], "finished");
    EXPECT_EQ(result["device"], "cpu");
    EXPECT_EQ(result["precision"], "fp32");
    EXPECT_GE(result["threads"], 1);
    EXPECT_GT(result["seconds"], 0);
    EXPECT_EQ(result["run"], result["student"]["run"]);
    EXPECT_EQ(result["student"]["parameters"], (2 + 1) * 8 + (8 + 1) * 3);
    EXPECT_EQ(result["student"]["multiply_adds"], 2 * 8 + 8 * 3);
    EXPECT_EQ(result["teacher"]["parameters"], (2 + 1) * 32 + (32 + 1) * 3);
    for (const char* split : {"test", "validation"}) {
        for (const char* key : {"accuracy", "loss", "agreement", "kl"}) {
            ASSERT_TRUE(result["student"][split][key].is_number()) << split << " " << key;
        }
        for (const char* part : {"teacher", "baseline"}) {
            ASSERT_TRUE(result[part][split]["accuracy"].is_number());
            ASSERT_TRUE(result[part][split]["loss"].is_number());
        }
    }
    ASSERT_EQ(result["seeds"].size(), 2U);
    for (const char* part : {"student", "baseline"}) {
        const double first = result["seeds"][0][part]["test"]["accuracy"],
                     second = result["seeds"][1][part]["test"]["accuracy"];
        EXPECT_DOUBLE_EQ(result[part]["mean"]["test"]["accuracy"].get<double>(), (first + second) / 2);
        EXPECT_NEAR(result[part]["sd"]["test"]["accuracy"].get<double>(), std::abs(first - second) / std::sqrt(2.0),
                    1e-12);
        EXPECT_EQ(result[part]["test"], result["seeds"][0][part]["test"]);
    }
    EXPECT_EQ(result["seeds"][1]["seed"], 2);

    // The teacher is there now: a second student costs one run.
    const Output again
        = distill({"run", path("e.json"), "--json", "--seed", "3", "--set", "/controls/student_alone=false"});
    ASSERT_EQ(again.code, 0) << again.err;
    const Json third = Json::parse(again.out);
    EXPECT_EQ(third["teacher"]["run"], result["teacher"]["run"]);
    EXPECT_FALSE(third.contains("baseline"));
    EXPECT_FALSE(third.contains("seeds"));
    const Json list = Json::parse(distill({"list", "--json"}).out);
    EXPECT_EQ(list.size(), 1U + 2 + 2 + 1);
    EXPECT_EQ(list[0]["run"], third["run"]);
    EXPECT_EQ(list[0]["seed"], 3);
    EXPECT_EQ(list[0]["teacher"], third["teacher"]["run"]);
    EXPECT_EQ(list[0]["teachers"], Json::array({third["teacher"]["run"]}));
    const std::string teacher = third["teacher"]["run"];
    const Json shown = Json::parse(distill({"show", teacher, "--json"}).out);
    EXPECT_EQ(shown["teacher"], "");
    EXPECT_EQ(shown["teachers"], Json::array());
}

TEST_F(Commands, LineageIsATreeOfTeachersWithTheirStudentsBeneath)
{
    Json document = spirals();
    document["controls"] = {{"student_alone", true}};
    document["stages"].push_back(document["stages"][0]);
    document["stages"][0]["name"] = "warm";
    document["data"]["validation_share"] = 0.2;
    const Output run = distill({"run", write("e.json", document), "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const std::string student = Json::parse(run.out)["run"];
    const Json lineage = Json::parse(distill({"lineage", student, "--json"}).out);
    ASSERT_EQ(lineage["nodes"].size(), 3U);
    EXPECT_EQ(lineage["nodes"][lineage["current"].get<std::size_t>()]["run"], student);
    EXPECT_EQ(lineage["nodes"][0]["name"], "Teacher");
    EXPECT_EQ(lineage["nodes"][0]["generation"], -1);
    ASSERT_EQ(lineage["edges"].size(), 2U);
    EXPECT_EQ(lineage["edges"][0]["kind"], "teaches");
    EXPECT_EQ(lineage["edges"][1]["kind"], "alone");
    const Output tree = distill({"lineage", student});
    ASSERT_EQ(tree.code, 0);
    EXPECT_THAT(tree.out, testing::ContainsRegex("\nTeacher .*\n  Spirals  <--.*\n    alone: Spirals, alone "));
    EXPECT_EQ(distill({"lineage", "nobody"}).code, 2);

    const Output shown = distill({"show", student});
    EXPECT_THAT(shown.out, HasSubstr("Stages (validation, before and after)"));
    EXPECT_THAT(shown.out, testing::ContainsRegex("  warm +[0-9]+ +[0-9]:[0-9]+ +[0-9.]+ % -> [0-9.]+ %"));
    EXPECT_THAT(shown.out, HasSubstr("  stage 2 "));
}

TEST_F(Commands, AProfileSaysWhereTheTimeWent)
{
    const std::string file = write("e.json", spirals());
    const Output table = distill({"run", file, "--profile"});
    ASSERT_EQ(table.code, 0) << table.err;
    for (const char* word : {"data", "teacher", "student backward", "optimiser", "evaluation", "history", "images/s", "GFLOP/s"}) {
        EXPECT_THAT(table.out, HasSubstr(word));
    }
    const Json profile = Json::parse(distill({"run", file, "--profile", "--json"}).out)["profile"];
    double sum = 0;
    for (const auto& [phase, seconds] : profile["time"].items()) {
        EXPECT_GE(seconds.get<double>(), 0) << phase;
        sum += seconds.get<double>();
    }
    EXPECT_GT(sum, 0);
    EXPECT_GT(profile["speed"]["images_per_second"], 0);
    EXPECT_GT(profile["speed"]["gigaflops"], 0);
    EXPECT_EQ(profile["speed"]["teacher_computed"], 0); // the first run's answers are stored
}

TEST_F(Commands, StoredAnswersAreListedVerifiedAndRemoved)
{
    EXPECT_THAT(distill({"answers", "list"}).out, HasSubstr("No teacher's answers are stored"));
    const Output run = distill({"run", write("e.json", spirals()), "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const std::string id = Json::parse(run.out)["run"];
    EXPECT_THAT(distill({"answers", "list"}).out, HasSubstr("mlp 32"));
    const Output sound = distill({"answers", "verify", id});
    EXPECT_EQ(sound.code, 0) << sound.err;
    EXPECT_THAT(sound.out, HasSubstr(": 0 differ, and 0 more are damaged"));

    const std::filesystem::path file = std::filesystem::directory_iterator(workspace() + "/answers")->path();
    std::ifstream reading(file, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(reading), {}};
    bytes[bytes.find_last_not_of('\0')] ^= 4; // of the last answer that is there
    std::ofstream(file, std::ios::binary) << bytes;
    const Output list = distill({"answers", "list"});
    EXPECT_THAT(list.out, testing::ContainsRegex(" 1 +[0-9.]+ MB"));

    EXPECT_EQ(distill({"answers", "trim", "--keep", "0"}).code, 0);
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_EQ(distill({"answers", "verify", "nothing"}).code, 2);
}

TEST_F(Commands, OutputThatIsLostIsAFailure)
{
    std::ofstream full("/dev/full");
    std::ostringstream errors;
    const char* const words[] = {"distill", "schema"};
    EXPECT_EQ(cli::commandLine(2, words, {full, errors, false}), 1);
    EXPECT_THAT(errors.str(), HasSubstr("could not be written"));
}

TEST_F(Commands, ASweepGivesEachValueItsFigures)
{
    Json document = spirals();
    document["sweep"] = {{"kind", "grid"}, {"fields", {{{"field", "/stages/0/objective/1/temperature"}, {"values", {1, 8}}}}}};
    const Output run = distill({"run", write("e.json", document), "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    const Json result = Json::parse(run.out);
    ASSERT_EQ(result["variants"].size(), 2U);
    EXPECT_NE(result["variants"][0]["student"]["run"], result["variants"][1]["student"]["run"]);
    EXPECT_THAT(result["variants"][1]["name"].get<std::string>(), HasSubstr("8"));
}

TEST_F(Commands, ARunCanBeListedShownExportedAndItsCurvesWritten)
{
    const Output run = distill({"run", write("e.json", spirals()), "--set", "/name=\"My run\"", "--threads", "1"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_THAT(run.out, HasSubstr("LibTorch"));
    EXPECT_THAT(run.out, HasSubstr("My run: finished"));
    EXPECT_THAT(run.out, HasSubstr("test accuracy"));
    EXPECT_THAT(run.out, testing::Not(HasSubstr("\033")));

    const Output list = distill({"list"});
    EXPECT_THAT(list.out, HasSubstr("My run"));
    EXPECT_THAT(distill({"list", "--state", "failed"}).out, HasSubstr("No run"));
    EXPECT_EQ(distill({"list", "--state", "nonsense"}).code, 2);
    const std::string id = Json::parse(distill({"list", "--json"}).out)[0]["run"];
    const std::string end = id.substr(18);

    const Output card = distill({"show", end});
    EXPECT_EQ(card.code, 0);
    EXPECT_THAT(card.out, HasSubstr(id));
    EXPECT_THAT(card.out, HasSubstr("accuracy/validation"));
    EXPECT_THAT(card.out, HasSubstr("\"spirals\""));
    const Json shown = Json::parse(distill({"show", id, "--json"}).out);
    EXPECT_EQ(shown["state"], "finished");
    EXPECT_EQ(shown["experiment"]["compute"]["threads"], 1);
    EXPECT_EQ(shown["summary"]["threads"], 1);

    const Output curve = distill({"curves", id, "--series", "loss", "--csv"});
    const auto history = History::open(workspace());
    EXPECT_EQ(std::count(curve.out.begin(), curve.out.end(), '\n'),
              std::ptrdiff_t(history->curve(id, "loss").size()) + 1);
    EXPECT_EQ(distill({"curves", id, "--series", "nonsense"}).code, 2);
    EXPECT_GT(distill({"curves", id}).out.size(), curve.out.size());

    const Output exported = distill({"export", end, "--to", path("exported")});
    EXPECT_EQ(exported.code, 0) << exported.err;
    EXPECT_TRUE(std::filesystem::exists(path("exported/experiment.json")));
    EXPECT_EQ(distill({"show", "ZZZZ"}).code, 2);

    EXPECT_EQ(distill({"history", "check"}).code, 0);
    EXPECT_EQ(distill({"history", "backup", path("copy.sqlite")}).code, 0);
    EXPECT_TRUE(std::filesystem::exists(path("copy.sqlite")));
    EXPECT_EQ(distill({"history", "backup", path("copy.sqlite")}).code, 2);
    EXPECT_EQ(distill({"resume", id}).code, 2); // finished
}

TEST_F(Commands, ADivergedRunIsAFailure)
{
    Json document = spirals();
    document.erase("teacher");
    document["stages"][0]["objective"] = Json::array({{{"kind", "cross_entropy"}}});
    document["stages"][0]["optimiser"] = {{"kind", "sgd"}};
    document["stages"][0]["learning_rate"] = 100;
    document["stages"][0]["weight_decay"] = 1; // each step multiplies the weights by -99
    document["stages"][0]["epochs"] = 50;
    const Output run = distill({"run", write("e.json", document), "--json"});
    EXPECT_EQ(run.code, 1) << run.err;
    EXPECT_EQ(Json::parse(run.out)["state"], "diverged");
    EXPECT_THAT(run.err, HasSubstr("Spirals"));
}

TEST_F(Commands, BadInputIsOneSentenceAndCodeTwo)
{
    const std::string file = write("e.json", spirals());
    const std::vector<std::vector<std::string>> bad = {
        {"run", path("missing.json")},
        {"run", file, "--set", "/stages/0/epoch=3"},
        {"run", file, "--set", "nonsense"},
        {"run", file, "--set", "/stages/0/epochs=\"many\""},
        {"run", file, "--device", "abacus"},
        {"run", file, "--json", "--set", "/teacher={\"kind\":\"run\",\"run\":\"ZZZZ\"}"},
        {"resume", "ZZZZ"},
        {"check", path("missing.json")},
    };
    for (const auto& arguments : bad) {
        const Output output = distill(arguments);
        SCOPED_TRACE(arguments.back());
        EXPECT_EQ(output.code, 2);
        EXPECT_THAT(output.err, testing::Not(IsEmpty()));
        EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
    }
    EXPECT_THAT(distill({"run", file, "--set", "/stages/0/epoch=3"}).err,
                HasSubstr("epochs")); // the nearest known name
    EXPECT_EQ(distill({"nonsense"}, false).code, 2);
    EXPECT_EQ(distill({}, false).code, 2);
    EXPECT_EQ(distill({"run", "--help"}, false).code, 0);
    EXPECT_THAT(distill({"run", "--help"}, false).out, HasSubstr("multiply_adds"));
}

TEST_F(Commands, CheckSpeaksOfEveryFile)
{
    Json wrong = spirals();
    wrong["stages"][0]["epochz"] = 1;
    const Output output = distill({"check", write("good.json", spirals()), write("wrong.json", wrong)});
    EXPECT_EQ(output.code, 2);
    EXPECT_THAT(output.out, HasSubstr("good.json: sound"));
    EXPECT_THAT(output.err, HasSubstr("/stages/0/epochz"));
    EXPECT_EQ(distill({"check", path("good.json"), "--document"}).code, 0);
    EXPECT_FALSE(std::filesystem::exists(workspace())); // looked, and made nothing
}

TEST_F(Commands, CheckSaysTheLossAndWhatIsLearnedBesideTheStudent)
{
    Json json = spirals();
    json["stages"][0]["objective"]
        = {{{"kind", "cross_entropy"}, {"weight", 0.1}},
           {{"kind", "kd"}, {"weight", 0.9}, {"temperature", 2}},
           {{"kind", "hint"}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}}};
    const std::string file = write("e.json", json);
    EXPECT_THAT(distill({"check", file}).out, HasSubstr(" parameters + 288 in the objective's learned parts, "));
    const std::string said = distill({"check", file, "--verbose"}).out;
    EXPECT_THAT(said, HasSubstr("  L = 0.1 CE + 0.9 KD + HINT\n"));
    EXPECT_THAT(said, HasSubstr("  KD = (4/B) sum_b sum_k p log(p/q), p = softmax(z_t/2), q = softmax(z_s/2)\n"));
    EXPECT_THAT(said,
                HasSubstr("  /stages/0/objective/2: a linear layer brings the student's penultimate (8) to the teacher's "
                          "penultimate (32): 288 parameters\n"));
    const Output run = distill({"run", file, "--json"});
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(Json::parse(run.out)["student"]["learned_parameters"], 288);
    EXPECT_THAT(distill({"show", Json::parse(run.out)["run"].get<std::string>()}).out,
                HasSubstr(" + 288 in the objective's learned parts, "));
}

TEST_F(Commands, ADamagedHistoryIsReported)
{
    std::filesystem::create_directories(workspace());
    std::ofstream(workspace() + "/history.sqlite") << std::string(5000, 'x');
    const Output list = distill({"list"});
    EXPECT_EQ(list.code, 2);
    EXPECT_THAT(list.err, HasSubstr("damaged"));
    EXPECT_EQ(distill({"history", "check"}).code, 1);
}

TEST_F(Commands, DescribeWhatThereIs)
{
    const Json schema = Json::parse(distill({"schema"}, false).out);
    EXPECT_THAT(schema["$schema"].get<std::string>(), HasSubstr("2020-12"));
    for (const auto& [command, known] :
         std::map<std::string, std::string>{{"models", "mlp"}, {"objectives", "kd"}, {"datasets", "spirals"}}) {
        const Output all = distill({command, "--json"}, false);
        ASSERT_EQ(all.code, 0);
        const Json kinds = Json::parse(all.out);
        EXPECT_TRUE(std::any_of(kinds.begin(), kinds.end(), [&](const Json& kind) { return kind["name"] == known; }));
        EXPECT_THAT(distill({command, known}, false).out, HasSubstr(known));
        EXPECT_EQ(distill({command, "nonsense"}, false).code, 2);
    }
    const Json mlp = Json::parse(distill({"models", "mlp", "--json", "--dataset", "spirals"}, false).out)[0];
    EXPECT_GT(mlp["parameters"], 0);
    ASSERT_FALSE(mlp["taps"].empty());
    EXPECT_EQ(mlp["taps"].back()["name"], "logits");
    EXPECT_EQ(mlp["taps"].back()["parameters"], mlp["parameters"]);
    EXPECT_EQ(mlp["taps"].back()["multiply_adds"], mlp["multiply_adds"]);
    EXPECT_EQ(mlp["taps"].back()["shape"], Json::array({3}));
    EXPECT_THAT(distill({"models", "mlp", "--dataset", "spirals"}, false).out, testing::ContainsRegex("penultimate +[0-9]+ "));
}

} // namespace
} // namespace distill
