// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/examination.h"
#include "engine/predictions.h"
#include "engine/summary.h"
#include "workspace.h"

using namespace distill;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class ExaminationTest : public test::WorkspaceTest {
protected:
    static Json withControls()
    {
        Json json = spirals();
        json["controls"] = {{"student_alone", true}, {"twin", true}};
        return json;
    }

    double summarised(const RunId& id, const char* figure) const
    {
        return summary::reported(m_history->run(id).value().summary).at("test").at(figure).get<double>();
    }
    RunRow row(const RunId& id) const { return m_history->run(id).value(); }
    std::string refusalOf(const RunId& id) const
    {
        try {
            examine(*m_history, id, {});
        } catch (const InputError& error) {
            return error.what();
        }
        return "none";
    }
};

TEST_F(ExaminationTest, TellsWhatTheTrainerTold)
{
    const RunId id = run(withControls()).students.front();
    const Examination found = examine(*m_history, id, {});
    EXPECT_EQ(found.student.run, id);
    EXPECT_EQ(found.teacher.run, row(id).firstTeacher());
    ASSERT_TRUE(found.alone && found.twin);
    EXPECT_EQ(found.alone->run, row(id).control);
    EXPECT_EQ(found.twin->run, row(id).twin);
    EXPECT_EQ(found.teacher.model, "mlp 32-32");
    EXPECT_EQ(found.twin->model, "mlp 32-32");
    EXPECT_EQ(found.student.model, "mlp 8");
    // Figures that were computed as tensors, when the run ended.
    EXPECT_NEAR(found.student.accuracy, summarised(id, "accuracy"), 1e-9);
    EXPECT_NEAR(found.agreement, summarised(id, "agreement"), 1e-9);
    EXPECT_NEAR(found.divergence, summarised(id, "kl"), 1e-6);
    EXPECT_NEAR(found.alone->accuracy, summarised(row(id).control, "accuracy"), 1e-9);
    EXPECT_NEAR(*found.aloneAgreement, summarised(row(id).control, "agreement"), 1e-9);
    EXPECT_NEAR(*found.aloneDivergence, summarised(row(id).control, "kl"), 1e-6);
    EXPECT_NEAR(found.teacher.accuracy, summarised(found.teacher.run, "accuracy"), 1e-9);
    EXPECT_NEAR(found.twin->accuracy, summarised(found.twin->run, "accuracy"), 1e-9);
    EXPECT_TRUE(std::isnan(found.student.rareClassAccuracy)); // all classes are equally frequent
    EXPECT_EQ(found.student.calibration.bins.size(), 15u);
    // Nothing that takes forward passes was asked for.
    EXPECT_TRUE(found.similarity.empty());
    EXPECT_TRUE(found.student.corrupted.empty());
}

