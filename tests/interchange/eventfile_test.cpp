// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/crc32c.h"
#include "interchange/eventfile.h"
#include "interchange/events.h"
#include "interchange/support.h"

#include "experiment/error.h"

#include <cmath>
#include <random>

using namespace distill;
using namespace distill::test;

namespace {

TEST(Crc32c, IsThatOfTheStandard)
{
    // RFC 3720, B.4, and the check value of CRC catalogues.
    EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
    std::string counting;
    for (int i = 0; i < 32; ++i) {
        counting += static_cast<char>(i);
    }
    EXPECT_EQ(crc32c(counting), 0x46DD794EU);
    std::mt19937 random(1);
    for (int length = 0; length < 100; ++length) {
        std::string bytes;
        for (int i = 0; i < length; ++i) {
            bytes += static_cast<char>(random());
        }
        EXPECT_EQ(crc32c(bytes), slowCrc32c(bytes));
    }
}

class EventFile : public InterchangeTest {
protected:
    static std::string event(double wallTime, std::int64_t step, const std::string& value)
    {
        return framed(fieldDouble(1, wallTime) + fieldVarint(2, static_cast<std::uint64_t>(step)) + field(5, field(1, value)));
    }
    static std::string head(double wallTime = 100) { return framed(fieldDouble(1, wallTime) + field(3, "brain.Event:2")); }

    std::pair<EventFileReport, std::vector<Scalar>> read(const std::string& bytes)
    {
        const std::string path = write("events.out.tfevents.1", bytes);
        std::vector<Scalar> scalars;
        const EventFileReport report = readEventFile(path, bytes.size(), [&](const ScalarEvent& event) {
            scalars.push_back({std::string(event.tag), event.step, event.wallTime, static_cast<float>(event.value)});
        });
        return {report, scalars};
    }
};

TEST_F(EventFile, WhatIsWrittenDecodesByTheFormatsDescription)
{
    const std::string path = file("written");
    {
        EventFileWriter writer(path, 1700000000.5);
        writer.scalar("loss", 0, 1700000001.25, 2.5);
        writer.scalar("loss", 1, 1700000002, std::nan(""));
        writer.scalar("loss/0 kd", 1'000'000'000'000, 1700000003, INFINITY);
        writer.scalar("Tag \xc3\xa4", 7, 1700000004, -1e300); // beyond float32
        writer.hyperparameters({{"lr", 0.5}, {"kind", "mlp"}, {"flip", true}}, 10, 20, true);
        writer.commit();
    }
    const Decoded decoded = decodeFile(contentOf(path));
    EXPECT_EQ(decoded.version, "brain.Event:2");
    EXPECT_EQ(decoded.firstWallTime, 1700000000.5);
    ASSERT_EQ(decoded.scalars.size(), 4U);
    EXPECT_EQ(decoded.scalars[0].tag, "loss");
    EXPECT_EQ(decoded.scalars[0].step, 0);
    EXPECT_EQ(decoded.scalars[0].wallTime, 1700000001.25);
    EXPECT_EQ(decoded.scalars[0].value, 2.5F);
    EXPECT_TRUE(std::isnan(decoded.scalars[1].value));
    EXPECT_EQ(decoded.scalars[2].value, INFINITY);
    EXPECT_EQ(decoded.scalars[2].step, 1'000'000'000'000);
    EXPECT_EQ(decoded.scalars[3].tag, "Tag \xc3\xa4");
    EXPECT_EQ(decoded.scalars[3].value, -INFINITY);

    // HParamsPluginData: 3 session_start_info {1 map entries {1 key, 2 Value {2 number, 3 string, 4 bool}}, 5 start}.
    const auto start = decode(decode(decoded.plugins.at("_hparams_/session_start_info")).at(0).bytes);
    std::map<std::string, WireField> values;
    for (const WireField& entry : start) {
        if (entry.number == 1) {
            const auto parts = decode(entry.bytes);
            values[parts.at(0).bytes] = decode(parts.at(1).bytes).at(0);
        }
    }
    EXPECT_EQ(values.at("lr").number, 2);
    EXPECT_EQ(values.at("lr").asDouble(), 0.5);
    EXPECT_EQ(values.at("kind").bytes, "mlp");
    EXPECT_EQ(values.at("flip").number, 4);
    EXPECT_EQ(values.at("flip").bits, 1U);
    const auto end = decode(decode(decoded.plugins.at("_hparams_/session_end_info")).at(0).bytes);
    EXPECT_EQ(end.at(0).bits, 1U);
    EXPECT_EQ(end.at(1).asDouble(), 20);
}

TEST_F(EventFile, WithoutACommitNothingIsLeft)
{
    { EventFileWriter(file("gone"), 0).scalar("x", 0, 0, 0); }
    EXPECT_FALSE(std::filesystem::exists(file("gone")));
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(m_folder), {}), 1); // the workspace
    EXPECT_THROW(EventFileWriter(file("no/such/folder/x"), 0), InputError);
    if (std::filesystem::exists("/dev/full")) {
        EXPECT_THROW(EventFileWriter("/proc/none", 0), InputError);
    }
}

