// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/protocol.h"

#include "sample.h"

#include <gmock/gmock.h>

namespace distill::test {
namespace {

Json fair(const char* text, int seeds = 3)
{
    const Document document = Document::parse(text);
    const Document changed = withFix(sample::schema(), document, {"", fairProtocol(sample::schema(), document, seeds)});
    EXPECT_TRUE(sample::schema().check(changed).empty()) << changed.text();
    EXPECT_TRUE(fairProtocol(sample::schema(), changed, seeds).empty()) << "once is enough";
    return changed.json();
}

TEST(FairProtocol, AddsControlsAndSeeds)
{
    const Json changed = fair(R"({"seed": 7, "teacher": {"kind": "run", "run": "01ABCDEF"}})");
    EXPECT_EQ(changed["controls"], Json::parse(R"({"student_alone": true, "twin": true, "random_teacher": true})"));
    EXPECT_EQ(changed["seeds"], Json::parse("[7, 8, 9]"));
}

TEST(FairProtocol, KeepsWhatIsThere)
{
    const Json changed = fair(R"({"seeds": [5, 3], "controls": {"twin": true}, "teacher": {"kind": "run", "run": "01ABCDEF"}})", 4);
    EXPECT_EQ(changed["seeds"], Json::parse("[5, 3, 6, 7]"));
    EXPECT_EQ(changed["controls"]["student_alone"], true);
    EXPECT_EQ(fair(R"({"seeds": [1, 2, 3, 4, 5], "teacher": {"kind": "run", "run": "01ABCDEF"}})", 3)["seeds"].size(), 5u);
}

TEST(FairProtocol, LeavesOutControlsThatCannotBe)
{
    const Json ofWeights = fair(R"({"teacher": {"kind": "weights", "file": "a.safetensors", "model": {"kind": "mlp"}}})");
    EXPECT_FALSE(ofWeights["controls"].contains("twin"));
    EXPECT_EQ(ofWeights["controls"]["random_teacher"], true);
    const Json ofGenerations = fair(R"({"generations": 2, "teacher": {"kind": "run", "run": "01ABCDEF"}})");
    EXPECT_EQ(ofGenerations["controls"], Json::parse(R"({"student_alone": true})"));
}

TEST(FairProtocol, HasNothingToAddWithoutATeacher)
{
    EXPECT_TRUE(fairProtocol(sample::schema(), Document::parse(R"({"name": "Alone"})")).empty());
    EXPECT_TRUE(fairProtocol(sample::schema(), Document::parse(R"({"name": 3})")).empty());
}

} // namespace
} // namespace distill::test
