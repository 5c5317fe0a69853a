// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include "objectives/common.h"

#include <gmock/gmock.h>

namespace distill::test {

using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// What an objective prepared for one pair of layers of these shapes says and learns.
struct Prepared {
    std::vector<std::string> remarks;
    std::int64_t learned = 0;
};

Prepared prepared(const std::string& kind, const Shape& from, const Shape& to, Json parameters = Json::object())
{
    ShapedModel student({{"thin", from}, {"logits", {10}}}), teacher({{"wide", to}, {"logits", {10}}});
    at::Generator generator = generatorOf(3);
    const bool several = kind != "hint" && kind != "srd";
    parameters[several ? "student_taps" : "student_tap"] = several ? Json::array({"thin"}) : Json("thin");
    parameters[several ? "teacher_taps" : "teacher_tap"] = several ? Json::array({"wide"}) : Json("wide");
    const auto objective = makeObjective({kind, parameters});
    objective->prepare(settingOf(student, &teacher, {1, 4, 4}, generator));
    return {objective->remarks(), objective->learnedParameters()};
}

TEST(Remarks, OfAHintNameTheRegressorWithItsParameters)
{
    const Prepared channels = prepared("hint", {16, 14, 14}, {64, 14, 14});
    EXPECT_THAT(channels.remarks,
                ElementsAre("a 1x1 convolution with batch norm and ReLU brings the student's thin (16 x 14 x 14) to the teacher's "
                            "wide (64 x 14 x 14): 1,216 parameters"));
    EXPECT_EQ(channels.learned, 16 * 64 + 64 + 2 * 64);
    const Prepared halved = prepared("hint", {16, 14, 14}, {32, 7, 7}, {{"regressor_norm", false}});
    EXPECT_THAT(halved.remarks,
                ElementsAre("a 3x3 convolution of stride 2 brings the student's thin (16 x 14 x 14) to the teacher's wide (32 x 7 "
                            "x 7): 4,640 parameters"));
    EXPECT_EQ(halved.learned, 16 * 32 * 9 + 32);
    const Prepared vectors = prepared("hint", {64}, {256});
    EXPECT_THAT(vectors.remarks,
                ElementsAre("a linear layer brings the student's thin (64) to the teacher's wide (256): 16,640 parameters"));
    EXPECT_EQ(vectors.learned, 64 * 256 + 256);
}

TEST(Remarks, AreNoneWhereNothingIsPutBetween)
{
    const Prepared plain = prepared("hint", {16, 14, 14}, {16, 14, 14}, {{"regressor", "none"}});
    EXPECT_THAT(plain.remarks, IsEmpty());
    EXPECT_EQ(plain.learned, 0);
    EXPECT_THAT(prepared("at", {16, 14, 14}, {64, 14, 14}).remarks, IsEmpty()); // channels are summed
    EXPECT_THAT(prepared("hidden_mse", {64}, {64}).remarks, IsEmpty());
    EXPECT_EQ(prepared("ab", {8, 4, 4}, {8, 4, 4}).learned, 0);
}

TEST(Remarks, SayWhichMapIsPooledToWhichSize)
{
    for (const char* kind : {"at", "nst"}) {
        EXPECT_THAT(prepared(kind, {16, 14, 14}, {16, 28, 28}).remarks,
                    ElementsAre("the teacher's wide (16 x 28 x 28) is pooled to 14 x 14 by averages"))
            << kind;
        EXPECT_THAT(prepared(kind, {16, 28, 14}, {16, 14, 28}).remarks,
                    ElementsAre("the student's thin (16 x 28 x 14) is pooled to 14 x 14 by averages",
                                "the teacher's wide (16 x 14 x 28) is pooled to 14 x 14 by averages"))
            << kind;
    }
    const std::vector<std::string> both = prepared("ab", {8, 8, 8}, {16, 4, 4}).remarks;
    EXPECT_THAT(both,
                ElementsAre("a 1x1 convolution with batch norm brings the student's thin (8 x 8 x 8) to the teacher's wide (16 x 4 "
                            "x 4): 160 parameters",
                            "the student's thin (8 x 8 x 8) is pooled to 4 x 4 by averages"));
}

/// The counts in the remarks are those of the learned parts, all of them.
TEST(Remarks, CountWhatIsLearned)
{
    at::Generator generator = generatorOf(5);
    const InputShape shape{1, 28, 28};
    const auto student = makeModel({"resnet", {{"depth", 8}}}, shape, 10, generator);
    const auto teacher = makeModel({"resnet", {{"depth", 14}, {"width_factor", 2}}}, shape, 10, generator);
    ObjectiveSetting setting = settingOf(*student, teacher.get(), shape, generator);
    setting.samples = 30;
    setting.trainingLabels = at::arange(30, at::kLong).remainder(10);
    for (const std::string kind : {"hint", "vid", "ft", "ab", "ofd", "reviewkd", "crd", "srd", "mgd", "correlation", "ickd",
                                   "hidden_mse", "at", "sp", "kd"}) {
        const auto objective = makeObjective({kind, Json::object()});
        objective->prepare(setting);
        std::int64_t said = 0;
        for (std::string remark : objective->remarks()) {
            const std::string end = " parameters";
            if (remark.ends_with(end)) {
                remark.erase(std::remove(remark.begin(), remark.end(), ','), remark.end());
                said += std::stoll(remark.substr(remark.rfind(": ") + 2));
            }
        }
        EXPECT_EQ(said, objective->learnedParameters()) << kind;
        EXPECT_EQ(said > 0, kind != "at" && kind != "sp" && kind != "kd") << kind;
    }
}

TEST(Remarks, APairThatCannotBeIsNamed)
{
    try {
        prepared("at", {16, 14, 14}, {64});
        FAIL();
    } catch (const PairMismatch& mismatch) {
        EXPECT_EQ(mismatch.student, "thin");
        EXPECT_EQ(mismatch.teacher, "wide");
    }
}

} // namespace
} // namespace distill::test