TEST_F(EventFile, SimpleValuesAndTensorsOfOneNumberAreScalars)
{
    const auto tensor = [](const std::string& content) { return field(1, "t") + field(8, content); };
    const auto packed = [](std::string_view bytes) { return bytes; };
    const std::string pi = fieldFloat(1, 3.25F).substr(1); // its four bytes
    const std::string e = fieldDouble(1, -1.5).substr(1);
    const std::pair<std::string, float> cases[] = {
        {field(1, "t") + fieldFloat(2, 3.25F), 3.25F},
        {tensor(fieldVarint(1, 1) + field(4, pi)), 3.25F},             // DT_FLOAT in tensor_content
        {tensor(fieldVarint(1, 1) + field(5, packed(pi))), 3.25F},     // float_val, packed
        {tensor(fieldVarint(1, 1) + fieldFloat(5, 3.25F)), 3.25F},     // float_val, one by one
        {tensor(fieldVarint(1, 1) + field(2, "") + field(5, pi)), 3.25F}, // with its shape
        {tensor(fieldVarint(1, 2) + field(4, e)), -1.5F},              // DT_DOUBLE
        {tensor(fieldVarint(1, 2) + field(6, e)), -1.5F},
        {tensor(fieldVarint(1, 3) + field(7, varint(42))), 42},        // DT_INT32
        {tensor(fieldVarint(1, 9) + field(10, varint(std::uint64_t(-7)))), -7}, // DT_INT64
        {tensor(fieldVarint(1, 9) + fieldVarint(10, 5)), 5},
        {tensor(fieldVarint(1, 19) + field(13, varint(0x3E00))), 1.5F}, // DT_HALF
        {tensor(fieldVarint(1, 19) + field(4, std::string("\x00\xC2", 2))), -3},
        {tensor(fieldVarint(1, 14) + field(13, varint(0x3FC0))), 1.5F}, // DT_BFLOAT16
        {tensor(fieldVarint(1, 4) + field(4, "\xC8")), 200},           // DT_UINT8
    };
    int step = 0;
    for (const auto& [value, wanted] : cases) {
        const auto [report, scalars] = read(head() + event(101, ++step, value));
        ASSERT_EQ(scalars.size(), 1U) << step;
        EXPECT_EQ(scalars[0].tag, "t");
        EXPECT_EQ(scalars[0].step, step);
        EXPECT_EQ(scalars[0].wallTime, 101);
        EXPECT_EQ(scalars[0].value, wanted) << step;
        EXPECT_EQ(report.others, 0);
        EXPECT_EQ(report.firstWallTime, 100);
    }
}

TEST_F(EventFile, WhatIsNoScalarIsCountedAndLeftOut)
{
    const std::string two = field(1, "t") + field(8, fieldVarint(1, 1) + field(5, std::string(8, '\0')));
    const std::string image = field(1, "picture") + field(4, fieldVarint(1, 28));
    const std::string text = field(1, "words") + field(8, fieldVarint(1, 7) + field(8, "hello"));
    // A plugin is named with the first value of a tag only.
    const auto of = [](const char* plugin) { return field(9, field(1, field(1, plugin))); };
    const std::string curve = field(1, "pr") + fieldFloat(2, 1) + of("pr_curves"), again = field(1, "pr") + fieldFloat(2, 2);
    const std::string good = field(1, "x") + fieldFloat(2, 5) + of("scalars");
    const auto [report, scalars] = read(head() + event(1, 1, two) + event(1, 1, image) + event(1, 1, text) + event(1, 1, curve) + event(1, 2, again)
                                        + event(1, 1, good) + event(1, 2, field(1, "x") + fieldFloat(2, 6)));
    ASSERT_EQ(scalars.size(), 2U);
    EXPECT_EQ(scalars[1].value, 6);
    EXPECT_EQ(report.others, 5);
    EXPECT_EQ(report.records, 8);
    EXPECT_EQ(report.ending, "");
}

TEST_F(EventFile, ABrokenTailEndsTheReadingAndDamageInsideIsPassedOver)
{
    const std::string first = event(1, 1, field(1, "x") + fieldFloat(2, 1)), second = event(1, 2, field(1, "x") + fieldFloat(2, 2));
    for (std::size_t cut = 1; cut < second.size(); ++cut) {
        const auto [report, scalars] = read(head() + first + second.substr(0, cut));
        EXPECT_EQ(scalars.size(), 1U);
        EXPECT_THAT(report.ending, testing::HasSubstr("at byte " + std::to_string(head().size() + first.size()))) << cut;
    }
    for (std::size_t i = 0; i < first.size(); ++i) { // every byte of a record, spoiled
        std::string spoiled = first;
        spoiled[i] = static_cast<char>(spoiled[i] ^ 0x20);
        const auto [report, scalars] = read(head() + spoiled + second);
        if (i < 12) { // its length: what follows cannot be found
            EXPECT_EQ(scalars.size(), 0U);
            EXPECT_NE(report.ending, "");
        } else {
            ASSERT_EQ(scalars.size(), 1U) << i;
            EXPECT_EQ(scalars[0].value, 2);
            EXPECT_EQ(report.damaged, 1);
        }
    }
    // Sound checksums around a message that is none.
    const auto [report, scalars] = read(head() + framed("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") + second);
    EXPECT_EQ(report.damaged, 1);
    EXPECT_EQ(scalars.size(), 1U);
    // A field of another wire type than the format's is none of it.
    const auto odd = read(head() + framed(fieldVarint(1, 5) + fieldDouble(2, 1) + field(5, field(1, fieldVarint(1, 3) + fieldDouble(2, 1)))));
    EXPECT_EQ(odd.second.size(), 0U);
}

} // namespace
