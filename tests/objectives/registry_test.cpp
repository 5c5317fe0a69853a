// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <set>

namespace distill::test {

namespace {

TEST(Registry, EveryKindIsWholeAndCanBeMade)
{
    std::set<std::string> names;
    for (const Kind& kind : objectiveKinds()) {
        EXPECT_TRUE(names.insert(kind.name).second) << kind.name << " is there twice";
        EXPECT_FALSE(kind.title.empty() || kind.help.empty() || kind.formula.empty() || kind.paper.empty())
            << kind.name;
        const std::unique_ptr<Objective> objective = makeObjective({kind.name, Json::object()});
        EXPECT_EQ(objective->needsTeacher(), kind.needsTeacher) << kind.name;
        EXPECT_EQ(objectiveNeedsTeacher(kind.name), kind.needsTeacher) << kind.name;
        for (const Field& field : kind.fields) {
            EXPECT_FALSE(field.help.empty()) << kind.name << "." << field.key;
        }
    }
    EXPECT_EQ(names, (std::set<std::string>{"cross_entropy", "kd", "logit_mse", "hint", "at"}));
    EXPECT_FALSE(objectiveNeedsTeacher("cross_entropy"));
    EXPECT_TRUE(objectiveNeedsTeacher("kd"));
}

TEST(Registry, TheTemperatureCanBeTunedOnALogarithmicScale)
{
    const Kind& kind = objectiveKinds().at(1);
    ASSERT_EQ(kind.name, "kd");
    const Field& temperature = kind.fields.at(0);
    EXPECT_EQ(temperature.key, "temperature");
    EXPECT_EQ(temperature.type, Field::Type::Number);
    EXPECT_EQ(temperature.defaultValue, 4.0);
    EXPECT_EQ(temperature.minimum, 0.01);
    EXPECT_EQ(temperature.maximum, 1000);
    EXPECT_TRUE(temperature.tunable);
    EXPECT_TRUE(temperature.logarithmic);
}

TEST(Registry, AnUnknownKindIsNamedWithTheKnownOnes)
{
    const std::string error = errorOf([] { makeObjective({"kdd", Json::object()}); });
    EXPECT_NE(error.find("\"kdd\""), std::string::npos) << error;
    EXPECT_NE(error.find("cross_entropy, kd, logit_mse, hint, at"), std::string::npos) << error;
    errorOf([] { objectiveNeedsTeacher(""); });
}

} // namespace

} // namespace distill::test
