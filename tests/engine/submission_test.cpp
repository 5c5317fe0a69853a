// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/submission.h"
#include "workspace.h"

using namespace distill;

namespace {

Json gridOf(const std::vector<std::pair<std::string, Json>>& fields)
{
    Json grid = {{"kind", "grid"}, {"fields", Json::array()}};
    for (const auto& [field, values] : fields) {
        grid["fields"].push_back({{"field", field}, {"values", values}});
    }
    return grid;
}

class SubmissionTest : public test::WorkspaceTest {
protected:
    Expansion expanded(const Json& json) const
    {
        return expand(Document::fromJson(json), schema(), *m_history, [](const std::string&) { return std::nullopt; });
    }
};

TEST_F(SubmissionTest, SeedsAndControlsMakeAGroupBehindOneTeacher)
{
    Json json = spirals();
    json["seeds"] = {4, 5, 6};
    json["controls"] = {{"student_alone", true}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.runs.size(), 7u);
    EXPECT_EQ(expansion.runs[0].row.role, RunRole::Teacher);
    EXPECT_EQ(expansion.submission.students.size(), 3u);
    EXPECT_EQ(expansion.submission.controls.size(), 3u);
    EXPECT_TRUE(expansion.submission.reused.empty());
    std::set<std::string> hashes;
    for (const auto& [row, text] : expansion.runs) {
        EXPECT_EQ(row.group, expansion.submission.group);
        hashes.insert(row.contentHash);
        if (row.role != RunRole::Teacher) {
            EXPECT_EQ(row.teachers, expansion.submission.teachers);
        }
    }
    EXPECT_EQ(hashes.size(), 7u);
}

TEST_F(SubmissionTest, TheStudentAloneDiffersInItsObjectiveAndLabelsOnly)
{
    Json json = spirals();
    json["controls"] = {{"student_alone", true}};
    json["stages"][0]["objective"][0]["label_smoothing"] = 0.1;
    const Expansion expansion = expanded(json);
    const auto find = [&](RunRole role) {
        for (const auto& planned : expansion.runs) {
            if (planned.row.role == role) {
                return Document::parse(planned.text).json();
            }
        }
        return Json();
    };
    const Json alone = find(RunRole::Control);
    for (const Difference& each : schema().difference(find(RunRole::Student), alone)) {
        EXPECT_TRUE(each.pointer.starts_with("/stages/0/objective") || each.pointer == "/controls/student_alone") << each.pointer;
    }
    ASSERT_EQ(alone["stages"][0]["objective"].size(), 1u);
    EXPECT_EQ(alone["stages"][0]["objective"][0]["kind"], "cross_entropy");
    EXPECT_EQ(alone["stages"][0]["objective"][0]["label_smoothing"], 0.1);
}

TEST_F(SubmissionTest, TheStudentAloneGetsTheSameNumberOfStepsFromFewerSamples)
{
    Json json = spirals(10);
    json["controls"] = {{"student_alone", true}};
    json["data"]["labelled"] = 40;
    json["data"]["transfer"] = {{"samples", "all"}};
    const Expansion expansion = expanded(json);
    for (const auto& [row, text] : expansion.runs) {
        if (row.role == RunRole::Control) {
            const Experiment alone = schema().read(Document::parse(text));
            // 600 training samples less a fifth: 480; batches of 64: 7 an epoch.
            EXPECT_EQ(alone.stages[0].steps, 70);
            EXPECT_EQ(alone.data.transfer.samples, "labelled");
            EXPECT_EQ(alone.data.labelled, 40);
        }
    }
}

TEST_F(SubmissionTest, ASweepIsARunForEachValueAndSeedBesideOneControlASeed)
{
    Json json = spirals();
    json["seeds"] = {1, 2};
    json["controls"] = {{"student_alone", true}};
    json["sweep"] = gridOf({{"/stages/0/objective/1/temperature", {1, 4, 20}}});
    const Expansion expansion = expanded(json);
    EXPECT_EQ(expansion.submission.students.size(), 6u);
    EXPECT_EQ(expansion.runs.size(), 1u + 6 + 2);
    std::multiset<double> temperatures;
    for (const auto& [row, text] : expansion.runs) {
        if (row.role == RunRole::Student) {
            const Json document = schema().resolve(Document::parse(text).json());
            temperatures.insert(document["stages"][0]["objective"][1]["temperature"].get<double>());
            EXPECT_EQ(document["sweep"]["kind"], "none");
            EXPECT_THAT(row.name, testing::HasSubstr(", temperature "));
        } else {
            EXPECT_THAT(row.name, testing::Not(testing::HasSubstr("temperature")));
        }
    }
    EXPECT_EQ(temperatures, (std::multiset<double>{1, 1, 4, 4, 20, 20}));
}

TEST_F(SubmissionTest, ControlsAreSharedWhereNothingOfThemChanges)
{
    Json json = spirals();
    json["seeds"] = {1, 2};
    json["controls"] = {{"student_alone", true}};
    json["sweep"] = gridOf({{"/stages/0/objective/1/temperature", {1, 4, 20}}, {"/stages/0/batch_size", {32, 64}}});
    const Expansion expansion = expanded(json);
    EXPECT_EQ(expansion.submission.students.size(), 12u);
    std::map<RunId, std::set<std::string>> batches;
    std::map<RunId, std::string> names;
    for (const auto& [row, text] : expansion.runs) {
        if (row.role == RunRole::Student) {
            batches[row.control].insert(schema().resolve(Document::parse(text).json())["stages"][0]["batch_size"].dump());
        }
        names[row.id] = row.name;
    }
    ASSERT_EQ(batches.size(), 4u); // two batch sizes of two seeds
    for (const auto& [control, sizes] : batches) {
        ASSERT_EQ(sizes.size(), 1u);
        EXPECT_THAT(names[control], testing::HasSubstr("alone, batch size " + *sizes.begin()));
        EXPECT_THAT(names[control], testing::Not(testing::HasSubstr("temperature")));
    }
}

TEST_F(SubmissionTest, EachVariantHasTheTeacherItsDocumentSays)
{
    Json json = spirals();
    json["sweep"] = gridOf({{"/teacher/experiment/stages/0/steps", {10, 20}}, {"/stages/0/learning_rate", {0.1, 0.01}}});
    const Expansion expansion = expanded(json);
    std::map<RunId, std::int64_t> teachers;
    std::map<RunId, int> students;
    for (const auto& [row, text] : expansion.runs) {
        const Experiment experiment = schema().read(Document::parse(text));
        if (row.role == RunRole::Teacher) {
            teachers[row.id] = experiment.stages[0].steps;
        } else {
            Experiment inner;
            readFields(schema().resolve(experiment.teacher.parameters.at("experiment")), inner);
            EXPECT_EQ(teachers.at(row.firstTeacher()), inner.stages[0].steps); // and it stands before its students
            ++students[row.firstTeacher()];
        }
    }
    EXPECT_EQ(teachers.size(), 2u);
    for (const auto& [teacher, count] : students) {
        EXPECT_EQ(count, 2);
    }
    EXPECT_EQ(expansion.submission.teachers.size(), 2u);
}

TEST_F(SubmissionTest, AWholeKindCanBeSwept)
{
    Json json = spirals();
    json["sweep"] = gridOf({{"/student/model", {{{"kind", "mlp"}, {"hidden", {4}}}, {{"kind", "mlp"}, {"hidden", {6, 5}}}}}});
    std::set<std::string> names;
    for (const auto& [row, text] : expanded(json).runs) {
        if (row.role == RunRole::Student) {
            names.insert(row.name + " " + row.studentModel);
        }
    }
    ASSERT_EQ(names.size(), 2u);
    EXPECT_THAT(*names.begin(), testing::HasSubstr("model mlp (hidden [4])"));
    EXPECT_THAT(*names.rbegin(), testing::HasSubstr("model mlp (hidden [6,5])"));

    json["sweep"] = gridOf({{"/stages/0/batch_size", {16, 0.5}}});
    EXPECT_THAT([&] { expanded(json); }, testing::ThrowsMessage<InputError>(testing::HasSubstr("/sweep/fields/0/values/1")));
}

TEST_F(SubmissionTest, AnEnsemblesMembersAreRunsBeforeTheStudent)
{
    Json json = spirals();
    const Json first = json["teacher"]["experiment"];
    Json second = first;
    second["seed"] = 2;
    const Json random = {{"kind", "random"}, {"model", {{"kind", "mlp"}, {"hidden", {5}}}}};
    json["seeds"] = {1, 2};
    json["teacher"] = {{"kind", "ensemble"},
                       {"members",
                        {{{"kind", "experiment"}, {"experiment", first}},
                         random,
                         {{"kind", "experiment"}, {"experiment", second}},
                         {{"kind", "experiment"}, {"experiment", first}, {"weight", 2}}}}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.runs.size(), 4u) << "two teachers, one of them twice, and two students";
    const std::vector<RunId> wanted{expansion.runs[0].row.id, expansion.runs[1].row.id, expansion.runs[0].row.id};
    for (const std::size_t student : {2u, 3u}) {
        EXPECT_EQ(expansion.runs[student].row.teachers, wanted);
        EXPECT_EQ(expansion.runs[student].row.teacherModel, "mlp 32-32 + random mlp 5 + mlp 32-32 + mlp 32-32");
    }
    EXPECT_EQ(expansion.submission.teachers, wanted);
}

TEST_F(SubmissionTest, EachGenerationIsTaughtByTheOneBeforeOfItsSeed)
{
    Json json = spirals();
    json["seeds"] = {7, 8};
    json["generations"] = 3;
    json["controls"] = {{"student_alone", true}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.submission.students.size(), 6u);
    EXPECT_EQ(expansion.runs.size(), 1u + 6 + 2) << "a teacher, the students, a control a seed";
    std::map<RunId, const PlannedRun*> byId;
    std::map<RunId, std::size_t> place;
    for (std::size_t i = 0; i < expansion.runs.size(); ++i) {
        byId[expansion.runs[i].row.id] = &expansion.runs[i];
        place[expansion.runs[i].row.id] = i;
    }
    for (std::size_t i = 0; i < 6; ++i) {
        const RunRow& row = byId.at(expansion.submission.students[i])->row;
        EXPECT_EQ(row.seed, (i % 2 == 0 ? 7 : 8) + 1000 * static_cast<std::int64_t>(i / 2)) << "or it begins where its teacher began";
        ASSERT_EQ(row.teachers.size(), 1u);
        EXPECT_EQ(row.teachers[0], i < 2 ? expansion.runs[0].row.id : expansion.submission.students[i - 2]);
        EXPECT_LT(place.at(row.teachers[0]), place.at(row.id));
        EXPECT_THAT(row.name, testing::HasSubstr(", generation " + std::to_string(i / 2 + 1)));
        EXPECT_EQ(byId.at(row.control)->row.seed, i % 2 == 0 ? 7 : 8);
        const Experiment own = schema().read(Document::parse(byId.at(row.id)->text));
        EXPECT_EQ(own.generations, 1);
        EXPECT_EQ(own.teacher.kind, i < 2 ? "experiment" : "run");
    }
}

TEST_F(SubmissionTest, AStageThatDoesNotMoveTheStudentIsNoneOfItsControl)
{
    Json json = spirals();
    json["controls"] = {{"student_alone", true}};
    Json first = json["stages"][0];
    first["objective"] = Json::array({{{"kind", "hint"}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}}});
    first["trainable"] = {{"kind", "learned"}};
    first["epochs"] = 9;
    json["stages"] = {first, json["stages"][0]};
    for (const auto& [row, text] : expanded(json).runs) {
        if (row.role == RunRole::Control) {
            const Experiment alone = schema().read(Document::parse(text));
            ASSERT_EQ(alone.stages.size(), 1u);
            EXPECT_EQ(alone.stages[0].epochs, 4);
        }
    }
    json["stages"] = Json::array({first});
    EXPECT_THAT([&] { expanded(json); }, testing::ThrowsMessage<InputError>(testing::StartsWith("/controls/student_alone: ")));
}

