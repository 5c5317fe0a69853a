// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace.h"

using namespace distill;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

class TermsTest : public test::WorkspaceTest {
protected:
    /// A resnet8 that learns from an inline resnet14 of twice the width, with this objective.
    Json networks(const Json& objective) const
    {
        Json json = pictures();
        json["teacher"] = {{"kind", "experiment"}, {"experiment", pictures()}};
        json["teacher"]["experiment"]["student"]["model"] = {{"kind", "resnet"}, {"depth", 14}, {"width_factor", 2}};
        json["stages"][0]["objective"] = objective;
        return json;
    }
    TermInspection inspect(const Json& objective, const std::string& term = "/stages/0/objective/0") const
    {
        return inspectTerm(Document::fromJson(networks(objective)), term, m_history.get());
    }
    Plan planOf(const Json& json) const { return plan(Document::fromJson(json), m_history.get()); }
};

TEST_F(TermsTest, ThePlanCountsWhatTheObjectiveLearns)
{
    const Json hint = {{"kind", "hint"}, {"student_tap", "penultimate"}, {"teacher_tap", "penultimate"}};
    const std::int64_t regressor = 64 * 128 + 128;
    EXPECT_EQ(planOf(networks(Json::array({{{"kind", "kd"}}}))).learnedParameters, 0);
    EXPECT_EQ(planOf(networks(Json::array({{{"kind", "kd"}}, hint, hint}))).learnedParameters, 2 * regressor);
    Json muted = hint;
    muted["muted"] = true;
    EXPECT_EQ(planOf(networks(Json::array({{{"kind", "kd"}}, hint, muted}))).learnedParameters, regressor);

    Json stages = networks(Json::array({hint}));
    stages["stages"].push_back(stages["stages"][0]);
    stages["stages"][1]["objective"] = Json::array({hint, {{"kind", "kd"}}, hint});
    const Plan planned = planOf(stages); // of the stage that has most
    EXPECT_EQ(planned.learnedParameters, 2 * regressor);
    ASSERT_EQ(planned.terms.size(), 4U);
    EXPECT_EQ(planned.terms[3].term, "/stages/1/objective/2");
    EXPECT_EQ(planned.terms[3].learnedParameters, regressor);
    EXPECT_THAT(planned.terms[3].remarks, ElementsAre(HasSubstr("8,320 parameters")));
}

TEST_F(TermsTest, LayersComeWithShapesAndWhatTheyCost)
{
    const TermInspection found = inspect(Json::array({{{"kind", "at"}}}));
    ASSERT_TRUE(found.teacher);
    EXPECT_EQ(found.student.label, "resnet8");
    EXPECT_EQ(found.teacher->label, "resnet14x2");
    EXPECT_EQ(found.problem, "");
    for (const ModelCost* model : {&found.student, &*found.teacher}) {
        std::vector<std::string> names;
        std::int64_t before = 0;
        for (const LayerOutline& layer : model->layers) {
            names.push_back(layer.name);
            EXPECT_GE(layer.multiplyAdds, before) << layer.name;
            before = layer.multiplyAdds;
        }
        EXPECT_THAT(names, ElementsAre("stem", "stage1.pre", "stage1", "stage2.pre", "stage2", "stage3.pre", "stage3",
                                       "penultimate", "logits"));
        EXPECT_EQ(model->layers.back().multiplyAdds, model->multiplyAdds);
        EXPECT_EQ(model->layers.back().parameters, model->parameters);
    }
    // Of 16 x 16 pixels: the stem, then one block of two convolutions.
    EXPECT_EQ(found.student.layers[0].multiplyAdds, 9 * 16 * 256);
    EXPECT_EQ(found.student.layers[0].parameters, 9 * 16 + 2 * 16);
    EXPECT_EQ(found.student.layers[2].multiplyAdds, 9 * 16 * 256 + 2 * 9 * 16 * 16 * 256);
    EXPECT_THAT(found.student.layers[4].shape, ElementsAre(32, 8, 8));
    EXPECT_THAT(found.teacher->layers[7].shape, ElementsAre(128));
}

TEST_F(TermsTest, APairThatFitsSaysWhatIsPutBetween)
{
    const Json fits = {{"kind", "at"}, {"student_taps", {"stage2"}}, {"teacher_taps", {"stage1"}}};
    const TermInspection found = inspect(Json::array({{{"kind", "kd"}}, fits}), "/stages/0/objective/1");
    EXPECT_EQ(found.problem, "");
    EXPECT_THAT(found.outline.remarks, ElementsAre("the teacher's stage1 (32 x 16 x 16) is pooled to 8 x 8 by averages"));
}

