// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/augment.h"

#include "data/random.h"

#include <ATen/Parallel.h>
#include <cmath>
#include <numbers>

namespace distill {

namespace {

template <class Body> void forEachSample(const Views& views, std::string_view purpose, Body body)
{
    const auto samples = views.samples.accessor<std::int64_t, 1>();
    for (std::int64_t i = 0; i < samples.size(0); ++i) {
        body(i, SampleRandom(views.seed, samples[i], views.number, purpose));
    }
}

struct Draw {
    std::string_view purpose;
    std::int64_t bound;
};

/// Numbers of each sample, uniform in [0, bound), each as int64 [B, 1] on the device. One copy takes them all there.
std::vector<at::Tensor> draw(const std::vector<Draw>& wanted, const Views& views, at::Device device)
{
    at::Tensor numbers = at::empty({static_cast<std::int64_t>(wanted.size()), views.samples.size(0), 1}, at::kLong);
    auto access = numbers.accessor<std::int64_t, 3>();
    for (std::size_t k = 0; k < wanted.size(); ++k) {
        forEachSample(views, wanted[k].purpose, [&](std::int64_t i, SampleRandom random) {
            access[static_cast<std::int64_t>(k)][i][0] = random.below(wanted[k].bound);
        });
    }
    return numbers.to(device).unbind();
}

at::Tensor positions(std::int64_t count, const at::Tensor& inputs)
{
    return at::arange(count, inputs.options().dtype(at::kLong)).unsqueeze(0);
}

/// Where each output pixel comes from, in one gather: crop, border and flip are only other indices.
at::Tensor cropAndFlip(const at::Tensor& inputs, const AugmentationSettings& settings, const at::Tensor& padding,
                       const Views& views)
{
    const std::int64_t batch = inputs.size(0), channels = inputs.size(1);
    const std::int64_t height = inputs.size(2), width = inputs.size(3), plane = height * width;
    const std::int64_t span = 2 * settings.shift + 1;
    const auto drawn = draw({{"flip", 2}, {"down", span}, {"right", span}}, views, inputs.device());
    at::Tensor rows = positions(height, inputs), columns = positions(width, inputs);
    if (settings.flip) {
        columns = columns + drawn[0] * (width - 1 - 2 * columns);
    }
    rows = rows * width;
    at::Tensor source = inputs.flatten(2);
    if (settings.shift > 0) {
        rows = rows + (drawn[1] - settings.shift) * width;
        columns = columns + (drawn[2] - settings.shift);
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
at::Tensor cutoutMask(const at::Tensor& inputs, std::int64_t side, const Views& views)
{
    const auto drawn = draw({{"cutout row", inputs.size(2)}, {"cutout column", inputs.size(3)}}, views, inputs.device());
    const auto inside = [&](std::int64_t count, const at::Tensor& centre) {
        const at::Tensor first = centre - side / 2;
        const at::Tensor position = positions(count, inputs);
        return (position >= first).logical_and_(position < first + side).to(inputs.scalar_type());
    };
    const at::Tensor rows = inside(inputs.size(2), drawn[0]), columns = inside(inputs.size(3), drawn[1]);
    return (rows.unsqueeze(2) * columns.unsqueeze(1)).neg_().add_(1).unsqueeze(1);
}

/// Standard normal, as `inputs`. Drawn on the CPU: the same on every device.
at::Tensor noiseLike(const at::Tensor& inputs, const Views& views)
{
    at::Tensor noise = at::empty(inputs.sizes());
    const std::int64_t each = noise.numel() / noise.size(0);
    float* values = noise.data_ptr<float>();
    const auto samples = views.samples.accessor<std::int64_t, 1>();
    at::parallel_for(0, noise.size(0), std::max<std::int64_t>(1, 4096 / each), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            SampleRandom random(views.seed, samples[i], views.number, "noise");
            float* value = values + i * each;
            for (std::int64_t k = 0; k < each; k += 2) { // Box and Muller
                const auto radius = std::sqrt(-2 * std::log(1 - static_cast<float>(random.uniform())));
                const auto angle = static_cast<float>(2 * std::numbers::pi * random.uniform());
                value[k] = radius * std::cos(angle);
                if (k + 1 < each) {
                    value[k + 1] = radius * std::sin(angle);
                }
            }
        }
    });
    return noise.to(inputs.device());
}

at::Tensor perSample(const std::vector<float>& values, const at::Tensor& images)
{
    return at::tensor(at::ArrayRef<float>(values)).view({-1, 1, 1, 1}).to(images.device());
}

/// One of RandAugment's operations for each sample; those that were not drawn are left at what changes nothing.
struct Strengths {
    explicit Strengths(std::size_t count)
        : matrices(6 * count), brightness(count, 1), contrast(count, 1), levels(count), threshold(count, 2)
    {
        for (std::size_t i = 0; i < count; ++i) {
            matrices[6 * i] = matrices[6 * i + 4] = 1;
        }
    }

