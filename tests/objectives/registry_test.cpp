// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <gmock/gmock.h>

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
    // What documents and scripts call them by.
    for (const char* name :
         {"cross_entropy", "kd", "logit_mse", "dkd", "logit_standardisation", "dist", "hint", "at", "sp", "pkt", "rkd", "correlation",
          "vid", "crd", "nst", "fsp", "ft", "ab", "ofd", "reviewkd", "hcl", "kdsvd", "ickd", "srd", "mgd", "teacher_free", "dml",
          "forward_kl", "reverse_kl", "symmetric_kl", "jsd", "gkd", "tvd", "skew_forward_kl", "skew_reverse_kl", "sparse_kl",
          "sparse_jsd", "sparse_tvd", "hinge_ranking", "logistic_ranking", "uld", "hidden_mse", "hidden_cosine", "pkd",
          "attention_mse", "attention_ce", "minilm", "dpo", "sequence_ce"}) {
        EXPECT_EQ(names.erase(name), 1U) << name;
    }
    EXPECT_THAT(names, testing::IsEmpty());
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
