// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <png.h>
#include <turbojpeg.h>

namespace distill::test {

namespace {

/// Rows of interleaved channels.
struct Picture {
    int width, height, channels;
    std::string pixels;
    at::Tensor planes() const
    {
        return at::from_blob(const_cast<char*>(pixels.data()), {height, width, channels}, at::kByte)
            .permute({2, 0, 1})
            .clone();
    }
};

Picture noise(int width, int height, int channels, int seed)
{
    Picture picture{width, height, channels, {}};
    std::uint32_t state = static_cast<std::uint32_t>(seed) * 2654435761U + 1;
    for (int i = 0; i < width * height * channels; ++i) {
        state = state * 1664525U + 1013904223U;
        picture.pixels += static_cast<char>(state >> 24);
    }
    return picture;
}

Picture gradient(int width, int height, int channels)
{
    Picture picture{width, height, channels, {}};
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < channels; ++c) {
                picture.pixels += static_cast<char>(60 + 4 * x + 3 * y + 20 * c);
            }
        }
    }
    return picture;
}

std::string png(const Picture& picture)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(picture.width);
    image.height = static_cast<png_uint_32>(picture.height);
    image.format = picture.channels == 1 ? PNG_FORMAT_GRAY : picture.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
    png_alloc_size_t size = 0;
    EXPECT_TRUE(png_image_write_to_memory(&image, nullptr, &size, 0, picture.pixels.data(), 0, nullptr));
    std::string bytes(size, '\0');
    EXPECT_TRUE(png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.pixels.data(), 0, nullptr));
    bytes.resize(size);
    return bytes;
}

std::string jpeg(const Picture& picture)
{
    const tjhandle handle = tjInitCompress();
    unsigned char* buffer = nullptr;
    unsigned long size = 0;
    EXPECT_EQ(tjCompress2(handle, reinterpret_cast<const unsigned char*>(picture.pixels.data()), picture.width, 0,
                          picture.height, picture.channels == 1 ? TJPF_GRAY : TJPF_RGB, &buffer, &size,
                          picture.channels == 1 ? TJSAMP_GRAY : TJSAMP_444, 100, 0),
              0);
    std::string bytes(reinterpret_cast<char*>(buffer), size);
    tjFree(buffer);
    tjDestroy(handle);
    return bytes;
}

class ImageFolder : public testing::Test {
protected:
    Selection folder(Json parameters = Json::object()) const
    {
        parameters["folder"] = m_folder.path().string();
        return {"image_folder", parameters};
    }
    /// Two classes with train and test folders; train/a/0.png is the first training sample.
    void writeParts(int width, int height, int channels)
    {
        int seed = 0;
        for (const char* name : {"train/a/0.png", "train/a/1.png", "train/b/0.png", "test/a/0.png", "test/b/0.png"}) {
            m_folder.write(name, png(noise(width, height, channels, seed++)));
        }
    }
    TemporaryFolder m_folder;
};

TEST_F(ImageFolder, ReadsPngExactly)
{
    writeParts(7, 5, 3);
    m_folder.write("train/a/Thumbs.db", "no image");
    m_folder.write("train/.hidden/x.png", "no image");
    const auto dataset = loadDataset(folder(), {});
    EXPECT_EQ(dataset->name, m_folder.path().filename().string());
    EXPECT_EQ(dataset->classes, (std::vector<std::string>{"a", "b"}));
    ASSERT_EQ(dataset->train.inputs.sizes(), (std::vector<std::int64_t>{3, 3, 5, 7}));
    EXPECT_TRUE(dataset->train.labels.equal(at::tensor({0, 0, 1}, at::kLong)));
    EXPECT_TRUE(dataset->test.labels.equal(at::tensor({0, 1}, at::kLong)));
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(dataset->train.inputs[i].equal(noise(7, 5, 3, i).planes())) << i;
    }
    EXPECT_TRUE(dataset->test.inputs[1].equal(noise(7, 5, 3, 4).planes()));
    expectOutlineFits(folder());
}

TEST_F(ImageFolder, ReadsGreyAndColourAsAsked)
{
    writeParts(6, 6, 1);
    const auto grey = loadDataset(folder({{"channels", 1}}), {});
    EXPECT_TRUE(grey->train.inputs[1].equal(noise(6, 6, 1, 1).planes()));
    const auto colour = loadDataset(folder(), {});
    EXPECT_TRUE(colour->train.inputs[1].equal(noise(6, 6, 1, 1).planes().expand({3, 6, 6})));
    expectError(folder({{"channels", 2}}), {"3 or 1", "2"});
}

TEST_F(ImageFolder, TransparentPixelsAreBlack)
{
    writeParts(2, 1, 3);
    m_folder.write("train/a/0.png", png({2, 1, 4, std::string("\xff\x80\x40\xff\xff\x80\x40\x00", 8)}));
    const auto dataset = loadDataset(folder(), {});
    EXPECT_TRUE(dataset->train.inputs[0].flatten(1).equal(at::tensor({255, 0, 128, 0, 64, 0}, at::kByte).view({3, 2})));
}

TEST_F(ImageFolder, ReadsJpeg)
{
    for (const char* name : {"train/a/0.jpg", "train/b/0.JPEG", "test/a/0.png"}) {
        m_folder.write(name, jpeg(gradient(20, 16, 3)));
    }
    const auto dataset = loadDataset(folder(), {});
    const at::Tensor difference
        = dataset->train.inputs.to(at::kInt) - gradient(20, 16, 3).planes().to(at::kInt).unsqueeze(0);
    EXPECT_LE(difference.abs().max().item<int>(), 3);

    m_folder.write("train/a/0.jpg", jpeg(gradient(20, 16, 1)));
    const at::Tensor grey = loadDataset(folder({{"channels", 1}}), {})->train.inputs[0];
    EXPECT_LE((grey.to(at::kInt) - gradient(20, 16, 1).planes().to(at::kInt)).abs().max().item<int>(), 3);
}