    void draw(std::size_t i, SampleRandom& random, double magnitude)
    {
        enum { Identity, Rotate, ShearX, ShearY, TranslateX, TranslateY, Brightness, Contrast, Posterize, Solarize, Count };
        const auto operation = random.below(Count);
        const float sign = random.below(2) ? 1 : -1;
        const auto strength = static_cast<float>(magnitude);
        float* matrix = matrices.data() + 6 * i;
        switch (operation) {
        case Rotate: {
            const float angle = sign * strength * static_cast<float>(std::numbers::pi / 6);
            matrix[0] = matrix[4] = std::cos(angle);
            matrix[1] = -std::sin(angle);
            matrix[3] = std::sin(angle);
            break;
        }
        case ShearX: matrix[1] = sign * strength * 0.3F; break;
        case ShearY: matrix[3] = sign * strength * 0.3F; break;
        // A grid reaches from -1 to 1, so that a shift of the whole width is 2.
        case TranslateX: matrix[2] = sign * strength * 2 * 150.0F / 331; break;
        case TranslateY: matrix[5] = sign * strength * 2 * 150.0F / 331; break;
        case Brightness: brightness[i] = 1 + sign * strength * 0.9F; break;
        case Contrast: contrast[i] = 1 + sign * strength * 0.9F; break;
        case Posterize: levels[i] = std::exp2(std::round(strength * 4)); break;
        case Solarize: threshold[i] = 1 - strength; break;
        default: break;
        }
    }

