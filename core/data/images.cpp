// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/images.h"
#include "data/readers.h"

#include <cmath>
#include <memory>
#include <png.h>
#include <turbojpeg.h>

namespace fs = std::filesystem;

namespace distill {

namespace {

constexpr std::int64_t mostPixels = 100'000'000;

void checkSize(const fs::path& file, ImageSize size)
{
    if (size.width < 1 || size.height < 1 || size.width * size.height > mostPixels) {
        throw InputError(file.string() + " claims " + std::to_string(size.width) + " x " + std::to_string(size.height)
                         + " pixels; at most 100 megapixels are read.");
    }
}

[[noreturn]] void fail(const fs::path& file, const char* reason)
{
    throw InputError(file.string() + " is truncated or corrupt: " + reason + ".");
}

class Png {
public:
    Png(const fs::path& file, const std::string& bytes)
        : m_file(file)
    {
        m_image.version = PNG_IMAGE_VERSION;
        if (!png_image_begin_read_from_memory(&m_image, bytes.data(), bytes.size())) {
            fail(file, m_image.message);
        }
    }
    Png(const Png&) = delete;
    Png& operator=(const Png&) = delete;
    ~Png() { png_image_free(&m_image); }

    ImageSize size() const { return {m_image.width, m_image.height}; }
    void decode(int channels, std::uint8_t* pixels)
    {
        m_image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        const png_color black{};
        // libpng reports a damaged checksum as a warning and goes on; a data set must not train on such an image.
        if (!png_image_finish_read(&m_image, &black, pixels, 0, nullptr) || PNG_IMAGE_FAILED(m_image)
            || m_image.warning_or_error != 0) {
            fail(m_file, m_image.message);
        }
    }

private:
    fs::path m_file;
    png_image m_image{};
};

class Jpeg {
public:
    Jpeg(const fs::path& file, const std::string& bytes)
        : m_file(file)
        , m_bytes(bytes)
        , m_handle(tjInitDecompress(), &tjDestroy)
    {
        int width = 0, height = 0, subsampling = 0, colours = 0;
        if (!m_handle) {
            throw std::bad_alloc();
        }
        if (tjDecompressHeader3(m_handle.get(), data(), m_bytes.size(), &width, &height, &subsampling, &colours) != 0) {
            fail(file, tjGetErrorStr2(m_handle.get()));
        }
        m_size = {width, height};
        if (colours == TJCS_CMYK || colours == TJCS_YCCK) {
            throw InputError(file.string() + " is a CMYK image; convert it to RGB.");
        }
    }

    ImageSize size() const { return m_size; }
    void decode(int channels, std::uint8_t* pixels)
    {
        // The return value also tells of warnings, such as a premature end.
        if (tjDecompress2(m_handle.get(), data(), m_bytes.size(), pixels, static_cast<int>(m_size.width), 0,
                          static_cast<int>(m_size.height), channels == 3 ? TJPF_RGB : TJPF_GRAY, TJFLAG_ACCURATEDCT)
            != 0) {
            fail(m_file, tjGetErrorStr2(m_handle.get()));
        }
    }

private:
    const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(m_bytes.data()); }

    fs::path m_file;
    const std::string& m_bytes;
    std::unique_ptr<void, int (*)(tjhandle)> m_handle;
    ImageSize m_size;
};

/// Calls `use` with a Png or a Jpeg, told apart by the first bytes.
template <class Use> auto withDecoder(const fs::path& file, const Use& use)
{
    const std::string bytes = readBytes(file, std::uint64_t{1} << 30);
    if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
        Png png(file, bytes);
        checkSize(file, png.size());
        return use(png);
    }
    if (bytes.starts_with("\xff\xd8")) {
        Jpeg jpeg(file, bytes);
        checkSize(file, jpeg.size());
        return use(jpeg);
    }
    throw InputError(file.string() + " is neither a PNG nor a JPEG image.");
}

/// The inputs that make up one output position along a line, with their weights.
struct Taps {
    std::int64_t first = 0;
    std::vector<float> weights;
};

std::vector<Taps> triangleTaps(std::int64_t from, std::int64_t to)
{
    const double scale = static_cast<double>(from) / static_cast<double>(to);
    const double support = std::max(scale, 1.0);
    std::vector<Taps> taps(to);
    for (std::int64_t i = 0; i < to; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) * scale;
        const auto first = std::max<std::int64_t>(static_cast<std::int64_t>(centre - support + 0.5), 0);
        const auto last = std::min<std::int64_t>(static_cast<std::int64_t>(centre + support + 0.5), from);
        taps[i].first = first;
        double sum = 0;
        for (std::int64_t j = first; j < last; ++j) {
            const double distance = std::abs(static_cast<double>(j) + 0.5 - centre) / support;
            taps[i].weights.push_back(static_cast<float>(std::max(0.0, 1 - distance)));
            sum += taps[i].weights.back();
        }
        for (float& weight : taps[i].weights) {
            weight = static_cast<float>(weight / sum);
        }
    }
    return taps;
}

} // namespace

bool isImageFile(const fs::path& file)
{
    std::string extension = file.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

ImageSize imageSize(const fs::path& file)
{
    return withDecoder(file, [](const auto& decoder) { return decoder.size(); });
}

Image decodeImage(const fs::path& file, int channels, const std::function<void(ImageSize)>& check)
{
    return withDecoder(file, [&](auto& decoder) {
        check(decoder.size());
        Image image{decoder.size(), {}};
        image.pixels.resize(image.size.width * image.size.height * channels);
        decoder.decode(channels, image.pixels.data());
        return image;
    });
}

Image resized(const Image& image, int channels, ImageSize size)
{
    if (image.size == size) {
        return image;
    }
    const std::vector<Taps> across = triangleTaps(image.size.width, size.width);
    const std::vector<Taps> down = triangleTaps(image.size.height, size.height);
    const std::int64_t row = size.width * channels;
    std::vector<float> narrowed(row * image.size.height);
    for (std::int64_t y = 0; y < image.size.height; ++y) {
        const std::uint8_t* source = image.pixels.data() + y * image.size.width * channels;
        for (std::int64_t x = 0; x < size.width; ++x) {
            for (int c = 0; c < channels; ++c) {
                float sum = 0;
                for (std::size_t t = 0; t < across[x].weights.size(); ++t) {
                    sum += across[x].weights[t] * static_cast<float>(source[(across[x].first + t) * channels + c]);
                }
                narrowed[y * row + x * channels + c] = sum;
            }
        }
    }
    Image result{size, std::vector<std::uint8_t>(row * size.height)};
    std::vector<float> line(row);
    for (std::int64_t y = 0; y < size.height; ++y) {
        std::fill(line.begin(), line.end(), 0.5F); // rounds to the nearest when the fraction is cut off
        for (std::size_t t = 0; t < down[y].weights.size(); ++t) {
            const float* source = narrowed.data() + (down[y].first + t) * row;
            for (std::int64_t i = 0; i < row; ++i) {
                line[i] += down[y].weights[t] * source[i];
            }
        }
        std::transform(line.begin(), line.end(), result.pixels.begin() + y * row,
                       [](float value) { return static_cast<std::uint8_t>(std::min(value, 255.0F)); });
    }
    return result;
}

} // namespace distill