TEST_F(SubmissionTest, AloneMeansWithoutPeers)
{
    Json json = spirals();
    json["teacher"] = {{"kind", "peers"}, {"models", {{{"kind", "mlp"}, {"hidden", {6}}}}}};
    json["controls"] = {{"student_alone", true}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.runs.size(), 2u);
    EXPECT_EQ(expansion.runs[0].row.teacherModel, "peers mlp 6");
    EXPECT_TRUE(expansion.runs[0].row.teachers.empty());
    EXPECT_EQ(schema().read(Document::parse(expansion.runs[1].text)).teacher.kind, "none");
}

TEST_F(SubmissionTest, RefusesWhatCannotRunBeforeAnythingIsWritten)
{
    Json json = spirals();
    json["compute"]["threads"] = 1000;
    EXPECT_THAT([&] { expanded(json); }, testing::ThrowsMessage<InputError>(testing::HasSubstr("/compute/threads: 1000")));
    json = spirals();
    json["teacher"] = {{"kind", "run"}, {"run", "01ABCDEF"}};
    EXPECT_THROW(expanded(json), InputError);
    json = spirals();
    json["teacher"]["experiment"]["seeds"] = {1, 2};
    EXPECT_THROW(expanded(json), InputError);
    json = spirals();
    json["compute"]["device"] = "cuda:9";
    EXPECT_THAT([&] { expanded(json); }, testing::ThrowsMessage<InputError>(testing::HasSubstr("cuda:9")));
    EXPECT_TRUE(m_history->runs(true).empty());
}

