// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"
#include "experiment/advice.h"

#include <set>

namespace distill {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

namespace {

std::set<std::string> rulesOf(const Document& document)
{
    EXPECT_THAT(schema().check(document), IsEmpty()) << document.text();
    std::set<std::string> rules;
    for (const Advice& advice : advise(schema(), document)) {
        rules.insert(advice.rule);
        if (advice.fix) {
            const Document fixed = withFix(schema(), document, *advice.fix);
            EXPECT_THAT(schema().check(fixed), IsEmpty()) << fixed.text();
            for (const Advice& left : advise(schema(), fixed)) {
                EXPECT_FALSE(left.rule == advice.rule && left.pointer == advice.pointer) << advice.rule << fixed.text();
            }
        }
    }
    return rules;
}

TEST(AdviceOnWhatThereIs, TheReadyMadeExperimentsNeedNone)
{
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(DISTILL_EXPERIMENTS)) {
        if (entry.path().extension() == ".json") {
            EXPECT_THAT(rulesOf(Document::load(entry.path())), IsEmpty()) << entry.path();
            ++seen;
        }
    }
    EXPECT_GE(seen, 5);
}

/// Objectives as they are by default, and under each published convention, beside the labels. What is said then is true there.
TEST(AdviceOnWhatThereIs, PublishedConventionsAreLeftInPeace)
{
    const std::map<std::string, std::string> known = {{"kd textbrewer", "t2_missing"},
                                                      {"kd modelopt", "mean_over_classes"},
                                                      {"teacher_free tf-kd", "mean_over_classes"},
                                                      {"teacher_free kd_lib", "mean_over_classes"},
                                                      {"dist torchdistill-dist+", "rises_with_agreement"}};
    for (const Kind& kind : schema().catalogue().objectives) {
        std::vector<Preset> presets = kind.presets;
        presets.push_back({"default", "", Json::object()});
        for (const Preset& preset : presets) {
            Json term = preset.parameters;
            term["kind"] = kind.name;
            const Json labels = {{"kind", "cross_entropy"}, {"weight", kind.name == "logit_standardisation" ? 0.1 : 1}};
            Json document = {{"stages", {{{"objective", {labels, term}}}}}};
            if (kind.needsTeacher) {
                document["teacher"] = {{"kind", "run"}, {"run", "a1b2"}};
            }
            const std::string name = kind.name + " " + preset.name;
            const auto found = known.find(name);
            const std::set<std::string> expected = found == known.end() ? std::set<std::string>() : std::set{found->second};
            EXPECT_EQ(rulesOf(Document::fromJson(document)), expected) << name;
        }
    }
    for (const auto& [kind, weight] : std::map<std::string, double>{{"at", 1000},
                                                                    {"sp", 3000},
                                                                    {"pkt", 30000},
                                                                    {"hint", 100},
                                                                    {"ft", 200},
                                                                    {"fsp", 50},
                                                                    {"correlation", 0.02},
                                                                    {"logit_standardisation", 9}}) {
        const Json objective = {{{"kind", "cross_entropy"}}, {{"kind", kind}, {"weight", weight}}};
        EXPECT_THAT(
            rulesOf(Document::fromJson({{"teacher", {{"kind", "run"}, {"run", "a"}}}, {"stages", {{{"objective", objective}}}}})),
            IsEmpty())
            << kind;
    }
}

TEST(AdviceOnWhatThereIs, TraitsFollowTheParameters)
{
    const auto traits = [](const char* name, Json parameters) {
        const Json term = Json{{"kind", name}};
        Json resolved = schema().resolve({{"teacher", {{"kind", "run"}, {"run", "a"}}}, {"stages", {{{"objective", {term}}}}}});
        Json all = resolved["stages"][0]["objective"][0];
        if (parameters.is_object()) {
            all.update(parameters);
        }
        return findKind(schema().catalogue().objectives, name)->traits(all);
    };
    EXPECT_TRUE(traits("cross_entropy", {}).needsLabels);
    EXPECT_FALSE(traits("cross_entropy", {}).needsOneClass); // it knows both of a mixed sample's
    EXPECT_FALSE(traits("kd", {}).needsLabels);
    EXPECT_TRUE(traits("dkd", {}).needsOneClass);
    EXPECT_TRUE(traits("crd", {}).needsLabels);
    EXPECT_FALSE(traits("crd", {{"negatives", "relax"}}).needsLabels);
    EXPECT_TRUE(traits("dist", {}).relatesSamples);
    EXPECT_FALSE(traits("dist", {{"gamma", 0.0}}).relatesSamples);
    EXPECT_FALSE(traits("at", {}).relatesSamples);
}

class CheckCommand : public test::CommandLineTest {
protected:
    /// Taught without T^2, in batches of 4 samples that are compared.
    static Json strange()
    {
        Json document = spirals();
        Json& stage = document["stages"][0];
        stage["batch_size"] = 4;
        stage["epochs"] = 0.1;
        stage["objective"][1]["scale_by_t2"] = false;
        stage["objective"].push_back({{"kind", "dist"}});
        return document;
    }
};

TEST_F(CheckCommand, GivesAdviceAndIsContentAllTheSame)
{
    const std::string file = write("e.json", strange());
    for (const std::vector<std::string>& how : {std::vector<std::string>{"check", file}, {"check", file, "--document"}}) {
        const Output output = distill(how);
        EXPECT_EQ(output.code, 0);
        EXPECT_THAT(output.err, IsEmpty());
        EXPECT_THAT(output.out, HasSubstr("e.json: sound"));
        const int line = Document::load(file).lineOf("/stages/0/batch_size");
        EXPECT_THAT(output.out, HasSubstr("e.json, line " + std::to_string(line) + ", /stages/0/batch_size: \"dist\" compares"));
        EXPECT_THAT(output.out, HasSubstr("    fix: /stages/0/batch_size=64\n"));
        EXPECT_THAT(output.out, HasSubstr("    fix: /stages/0/objective/1/scale_by_t2=true\n"));
        EXPECT_LT(output.out.find("sound"), output.out.find("line "));
    }
    EXPECT_THAT(distill({"check", write("good.json", spirals()), "--document"}).out, Not(HasSubstr("fix:")));
}

TEST_F(CheckCommand, PrintsProblemsAndAdviceAsJson)
{
    Json wrong = spirals();
    wrong["stages"][0]["epochz"] = 1;
    const Output output
        = distill({"check", write("e.json", strange()), write("wrong.json", wrong), path("missing.json"), "--json"});
    EXPECT_EQ(output.code, 2);
    EXPECT_THAT(output.err, IsEmpty());
    const Json all = Json::parse(output.out);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0]["sound"], true);
    EXPECT_EQ(all[0]["plan"]["runs"], 2);
    EXPECT_THAT(all[0]["problems"], IsEmpty());
    ASSERT_EQ(all[0]["advice"].size(), 2U);
    const Json& advice = all[0]["advice"][0];
    EXPECT_EQ(advice["rule"], "t2_missing");
    EXPECT_EQ(advice["pointer"], "/stages/0/objective/1/scale_by_t2");
    EXPECT_EQ(advice["fix"]["edits"], Json::parse(R"([{"pointer": "/stages/0/objective/1/scale_by_t2", "value": true}])"));
    EXPECT_EQ(all[1]["sound"], false);
    EXPECT_EQ(all[1]["problems"][0]["pointer"], "/stages/0/epochz");
    EXPECT_GT(all[1]["problems"][0]["line"], 1);
    EXPECT_FALSE(all[1].contains("plan"));
    EXPECT_THAT(all[2]["problems"][0]["message"].get<std::string>(), HasSubstr("missing.json"));
}

