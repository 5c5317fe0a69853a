// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/convolution.h"

#include "models/execution.h"
#include "models/support.h"

#include <ATen/Parallel.h>
#include <atomic>
#include <thread>

namespace distill::test {

namespace {

struct Case {
    Convolution shape;
    std::int64_t batch, size;
    bool bfloat16;
};

void PrintTo(const Case& each, std::ostream* out)
{
    const Convolution& shape = each.shape;
    *out << shape.in << " to " << shape.out << ", kernel " << shape.kernel << ", stride " << shape.stride << ", groups "
         << shape.groups << (shape.bias ? ", bias" : "") << ", " << each.batch << " of " << each.size
         << (each.bfloat16 ? " in bf16" : " in fp32");
}

/// Numbers that bfloat16 holds exactly, so that only sums are rounded.
at::Tensor exact(at::IntArrayRef sizes, std::uint64_t seed)
{
    return normal(sizes, seed).to(at::kBFloat16).to(at::kFloat);
}

at::Tensor imagesOf(const Case& each, std::uint64_t seed)
{
    return laidOut(exact({each.batch, each.shape.in, each.size, each.size}, seed), {.channelsLast = true});
}

at::Tensor weightOf(const Convolution& shape)
{
    return exact({shape.out, shape.in / shape.groups, shape.kernel, shape.kernel}, 2);
}

/// conv(x) in double, from the definition: a sum over shifted images.
at::Tensor byDefinition(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const Convolution& shape)
{
    const std::int64_t pad = shape.padding, stride = shape.stride, kernel = shape.kernel;
    const at::Tensor padded = at::constant_pad_nd(input, {pad, pad, pad, pad});
    const std::int64_t size = (input.size(2) + 2 * pad - kernel) / stride + 1;
    const std::int64_t in = shape.in / shape.groups, out = shape.out / shape.groups;
    std::vector<at::Tensor> groups;
    for (std::int64_t group = 0; group < shape.groups; ++group) {
        const at::Tensor x = padded.narrow(1, group * in, in), w = weight.narrow(0, group * out, out);
        at::Tensor sum = at::zeros({input.size(0), out, size, size}, input.options());
        for (std::int64_t i = 0; i < kernel; ++i) {
            for (std::int64_t j = 0; j < kernel; ++j) {
                const at::Tensor shifted = x.slice(2, i, i + (size - 1) * stride + 1, stride)
                                               .slice(3, j, j + (size - 1) * stride + 1, stride);
                sum = sum + at::einsum("bchw,oc->bohw", {shifted, w.select(3, j).select(2, i)});
            }
        }
        groups.push_back(sum);
    }
    const at::Tensor result = at::cat(groups, 1);
    return bias.defined() ? result + bias.view({1, -1, 1, 1}) : result;
}

struct Gradients {
    at::Tensor y, dx, dw, db;
};

template <class Convolve> Gradients gradients(const Case& each, at::ScalarType type, Convolve convolveIn)
{
    const at::Tensor x = imagesOf(each, 1).to(type).requires_grad_(), w = weightOf(each.shape).to(type).requires_grad_();
    const at::Tensor b = each.shape.bias ? exact({each.shape.out}, 3).to(type).requires_grad_() : at::Tensor();
    const at::Tensor y = convolveIn(x, w, b);
    y.backward(exact(y.sizes(), 4).to(y.scalar_type()));
    return {y.detach(), x.grad(), w.grad(), b.defined() ? b.grad() : at::zeros({1})};
}

/// Largest difference, as a share of the largest number.
double share(const at::Tensor& a, const at::Tensor& b)
{
    return distance(a, b) / b.abs().max().item<double>();
}

class Convolves : public testing::TestWithParam<Case> {};

TEST_P(Convolves, AndDerivesAsTheDefinitionInDouble)
{
    const Case& each = GetParam();
    const Gradients expected = gradients(each, at::kDouble, [&](const auto& x, const auto& w, const auto& b) {
        return byDefinition(x, w, b, each.shape);
    });
    const Gradients found = gradients(each, at::kFloat, [&](const auto& x, const auto& w, const auto& b) {
        const AutocastGuard autocast({.bfloat16 = each.bfloat16, .channelsLast = true}, at::kCPU);
        return convolve(x, w, b, each.shape);
    });
    EXPECT_EQ(found.y.scalar_type(), each.bfloat16 ? at::kBFloat16 : at::kFloat);
    EXPECT_TRUE(found.y.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_EQ(found.dw.scalar_type(), at::kFloat);
    // bfloat16 keeps 8 bits of an output; a weight's gradient is summed in float32 from exact factors.
    const double rounding = each.bfloat16 ? 1 / 256.0 : 1e-5;
    EXPECT_LT(share(found.y, expected.y), rounding);
    EXPECT_LT(share(found.dx, expected.dx), rounding);
    EXPECT_LT(share(found.dw, expected.dw), 1e-5);
    if (each.shape.bias) {
        EXPECT_LT(share(found.db, expected.db), 1e-5);
    }
}

TEST_P(Convolves, FrozenWithWhatFollows)
{
    const Case& each = GetParam();
    const at::NoGradGuard noGradients;
    const at::ScalarType type = each.bfloat16 ? at::kBFloat16 : at::kFloat;
    const at::Tensor weight = weightOf(each.shape), bias = exact({each.shape.out}, 3);
    const FrozenConvolution frozen(weight.to(type), bias, each.shape);
    // Batches of two sizes in turn: what was prepared for one must not serve the other.
    for (const std::int64_t batch : {each.batch, std::int64_t(3), each.batch}) {
        Case now = each;
        now.batch = batch;
        const at::Tensor x = imagesOf(now, 1);
        const at::Tensor plain = byDefinition(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble), each.shape);
        const at::Tensor add = laidOut(exact(plain.sizes(), 5), {.channelsLast = true});
        const double rounding = each.bfloat16 ? 1 / 128.0 : 1e-5;
        EXPECT_LT(share(frozen(x, {}), plain), rounding);
        EXPECT_LT(share(frozen(x, {.relu = true}), plain.relu()), rounding);
        EXPECT_LT(share(frozen(x, {.add = add.to(type)}), plain + add), rounding);
        EXPECT_LT(share(frozen(x, {.relu = true, .add = add.to(type)}), (plain + add).relu()), rounding);
    }
}

std::vector<Case> cases()
{
    std::vector<Case> all;
    for (const bool bfloat16 : {false, true}) {
        for (const Convolution& shape : std::vector<Convolution>{
                 {.in = 1, .out = 16},
                 {.in = 3, .out = 8, .bias = true},
                 {.in = 16, .out = 16},
                 {.in = 16, .out = 32, .stride = 2},
                 {.in = 32, .out = 64, .kernel = 1, .stride = 2, .padding = 0},
                 {.in = 64, .out = 64, .bias = true},
                 {.in = 20, .out = 30, .kernel = 5, .padding = 2},
                 {.in = 24, .out = 24, .groups = 24},
                 {.in = 24, .out = 48, .kernel = 1, .padding = 0, .groups = 3, .bias = true},
             }) {
            all.push_back({shape, 5, 8, bfloat16});
        }
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolves, testing::ValuesIn(cases()));

TEST(Convolution, TwoThreadsAtOnceAgreeWithOne)
{
    const Case each{{.in = 16, .out = 16}, 8, 12, true};
    const auto once = [&] {
        return gradients(each, at::kFloat, [&](const auto& x, const auto& w, const auto& b) {
            const AutocastGuard autocast({.bfloat16 = true, .channelsLast = true}, at::kCPU);
            return convolve(x, w, b, each.shape);
        });
    };
    at::set_num_threads(1);
    const Gradients alone = once();
    std::vector<std::thread> threads;
    std::atomic<int> different = 0;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] {
            at::set_num_threads(1);
            for (int turn = 0; turn < 50; ++turn) {
                const Gradients now = once();
                different += !now.y.equal(alone.y) || !now.dx.equal(alone.dx) || !now.dw.equal(alone.dw);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(different, 0);
}

TEST(Convolution, OfAnInputWithoutGradientsDerivesTheWeightAlone)
{
    const Convolution shape{.in = 3, .out = 8};
    const at::Tensor x = laidOut(exact({2, 3, 8, 8}, 1), {.channelsLast = true}), w = weightOf(shape).requires_grad_();
    convolve(x, w, {}, shape).sum().backward();
    EXPECT_FALSE(x.grad().defined());
    EXPECT_TRUE(w.grad().defined());
}

} // namespace

} // namespace distill::test
