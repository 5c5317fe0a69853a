// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <chrono>
#include <gmock/gmock.h>
#include <random>

namespace distill {
namespace {

using testing::HasSubstr;

struct Tally {
    int valid = 0, wrong = 0, unreadable = 0;
};

bool isOneSentence(const std::string& sentence)
{
    return !sentence.empty() && sentence.size() < 2000 && sentence.find('\n') == std::string::npos;
}

/// Either valid, or problems each of which is one sentence that names a place.
void judge(const std::string& text, Tally& tally)
{
    try {
        const Document document = Document::parse(text, "fuzz.json");
        EXPECT_EQ(document.text(), text);
        const std::vector<Problem> problems = sample::schema().check(document);
        for (const Problem& problem : problems) {
            EXPECT_TRUE(isOneSentence(problem.sentence)) << problem.sentence;
            EXPECT_TRUE(problem.sentence.starts_with("fuzz.json, line ")) << problem.sentence;
            EXPECT_THAT(problem.message, testing::AnyOf(HasSubstr("expected"), HasSubstr("did you mean")));
            EXPECT_GE(problem.line, 1);
        }
        if (problems.empty()) {
            const Json resolved = sample::schema().resolve(document.json());
            EXPECT_EQ(sample::schema().resolve(resolved), resolved);
            EXPECT_TRUE(sample::schema().difference(document.json(), resolved).empty());
        } else {
            EXPECT_THROW(sample::schema().read(document), InputError);
        }
        ++(problems.empty() ? tally.valid : tally.wrong);
    } catch (const InputError& error) {
        EXPECT_TRUE(isOneSentence(error.what())) << error.what();
        EXPECT_THAT(error.what(), HasSubstr("fuzz.json"));
        EXPECT_THAT(error.what(), HasSubstr("expected"));
        ++tally.unreadable;
    }
}

TEST(Fuzz, ChangedBytes)
{
    std::mt19937 random(1);
    Tally tally;
    for (int i = 0; i < 6000; ++i) {
        std::string text = sample::documents()[static_cast<std::size_t>(i) % sample::documents().size()];
        for (int change = i % 4; change >= 0; --change) {
            const std::size_t at = random() % text.size();
            switch (random() % 4) {
            case 0:
                text[at] = static_cast<char>(text[at] ^ (1 << (random() % 8)));
                break;
            case 1:
                text.insert(at, 1, "{}[]\",:0123456789.-+eE\\ \n\xC3"[random() % 27]);
                break;
            case 2:
                text[at] = "{}[]\",:0123456789.-+eEntf"[random() % 25];
                break;
            default:
                if (text.size() > 4) {
                    text.erase(at, 1 + random() % 3);
                }
            }
            if (text.empty()) {
                text = "{";
            }
        }
        judge(text, tally);
    }
    EXPECT_GT(tally.valid, 100);
    EXPECT_GT(tally.wrong, 300);
    EXPECT_GT(tally.unreadable, 1000);
}

TEST(Fuzz, CutAtEveryByte)
{
    Tally tally;
    const std::string& text = sample::documents()[2];
    for (std::size_t length = 0; length < text.size(); ++length) {
        judge(text.substr(0, length), tally);
    }
    EXPECT_EQ(tally.unreadable, static_cast<int>(text.size())) << "no part of a document is a document";
}

TEST(Fuzz, EveryValueReplacedByEveryStrangeOne)
{
    const std::vector<std::string> strange = {"null",
                                              "true",
                                              "-1",
                                              "0",
                                              "1.5",
                                              "1e308",
                                              "-1e308",
                                              "9223372036854775807",
                                              "\"\"",
                                              "\"x\"",
                                              "[]",
                                              "{}",
                                              "[[]]",
                                              "{\"kind\": 3}",
                                              "{\"kind\": \"kd\"}",
                                              "\"\\ud83d\\ude00\"",
                                              "[null]",
                                              "{\"experiment\": {}}",
                                              "5e-324",
                                              "[{}]"};
    Tally tally;
    for (const std::string& text : sample::documents()) {
        const Json resolved = sample::schema().resolve(Json::parse(text));
        const Json flat = resolved.flatten();
        std::vector<std::string> pointers;
        for (const auto& [pointer, value] : flat.items()) {
            // The value, and the object or list around it.
            pointers.push_back(pointer);
            pointers.push_back(pointer.substr(0, pointer.rfind('/')));
        }
        std::size_t turn = 0;
        for (const std::string& pointer : pointers) {
            for (std::size_t i = 0; i < 7; ++i, ++turn) {
                Json changed = resolved;
                changed[Json::json_pointer(pointer)] = Json::parse(strange[turn % strange.size()]);
                judge(changed.dump(), tally);
            }
        }
    }
    EXPECT_GT(tally.wrong, 1000);
    EXPECT_GT(tally.valid, 100);
}

TEST(Fuzz, HugeAndDeepDocumentsEndSoon)
{
    const auto begin = std::chrono::steady_clock::now();
    Tally tally;
    const auto many = [](const std::string& part, std::size_t bytes) {
        std::string result;
        while (result.size() < bytes) {
            result += (result.empty() ? "" : ",") + part;
        }
        return result;
    };
    std::string keys;
    for (int i = 0; keys.size() < 1500000; ++i) {
        keys += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":0";
    }
    std::string teachers = "{}";
    for (int i = 0; i < 30; ++i) {
        teachers = "{\"teacher\":{\"kind\":\"experiment\",\"experiment\":" + teachers + "}}";
    }
    judge("{" + keys + "}", tally);
    judge("{\"data\":{\"transfer\":{\"left_out_classes\":[" + many("0", 700000) + "]}}}", tally);
    judge("{\"tags\":[" + many("\"\"", 700000) + "]}", tally);
    judge("{\"stages\":[" + many("{}", 700000) + "]}", tally);
    judge("{\"notes\":\"" + std::string(7000000, 'n') + "\"}", tally);
    judge("{\"" + std::string(7000000, 'k') + "\":1}", tally);
    judge("{\"seed\":" + std::string(7000000, '9') + "}", tally);
    judge("{\"a\":" + std::string(1500000, '['), tally);
    judge("{\"a\":" + many("{\"a\":", 300), tally);
    judge(std::string(9000000, ' '), tally);
    judge(std::string(7000000, '\n') + "x", tally);
    judge(teachers, tally);
    EXPECT_EQ(tally.valid, 0);
    EXPECT_GE(tally.wrong, 7);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

} // namespace
} // namespace distill
