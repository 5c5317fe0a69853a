// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparison.h"
#include "engine/predictions.h"
#include "interchange/import.h"
#include "workspace.h"

using namespace distill;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

class ComparisonTest : public test::WorkspaceTest {
protected:
    struct Given {
        std::string name = "Spirals";
        std::int64_t seed = 1;
        Json document = spirals();
        Json summary = nullptr;
        RunRole role = RunRole::Student;
        RunState state = RunState::Finished;
        std::vector<RunId> teachers = {};
        RunId control = {};
        std::string group = "G";
    };

    RunId add(const Given& given)
    {
        RunRow row;
        row.id = newRunId();
        row.name = given.name;
        row.seed = given.seed;
        row.role = given.role;
        row.state = given.state;
        row.group = given.group;
        row.teachers = given.teachers;
        row.teacherModel = given.teachers.empty() ? "" : "mlp 32-32";
        row.control = given.control;
        row.figures.totalSteps = 100;
        row.figures.step = given.state == RunState::Finished ? 100 : 40;
        row.figures.lastAccuracy = 0.5;
        row.figures.bestAccuracy = 0.625;
        row.figures.seconds = 3;
        Json document = given.document;
        document["seed"] = given.seed;
        m_history->addRun(row, Document::fromJson(document).text());
        if (!given.summary.is_null()) {
            m_history->setSummary(row.id, given.summary);
        }
        return row.id;
    }

    /// As the engine writes it: last and best differ, so that it shows which one was read.
    static Json summary(double testAccuracy, double validationAccuracy = 0.7, const std::string& reported = "last", int steps = 100)
    {
        const auto split = [](double accuracy) { return Json{{"accuracy", accuracy}, {"loss", 1 - accuracy}, {"agreement", 0.9}, {"kl", 0.25}}; };
        const Json own = {{"step", steps}, {"validation", split(validationAccuracy)}, {"test", split(testAccuracy)}};
        const Json other = {{"step", 50}, {"validation", split(validationAccuracy - 0.125)}, {"test", split(testAccuracy - 0.125)}};
        return {{"last", reported == "last" ? own : other},
                {"best", reported == "best" ? own : other},
                {"reported", reported},
                {"teacher", {{"test", split(0.96875)}}},
                {"parameters", 1000},
                {"multiply_adds", 900},
                {"seconds", 12.5},
                {"images_per_second", 800.0},
                {"labelled", 480},
                {"train_samples", 480},
                {"steps", steps}};
    }

    static Json with(Json document, const char* pointer, const Json& value)
    {
        document[Json::json_pointer(pointer)] = value;
        return document;
    }

    Comparison compare(const std::vector<RunId>& runs, const RunId& baseline = {}, bool withVerdicts = false) const
    {
        return compareRuns(*m_history, runs, baseline, withVerdicts);
    }
    static const ComparedFigure& figure(const Comparison& comparison, const std::string& key)
    {
        for (const ComparedFigure& each : comparison.figures) {
            if (each.key == key) {
                return each;
            }
        }
        throw std::runtime_error("no figure " + key);
    }
    static bool hasFigure(const Comparison& comparison, const std::string& key)
    {
        return std::any_of(comparison.figures.begin(), comparison.figures.end(), [&](const ComparedFigure& each) { return each.key == key; });
    }
    static const ComparedField& field(const Comparison& comparison, const std::string& pointer)
    {
        for (const ComparedField& each : comparison.fields) {
            if (each.pointer == pointer) {
                return each;
            }
        }
        throw std::runtime_error("no field " + pointer);
    }
    static std::vector<std::string> differing(const Comparison& comparison)
    {
        std::vector<std::string> pointers;
        for (const ComparedField& each : comparison.fields) {
            if (each.differs) {
                pointers.push_back(each.pointer);
            }
        }
        return pointers;
    }
};

