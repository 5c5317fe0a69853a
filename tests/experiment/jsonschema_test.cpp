// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <gmock/gmock.h>
#include <random>
#include <regex>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace distill {
namespace {

/// Another program's reading of the JSON Schema.
class Valijson {
public:
    explicit Valijson(const Json& jsonSchema)
        : m_json(nlohmann::json::parse(jsonSchema.dump()))
    {
        valijson::SchemaParser().populateSchema(valijson::adapters::NlohmannJsonAdapter(m_json), m_schema);
    }
    bool accepts(const Json& document) const
    {
        nlohmann::json plain = nlohmann::json::parse(document.dump());
        writeWholeNumbersAsSuch(plain);
        return valijson::Validator(valijson::Validator::kStrongTypes)
            .validate(m_schema, valijson::adapters::NlohmannJsonAdapter(plain), nullptr);
    }

private:
    // JSON Schema takes 3.0 for an integer; this validator does not.
    static void writeWholeNumbersAsSuch(nlohmann::json& json)
    {
        if (json.is_number_float() && std::abs(json.get<double>()) < 1e15
            && json.get<double>() == std::floor(json.get<double>())) {
            json = static_cast<std::int64_t>(json.get<double>());
        }
        if (json.is_structured()) {
            for (auto& part : json) {
                writeWholeNumbersAsSuch(part);
            }
        }
    }

    nlohmann::json m_json;
    valijson::Schema m_schema;
};

TEST(JsonSchema, AcceptsEverySample)
{
    const Valijson validator(sample::schema().jsonSchema());
    for (const std::string& text : sample::documents()) {
        EXPECT_TRUE(validator.accepts(Json::parse(text))) << text;
        EXPECT_TRUE(validator.accepts(sample::schema().resolve(Json::parse(text)))) << text;
    }
}

TEST(JsonSchema, SaysWhatTheFieldsSay)
{
    const Json schema = sample::schema().jsonSchema();
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(schema["additionalProperties"], false);
    EXPECT_EQ(schema["properties"].size(), sample::schema().root().fields.size());
    const Json& stage = schema["properties"]["stages"]["items"];
    EXPECT_EQ(stage["properties"]["epochs"]["minimum"], 0);
    EXPECT_EQ(stage["properties"]["epochs"]["maximum"], 100000);
    EXPECT_EQ(stage["properties"]["epochs"]["default"], 5.0);
    const Json& terms = stage["properties"]["objective"]["items"]["oneOf"];
    ASSERT_EQ(terms.size(), 2u);
    EXPECT_EQ(terms[1]["title"], "Hinton's distillation");
    EXPECT_EQ(terms[1]["properties"]["kind"]["const"], "kd");
    EXPECT_TRUE(terms[1]["properties"].contains("temperature"));
    EXPECT_TRUE(terms[1]["properties"].contains("weight"));
    const Json& teachers = schema["properties"]["teacher"]["oneOf"];
    EXPECT_EQ(teachers[2]["properties"]["experiment"]["$ref"], "#");
    EXPECT_EQ(teachers[2]["required"], Json::array({"kind", "experiment"}));
}

/// One random change of one random value of a document.
class Mutator {
public:
    explicit Mutator(unsigned seed)
        : m_random(seed)
    {
    }

