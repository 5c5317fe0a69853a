// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"

namespace distill {

namespace {

/// A number of each sample, uniform in [0, bound), as [B, 1].
at::Tensor draw(std::int64_t bound, const at::Tensor& inputs, at::Generator& generator)
{
    return at::randint(bound, {inputs.size(0), 1}, generator, inputs.options().dtype(at::kLong));
}

at::Tensor positions(std::int64_t count, const at::Tensor& inputs)
{
    return at::arange(count, inputs.options().dtype(at::kLong)).unsqueeze(0);
}

/// Where each output pixel comes from, in one gather: crop, border and flip are only other indices.
at::Tensor cropAndFlip(const at::Tensor& inputs, const AugmentationSettings& settings, const at::Tensor& padding,
                       at::Generator& generator)
{
    const std::int64_t batch = inputs.size(0), channels = inputs.size(1);
    const std::int64_t height = inputs.size(2), width = inputs.size(3), plane = height * width;
    at::Tensor rows = positions(height, inputs), columns = positions(width, inputs);
    if (settings.flip) {
        const at::Tensor flipped = draw(2, inputs, generator);
        columns = columns + flipped * (width - 1 - 2 * columns);
    }
    rows = rows * width;
    at::Tensor source = inputs.flatten(2);
    if (settings.shift > 0) {
        const std::int64_t span = 2 * settings.shift + 1;
        rows = rows + (draw(span, inputs, generator) - settings.shift) * width;
        columns = columns + (draw(span, inputs, generator) - settings.shift);
        // One more pixel stands for everything outside. An index beyond it, of a row or a column, is clamped to it.
        rows = rows.masked_fill((rows < 0).logical_or_(rows >= plane), plane);
        columns = columns.masked_fill((columns < 0).logical_or_(columns >= width), plane);
        source = at::cat({source, padding.expand({batch, channels, 1, 1}).flatten(2)}, 2);
    }
    at::Tensor index = rows.unsqueeze(2) + columns.unsqueeze(1);
    if (settings.shift > 0) {
        index.clamp_max_(plane);
    }
    index = index.expand({batch, height, width}).reshape({batch, 1, plane}).expand({batch, channels, plane});
    return source.gather(2, index).view({batch, channels, height, width});
}

/// DeVries and Taylor, arXiv:1708.04552, as they publish it: the square's centre is uniform over the image, what lies
/// outside is clipped, and the blank value is the normalised zero, the mean pixel. [B, 1, H, W], 0 where blank.
at::Tensor cutoutMask(const at::Tensor& inputs, std::int64_t side, at::Generator& generator)
{
    const auto inside = [&](std::int64_t count) {
        const at::Tensor first = draw(count, inputs, generator) - side / 2;
        const at::Tensor position = positions(count, inputs);
        return (position >= first).logical_and_(position < first + side).to(inputs.scalar_type());
    };
    const at::Tensor rows = inside(inputs.size(2)), columns = inside(inputs.size(3));
    return (rows.unsqueeze(2) * columns.unsqueeze(1)).neg_().add_(1).unsqueeze(1);
}

} // namespace

at::Tensor augment(const at::Tensor& inputs, const AugmentationSettings& settings, const at::Tensor& padding,
                   at::Generator& generator)
{
    at::Tensor result = inputs;
    if (settings.shift > 0 || settings.flip) {
        result = cropAndFlip(result, settings, padding, generator);
    }
    if (settings.cutout > 0) {
        const at::Tensor mask = cutoutMask(result, settings.cutout, generator);
        result = result.is_same(inputs) ? result * mask : result.mul_(mask);
    }
    if (settings.noise > 0) {
        result = at::empty_like(result).normal_(0, settings.noise, generator).add_(result);
    }
    return result;
}

} // namespace distill
