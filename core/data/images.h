// SPDX-License-Identifier: GPL-3.0-or-later
// PNG and JPEG files, decoded; private to this folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace distill {

struct ImageSize {
    std::int64_t width = 0, height = 0;
    bool operator==(const ImageSize&) const = default;
};

/// Whether the file's name ends as those that can be decoded do.
bool isImageFile(const std::filesystem::path& file);
/// From the header alone. Throws InputError: not PNG or JPEG, truncated, corrupt, more than 100 megapixels.
ImageSize imageSize(const std::filesystem::path& file);

struct Image {
    ImageSize size;
    std::vector<std::uint8_t> pixels; ///< rows from the top, channels interleaved
};
/// Channels 3 (RGB) or 1 (luminance); 16 bits become 8, transparent parts are black. `check` may refuse the size before
/// anything of that size is allocated. Throws as imageSize().
Image decodeImage(const std::filesystem::path& file, int channels, const std::function<void(ImageSize)>& check);
/// Bilinear, with the filter widened to the scale where it shrinks, as Pillow and antialiased torchvision do.
Image resized(const Image& image, int channels, ImageSize size);

} // namespace distill