TEST_F(ComparisonTest, FiguresAreOfTheReportedWeightsAndLastAndBestAreNamed)
{
    const RunId last = add({.summary = summary(0.75, 0.6875)});
    const RunId best = add({.name = "Best", .document = with(spirals(), "/evaluation/report", "best"), .summary = summary(0.5, 0.8125, "best")});
    const Comparison comparison = compare({last, best}, last);
    EXPECT_THAT(figure(comparison, "test/accuracy").values, ElementsAre(0.75, 0.5));
    EXPECT_THAT(figure(comparison, "test/accuracy").deltas, ElementsAre(0, -0.25));
    EXPECT_THAT(figure(comparison, "test/loss").values, ElementsAre(0.25, 0.5));
    EXPECT_THAT(figure(comparison, "validation/accuracy").values, ElementsAre(0.6875, 0.8125));
    EXPECT_THAT(figure(comparison, "last/test/accuracy").values, ElementsAre(0.75, 0.375));
    EXPECT_THAT(figure(comparison, "best/test/accuracy").values, ElementsAre(0.625, 0.5));
    EXPECT_THAT(figure(comparison, "best/validation/accuracy").values, ElementsAre(0.5625, 0.8125));
    EXPECT_THAT(figure(comparison, "teacher/test/accuracy").values, ElementsAre(0.96875, 0.96875));
    EXPECT_THAT(figure(comparison, "parameters").values, ElementsAre(1000, 1000));
    EXPECT_THAT(figure(comparison, "seconds").values, ElementsAre(12.5, 12.5));
    EXPECT_THAT(figure(comparison, "samples_seen").values, ElementsAre(6400, 6400)); // 100 steps of 64
    EXPECT_EQ(figure(comparison, "test/loss").better, ComparedFigure::Better::Lower);
    EXPECT_FALSE(hasFigure(comparison, "bytes")); // neither wrote weights
    EXPECT_THAT(comparison.remarks, Contains(AllOf(HasSubstr("different weights"), HasSubstr("last (Spirals)"), HasSubstr("best (Best)"))));
}

TEST_F(ComparisonTest, ARunOnItsWayShowsWhatItsRowKnows)
{
    const RunId done = add({.summary = summary(0.75)});
    const RunId live = add({.name = "Live", .document = with(spirals(), "/stages/0/epochs", 9), .state = RunState::Running});
    const RunId failed = add({.name = "Failed", .document = with(spirals(), "/stages/0/epochs", 8), .state = RunState::Diverged});
    const Comparison comparison = compare({done, live, failed});
    EXPECT_TRUE(std::isnan(figure(comparison, "test/accuracy").values[1]));
    EXPECT_EQ(figure(comparison, "validation/accuracy").values[1], 0.5);
    EXPECT_EQ(figure(comparison, "best/validation/accuracy").values[1], 0.625);
    EXPECT_EQ(figure(comparison, "steps").values[1], 40);
    EXPECT_THAT(figure(comparison, "test/accuracy").deltas, IsEmpty());
    EXPECT_THAT(comparison.remarks, Contains(AllOf(HasSubstr("Live"), HasSubstr("running at step 40 of 100"), HasSubstr("so far"))));
    EXPECT_THAT(comparison.remarks, Contains(AllOf(HasSubstr("Failed"), HasSubstr("diverged"), HasSubstr("no test figures"))));
}

TEST_F(ComparisonTest, GroupsDifferInTheSeedAlone)
{
    const std::vector<double> accuracies = {0.75, 0.8125, 0.6875};
    std::vector<RunId> runs;
    for (std::int64_t seed = 1; seed <= 3; ++seed) {
        runs.push_back(add({.name = "Spirals (seed " + std::to_string(seed) + ")", .seed = seed, .summary = summary(accuracies[seed - 1])}));
    }
    runs.insert(runs.begin() + 1, add({.name = "Hot", .document = with(spirals(), "/stages/0/objective/1/temperature", 9), .summary = summary(0.5)}));
    const Comparison comparison = compare(runs, runs[0]);
    ASSERT_EQ(comparison.groups.size(), 2u);
    EXPECT_EQ(comparison.groups[0].name, "Spirals");
    EXPECT_THAT(comparison.groups[0].runs, ElementsAre(0, 2, 3));
    EXPECT_THAT(comparison.groups[1].runs, ElementsAre(1));
    std::size_t place = 0;
    while (comparison.figures[place].key != "test/accuracy") {
        ++place;
    }
    EXPECT_DOUBLE_EQ(comparison.groups[0].means[place], 0.75);
    EXPECT_DOUBLE_EQ(comparison.groups[0].deviations[place], 0.0625); // sqrt((0 + 1/256 + 1/256) / 2)
    EXPECT_TRUE(std::isnan(comparison.groups[1].deviations[place]));
    EXPECT_THAT(comparison.remarks, Contains(AllOf(HasSubstr("One seed alone"), HasSubstr("Hot"), Not(HasSubstr("Spirals")))));
}

