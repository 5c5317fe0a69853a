// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <cstdlib>
#include <gmock/gmock.h>

namespace distill::test {

namespace {

char pixel(int record, int position)
{
    return static_cast<char>((record * 31 + position * 7) % 256);
}

/// Records whose labels count up; with a coarse label before the fine one where `classes` is 100.
std::string records(int count, int classes)
{
    std::string bytes;
    for (int r = 0; r < count; ++r) {
        if (classes == 100) {
            bytes += static_cast<char>(r % classes / 5);
        }
        bytes += static_cast<char>(r % classes);
        for (int p = 0; p < 3072; ++p) {
            bytes += pixel(r, p);
        }
    }
    return bytes;
}

class Cifar : public testing::Test {
protected:
    Selection cifar10() const { return {"cifar10", {{"folder", m_folder.path().string()}}}; }
    Selection cifar100() const { return {"cifar100", {{"folder", m_folder.path().string()}}}; }
    void writeCifar10(const std::string& below = {})
    {
        for (int b = 1; b <= 5; ++b) {
            m_folder.write(below + "data_batch_" + std::to_string(b) + ".bin", records(10 + b, 10));
        }
        m_folder.write(below + "test_batch.bin", records(10, 10));
    }
    TemporaryFolder m_folder;
};

TEST_F(Cifar, ReadsCifar10)
{
    writeCifar10("cifar-10-batches-bin/");
    const auto dataset = loadDataset(cifar10(), {});
    ASSERT_EQ(dataset->train.inputs.sizes(), (std::vector<std::int64_t>{65, 3, 32, 32}));
    EXPECT_EQ(dataset->test.size(), 10);
    EXPECT_EQ(dataset->classes.at(6), "frog");
    // Record 3 of the second batch, green, row 5, column 9.
    EXPECT_EQ(dataset->train.inputs[11 + 3][1][5][9].item<std::uint8_t>(),
              static_cast<std::uint8_t>(pixel(3, 1024 + 5 * 32 + 9)));
    EXPECT_EQ(dataset->train.labels[11 + 3].item<std::int64_t>(), 3);
    expectOutlineFits(cifar10());
}

TEST_F(Cifar, WhatMemoryDoesNotHoldIsReadFromAFile)
{
    writeCifar10();
    const auto inMemory = loadDataset(cifar10(), {});
    m_folder.write("data_batch_1.bin", records(11, 10)); // written again, so that it is read again
    setenv("DISTILL_DATA_MEMORY", "0", 1);
    const auto mapped = loadDataset(cifar10(), {});
    setenv("TMPDIR", "/nowhere", 1);
    m_folder.write("data_batch_1.bin", records(11, 10));
    EXPECT_THAT([&] { loadDataset(cifar10(), {}); },
                testing::ThrowsMessage<InputError>(testing::AllOf(testing::HasSubstr("/nowhere"), testing::HasSubstr("No such file"))));
    unsetenv("TMPDIR");
    unsetenv("DISTILL_DATA_MEMORY");
    ASSERT_NE(mapped, inMemory);
    EXPECT_EQ(mapped->sha256, inMemory->sha256);
    EXPECT_TRUE(mapped->train.inputs.equal(inMemory->train.inputs));
}

TEST_F(Cifar, ReadsCifar100ByItsFineLabels)
{
    m_folder.write("train.bin", records(200, 100));
    m_folder.write("test.bin", records(100, 100));
    EXPECT_EQ(loadDataset(cifar100(), {})->classes.at(42), "class 42");
    std::string names;
    for (int c = 0; c < 100; ++c) {
        names += "fine " + std::to_string(c) + "\r\n";
    }
    m_folder.write("fine_label_names.txt", names + "\n");
    const auto dataset = loadDataset(cifar100(), {});
    EXPECT_EQ(dataset->classes.at(42), "fine 42");
    EXPECT_EQ(dataset->train.labels[142].item<std::int64_t>(), 42);
    EXPECT_EQ(dataset->train.inputs[142][0][0][1].item<std::uint8_t>(), static_cast<std::uint8_t>(pixel(142, 1)));
    expectOutlineFits(cifar100());
}

TEST_F(Cifar, NamesWhatIsWrong)
{
    expectError(cifar10(), {"data_batch_1.bin", m_folder.path().string()});
    writeCifar10();
    m_folder.write("batches.meta.txt", "one\ntwo\n");
    expectError(cifar10(), {"batches.meta.txt", "2 classes instead of 10"});
    fs::remove(m_folder.path() / "batches.meta.txt");
    std::string bytes = records(12, 10);
    bytes[3073 * 7] = 10;
    m_folder.write("data_batch_3.bin", bytes);
    expectError(cifar10(), {"data_batch_3.bin", "label 10", "record 7"});
    fs::remove(m_folder.path() / "data_batch_3.bin");
    expectError(cifar10(), {"data_batch_3.bin"});

    m_folder.write("test.bin", records(100, 100));
    m_folder.write("train.bin", records(99, 100));
    expectError(cifar100(), {"class 99", "no training samples"});
    bytes = records(100, 100);
    bytes[3074 * 7] = 20;
    m_folder.write("train.bin", bytes);
    expectError(cifar100(), {"train.bin", "label 20", "0 to 19"});
}

TEST_F(Cifar, ACutFileIsFoundOutUnlessWholeRecordsRemain)
{
    writeCifar10();
    const std::string bytes = records(2, 10);
    for (std::size_t length = 0; length < bytes.size(); length += length % 3073 < 5 || length % 3073 > 3068 ? 1 : 61) {
        m_folder.write("data_batch_2.bin", bytes.substr(0, length));
        EXPECT_EQ(errorOf(cifar10()).has_value(), length != 3073) << length;
    }
}

} // namespace

} // namespace distill::test
