// SPDX-License-Identifier: GPL-3.0-or-later
#include "evaluation/corruption.h"

#include "data/batches.h"

#include <cmath>
#include <stdexcept>

namespace distill {

namespace {

at::Tensor blurred(const at::Tensor& images, double deviation)
{
    const std::int64_t channels = images.size(1);
    const auto reach = static_cast<std::int64_t>(std::ceil(3 * deviation));
    at::Tensor kernel = at::arange(-reach, reach + 1, images.options());
    kernel = (kernel * kernel * (-0.5 / (deviation * deviation))).exp();
    kernel = kernel / kernel.sum();
    const at::Tensor padded = at::replication_pad2d(images, {reach, reach, reach, reach});
    const std::int64_t side = 2 * reach + 1;
    const at::Tensor across = kernel.view({1, 1, 1, side}).expand({channels, 1, 1, side}).contiguous();
    const at::Tensor down = kernel.view({1, 1, side, 1}).expand({channels, 1, side, 1}).contiguous();
    const at::Tensor half = at::conv2d(padded, across, {}, at::IntArrayRef(1), at::IntArrayRef(0), at::IntArrayRef(1), channels);
    return at::conv2d(half, down, {}, at::IntArrayRef(1), at::IntArrayRef(0), at::IntArrayRef(1), channels);
}

/// int64 [N, 1], uniform in [0, bound).
at::Tensor drawn(std::int64_t samples, std::int64_t bound, std::uint64_t seed, const char* purpose)
{
    at::Generator generator = makeGenerator(at::kCPU, deriveSeed(seed, purpose));
    return at::randint(bound, {samples, 1}, generator, at::kLong);
}

at::Tensor occluded(const at::Tensor& images, double share, std::uint64_t seed)
{
    const auto inside = [&](std::int64_t pixels, const char* purpose) {
        const auto side = std::min(pixels, static_cast<std::int64_t>(std::lround(share * static_cast<double>(pixels))));
        const at::Tensor first = drawn(images.size(0), pixels - side + 1, seed, purpose);
        const at::Tensor place = at::arange(pixels, at::kLong).unsqueeze(0);
        return place.ge(first).logical_and(place.lt(first + side));
    };
    const at::Tensor rows = inside(images.size(2), "occlusion row"), columns = inside(images.size(3), "occlusion column");
    return images.masked_fill(rows.unsqueeze(2).logical_and(columns.unsqueeze(1)).unsqueeze(1), 0);
}

at::Tensor translated(const at::Tensor& images, double share, std::uint64_t seed)
{
    const std::int64_t samples = images.size(0), height = images.size(2), width = images.size(3);
    at::Tensor direction = drawn(samples, 8, seed, "translation"); // of nine cells the middle one is none
    direction = direction + direction.ge(4).to(at::kLong);
    const auto source = [&](std::int64_t pixels, const at::Tensor& step) {
        const auto distance = static_cast<std::int64_t>(std::lround(share * static_cast<double>(pixels)));
        return at::arange(pixels, at::kLong).unsqueeze(0) - (step - 1) * distance;
    };
    const at::Tensor rows = source(height, at::div(direction, 3, "floor")), columns = source(width, direction.remainder(3));
    const auto there = [](const at::Tensor& places, std::int64_t pixels) { return places.ge(0).logical_and(places.lt(pixels)); };
    const at::Tensor known = there(rows, height).unsqueeze(2).logical_and(there(columns, width).unsqueeze(1)).unsqueeze(1);
    const at::Tensor index = rows.clamp(0, height - 1).unsqueeze(2) * width + columns.clamp(0, width - 1).unsqueeze(1);
    const at::Tensor moved
        = images.flatten(2).gather(2, index.view({samples, 1, height * width}).expand({samples, images.size(1), height * width}));
    return moved.view(images.sizes()).masked_fill(known.logical_not(), 0);
}

} // namespace

const std::vector<Corruption>& corruptionsOf(const InputShape& shape)
{
    static const std::vector<Corruption> ofImages
        = {{"noise", {0.1, 0.2, 0.4}, "standard deviation of the noise, where white is 1"},
           {"blur", {0.5, 1, 2}, "standard deviation of the blur, in pixels"},
           {"contrast", {0.5, 0.25, 0.1}, "share of the contrast that is left"},
           {"brightness", {0.1, 0.25, 0.5}, "added, where white is 1"},
           {"occlusion", {0.25, 0.4, 0.55}, "side of a black square, as a share of the image's"},
           {"translation", {0.07, 0.15, 0.3}, "share of the side"}};
    static const std::vector<Corruption> ofRows = {{"noise", {0.1, 0.2, 0.4}, "standard deviations of each feature"}};
    return shape.isImage() ? ofImages : ofRows;
}

at::Tensor corrupted(const at::Tensor& inputs, const InputShape& shape, const std::string& name, double strength, std::uint64_t seed)
{
    at::Tensor images = inputs.to(at::kCPU, at::kFloat);
    if (inputs.scalar_type() == at::kByte) {
        images = images / 255;
    }
    const auto noise = [&] {
        at::Generator generator = makeGenerator(at::kCPU, deriveSeed(seed, "noise"));
        return at::randn(images.sizes(), generator);
    };
    if (!shape.isImage()) {
        if (name == "noise") {
            return images + strength * images.std(0, /*unbiased=*/false, /*keepdim=*/true) * noise();
        }
    } else if (name == "noise") {
        return (images + strength * noise()).clamp_(0, 1);
    } else if (name == "blur") {
        return blurred(images, strength);
    } else if (name == "contrast") {
        const at::Tensor mean = images.mean({1, 2, 3}, /*keepdim=*/true);
        return mean + strength * (images - mean);
    } else if (name == "brightness") {
        return (images + strength).clamp_(0, 1);
    } else if (name == "occlusion") {
        return occluded(images, strength, seed);
    } else if (name == "translation") {
        return translated(images, strength, seed);
    }
    throw std::invalid_argument("These inputs can not be spoilt by \"" + name + "\"");
}

} // namespace distill