TEST_F(ExaminationTest, CountsErrorsAsACountOverTheAnswersDoes)
{
    const RunId id = run(withControls()).students.front();
    const Examination found = examine(*m_history, id, {});
    const auto labels = testSetOf(*m_history, id)->labels;
    const Choices teacher = choicesOf(predictionsOf(*m_history, found.teacher.run)), student = choicesOf(predictionsOf(*m_history, id)),
                  twin = choicesOf(predictionsOf(*m_history, found.twin->run));
    double studentWrong = 0, twinWrong = 0, both = 0, bothTwin = 0, agreeing = 0, twinAgreeing = 0;
    std::vector<std::int64_t> lost;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        studentWrong += student[i] != labels[i];
        twinWrong += twin[i] != labels[i];
        both += student[i] != labels[i] && teacher[i] != labels[i];
        bothTwin += twin[i] != labels[i] && teacher[i] != labels[i];
        agreeing += student[i] == teacher[i];
        twinAgreeing += twin[i] == teacher[i];
        if (teacher[i] == labels[i] && twin[i] == labels[i] && student[i] != labels[i]) {
            lost.push_back(static_cast<std::int64_t>(i));
        }
    }
    const auto samples = static_cast<double>(labels.size());
    ASSERT_GT(studentWrong, 0);
    ASSERT_GT(twinWrong, 0);
    ASSERT_GT(lost.size(), 0u);
    EXPECT_DOUBLE_EQ(found.agreement, agreeing / samples);
    EXPECT_DOUBLE_EQ(*found.twinAgreement, twinAgreeing / samples);
    EXPECT_LT(*found.twinAgreement, 1); // another network than the teacher
    EXPECT_DOUBLE_EQ(found.sharedErrors.share(), both / studentWrong);
    ASSERT_TRUE(found.inheritance);
    EXPECT_EQ(found.noInheritance, "");
    EXPECT_DOUBLE_EQ(found.inheritance->twin.share(), bothTwin / twinWrong);
    EXPECT_DOUBLE_EQ(found.inheritance->share, both / studentWrong - bothTwin / twinWrong);
    ASSERT_TRUE(found.aloneErrors && found.beyondAlone);
    EXPECT_DOUBLE_EQ(found.beyondAlone->share, found.sharedErrors.share() - found.aloneErrors->share());
    // A student of 8 hidden units errs far more often than a twin of the teacher.
    EXPECT_EQ(found.inheritance->comparable(), studentWrong <= 1.25 * twinWrong);
    EXPECT_THAT(found.inherited, HasSubstr(found.inheritance->comparable() ? "Beyond the twin" : "beyond the student alone"));
    EXPECT_EQ(found.lost, lost);
    double right = 0, classSamples = 0;
    for (const Slice& slice : found.classes) {
        right += slice.student * static_cast<double>(slice.labelled);
        classSamples += static_cast<double>(slice.samples);
    }
    EXPECT_EQ(found.classes.size(), found.classNames.size());
    EXPECT_DOUBLE_EQ(classSamples, samples);
    EXPECT_NEAR(right / samples, found.student.accuracy, 1e-12);
}

TEST_F(ExaminationTest, RefusesToSpeakOfInheritanceWithoutATwinAndFindsOneThatWasTrainedApart)
{
    const Json json = spirals();
    const RunId id = run(json).students.front();
    const Examination before = examine(*m_history, id, {});
    EXPECT_FALSE(before.twin || before.alone || before.inheritance || before.aloneErrors);
    EXPECT_THAT(before.noInheritance, HasSubstr("\"twin\""));
    // The teacher's document once more: another seed makes a twin, other data do not.
    Json again = json.at("teacher").at("experiment");
    again["seed"] = 2;
    again["data"]["validation_share"] = 0.3;
    run(again);
    EXPECT_FALSE(examine(*m_history, id, {}).twin);
    again["data"]["validation_share"] = 0.2;
    const RunId twin = run(again).students.front();
    const Examination after = examine(*m_history, id, {});
    ASSERT_TRUE(after.twin);
    EXPECT_EQ(after.twin->run, twin);
    EXPECT_TRUE(after.inheritance);
}

TEST_F(ExaminationTest, SiblingsAreOtherStudentsOfTheSameTeacherThoseOfItsDocumentFirst)
{
    Json json = spirals();
    json["seeds"] = {1, 2};
    const auto seeds = run(json).students;
    json["seeds"] = {1};
    json["stages"][0]["objective"][1]["temperature"] = 8;
    const RunId other = run(json).students.front();
    Json apart = spirals();
    apart["teacher"]["experiment"]["seed"] = 9; // of another teacher: no sibling
    run(apart);
    const Examination found = examine(*m_history, seeds.front(), {});
    EXPECT_THAT(found.siblings, ElementsAre(seeds[0], seeds[1], other));
    ASSERT_EQ(found.siblingAgreement.size(), 3u);
    const Choices first = choicesOf(predictionsOf(*m_history, seeds[0])), second = choicesOf(predictionsOf(*m_history, seeds[1]));
    EXPECT_EQ(found.siblingAgreement[0][0], 1);
    EXPECT_DOUBLE_EQ(found.siblingAgreement[0][1], agreement(first, second));
    EXPECT_DOUBLE_EQ(found.siblingAgreement[1][0], agreement(first, second));
    // A run whose answers are gone and cannot be made again is left out.
    std::filesystem::remove_all(m_folder / "runs" / other);
    EXPECT_THAT(examine(*m_history, seeds.front(), {}).siblings, ElementsAre(seeds[0], seeds[1]));
}