    Json mutate(Json document)
    {
        std::vector<Json::json_pointer> places;
        collect(document, Json::json_pointer(), places);
        const Json::json_pointer at = places[m_random() % places.size()];
        Json& value = document[at];
        switch (m_random() % 9) {
        case 0:
            value = nullptr;
            break;
        case 1:
            value = oneOf({Json(true), Json("text"), Json(-1), Json(0), Json(1), Json(0.5), Json(3.0), Json(1e12),
                           Json::array(), Json::object(), Json("")});
            break;
        case 2:
            if (value.is_object()) {
                value[oneOf({"epochs", "kind", "seed", "depth", "unknown", "weight", "final"}).get<std::string>()] = 1;
            } else if (value.is_number()) {
                value = -value.get<double>() - 1;
            }
            break;
        case 3:
            if (value.is_number()) {
                value = value.get<double>() * 1e7;
            }
            break;
        case 4:
        case 5:
            if (!at.empty() && document[at.parent_pointer()].is_object()) {
                document[at.parent_pointer()].erase(at.back());
            }
            break;
        case 6:
            if (value.is_string()) {
                value = oneOf(
                    {"mlp", "resnet", "kd", "cross_entropy", "sgd", "adam", "constant", "step", "none", "run", "csv"});
            }
            break;
        case 7:
            if (value.is_array() && !value.empty()) {
                value.push_back(value[0]);
            } else if (value.is_boolean()) {
                value = !value.get<bool>();
            }
            break;
        default:
            if (value.is_number_integer()) {
                value = value.get<std::int64_t>() + 1;
            } else if (value.is_number_float()) {
                value = value.get<double>() / 2;
            }
        }
        return document;
    }

private:
    Json oneOf(std::vector<Json> values) { return values[m_random() % values.size()]; }
    static void collect(const Json& json, const Json::json_pointer& at, std::vector<Json::json_pointer>& places)
    {
        if (!at.empty()) {
            places.push_back(at);
        }
        if (json.is_object()) {
            for (const auto& [key, value] : json.items()) {
                collect(value, at / key, places);
            }
        } else if (json.is_array()) {
            for (std::size_t i = 0; i < json.size(); ++i) {
                collect(json[i], at / i, places);
            }
        }
    }
    std::mt19937 m_random;
};

TEST(JsonSchema, AgreesWithTheCheckOnChangedDocuments)
{
    // What a JSON Schema cannot say: rules between fields, distinct values, the form of a device's name.
    const std::regex beyond(
        "(learns from a teacher|expected each value once|the stage has no length|no teacher to compare|trained once more|replaced by a random one|several generations"
        "|expected as many numbers|where there is no teacher|while |later milestone|numbered GPU|one seed"
        "|a field and no value|values and bounds|no such field in this document|decides what is learned|seeds stand in /seeds"
        "|expected another field|expected each field once|lies within the other|values are kinds as a whole|above .\"minimum|how many combinations"
        "|combinations of these values|no sound experiment|a later rung|these are "
        "|that is not muted|has no temperature|a temperature cannot|at temperature 0|part that moves|a weight above 0"
        "|a teacher is one run|takes the place of the teacher|dot weighs)");
    const Schema& schema = sample::schema();
    const Valijson validator(schema.jsonSchema());
    Mutator mutator(20240117);
    int accepted = 0, refused = 0, ruled = 0;
    for (int i = 0; i < 3000; ++i) {
        Json document = Json::parse(sample::documents()[static_cast<std::size_t>(i) % sample::documents().size()]);
        if (i % 3 == 0) {
            document = schema.resolve(document);
        }
        if (document.empty()) {
            continue;
        }
        for (int change = i % 2; change >= 0; --change) {
            document = mutator.mutate(document);
        }
        if (!document.is_object() || document.empty()) {
            continue;
        }
        const std::vector<Problem> problems = schema.check(Document::fromJson(document));
        const bool valid = std::all_of(problems.begin(), problems.end(), [&](const Problem& problem) {
            // A sweep's values have the range of the field it moves.
            const bool swept = std::regex_search(problem.pointer, std::regex("^/sweep/fields/[0-9]+/values/"));
            return swept || std::regex_search(problem.message, beyond);
        });
        EXPECT_EQ(validator.accepts(document), valid) << document.dump() << "\n"
                                                      << (problems.empty() ? "no problem" : problems.front().sentence);
        ++(!valid ? refused : problems.empty() ? accepted : ruled);
    }
    EXPECT_GT(accepted, 300);
    EXPECT_GT(refused, 300);
    EXPECT_GT(ruled, 10);
}

} // namespace
} // namespace distill