TEST_F(ComparisonTest, GroupsOfOneNameAreToldApart)
{
    const RunId a = add({.document = with(spirals(), "/stages/0/objective/1/temperature", 2)});
    const RunId b = add({.document = with(spirals(), "/stages/0/objective/1/temperature", 8)});
    const Comparison comparison = compare({a, b});
    ASSERT_EQ(comparison.groups.size(), 2u);
    EXPECT_EQ(comparison.groups[0].name, "Spirals, temperature 2.0");
    EXPECT_EQ(comparison.groups[1].name, "Spirals, temperature 8.0");
}

TEST_F(ComparisonTest, SeedsOfALaterGenerationAreOneGroup)
{
    Json document = spirals();
    std::vector<RunId> second;
    for (std::int64_t seed = 1; seed <= 2; ++seed) {
        const RunId first = add({.name = "First", .seed = seed});
        document["teacher"] = {{"kind", "run"}, {"run", first}};
        second.push_back(add({.name = "Second", .seed = seed + 1000, .document = document, .teachers = {first}}));
    }
    EXPECT_EQ(compare(second).groups.size(), 1u);
    document["teacher"]["run"] = add({.name = "Another", .document = with(spirals(), "/stages/0/learning_rate", 0.5), .group = "H"});
    second.push_back(add({.name = "Third", .document = document, .teachers = {document["teacher"]["run"]}}));
    const Comparison comparison = compare(second);
    EXPECT_EQ(comparison.groups.size(), 2u);
    EXPECT_THAT(comparison.remarks, Contains(HasSubstr("different teachers")));
}

TEST_F(ComparisonTest, FieldsThatDifferHaveTitlesAndNamesCountNot)
{
    Json changed = spirals();
    changed["name"] = "Other";
    changed["notes"] = "other";
    changed["controls"] = {{"student_alone", true}};
    changed["stages"][0]["objective"][1]["temperature"] = 9;
    changed["teacher"]["experiment"]["name"] = "Other teacher";
    changed["teacher"]["experiment"]["stages"][0]["learning_rate"] = 0.5;
    const RunId a = add({}), b = add({.seed = 2, .document = changed});
    const Comparison comparison = compare({a, b});
    EXPECT_THAT(differing(comparison),
                ElementsAre("/seed", "/teacher/experiment/stages/0/learning_rate", "/stages/0/objective/1/temperature"));
    EXPECT_EQ(field(comparison, "/seed").title, "Seed");
    EXPECT_EQ(field(comparison, "/teacher/experiment/stages/0/learning_rate").title, "Learning rate (teacher)");
    EXPECT_EQ(field(comparison, "/stages/0/learning_rate").title, "Learning rate");
    EXPECT_THAT(field(comparison, "/stages/0/objective/1/temperature").values, ElementsAre(4.0, 9.0)); // the first by default
    EXPECT_EQ(field(comparison, "/name").values[1], "Other");

    std::set<std::string> titles;
    for (const ComparedField& each : comparison.fields) {
        EXPECT_TRUE(titles.insert(each.title).second) << each.title << " " << each.pointer;
    }
}

TEST_F(ComparisonTest, OtherKindsAndMoreStagesStandBesideOneAnother)
{
    Json two = spirals();
    two["stages"].push_back(two["stages"][0]);
    two["stages"][1]["optimiser"] = {{"kind", "sgd"}};
    two["student"]["model"] = {{"kind", "resnet"}, {"depth", 8}};
    const Comparison comparison = compare({add({}), add({.document = two})});
    EXPECT_EQ(field(comparison, "/student/model/hidden").values[1], Json());
    EXPECT_EQ(field(comparison, "/student/model/depth").values[0], Json());
    EXPECT_EQ(field(comparison, "/student/model/kind").values[1], "resnet");
    EXPECT_EQ(field(comparison, "/stages/1/optimiser/momentum").values[0], Json());
    EXPECT_EQ(field(comparison, "/stages/1/optimiser/momentum").values[1], 0.9);
    EXPECT_TRUE(field(comparison, "/stages/1/optimiser/kind").differs);
    EXPECT_EQ(field(comparison, "/stages/1/optimiser/kind").title, "Optimiser (stage 2)");

    // What came along with the second stage says nothing by itself, other than what was chosen in it.
    EXPECT_TRUE(field(comparison, "/stages/1/optimiser/momentum").minor);
    EXPECT_TRUE(field(comparison, "/stages/1/weight_decay").differs);
    EXPECT_TRUE(field(comparison, "/stages/1/weight_decay").minor);
    EXPECT_FALSE(field(comparison, "/stages/1/learning_rate").minor); // 0.01, not the default
    EXPECT_FALSE(field(comparison, "/stages/1/optimiser/kind").minor);
    EXPECT_FALSE(field(comparison, "/stages/1/objective/0/kind").minor); // the default, and yet a term more
    EXPECT_FALSE(field(comparison, "/student/model/kind").minor);
    EXPECT_FALSE(field(comparison, "/seed").minor);
}