TEST_F(SubmissionTest, ATwinIsTheTeacherFromAnotherSeedOnceForAllStudents)
{
    Json json = spirals();
    json["seeds"] = {1, 2};
    json["controls"] = {{"twin", true}};
    json["teacher"]["experiment"]["controls"] = {{"student_alone", false}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.runs.size(), 4u);
    const auto& students = expansion.submission.students;
    std::map<RunId, const PlannedRun*> byId;
    for (const auto& planned : expansion.runs) {
        byId[planned.row.id] = &planned;
    }
    const RunRow& student = byId.at(students.front())->row;
    ASSERT_TRUE(byId.contains(student.twin));
    EXPECT_EQ(byId.at(students.back())->row.twin, student.twin);
    EXPECT_EQ(byId.at(student.twin)->row.role, RunRole::Control);
    const auto differences = schema().difference(Document::parse(byId.at(student.teachers.front())->text).json(),
                                                 Document::parse(byId.at(student.twin)->text).json());
    ASSERT_EQ(differences.size(), 1u);
    EXPECT_EQ(differences.front().pointer, "/seed");
}

TEST_F(SubmissionTest, ATwinOfARunIsMadeOfItsDocument)
{
    RunRow teacher;
    teacher.id = newRunId();
    teacher.group = teacher.id;
    teacher.name = "Long ago";
    teacher.state = RunState::Finished;
    const Json experiment = spirals()["teacher"]["experiment"];
    m_history->addRun(teacher, experiment.dump());
    Json json = spirals();
    json["teacher"] = {{"kind", "run"}, {"run", teacher.id.substr(0, 20)}};
    json["controls"] = {{"twin", true}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.runs.size(), 2u);
    const RunId twin = expansion.runs.front().row.twin;
    ASSERT_EQ(twin, expansion.runs.back().row.id);
    const Json document = Document::parse(expansion.runs.back().text).json();
    EXPECT_NE(document["seed"], schema().resolve(experiment)["seed"]);
    EXPECT_EQ(document["student"], experiment["student"]);
}