TEST_F(TermsTest, APairThatDoesNotFitSaysWhyInTheMethodsOwnSentence)
{
    const Json mixed = {{"kind", "at"}, {"student_taps", {"stage1", "stage2"}}, {"teacher_taps", {"stage1", "penultimate"}}};
    const TermInspection found = inspect(Json::array({mixed}));
    EXPECT_THAT(found.problem, HasSubstr("attention is a map over pixels"));
    EXPECT_EQ(found.studentLayer, "stage2");
    EXPECT_EQ(found.teacherLayer, "penultimate");
    EXPECT_THAT(found.outline.remarks, IsEmpty());
}

TEST_F(TermsTest, WhatIsWrongElsewhereDoesNotMatter)
{
    Json json = networks(Json::array({{{"kind", "hint"}, {"weight", -3}}, {{"kind", "nonsense"}}}));
    json["stages"][0]["epochs"] = "many";
    const TermInspection found = inspectTerm(Document::fromJson(json), "/stages/0/objective/0", m_history.get());
    EXPECT_EQ(found.problem, "");
    EXPECT_THAT(found.outline.remarks, ElementsAre(HasSubstr("brings the student's stage2")));

    const TermInspection none
        = inspect(Json::array({{{"kind", "at"}, {"student_taps", Json::array()}, {"teacher_taps", Json::array()}}}));
    EXPECT_THAT(none.problem, HasSubstr("name no layer"));
    EXPECT_EQ(none.student.layers.size(), 9U);
    EXPECT_THAT(inspect(Json::array({{{"kind", "at"}, {"power", "high"}}})).problem, StartsWith("power: expected "));
    EXPECT_THROW(inspect(Json::array({{{"kind", "at"}}}), "/stages/0/objective/7"), InputError);
}

TEST_F(TermsTest, TheTermOfAnInlineTeacherHasItsOwnNetworks)
{
    Json json = networks(Json::array({{{"kind", "kd"}}}));
    json["teacher"]["experiment"]["stages"][0]["objective"] = Json::array({{{"kind", "hint"}}});
    const TermInspection found
        = inspectTerm(Document::fromJson(json), "/teacher/experiment/stages/0/objective/0", m_history.get());
    EXPECT_EQ(found.student.label, "resnet14x2");
    EXPECT_FALSE(found.teacher);
    EXPECT_THAT(found.problem, HasSubstr("looks at the teacher's inner layers"));
}

TEST_F(TermsTest, TheLossIsWrittenWithTheDocumentsNumbers)
{
    Json json = spirals();
    EXPECT_THAT(lossFormula(json, "/stages/0"),
                ElementsAre("L = 0.5 CE + 0.5 KD", StartsWith("CE = mean over labelled samples of -log q_y"),
                            StartsWith("KD = (16/B) ")));
    EXPECT_THAT(lossFormula(json, "/teacher/experiment/stages/0"), ElementsAre("L = CE", StartsWith("CE = ")));
    EXPECT_THAT(lossFormula(Json::object(), "/stages/0"), ElementsAre("L = CE", StartsWith("CE = ")));
    json["stages"][0]["learning_rate"] = -1; // not the loss's business
    json["stages"][0]["objective"][1]["temperature"] = 2;
    EXPECT_THAT(lossFormula(json, "/stages/0").at(2), StartsWith("KD = (4/B) "));
    json["data"]["augmentation"] = {{"mixup", 0.2}};
    EXPECT_THAT(lossFormula(json, "/stages/0").back(), StartsWith("of a mixed sample"));
    json["stages"][0]["objective"][1]["temperature"] = "warm";
    EXPECT_THAT(lossFormula(json, "/stages/0"), IsEmpty());
    EXPECT_THAT(objectiveFormula("kd", {{"temperature", 3}}), StartsWith("(9/B) "));
    EXPECT_THROW(objectiveFormula("kd", {{"temperature", -3}}), InputError);
}

TEST(LossFormula, SaysWhoTeachesAndWhatBalancesTheTerms)
{
    Json json = {{"teacher", {{"kind", "ensemble"}, {"temperature", 4}}},
                 {"stages", {{{"balance", {{"kind", "gradients"}}}, {"objective", {{{"kind", "cross_entropy"}}, {{"kind", "kd"}, {"weight", 2}}}}}}}};
    const auto contains = [&](const std::string& text) {
        const auto lines = lossFormula(json, "/stages/0");
        return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
    };
    EXPECT_TRUE(contains("L = CE + 2 f_KD KD"));
    EXPECT_TRUE(contains("f_KD = |grad CE| / |grad KD|"));
    EXPECT_TRUE(contains("z_t = 4 log of the weighted mean of softmax(z/4)"));
    json["stages"][0]["balance"]["kind"] = "values";
    json["teacher"] = {{"kind", "peers"}};
    EXPECT_TRUE(contains("f_KD = CE / KD"));
    EXPECT_TRUE(contains("each other network's z_s"));
    json["stages"][0].erase("balance");
    EXPECT_FALSE(contains("f_KD"));
}

} // namespace