TEST_F(ComparisonTest, ADefaultBesideTheSameSettingOfAnotherTermIsNoSmallThing)
{
    Json cold = spirals();
    cold["stages"][0]["objective"] = Json::parse(R"([{"kind": "kd", "temperature": 2}])");
    const Comparison comparison = compare({add({.document = cold}), add({})}); // whose second term is kd at the usual temperature
    EXPECT_FALSE(field(comparison, "/stages/0/objective/0/temperature").minor);
    const ComparedField& usual = field(comparison, "/stages/0/objective/1/temperature");
    EXPECT_EQ(usual.values[1], 4.0);
    EXPECT_TRUE(usual.differs);
    EXPECT_FALSE(usual.minor);
}

TEST_F(ComparisonTest, WhatIsUnfairIsSaid)
{
    const RunId fair = add({.name = "Fair", .summary = summary(0.75)});
    const RunId data = add({.name = "Data", .document = with(spirals(), "/data/dataset/samples", 900), .summary = summary(0.75)});
    const RunId split = add({.name = "Split", .document = with(spirals(), "/data/split_seed", 5), .summary = summary(0.75)});
    const RunId longer
        = add({.name = "Longer", .document = with(spirals(), "/stages/0/epochs", 8), .summary = summary(0.75, 0.7, "last", 200)});
    const RunId batch = add({.name = "Batch", .document = with(spirals(), "/stages/0/batch_size", 128), .summary = summary(0.75)});
    const RunId noisy = add({.name = "Noisy", .document = with(spirals(), "/data/augmentation/noise", 0.5), .summary = summary(0.75)});
    const auto remarks = [&](const RunId& other) { return compare({fair, other}).remarks; };
    EXPECT_THAT(remarks(data), Contains(HasSubstr("tested on different data")));
    EXPECT_THAT(remarks(split), Contains(AllOf(HasSubstr("cut differently"), HasSubstr("seed 5"), HasSubstr("(Split)"))));
    EXPECT_THAT(remarks(longer), Contains(AllOf(HasSubstr("numbers of steps"), HasSubstr("100 (Fair)"), HasSubstr("200 (Longer)"))));
    EXPECT_THAT(remarks(batch), Contains(AllOf(HasSubstr("numbers of samples"), HasSubstr("6,400 (Fair)"), HasSubstr("12,800 (Batch)"))));
    EXPECT_THAT(remarks(noisy), Contains(HasSubstr("varied differently")));
    Json fewer = summary(0.75);
    fewer["labelled"] = 20;
    const RunId few = add({.name = "Few", .document = with(spirals(), "/data/labelled", 20), .summary = fewer});
    EXPECT_THAT(remarks(few), Contains(AllOf(HasSubstr("numbers of labels"), HasSubstr("480 (Fair)"), HasSubstr("20 (Few)"))));

    // Of seeds alone nothing is unfair.
    const RunId again = add({.name = "Fair", .seed = 2, .summary = summary(0.75)});
    EXPECT_THAT(compare({fair, again}).remarks, IsEmpty());

    Json random = spirals();
    random["teacher"] = {{"kind", "random"}};
    EXPECT_THAT(remarks(add({.name = "Random", .document = random, .summary = summary(0.75)})),
                Contains(AllOf(HasSubstr("Agreement and KL"), HasSubstr("of Random never learned"))));

    // A teacher may have had more of everything.
    const RunId taught = add({.name = "Taught", .summary = summary(0.75), .teachers = {longer}});
    EXPECT_THAT(compare({taught, longer}).remarks, Not(Contains(HasSubstr("numbers of steps"))));

    m_history->append(fair, RunEvent{30, 0, "tuned", "Learning rate set to 0.5", nullptr});
    m_history->flush();
    EXPECT_THAT(compare({fair, again}).remarks, Contains(AllOf(HasSubstr("changed while it trained"), HasSubstr("0.5"), HasSubstr("step 30"))));
}

