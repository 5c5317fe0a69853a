// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>

namespace distill {
namespace {

TEST(Sha256, GivesThePublishedDigests)
{
    // FIPS 180-4 examples.
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const std::string million(1000000, 'a');
    EXPECT_EQ(sha256(million), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

    char path[] = "/tmp/distill-hash-XXXXXX";
    const int file = mkstemp(path);
    ASSERT_GE(file, 0);
    std::string bytes;
    for (int i = 0; i < 3; ++i) {
        bytes += million;
    }
    std::ofstream(path, std::ios::binary) << bytes;
    EXPECT_EQ(sha256OfFile(path), sha256(bytes));
    std::ofstream(path, std::ios::trunc).flush();
    EXPECT_EQ(sha256OfFile(path), sha256(""));
    std::filesystem::remove(path);
    EXPECT_THROW(sha256OfFile(path), InputError);
    EXPECT_THROW(sha256OfFile("/tmp"), InputError);
}

std::string hash(const std::string& text)
{
    return sample::schema().contentHash(Json::parse(text));
}

TEST(ContentHash, IsTheSameForTheSameWork)
{
    const std::string plain = hash("{}");
    EXPECT_EQ(plain.size(), 64u);
    EXPECT_EQ(hash(R"({"name": "other", "notes": "n", "tags": ["t"]})"), plain);
    EXPECT_EQ(hash(R"({"compute": {"device": "cpu", "threads": 4}})"), plain);
    EXPECT_EQ(hash(R"({"seed": 1})"), plain);
    EXPECT_EQ(hash(R"({"seed": 1.0})"), plain);
    EXPECT_EQ(hash(R"({"seeds": [1]})"), plain);
    EXPECT_EQ(hash(R"({"stages": [{"epochs": 5}]})"), plain);
    EXPECT_EQ(hash(R"({"stages": [{"learning_rate": 1e-3, "epochs": 5.0}], "data": {}})"), plain);
    EXPECT_NE(hash(R"({"seeds": [2]})"), plain);
    EXPECT_NE(hash(R"({"compute": {"precision": "bf16"}})"), plain);
    EXPECT_THROW(hash(R"({"seeds": [1, 2]})"), InputError);
    EXPECT_THROW(hash(R"({"seed": "x"})"), InputError);
    for (const std::string& text : sample::documents()) {
        Json json = Json::parse(text);
        json.erase("seeds");
        EXPECT_EQ(sample::schema().contentHash(json), sample::schema().contentHash(sample::schema().resolve(json)));
    }
}

TEST(ContentHash, ChangesWithEveryFieldThatMatters)
{
    Json document = sample::schema().resolve(Json::parse(sample::documents()[2]));
    const std::string before = sample::schema().contentHash(document);
    int mattering = 0, idle = 0;
    sample::eachLeaf(document, [&](const std::string& pointer, const Json& value) {
        Json changed;
        if (value.is_boolean()) {
            changed = !value.get<bool>();
        } else if (value.is_number_integer()) {
            changed = value.get<std::int64_t>() + 1;
        } else if (value.is_number_float()) {
            changed = value.get<double>() * 0.875 + 0.01;
        } else if (value.is_string()) {
            changed = value.get<std::string>() + "x";
        } else {
            changed = Json::array({9});
        }
        const Json after = document.patch(Json::array({{{"op", "replace"}, {"path", pointer}, {"value", changed}}}));
        if (!sample::schema().check(Document::fromJson(after)).empty()) {
            return; // a choice or a kind; changed below
        }
        std::string last = pointer.substr(
            pointer.rfind("/experiment/") == std::string::npos ? 0 : pointer.rfind("/experiment/") + 11);
        const std::vector<std::string> ignored
            = {"/name",           "/notes",           "/tags", "/sweep", "/generations", "/controls",
               "/compute/device", "/compute/threads", "/compute/stored_gigabytes"};
        const bool ignores = std::any_of(ignored.begin(), ignored.end(),
                                         [&](const std::string& head) { return last.starts_with(head); });
        EXPECT_EQ(sample::schema().contentHash(after) == before, ignores) << pointer;
        ++(ignores ? idle : mattering);
    });
    EXPECT_GT(mattering, 60);
    EXPECT_GT(idle, 6);
}

} // namespace
} // namespace distill