TEST_F(CheckCommand, WritesWhatTheFixesMake)
{
    const std::string file = write("e.json", strange()), good = write("good.json", spirals());
    std::filesystem::create_symlink(file, path("link.json"));
    const auto textOf = [](const std::string& name) {
        std::ifstream in(name);
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    const std::string before = textOf(good);
    const Output output = distill({"check", "--fix", path("link.json"), good, "--document"});
    EXPECT_EQ(output.code, 0) << output.err;
    EXPECT_THAT(output.out, HasSubstr("link.json: fixed: /stages/0/batch_size=64\n"));
    EXPECT_THAT(output.out, HasSubstr("link.json: fixed: /stages/0/objective/1/scale_by_t2=true\n"));
    EXPECT_THAT(output.out, Not(HasSubstr("fix:")));
    EXPECT_EQ(textOf(good), before); // to the byte: there was nothing to fix
    EXPECT_TRUE(std::filesystem::is_symlink(path("link.json")));
    Json expected = strange();
    expected["stages"][0]["batch_size"] = 64;
    expected["stages"][0]["objective"][1]["scale_by_t2"] = true;
    EXPECT_EQ(Json::parse(textOf(file)), expected);
    EXPECT_THAT(distill({"check", "--fix", file, "--document"}).out, Not(HasSubstr("fixed")));
}

TEST_F(CheckCommand, AFixServesAsAnAssignment)
{
    Json document = spirals();
    document["stages"][0]["objective"].erase(1); // nothing learns from the teacher
    document.erase("seed");
    const std::string file = write("e.json", document);
    const Output output = distill({"check", file, "--document"});
    const std::string start = "    fix: '", assignment = "/stages/0/objective/-={\"kind\":\"kd\"}";
    EXPECT_THAT(output.out, HasSubstr(start + assignment + "'\n"));
    const Output run = distill({"run", file, "--set", assignment, "--set", "/stages/0/epochs=0.1", "--json"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_THAT(run.err, IsEmpty());
}

TEST_F(CheckCommand, ARunGivesItsAdviceBesideItsOutput)
{
    const std::string file = write("e.json", strange());
    const Output run = distill({"run", file, "--json"});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(Json::parse(run.out).contains("student"));
    EXPECT_THAT(run.err, HasSubstr("Advice: " + file));
    EXPECT_THAT(run.err, HasSubstr("/stages/0/batch_size: \"dist\" compares"));
    const Output quiet
        = distill({"run", file, "--json", "--set", "/stages/0/batch_size=64", "--set", "/stages/0/objective/1/scale_by_t2=true"});
    EXPECT_THAT(quiet.err, IsEmpty());
}

} // namespace
} // namespace distill
