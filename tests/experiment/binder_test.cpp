// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <gmock/gmock.h>

namespace distill {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Inner {
    std::int64_t count = 2;
    void describe(Binder& b) { b.integer("count", count, {.help = "How many.", .unit = "pieces", .minimum = 0}); }
};
struct Item {
    double weight = 1;
    Selection choice{"b"};
    void describe(Binder& b)
    {
        b.number("weight", weight, {.help = "How much."});
        b.itemKind(choice, kinds, {.help = "Which."});
    }
    static inline std::vector<Kind> kinds = {{"a", "A", "", "", "", fieldsOf<Inner>(), {}}, {"b", "B", "", "", "", {}, {}}};
};
struct Outer {
    bool on = true;
    std::string word = "x";
    std::string mode = "slow";
    std::vector<double> numbers = {1, 2.5};
    std::vector<std::string> words;
    Inner inner;
    std::vector<Item> items = {Item{}, Item{}};
    Selection picked{"a", {{"count", 9}}};
    void describe(Binder& b)
    {
        b.boolean("on", on, {.help = "Whether."});
        b.text("word", word, {.help = "What."});
        b.choice("mode", mode, {{"slow", ""}, {"fast", ""}}, {.help = "How."});
        b.numbers("numbers", numbers, {.help = "Numbers.", .minimum = 0, .maximum = 10});
        b.texts("words", words, {.help = "Words."});
        b.object("inner", inner, {.help = "Inside."});
        b.list("items", items, {.help = "Items.", .minimum = 1});
        b.selection("picked", picked, Item::kinds, {.help = "Picked."});
    }
};

TEST(Binder, CollectsFieldsInOrderWithTheMembersAsDefaults)
{
    const std::vector<Field> fields = fieldsOf<Outer>();
    std::vector<std::string> keys;
    Json defaults;
    for (const Field& field : fields) {
        keys.push_back(field.key);
        defaults[field.key] = field.defaultValue;
    }
    EXPECT_THAT(keys, ElementsAre("on", "word", "mode", "numbers", "words", "inner", "items", "picked"));
    EXPECT_EQ(defaults, Json::parse(R"({"on": true, "word": "x", "mode": "slow", "numbers": [1.0, 2.5], "words": [],
        "inner": {"count": 2}, "items": [{"kind": "b", "weight": 1.0}, {"kind": "b", "weight": 1.0}],
        "picked": {"kind": "a", "count": 9}})"));
    EXPECT_EQ(fields[3].item.at(0).maximum, 10) << "a range given with a list of numbers is the range of each";
    EXPECT_FALSE(std::isfinite(fields[3].maximum));
    EXPECT_EQ(fields[6].item.at(0).type, Field::Type::Kind);
    EXPECT_EQ(fields[6].item.at(0).fields.at(0).key, "weight");
    EXPECT_EQ(fields[5].fields.at(0).unit, "pieces");
}

TEST(Binder, ReadsWhatItIsGivenAndLeavesTheRest)
{
    Outer outer;
    outer.word = "kept";
    readFields(Json::parse(R"({"on": false, "numbers": [4], "words": ["q"], "inner": {"count": 5}, "other": 1,
        "items": [{"kind": "a", "weight": 0.5, "count": 7}], "picked": {"kind": "b"}})"),
               outer);
    EXPECT_FALSE(outer.on);
    EXPECT_EQ(outer.word, "kept");
    EXPECT_THAT(outer.numbers, ElementsAre(4.0));
    EXPECT_THAT(outer.words, ElementsAre("q"));
    EXPECT_EQ(outer.inner.count, 5);
    ASSERT_EQ(outer.items.size(), 1u);
    EXPECT_EQ(outer.items[0].weight, 0.5);
    EXPECT_EQ(outer.items[0].choice.kind, "a");
    EXPECT_EQ(outer.items[0].choice.parameters, Json({{"count", 7}})) << "neither kind nor the common keys";
    EXPECT_EQ(outer.picked.kind, "b");
    EXPECT_TRUE(outer.picked.parameters.empty());
}

TEST(Binder, RefusesAnUncheckedDocumentInsteadOfCrashing)
{
    for (const char* text : {R"({"on": 3})", R"({"inner": []})", R"({"items": {}})", R"({"items": [3]})",
                             R"({"picked": {"kind": 3}})", R"({"picked": "a"})", R"({"numbers": ["x"]})", "[]"}) {
        Outer outer;
        EXPECT_THROW(readFields(Json::parse(text), outer), InputError) << text;
    }
}

TEST(Binder, FindsContradictionsInADescription)
{
    const auto describing
        = [](const std::function<void(Binder&)>& describe) { return [describe] { collectFields(describe); }; };
    std::int64_t n = 0;
    std::string s = "none of them";
    Selection selection;
    EXPECT_THROW(describing([&](Binder& b) {
                     b.integer("n", n, {});
                     b.integer("n", n, {});
                 })(),
                 std::logic_error);
    EXPECT_THROW(describing([&](Binder& b) { b.integer("kind", n, {}); })(), std::logic_error);
    EXPECT_THROW(describing([&](Binder& b) { b.choice("s", s, {{"a", ""}}, {}); })(), std::logic_error);
    EXPECT_THROW(describing([&](Binder& b) {
                     b.integer("count", n, {});
                     b.itemKind(selection, Item::kinds, {});
                 })(),
                 std::logic_error)
        << "a common key that a kind has too";
}

TEST(Binder, TellsWhichKeysHaveToBeGiven)
{
    const Schema& schema = sample::schema();
    const auto required = [&](const char* document, const char* pointer) {
        const Field* field = schema.find(Json::parse(document), pointer);
        EXPECT_NE(field, nullptr) << pointer;
        return field && isRequired(*field);
    };
    EXPECT_FALSE(required("{}", "/teacher"));
    EXPECT_FALSE(required("{}", "/data/dataset"));
    EXPECT_FALSE(required("{}", "/stages"));
    EXPECT_TRUE(required(R"({"data": {"dataset": {"kind": "csv"}}})", "/data/dataset/file"));
    EXPECT_TRUE(required(R"({"teacher": {"kind": "run"}})", "/teacher/run"));
    EXPECT_TRUE(required(R"({"teacher": {"kind": "experiment"}})", "/teacher/experiment"));
    EXPECT_FALSE(required(R"({"teacher": {"kind": "weights"}})", "/teacher/model"));
}

} // namespace
} // namespace distill
