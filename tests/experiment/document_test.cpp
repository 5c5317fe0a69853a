// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <random>

namespace distill {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string refusal(const std::function<void()>& act)
{
    try {
        act();
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

std::string refusalOf(const std::string& text, const std::string& source = {})
{
    return refusal([&] { Document::parse(text, source); });
}

/// Writes random JSON in which every number is the line it stands on.
class LineWriter {
public:
    explicit LineWriter(unsigned seed)
        : m_random(seed)
    {
    }
    std::string document()
    {
        space();
        object(4);
        space();
        return m_text;
    }

private:
    int below(int n) { return static_cast<int>(m_random() % static_cast<unsigned>(n)); }
    void write(const std::string& text)
    {
        m_text += text;
        m_line += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    }
    void space()
    {
        static const char* spaces[] = {"", "", " ", "\n", "\r\n", "\n\n\t"};
        write(spaces[below(6)]);
    }
    void value(int depth)
    {
        const int pick = depth == 0 ? 2 : below(4);
        if (pick == 0) {
            object(depth - 1);
        } else if (pick == 1) {
            write("[");
            for (int i = 0, n = below(5); i < n; ++i) {
                write(i ? "," : "");
                space();
                value(depth - 1);
                space();
            }
            write("]");
        } else {
            write(std::to_string(m_line));
        }
    }
    void object(int depth)
    {
        write("{");
        for (int i = 0, n = below(5); i < n; ++i) {
            write(i ? "," : "");
            space();
            write("\"k\\\"/~" + std::to_string(i) + "{\"");
            space();
            write(":");
            space();
            value(depth);
            space();
        }
        write("}");
    }

    std::mt19937 m_random;
    std::string m_text;
    int m_line = 1;
};

void checkLines(const Document& document, const Json& json, const Json::json_pointer& at, int& checked)
{
    if (json.is_number()) {
        EXPECT_EQ(document.lineOf(at.to_string()), json.get<int>()) << at.to_string() << "\n" << document.text();
        EXPECT_EQ(document.lineOf(at.to_string() + "/not/there"), json.get<int>());
        ++checked;
    } else if (json.is_object()) {
        for (const auto& [key, value] : json.items()) {
            checkLines(document, value, at / key, checked);
        }
    } else {
        for (std::size_t i = 0; i < json.size(); ++i) {
            checkLines(document, json[i], at / i, checked);
        }
    }
}

TEST(Document, KnowsTheLineOfEveryValue)
{
    int checked = 0;
    for (unsigned seed = 0; seed < 600; ++seed) {
        const std::string text = LineWriter(seed).document();
        const Document document = Document::parse(text);
        EXPECT_EQ(document.json(), Json::parse(text));
        checkLines(document, document.json(), Json::json_pointer(), checked);
    }
    EXPECT_GT(checked, 2000);
    EXPECT_EQ(Document::parse("\n\n{}").lineOf(""), 3);
}

TEST(Document, KeepsItsTextByteForByte)
{
    for (std::string text : sample::documents()) {
        for (const std::string& variant : {text, "\xEF\xBB\xBF" + text, text + "\r\n\t ", "\n" + text}) {
            EXPECT_EQ(Document::parse(variant).text(), variant);
        }
    }
    EXPECT_EQ(Document::parse("\xEF\xBB\xBF{\"seed\": 4}").json(), Json({{"seed", 4}}));
}

TEST(Document, WritesTextThatReadsBackEqual)
{
    for (const std::string& text : sample::documents()) {
        const Document document = Document::parse(text);
        const Document written = Document::fromJson(document.json());
        EXPECT_EQ(written.json(), Json::parse(text));
        EXPECT_EQ(written.json().dump(), Json::parse(text).dump()) << "the order of the keys is kept";
        EXPECT_EQ(Document::fromJson(written.json()).text(), written.text());
    }
    EXPECT_EQ(Document::fromJson(Json::parse(R"({"a":[1,2.5,"x"],"b":{},"c":[{"d":[]}],"e":{"f":null}})")).text(),
              "{\n  \"a\": [1, 2.5, \"x\"],\n  \"b\": {},\n  \"c\": [\n    {\n      \"d\": []\n    }\n  ],\n"
              "  \"e\": {\n    \"f\": null\n  }\n}\n");
    const Json wide = {{"list", std::vector<int>(60, 12345)}};
    EXPECT_EQ(Document::fromJson(wide).json(), wide);
    EXPECT_THAT(refusal([] { Document::fromJson(Json::array()); }), HasSubstr("expected an experiment as an object"));
    EXPECT_THAT(refusal([] { Document::fromJson({{"a", std::nan("")}}); }), HasSubstr("finite"));
    EXPECT_THAT(refusal([] { Document::fromJson({{"a", "\xFF"}}); }), HasSubstr("UTF-8"));
}

TEST(Document, SaysWhatIsWrongWithAText)
{
    EXPECT_EQ(refusalOf("{\n  \"seed\": 1,\n  \"seed\": 2\n}", "a.json"),
              "a.json, line 3: the key \"seed\" stands twice in one object, expected it once");
    EXPECT_EQ(refusalOf("{\n  \"seed\": NaN\n}", "a.json"),
              "a.json, line 2, column 11: NaN and infinity are no numbers in JSON, expected a finite number");
    for (const char* word : {"nan", "Infinity", "-Infinity", "inf", "-inf"}) {
        EXPECT_THAT(refusalOf("{\"x\": " + std::string(word) + "}"), HasSubstr("NaN and infinity are no numbers"))
            << word;
    }
    EXPECT_EQ(
        refusalOf("{\n\"x\": 1e999\n}"),
        "line 2: the number 1e999 is too large, expected whole numbers of at most 9223372036854775807 and others of at "
        "most 1.7e308");
    EXPECT_THAT(refusalOf("{\"x\": 9223372036854775808}"), HasSubstr("too large"));
    EXPECT_THAT(refusalOf("{\"x\": 123456789012345678901234567890}"), HasSubstr("too large"));
    EXPECT_THAT(refusalOf("{\"x\": -123456789012345678901234567890}"), HasSubstr("too large"));
    EXPECT_EQ(refusalOf("{\"x\": [9223372036854775807, -9223372036854775808, 1e308]}"), "accepted");
    EXPECT_EQ(refusalOf("[1]", "a.json"), "a.json, line 1: expected an experiment as an object in braces, got a list");
    EXPECT_THAT(refusalOf(""), HasSubstr("line 1, column 1: unexpected end of input"));
    EXPECT_THAT(refusalOf("{\"a\": 1} x"), HasSubstr("column 10"));
    EXPECT_THAT(refusalOf("{\"a\": 1,}"), HasSubstr("column 9: unexpected '}', expected string literal"));
    EXPECT_THAT(refusalOf("{\"größe\": tru}"), HasSubstr("line 1, column 14: "));
    EXPECT_THAT(refusalOf("{ // why\n}"), HasSubstr("no comments"));
    EXPECT_THAT(refusalOf("{\"a\": \"\xC3\x28\"}"), HasSubstr("not UTF-8"));
    EXPECT_THAT(refusalOf(std::string("\xFF\xFE{\0}\0", 6)), HasSubstr("UTF-16"));
    EXPECT_THAT(refusalOf(std::string("{}\0junk", 7)), HasSubstr("zero byte"));
    EXPECT_THAT(refusalOf("{\"a\": \"\\u0000\"}"), HasSubstr("U+0000"));
    EXPECT_EQ(refusalOf("{\"a\":\n \"b\nc\"}"),
              "line 2, column 4: a text that does not end on its line, expected a quotation mark");
    EXPECT_THAT(refusalOf("{\"a\": \"\\ud800\"}"), HasSubstr("expected it to be followed by"));
}

TEST(Document, LimitsDepthAndSize)
{
    const auto nested = [](int levels) {
        return "{\"a\":" + std::string(static_cast<std::size_t>(levels - 1), '[')
            + std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
    };
    EXPECT_EQ(refusalOf(nested(64)), "accepted");
    EXPECT_EQ(refusalOf(nested(65)), "line 1: nested too deep, expected at most 64 levels");
    EXPECT_THAT(refusalOf("{\"a\":" + std::string(1000000, '[')), HasSubstr("nested too deep"));
    const std::string limit(8 * 1024 * 1024 - 8, ' ');
    EXPECT_EQ(refusalOf("{" + limit + "}"), "accepted");
    EXPECT_THAT(refusalOf("{" + limit + "       }"), HasSubstr("larger than 8 MiB"));
}

TEST(Document, LoadsFiles)
{
    char folder[] = "/tmp/distill-document-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    const std::string path = std::string(folder) + "/a.json";
    std::ofstream(path) << "{\n\"seed\": tru }";
    EXPECT_THAT(refusal([&] { Document::load(path); }), StartsWith(path + ", line 2, column "));
    std::ofstream(path) << "{\"seed\": 3}";
    EXPECT_EQ(Document::load(path).text(), "{\"seed\": 3}");
    EXPECT_EQ(Document::load(path).source(), path);
    EXPECT_EQ(refusal([&] { Document::load(path + ".no"); }), path + ".no: cannot be read: No such file or directory");
    EXPECT_EQ(refusal([&] { Document::load(folder); }), std::string(folder) + ": cannot be read: Is a directory");
    std::ofstream(path, std::ios::trunc).flush();
    EXPECT_THAT(refusal([&] { Document::load(path); }), HasSubstr("unexpected end of input"));
    std::filesystem::remove_all(folder);
}

TEST(Document, SetsAndTakesOutLikeJsonPatch)
{
    // The library's own JSON Patch (RFC 6902) is the reference.
    const Document document = Document::parse(sample::documents()[2], "a.json");
    int changed = 0;
    sample::eachLeaf(document.json(), [&](const std::string& pointer, const Json&) {
        const auto patched = [&](const char* operation) {
            return document.json().patch(Json::array({{{"op", operation}, {"path", pointer}, {"value", "new"}}}));
        };
        EXPECT_EQ(document.with(pointer, "new").json(), patched("replace")) << pointer;
        EXPECT_EQ(document.with(pointer, "new").source(), "a.json");
        EXPECT_EQ(document.without(pointer).json(), patched("remove")) << pointer;
        ++changed;
    });
    EXPECT_GT(changed, 50);
    EXPECT_EQ(document.with("/stages/-", {{"epochs", 2}}).json()["stages"][2]["epochs"], 2);
    EXPECT_EQ(Document::parse("{}").with("/data/augmentation/shift", 2).json(),
              Json::parse(R"({"data": {"augmentation": {"shift": 2}}})"));
    EXPECT_EQ(Document::parse("{}").with("/a~1b", 1).json(), Json({{"a/b", 1}}));

    EXPECT_THAT(refusal([&] { document.with("name", 1); }), HasSubstr("expected it to begin with \"/\""));
    EXPECT_THAT(refusal([&] { document.with("/stages/7/epochs", 1); }), HasSubstr("no item \"7\" in a list of 2"));
    EXPECT_THAT(refusal([&] { document.with("/stages/01/epochs", 1); }), HasSubstr("no item \"01\""));
    EXPECT_THAT(refusal([&] { document.with("/name/x", 1); }), HasSubstr("expected an object or a list at /name"));
    EXPECT_THAT(refusal([&] { document.without("/nothing"); }), HasSubstr("there is no \"nothing\""));
    EXPECT_THAT(refusal([&] { document.without(""); }), HasSubstr("whole document"));
    EXPECT_THAT(refusal([&] { document.without("/name/x/y"); }), HasSubstr("there is no \"x\""));
    EXPECT_THAT(refusal([&] { document.with("", 3); }), HasSubstr("expected an experiment as an object"));
}

TEST(Document, ReadsAssignments)
{
    using Assigned = std::pair<std::string, Json>;
    EXPECT_EQ(Document::assignment("/seed=3"), Assigned("/seed", 3));
    EXPECT_EQ(Document::assignment("/name=a = b"), Assigned("/name", "a = b"));
    EXPECT_EQ(Document::assignment("/name="), Assigned("/name", ""));
    EXPECT_EQ(Document::assignment("/name=\"3\""), Assigned("/name", "3"));
    EXPECT_EQ(Document::assignment("/seeds=[1, 2]"), Assigned("/seeds", Json::array({1, 2})));
    EXPECT_EQ(Document::assignment("/controls/student_alone=true"), Assigned("/controls/student_alone", true));
    EXPECT_EQ(Document::assignment("/x=NaN"), Assigned("/x", "NaN"));
    for (const char* bad : {"", "=", "seed=3", "/seed", "=3"}) {
        EXPECT_THAT(refusal([&] { Document::assignment(bad); }), HasSubstr("is no assignment")) << bad;
    }
}

} // namespace
} // namespace distill
