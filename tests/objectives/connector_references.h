// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "corners.h"

namespace distill::test {

/// Average of blocks, for sizes that divide each other.
inline at::Tensor blockAverages(const at::Tensor& x, std::int64_t height, std::int64_t width)
{
    const std::int64_t a = x.size(2) / height, b = x.size(3) / width;
    return x.reshape({x.size(0), x.size(1), height, a, width, b}).mean({3, 5});
}

/// Convolution of stride 1 that keeps the size, as a sum over the kernel's places; `bias` may be undefined.
inline at::Tensor convolved(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias)
{
    const std::int64_t kernel = weight.size(2), padding = kernel / 2, height = x.size(2), width = x.size(3);
    const at::Tensor padded = at::constant_pad_nd(x, {padding, padding, padding, padding});
    at::Tensor sum;
    for (std::int64_t i = 0; i < kernel; ++i) {
        for (std::int64_t j = 0; j < kernel; ++j) {
            const at::Tensor part = padded.slice(2, i, i + height).slice(3, j, j + width).unsqueeze(1);
            const at::Tensor term = (part * weight.select(3, j).select(2, i).unsqueeze(0).unsqueeze(3).unsqueeze(4)).sum(2);
            sum = sum.defined() ? sum + term : term;
        }
    }
    return bias.defined() ? sum + bias.view({1, -1, 1, 1}) : sum;
}

/// Batch norm of [B, C, H, W] by its own mean and variance.
inline at::Tensor normalisedBatch(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double epsilon = 1e-5)
{
    const at::Tensor mean = x.mean({0, 2, 3}, true);
    const at::Tensor variance = (x - mean).pow(2).mean({0, 2, 3}, true);
    return (x - mean) / (variance + epsilon).sqrt() * weight.view({1, -1, 1, 1}) + bias.view({1, -1, 1, 1});
}

/// A connector named `name` among the parameters.
inline at::Tensor connected(const at::Tensor& x, const NamedTensors& t, const std::string& name)
{
    return normalisedBatch(convolved(x, t.at("parameter/" + name + ".conv.weight"), {}),
                           t.at("parameter/" + name + ".norm.weight"), t.at("parameter/" + name + ".norm.bias"));
}

inline void addConnector(NamedTensors& t, const std::string& name, std::int64_t from, std::int64_t to, std::int64_t kernel,
                         std::uint64_t seed)
{
    t["parameter/" + name + ".conv.weight"] = randomTensor({to, from, kernel, kernel}, seed, 0.5);
    t["parameter/" + name + ".norm.weight"] = randomTensor({to}, seed + 1) + 1.5;
    t["parameter/" + name + ".norm.bias"] = randomTensor({to}, seed + 2);
}

/// The stream of random numbers, number by number.
inline std::uint32_t mixed(std::uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x45d9f3bu;
    return x ^ (x >> 16);
}

inline std::uint32_t streamNumber(std::uint32_t a, std::uint32_t b, std::uint32_t draws, std::uint32_t i)
{
    const std::uint32_t key = mixed(a + draws);
    return mixed(mixed(i + key) + mixed(b ^ key));
}

inline bool allFinite(const ObjectiveValue& found)
{
    bool finite = std::isfinite(found.value);
    for (const auto& [name, gradient] : found.gradients) {
        finite = finite && gradient.isfinite().all().item<bool>();
    }
    return finite;
}

/// Value and gradients are finite for the features given, in float and in double.
inline ::testing::AssertionResult staysFinite(const Selection& selection, const NamedTensors& tensors)
{
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
        NamedTensors typed = tensors;
        for (auto& [name, tensor] : typed) {
            tensor = tensor.is_floating_point() ? tensor.to(type) : tensor;
        }
        const ObjectiveValue found = evaluateObjective(selection, typed);
        if (!allFinite(found)) {
            return ::testing::AssertionFailure() << "value " << found.value << " or a gradient, in " << at::toString(type);
        }
    }
    return ::testing::AssertionSuccess();
}

inline Json oneTap()
{
    return {{"student_taps", {"tap0"}}, {"teacher_taps", {"tap0"}}};
}

inline Json twoTaps()
{
    return {{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0", "tap1"}}};
}

inline Json singleTap()
{
    return {{"student_tap", "tap0"}, {"teacher_tap", "tap0"}};
}

} // namespace distill::test