TEST_F(SubmissionTest, ARandomTeacherTakesThePlaceOfTheTeacherAlone)
{
    Json json = spirals();
    json["seeds"] = {1, 2};
    json["controls"] = {{"random_teacher", true}, {"student_alone", true}};
    const Expansion expansion = expanded(json);
    ASSERT_EQ(expansion.runs.size(), 1u + 2 * 3);
    std::set<RunId> randoms;
    for (const auto& [row, text] : expansion.runs) {
        if (row.role != RunRole::Student) {
            continue;
        }
        const auto control = std::find_if(expansion.runs.begin(), expansion.runs.end(),
                                          [id = row.randomTeacher](const auto& planned) { return planned.row.id == id; });
        ASSERT_NE(control, expansion.runs.end());
        randoms.insert(row.randomTeacher);
        EXPECT_TRUE(control->row.teachers.empty());
        EXPECT_EQ(control->row.seed, row.seed);
        const Json random = Document::parse(control->text).json();
        EXPECT_EQ(random["teacher"]["kind"], "random");
        EXPECT_EQ(random["teacher"]["model"]["hidden"], json["teacher"]["experiment"]["student"]["model"]["hidden"]);
        for (const Difference& each : schema().difference(Document::parse(text).json(), random)) {
            EXPECT_TRUE(each.pointer.starts_with("/teacher") || each.pointer.starts_with("/controls")) << each.pointer;
        }
    }
    EXPECT_EQ(randoms.size(), 2u);
    EXPECT_EQ(expansion.submission.controls.size(), 2u) << "those of the student alone";
}