TEST_F(ImageFolder, ResizesAsAntialiasedInterpolationDoes)
{
    writeParts(13, 9, 3);
    m_folder.write("train/b/0.png", png(noise(31, 40, 3, 2)));
    for (const int size : {4, 9, 24}) {
        const auto dataset = loadDataset(folder({{"size", size}}), {});
        ASSERT_EQ(dataset->train.inputs.sizes(), (std::vector<std::int64_t>{3, 3, size, size}));
        for (const int i : {0, 2}) {
            const at::Tensor source = (i == 0 ? noise(13, 9, 3, 0) : noise(31, 40, 3, 2)).planes().to(at::kFloat);
            const at::Tensor expected = at::_upsample_bilinear2d_aa(source.unsqueeze(0), {size, size}, false)[0];
            const at::Tensor difference = dataset->train.inputs[i].to(at::kFloat) - expected;
            EXPECT_LE(difference.abs().max().item<float>(), 0.51F) << size << ", sample " << i;
        }
        expectOutlineFits(folder({{"size", size}}));
    }
}

TEST_F(ImageFolder, WithoutATestFolderAFifthBecomesTheTest)
{
    for (int i = 0; i < 10; ++i) {
        m_folder.write("a/" + std::to_string(i) + ".png", png(noise(4, 4, 3, i)));
        m_folder.write("b/" + std::to_string(i) + ".png", png(noise(4, 4, 3, 100 + i)));
    }
    const auto dataset = loadDataset(folder(), {});
    EXPECT_TRUE(at::bincount(dataset->train.labels).equal(at::tensor({8, 8}, at::kLong)));
    EXPECT_TRUE(at::bincount(dataset->test.labels).equal(at::tensor({2, 2}, at::kLong)));
    expectOutlineFits(folder());
}

TEST_F(ImageFolder, NamesWhatIsWrong)
{
    expectError(folder(), {"fewer than two", m_folder.path().string()});
    writeParts(4, 4, 3);
    m_folder.write("train/b/1.png", png(noise(5, 4, 3, 1)));
    expectError(folder(), {"train/b/1.png", "5 x 4", "train/a/0.png", "4 x 4", "size"});
    m_folder.write("train/b/1.png", "GIF89a");
    expectError(folder(), {"train/b/1.png", "neither a PNG nor a JPEG"});
    fs::remove(m_folder.path() / "train/b/1.png");
    m_folder.write("test/c/0.png", png(noise(4, 4, 3, 1)));
    expectError(folder(), {"test/c", "no training class"});
    fs::remove_all(m_folder.path() / "test/c");
    fs::create_directories(m_folder.path() / "train/c");
    expectError(folder(), {"train/c", "no PNG or JPEG"});
    fs::remove_all(m_folder.path() / "train/c");
    fs::remove_all(m_folder.path() / "test");
    expectError(folder(), {"train but none named test"});
    expectError({"image_folder", {{"folder", (m_folder.path() / "train/a/0.png").string()}}}, {"not a folder"});
}

TEST_F(ImageFolder, AClaimOfHugeSizeIsNotAllocated)
{
    writeParts(4, 4, 3);
    // A whole and valid header, checksum included, of 500,000 x 500,000 pixels.
    std::string bytes = png(noise(4, 4, 3, 0));
    const std::string size("\x00\x07\xa1\x20\x00\x07\xa1\x20", 8);
    bytes.replace(16, 8, size);
    std::uint32_t crc = 0xffffffff;
    for (std::size_t i = 12; i < 29; ++i) {
        crc ^= static_cast<unsigned char>(bytes[i]);
        for (int b = 0; b < 8; ++b) {
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        }
    }
    crc = ~crc;
    for (int i = 0; i < 4; ++i) {
        bytes[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
    }
    m_folder.write("train/a/0.png", bytes);
    expectError(folder(), {"train/a/0.png", "500000 x 500000"});
}

void checkDamaged(const TemporaryFolder& files, const Selection& selection, const std::string& bytes,
                  const std::string& name)
{
    const at::Tensor intact = loadDataset(selection, {})->train.inputs;
    int refused = 0, total = 0;
    damage(files, name, bytes, [&](bool, std::size_t) {
        ++total;
        if (errorOf(selection)) {
            ++refused;
            return;
        }
        EXPECT_EQ(loadDataset(selection, {})->train.inputs.sizes(), intact.sizes());
    });
    EXPECT_GT(refused, total / 4);
}

TEST_F(ImageFolder, DamagedPng)
{
    writeParts(5, 4, 3);
    const std::string bytes = png(noise(5, 4, 3, 1));
    checkDamaged(m_folder, folder(), bytes, "train/a/1.png");
    const at::Tensor intact = noise(5, 4, 3, 1).planes();
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        m_folder.write("train/a/1.png", bytes.substr(0, length));
        if (!errorOf(folder())) {
            EXPECT_TRUE(loadDataset(folder(), {})->train.inputs[1].equal(intact)) << "cut at " << length;
        }
    }
}

TEST_F(ImageFolder, DamagedJpeg)
{
    writeParts(8, 8, 1);
    const std::string bytes = jpeg(gradient(8, 8, 1));
    m_folder.write("train/a/1.png", bytes);
    checkDamaged(m_folder, folder({{"channels", 1}}), bytes, "train/a/1.png");
}

} // namespace

} // namespace distill::test