    std::vector<float> matrices, brightness, contrast, levels, threshold;
};

double betaOf(double alpha, SampleRandom& random)
{
    std::gamma_distribution<double> gamma(alpha, 1);
    const double first = gamma(random), second = gamma(random);
    return first + second > 0 ? first / (first + second) : 0.5;
}

} // namespace

bool varies(const AugmentationSettings& settings)
{
    return settings.shift > 0 || settings.flip || settings.cutout > 0 || settings.noise > 0 || mixes(settings)
        || settings.randAugment.operations > 0;
}

std::int64_t viewOf(const AugmentationSettings& settings, std::int64_t epoch)
{
    return !varies(settings) ? 0 : settings.views > 0 ? epoch % settings.views : epoch;
}

at::Tensor augment(const at::Tensor& inputs, const AugmentationSettings& settings, const at::Tensor& padding,
                   const Views& views)
{
    at::Tensor result = inputs;
    if (settings.shift > 0 || settings.flip) {
        result = cropAndFlip(result, settings, padding, views);
    }
    if (settings.cutout > 0) {
        const at::Tensor mask = cutoutMask(result, settings.cutout, views);
        result = result.is_same(inputs) ? result * mask : result.mul_(mask);
    }
    if (settings.noise > 0) {
        result = noiseLike(result, views).mul_(settings.noise).add_(result);
    }
    return result;
}

at::Tensor randAugment(const at::Tensor& images, const RandAugmentSettings& settings, const Views& views)
{
    const std::int64_t batch = images.size(0);
    at::Tensor result = images;
    for (std::int64_t round = 0; round < settings.operations; ++round) {
        Strengths strengths(static_cast<std::size_t>(batch));
        forEachSample(views, "operation " + std::to_string(round), [&](std::int64_t i, SampleRandom random) {
            strengths.draw(static_cast<std::size_t>(i), random, settings.magnitude / 30);
        });
        const at::Tensor matrices
            = at::tensor(at::ArrayRef<float>(strengths.matrices)).view({batch, 2, 3}).to(images.device());
        const at::Tensor grid = at::affine_grid_generator(matrices, images.sizes(), false);
        result = at::grid_sampler_2d(result, grid, /*bilinear*/ 0, /*zeros*/ 0, false);
        result = (result * perSample(strengths.brightness, images)).clamp_(0, 1);
        const at::Tensor contrast = perSample(strengths.contrast, images), mean = result.mean({1, 2, 3}, true);
        result = (mean + (result - mean) * contrast).clamp_(0, 1);
        const at::Tensor levels = perSample(strengths.levels, images);
        result = at::where(levels > 0, (result * 255 / levels.clamp_min(1)).floor() * levels / 255, result);
        result = at::where(result >= perSample(strengths.threshold, images), 1 - result, result);
    }
    return result;
}

bool mixes(const AugmentationSettings& settings)
{
    return settings.mixup > 0 || settings.cutmix > 0;
}

Partners drawPartners(const AugmentationSettings& settings, const Views& views, std::int64_t transferSamples,
                      std::int64_t height, std::int64_t width)
{
    const std::int64_t batch = views.samples.size(0);
    Partners partners{at::empty({batch}, at::kLong), at::empty({batch}), at::zeros({batch, 4}, at::kLong)};
    auto position = partners.positions.accessor<std::int64_t, 1>();
    auto share = partners.share.accessor<float, 1>();
    auto box = partners.boxes.accessor<std::int64_t, 2>();
    forEachSample(views, "partner", [&](std::int64_t i, SampleRandom random) {
        position[i] = random.below(transferSamples);
        const bool cuts = settings.cutmix > 0 && (settings.mixup == 0 || random.below(2) == 1);
        double own = betaOf(cuts ? settings.cutmix : settings.mixup, random);
        if (cuts) {
            const auto reach = [&](std::int64_t size, std::int64_t& first, std::int64_t& last) {
                const auto side = static_cast<std::int64_t>(std::sqrt(1 - own) * static_cast<double>(size));
                const std::int64_t centre = random.below(size);
                first = std::max<std::int64_t>(0, centre - side / 2);
                last = std::min(size, centre - side / 2 + side);
            };
            reach(height, box[i][0], box[i][1]);
            reach(width, box[i][2], box[i][3]);
            const std::int64_t area = (box[i][1] - box[i][0]) * (box[i][3] - box[i][2]);
            own = 1 - static_cast<double>(area) / static_cast<double>(height * width);
        } else {
            box[i][1] = -1; // no box
        }
        share[i] = static_cast<float>(own);
    });
    return partners;
}

at::Tensor mix(const at::Tensor& inputs, const at::Tensor& others, const Partners& partners)
{
    const at::Tensor share = partners.share.view({-1, 1, 1, 1}).to(inputs.device());
    const at::Tensor boxes = partners.boxes.to(inputs.device());
    const auto inside = [&](std::int64_t count, std::int64_t first) {
        const at::Tensor at = positions(count, inputs);
        return (at >= boxes.narrow(1, first, 1)).logical_and_(at < boxes.narrow(1, first + 1, 1));
    };
    const at::Tensor patch = inside(inputs.size(2), 0).unsqueeze(2).logical_and(inside(inputs.size(3), 2).unsqueeze(1));
    const at::Tensor cuts = boxes.select(1, 1).ge(0).view({-1, 1, 1, 1});
    return at::where(cuts, at::where(patch.unsqueeze(1), others, inputs), at::lerp(others, inputs, share));
}

} // namespace distill