TEST_F(ComparisonTest, SeveralVariantsAreChosenByValidation)
{
    const auto variant = [&](double temperature, double test, double validation) {
        return add({.name = "T" + std::to_string(int(temperature)),
                    .document = with(spirals(), "/stages/0/objective/1/temperature", temperature),
                    .summary = summary(test, validation)});
    };
    const std::vector<RunId> runs = {variant(1, 0.75, 0.5), variant(2, 0.5, 0.875), variant(3, 0.625, 0.75)};
    EXPECT_THAT(compare(runs).remarks, Contains(AllOf(HasSubstr("3 variants"), HasSubstr("validation chooses T2, and not T1"))));
}

TEST_F(ComparisonTest, UnknownRunsAndBaselinesAreRefused)
{
    const RunId known = add({}), other = add({});
    EXPECT_THROW(compare({known, newRunId()}), InputError);
    EXPECT_THROW(compare({known}, other), InputError);
    EXPECT_EQ(compare({known, known}).runs.size(), 1u);
    EXPECT_THAT(compare({}).runs, IsEmpty());
}

TEST_F(ComparisonTest, TheVerdictIsOfTheAnswersOnTheTestSet)
{
    Json document = spirals(6);
    document["seeds"] = {1, 2};
    document["controls"] = {{"student_alone", true}};
    const auto submission = run(document);
    std::vector<RunId> runs = submission.students;
    runs.insert(runs.end(), submission.controls.begin(), submission.controls.end());
    const Comparison comparison = compare(runs, submission.controls[0], true);

    // The same from the summaries, which were written when the runs ended.
    const auto accuracyOf = [&](const RunId& id) { return m_history->run(id)->summary["last"]["test"]["accuracy"].get<double>(); };
    double treated = 0, control = 0;
    for (std::size_t i = 0; i < 2; ++i) {
        treated += accuracyOf(submission.students[i]) / 2;
        control += accuracyOf(submission.controls[i]) / 2;
    }
    ASSERT_EQ(comparison.verdicts.size(), 1u);
    const ComparedVerdict& verdict = comparison.verdicts[0];
    EXPECT_EQ(verdict.group, 0u);
    EXPECT_EQ(verdict.against, "student alone");
    EXPECT_EQ(verdict.treated, submission.students);
    EXPECT_EQ(verdict.control, submission.controls);
    EXPECT_NEAR(verdict.verdict.effect.estimate, treated - control, 1e-12);
    EXPECT_EQ(verdict.verdict.seeds, 2);
    EXPECT_EQ(verdict.verdict.items, std::int64_t(testSetOf(*m_history, runs[0])->labels.size()));

    ASSERT_EQ(comparison.groups.size(), 2u);
    ASSERT_TRUE(comparison.groups[0].accuracy && comparison.groups[0].toBaseline && comparison.groups[1].accuracy);
    EXPECT_NEAR(comparison.groups[0].accuracy->estimate, treated, 1e-12);
    EXPECT_LE(comparison.groups[0].accuracy->low, treated);
    EXPECT_GE(comparison.groups[0].accuracy->high, treated);
    EXPECT_NEAR(comparison.groups[0].toBaseline->estimate, treated - control, 1e-12);
    EXPECT_FALSE(comparison.groups[1].toBaseline); // it is the baseline
    EXPECT_THAT(figure(comparison, "bytes").values, testing::Each(testing::Gt(0)));

    // A comparison that is given up has no verdict.
    EXPECT_THAT(compareRuns(*m_history, runs, {}, true, [] { return false; }).verdicts, IsEmpty());
}

TEST_F(ComparisonTest, AnImportedRunHasFiguresAndNoConfiguration)
{
    std::ofstream(m_folder / "log.csv") << "step,val_accuracy\n1,0.25\n2,0.5\n3,0.375\n";
    const RunId imported = importRuns(*m_history, (m_folder / "log.csv").string()).at(0).id;
    const RunId one = add({}), two = add({.seed = 2});
    const Comparison comparison = compareRuns(*m_history, {imported, one, two}, {}, true);
    std::map<std::string, std::vector<double>> figures;
    for (const ComparedFigure& figure : comparison.figures) {
        figures[figure.key] = figure.values;
    }
    EXPECT_EQ(figures.at("best/validation/accuracy")[0], 0.5);
    EXPECT_EQ(figures.at("last/validation/accuracy")[0], 0.375);
    for (const ComparedField& field : comparison.fields) {
        EXPECT_EQ(field.differs, field.pointer == "/seed") << field.pointer; // of the two that have one
    }
    EXPECT_THAT(comparison.remarks, Contains(AllOf(HasSubstr("Imported"), HasSubstr("log"))));
    EXPECT_THAT(comparison.remarks, Not(Contains(HasSubstr("tested on different data"))));
}

} // namespace