TEST_F(SubmissionTest, MembersOfARandomEnsembleDifferFromOneAnother)
{
    Json json = spirals();
    Json member = json["teacher"];
    Json second = member;
    second["experiment"]["seed"] = 8;
    second["weight"] = 3;
    json["teacher"] = {{"kind", "ensemble"}, {"members", Json::array({member, second})}};
    json["controls"] = {{"random_teacher", true}};
    for (const auto& [row, text] : expanded(json).runs) {
        if (row.role == RunRole::Control) {
            const Json members = Document::parse(text).json()["teacher"]["members"];
            EXPECT_NE(members[0]["seed"], members[1]["seed"]);
            EXPECT_EQ(members[1]["weight"], 3);
            return;
        }
    }
    FAIL() << "no control";
}

TEST_F(SubmissionTest, ControlsThatFinishedServeAgain)
{
    Engine engine(m_history, Engine::Options{.cores = 1, .feed = false});
    Json json = spirals(1);
    json["controls"] = {{"student_alone", true}, {"twin", true}, {"random_teacher", true}};
    const auto first = engine.submit(Document::fromJson(json));
    ASSERT_EQ(first.runs.size(), 5u);
    ASSERT_TRUE(engine.wait(first.runs, 60));
    json["stages"][0]["objective"][1]["temperature"] = 9;
    const RunRow before = *m_history->run(first.students.front());
    const auto second = engine.submit(Document::fromJson(json));
    ASSERT_TRUE(engine.wait(second.runs, 60));
    const RunRow after = *m_history->run(second.students.front());
    EXPECT_EQ(after.control, before.control);
    EXPECT_EQ(after.twin, before.twin);
    EXPECT_NE(after.randomTeacher, before.randomTeacher) << "it learns with the other temperature";
    EXPECT_EQ(second.runs.size(), 2u);
    EXPECT_EQ(stateOf(after.randomTeacher), RunState::Finished);
}

} // namespace
