// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <zlib.h>

namespace distill::test {

namespace {

std::string bigEndian(std::uint32_t value)
{
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::string imagesFile(std::uint32_t count, std::uint32_t height, std::uint32_t width)
{
    std::string bytes = bigEndian(0x803) + bigEndian(count) + bigEndian(height) + bigEndian(width);
    for (std::uint32_t i = 0; i < count * height * width; ++i) {
        bytes += static_cast<char>(i * 7 % 251);
    }
    return bytes;
}

std::string labelsFile(std::uint32_t count)
{
    std::string bytes = bigEndian(0x801) + bigEndian(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        bytes += static_cast<char>(i % 10);
    }
    return bytes;
}

std::string compressed(const std::string& bytes)
{
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string result(bytes.size() + 1000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<uInt>(result.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

class Idx : public testing::Test {
protected:
    void SetUp() override
    {
        m_folder.write(trainImages, imagesFile(20, 2, 3));
        m_folder.write(trainLabels, labelsFile(20));
        m_folder.write("t10k-images-idx3-ubyte", imagesFile(10, 2, 3));
        m_folder.write("t10k-labels-idx1-ubyte", labelsFile(10));
    }
    void onlyCompressed(const std::string& name, const std::string& bytes)
    {
        fs::remove(m_folder.path() / name);
        m_folder.write(name + ".gz", bytes);
    }
    Selection mnist() const { return {"mnist", {{"folder", m_folder.path().string()}}}; }

    const std::string trainImages = "train-images-idx3-ubyte", trainLabels = "train-labels-idx1-ubyte";
    TemporaryFolder m_folder;
};

TEST_F(Idx, ReadsPlainFiles)
{
    const auto dataset = loadDataset(mnist(), {});
    EXPECT_EQ(dataset->name, "MNIST");
    EXPECT_EQ(dataset->classes.at(7), "7");
    ASSERT_EQ(dataset->train.inputs.sizes(), (std::vector<std::int64_t>{20, 1, 2, 3}));
    EXPECT_EQ(dataset->train.inputs.scalar_type(), at::kByte);
    EXPECT_TRUE(dataset->train.inputs.flatten().equal(at::arange(120, at::kLong).mul(7).remainder(251).to(at::kByte)));
    EXPECT_TRUE(dataset->train.labels.equal(at::arange(20, at::kLong).remainder(10)));
    EXPECT_EQ(dataset->test.size(), 10);
    EXPECT_EQ(dataset->sha256.size(), 64U);
    expectOutlineFits(mnist());
}

TEST_F(Idx, CompressedFilesHoldTheSame)
{
    const auto plain = loadDataset(mnist(), {});
    onlyCompressed(trainImages, compressed(imagesFile(20, 2, 3)));
    onlyCompressed(trainLabels, compressed(labelsFile(20)));
    const auto packed = loadDataset(mnist(), {});
    EXPECT_NE(plain, packed);
    EXPECT_TRUE(plain->train.inputs.equal(packed->train.inputs));
    EXPECT_EQ(plain->sha256, packed->sha256);
    expectOutlineFits(mnist());
}

TEST_F(Idx, HighlyCompressibleImagesAreReadWhole)
{
    // Much more than the file's size suggests, so that the buffer has to grow.
    std::string images = bigEndian(0x803) + bigEndian(6000) + bigEndian(28) + bigEndian(28);
    images.resize(images.size() + 6000 * 784, '\x5a');
    images.back() = 7;
    onlyCompressed(trainImages, compressed(images));
    m_folder.write(trainLabels, labelsFile(6000));
    m_folder.write("t10k-images-idx3-ubyte", imagesFile(10, 28, 28));
    const auto dataset = loadDataset(mnist(), {});
    EXPECT_EQ(dataset->train.inputs.to(at::kLong).sum().item<std::int64_t>(), (6000LL * 784 - 1) * 0x5a + 7);
}

TEST_F(Idx, FindsNestedFoldersAndTheWorkspace)
{
    TemporaryFolder workspace;
    fs::create_directories(workspace.path() / "data/mnist/MNIST");
    fs::copy(m_folder.path(), workspace.path() / "data/mnist/MNIST/raw", fs::copy_options::recursive);
    EXPECT_EQ(loadDataset({"mnist", Json::object()}, workspace.path().string())->train.size(), 20);
    EXPECT_EQ(loadDataset({"mnist", {{"folder", "data/mnist"}}}, workspace.path().string())->train.size(), 20);
}

TEST_F(Idx, SaysWhereItLooked)
{
    const fs::path nowhere = m_folder.path() / "nowhere";
    expectError({"fashion-mnist", {{"folder", nowhere.string()}}}, {"Fashion-MNIST", trainImages, nowhere.string()});
    fs::remove(m_folder.path() / trainLabels);
    expectError(mnist(), {trainLabels, m_folder.path().string()});
}

TEST_F(Idx, NamesWhatIsWrong)
{
    m_folder.write(trainImages, labelsFile(20) + "padding..");
    expectError(mnist(), {trainImages, "0x00000801", "0x00000803"});
    m_folder.write(trainImages, imagesFile(20, 2, 3) + 'x');
    expectError(mnist(), {trainImages, "more bytes", "120"});
    m_folder.write(trainImages, imagesFile(19, 2, 3));
    expectError(mnist(), {trainImages, trainLabels, "19 images", "20 labels"});
    m_folder.write(trainImages, bigEndian(0x803) + bigEndian(0xffffffff) + bigEndian(4096) + bigEndian(4096));
    expectError(mnist(), {trainImages, "truncated"});
    m_folder.write(trainImages, bigEndian(0x803) + bigEndian(20) + bigEndian(0) + bigEndian(3));
    expectError(mnist(), {trainImages, "0 x 3"});
    m_folder.write(trainImages, imagesFile(20, 3, 2));
    expectError(mnist(), {"t10k-images", "another size"});
    m_folder.write(trainImages, imagesFile(20, 2, 3));

    std::string labels = labelsFile(20);
    labels[8 + 13] = 10;
    m_folder.write(trainLabels, labels);
    expectError(mnist(), {trainLabels, "label 10", "sample 13", "0 to 9"});
    labels[8 + 13] = labels[8 + 3] = 4;
    m_folder.write(trainLabels, labels);
    expectError(mnist(), {"class 3", "no training samples"});
}

TEST_F(Idx, AClaimThatOnlyCompressionCouldHoldIsNotAllocated)
{
    const std::string claim = bigEndian(0x803) + bigEndian(1'000'000'000) + bigEndian(28) + bigEndian(28);
    onlyCompressed(trainImages, compressed(claim + std::string(1000, '\0')));
    expectError(mnist(), {trainImages, "truncated"});
}

TEST_F(Idx, DamagedPlainFiles)
{
    const auto intact = loadDataset(mnist(), {})->train.inputs;
    damage(m_folder, trainImages, imagesFile(20, 2, 3), [&](bool cut, std::size_t at) {
        const auto sentence = errorOf(mnist());
        // Every cut is found out. A flipped bit of the header too; one of a pixel cannot be.
        EXPECT_EQ(sentence.has_value(), cut || at < 8 * 16) << (cut ? "cut at " : "bit ") << at;
    });
    damage(m_folder, trainLabels, labelsFile(20), [&](bool cut, std::size_t at) {
        const auto sentence = errorOf(mnist());
        EXPECT_TRUE(sentence.has_value() || (!cut && at >= 8 * 8)) << (cut ? "cut at " : "bit ") << at;
    });
    EXPECT_TRUE(loadDataset(mnist(), {})->train.inputs.equal(intact));
}

TEST_F(Idx, DamagedCompressedFiles)
{
    const auto intact = loadDataset(mnist(), {})->train.inputs;
    const std::string bytes = compressed(imagesFile(20, 2, 3));
    onlyCompressed(trainImages, bytes);
    damage(m_folder, trainImages + ".gz", bytes, [&](bool cut, std::size_t at) {
        const auto sentence = errorOf(mnist());
        EXPECT_TRUE(sentence.has_value() || !cut) << "cut at " << at;
        if (!sentence) {
            // What gzip stores beside the data (time, system, bits that fill a byte up) may change unnoticed.
            EXPECT_TRUE(loadDataset(mnist(), {})->train.inputs.equal(intact)) << "bit " << at;
        }
    });
}

TEST(FashionMnist, IsAsPublished)
{
    const auto dataset = loadDataset({"fashion-mnist", Json::object()}, {});
    ASSERT_EQ(dataset->train.inputs.sizes(), (std::vector<std::int64_t>{60000, 1, 28, 28}));
    ASSERT_EQ(dataset->test.inputs.sizes(), (std::vector<std::int64_t>{10000, 1, 28, 28}));
    EXPECT_EQ(dataset->train.labels[0].item<std::int64_t>(), 9);
    EXPECT_EQ(dataset->classes.at(9), "Ankle boot");
    EXPECT_TRUE(at::bincount(dataset->train.labels).eq(6000).all().item<bool>());
    EXPECT_TRUE(at::bincount(dataset->test.labels).eq(1000).all().item<bool>());
    // The mean and deviation that everybody prints.
    const at::Tensor pixels = dataset->train.inputs.to(at::kDouble).div_(255);
    EXPECT_NEAR(pixels.mean().item<double>(), 0.2860, 5e-5);
    EXPECT_NEAR(pixels.std(false).item<double>(), 0.3530, 5e-5);
    expectOutlineFits({"fashion-mnist", Json::object()});
}

} // namespace

} // namespace distill::test