TEST_F(ExaminationTest, MeasuresSimilarityAndCorruptionWhenAsked)
{
    const RunId id = run(withControls()).students.front();
    const Examination found = examine(*m_history, id, {.similarity = true, .corruption = true});
    // hidden1, hidden2, penultimate, logits of the teacher; one hidden layer less of the student.
    std::set<std::string> ofTeacher, ofStudent;
    for (const SimilarityCell& cell : found.similarity) {
        EXPECT_GT(cell.cka, 0);
        EXPECT_LE(cell.cka, 1 + 1e-9);
        ofTeacher.insert(cell.teacherTap);
        ofStudent.insert(cell.studentTap);
    }
    EXPECT_EQ(ofTeacher.size(), ofStudent.size() + 1);
    EXPECT_EQ(found.similarity.size(), ofTeacher.size() * ofStudent.size());
    for (const NetworkFigures* figures : {&found.student, &found.teacher, &*found.alone}) {
        ASSERT_EQ(figures->corrupted.size(), 4u); // clean, and three strengths of the one corruption that points have
        EXPECT_EQ(figures->corrupted[0].first, "clean");
        EXPECT_NEAR(figures->corrupted[0].second, figures->accuracy, 1e-9);
        EXPECT_EQ(figures->corrupted[1].first, "noise 0.1");
        EXPECT_EQ(figures->corrupted[3].first, "noise 0.4");
    }
    EXPECT_TRUE(found.twin->corrupted.empty());
    const Examination again = examine(*m_history, id, {.corruption = true});
    EXPECT_EQ(again.student.corrupted, found.student.corrupted);
    EXPECT_TRUE(again.similarity.empty());
}

TEST_F(ExaminationTest, EndsEarly)
{
    const RunId id = run(withControls()).students.front();
    const Examination found = examine(*m_history, id, {.similarity = true, .corruption = true}, [] { return false; });
    EXPECT_TRUE(found.similarity.empty());
    EXPECT_TRUE(found.student.corrupted.empty());
}

TEST_F(ExaminationTest, OfSeveralTeachersIsOfTheirCombinedAnswer)
{
    Json json = spirals();
    Json member = json.at("teacher");
    json["teacher"] = {{"kind", "ensemble"}, {"members", Json::array()}};
    for (const int seed : {1, 2}) {
        member["experiment"]["seed"] = seed;
        json["teacher"]["members"].push_back(member);
    }
    const RunId id = run(json).students.front();
    const Examination found = examine(*m_history, id, {.similarity = true, .corruption = true});
    EXPECT_EQ(found.teacher.run, "");
    EXPECT_EQ(found.teacher.name, "Ensemble of 2");
    EXPECT_NEAR(found.agreement, summarised(id, "agreement"), 1e-9);
    EXPECT_NEAR(found.divergence, summarised(id, "kl"), 1e-6);
    EXPECT_NEAR(found.teacher.accuracy, row(id).summary.at("teacher").at("test").at("accuracy").get<double>(), 1e-9);
    EXPECT_NEAR(found.teacher.corrupted.at(0).second, found.teacher.accuracy, 1e-9);
    EXPECT_TRUE(found.similarity.empty());
    EXPECT_THAT(found.noInheritance, HasSubstr("several teachers"));
}

TEST_F(ExaminationTest, ATeacherOfOtherDataIsAskedAboutTheStudents)
{
    Json json = spirals();
    json["teacher"]["experiment"]["data"]["dataset"]["samples"] = 900;
    const RunId id = run(json).students.front();
    const Examination found = examine(*m_history, id, {});
    EXPECT_NEAR(found.agreement, summarised(id, "agreement"), 1e-9);
    EXPECT_NEAR(found.divergence, summarised(id, "kl"), 1e-6);
}

TEST_F(ExaminationTest, SaysWhyItCannotBe)
{
    EXPECT_THAT(refusalOf("nothing"), HasSubstr("There is no run nothing"));
    Json json = spirals();
    const auto submission = run(json);
    EXPECT_THAT(refusalOf(submission.teachers.front()), HasSubstr("has no teacher"));
    json["teacher"] = {{"kind", "random"}, {"model", {{"kind", "mlp"}, {"hidden", {8}}}}};
    EXPECT_THAT(refusalOf(run(json).students.front()), HasSubstr("no run (random)"));
    // The teacher's answers are gone, and its weights with them.
    std::filesystem::remove_all(m_folder / "runs" / submission.teachers.front());
    EXPECT_THAT(refusalOf(submission.students.front()), HasSubstr("are gone"));
}

} // namespace
