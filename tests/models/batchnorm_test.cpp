// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/batchnorm.h"

#include "models/support.h"

#include <ATen/Parallel.h>
#include <cmath>

namespace distill::test {

namespace {

struct Case {
    std::vector<std::int64_t> sizes;
    bool relu, adds;
    at::ScalarType type;
};

void PrintTo(const Case& each, std::ostream* out)
{
    *out << at::IntArrayRef(each.sizes) << (each.relu ? " relu" : "") << (each.adds ? " add" : "") << " " << each.type;
}

class FusedBatchNorm : public testing::TestWithParam<Case> {};

struct Result {
    at::Tensor y, dx, dw, db, dadd, mean, variance;
};

/// Normalised, added and cut in double with LibTorch's separate operations, or as it is trained, in `type`.
Result computed(const Case& each, bool reference)
{
    const std::int64_t channels = each.sizes[1];
    const auto prepared = [&](const at::Tensor& tensor) {
        // Both sides start from the same rounded numbers.
        at::Tensor rounded = tensor.to(each.type).to(reference ? at::kDouble : each.type);
        return rounded.dim() == 4 && !reference ? rounded.contiguous(at::MemoryFormat::ChannelsLast) : rounded;
    };
    const auto parameter = [&](std::uint64_t seed) {
        return normal({channels}, seed).to(reference ? at::kDouble : at::kFloat).requires_grad_();
    };
    const at::Tensor x = prepared(normal(each.sizes, 1) * 3 + 20).requires_grad_();
    const at::Tensor add = prepared(normal(each.sizes, 2)).requires_grad_();
    const at::Tensor dy = prepared(normal(each.sizes, 3));
    const at::Tensor weight = parameter(4), bias = parameter(5);
    at::Tensor mean = at::zeros({channels}, weight.options().requires_grad(false)), variance = at::ones_like(mean);
    at::Tensor y;
    if (reference) {
        y = at::batch_norm(x, weight, bias, mean, variance, true, 0.1, 1e-5, false);
        y = each.adds ? y + add : y;
        y = each.relu ? y.relu() : y;
    } else {
        y = batchNorm(x, {weight, bias, mean, variance, 0.1, 1e-5}, true,
                      {.relu = each.relu, .add = each.adds ? add : at::Tensor()});
        EXPECT_EQ(y.scalar_type(), each.type);
        EXPECT_EQ(y.strides(), x.strides());
    }
    y.backward(dy);
    return {y.detach(), x.grad(), weight.grad(), bias.grad(), each.adds ? add.grad() : at::zeros({1}), mean, variance};
}

double relative(const at::Tensor& value, const at::Tensor& reference)
{
    return distance(value, reference) / std::max(1.0, reference.abs().max().item<double>());
}

} // namespace

TEST_P(FusedBatchNorm, IsNormAdditionAndReluOneAfterAnother)
{
    const int before = at::get_num_threads();
    for (const int threads : {1, 2, 3}) {
        at::set_num_threads(threads);
        const Result is = computed(GetParam(), false), should = computed(GetParam(), true);
        // bfloat16 keeps 8 bits; an output within one of them of zero may be cut on one side and not on the other.
        const double tolerance = GetParam().type == at::kFloat ? 2e-5 : 2e-2;
        EXPECT_LT(relative(is.y, should.y), tolerance);
        EXPECT_LT(relative(is.mean, should.mean), 1e-6);
        EXPECT_LT(relative(is.variance, should.variance), 1e-5);
        const double gradient = GetParam().type == at::kFloat ? 1e-4 : 3e-2;
        EXPECT_LT(relative(is.dw, should.dw), gradient);
        EXPECT_LT(relative(is.db, should.db), gradient);
        if (GetParam().type == at::kFloat || !GetParam().relu) {
            EXPECT_LT(relative(is.dx, should.dx), gradient);
            EXPECT_LT(relative(is.dadd, should.dadd), gradient);
        }
    }
    at::set_num_threads(before);
}

TEST_P(FusedBatchNorm, EvaluatesWithTheRunningStatistics)
{
    const Case& each = GetParam();
    const std::int64_t channels = each.sizes[1];
    const at::Tensor weight = normal({channels}, 4), bias = normal({channels}, 5);
    at::Tensor mean = normal({channels}, 6), variance = normal({channels}, 7).abs() + 0.1;
    const at::Tensor meanBefore = mean.clone(), varianceBefore = variance.clone();
    const at::Tensor x = (normal(each.sizes, 1) * 3).to(each.type), add = normal(each.sizes, 2).to(each.type);
    const auto laid = [](const at::Tensor& of) { return of.dim() == 4 ? of.contiguous(at::MemoryFormat::ChannelsLast) : of; };
    std::vector<std::int64_t> shape(each.sizes.size(), 1);
    shape[1] = channels;
    const auto wide = [&](const at::Tensor& of) { return of.to(at::kDouble).view(shape); };
    at::Tensor should = (x.to(at::kDouble) - wide(mean)) / (wide(variance) + 1e-5).sqrt() * wide(weight) + wide(bias);
    should = each.adds ? should + add.to(at::kDouble) : should;
    should = each.relu ? should.relu() : should;
    const at::Tensor input = laid(x);
    const auto evaluate = [&] {
        return batchNorm(input, {weight, bias, mean, variance, 0.1, 1e-5}, false,
                         {.relu = each.relu, .add = each.adds ? laid(add) : at::Tensor()});
    };
    const double tolerance = each.type == at::kFloat ? 2e-6 : 1e-2;
    at::Tensor without;
    {
        const at::NoGradGuard noGradients;
        without = evaluate();
    }
    EXPECT_LT(relative(without, should), tolerance);
    EXPECT_LT(relative(evaluate(), should), tolerance); // by LibTorch, which keeps a graph
    EXPECT_EQ(without.scalar_type(), each.type);
    EXPECT_EQ(without.strides(), input.strides());
    EXPECT_TRUE(mean.equal(meanBefore) && variance.equal(varianceBefore));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, FusedBatchNorm,
    testing::Values(Case{{4, 16, 7, 7}, true, true, at::kFloat}, Case{{4, 16, 7, 7}, true, false, at::kFloat},
                    Case{{4, 16, 7, 7}, false, true, at::kFloat}, Case{{4, 16, 7, 7}, false, false, at::kFloat},
                    Case{{3, 3, 5, 4}, true, false, at::kFloat}, Case{{2, 116, 7, 5}, true, true, at::kFloat},
                    Case{{8, 128, 3, 3}, true, true, at::kFloat}, Case{{2, 24, 16, 16}, true, true, at::kFloat},
                    Case{{64, 10}, true, false, at::kFloat}, Case{{1, 64, 2, 1}, false, false, at::kFloat},
                    Case{{4, 16, 7, 7}, false, true, at::kBFloat16}, Case{{8, 128, 3, 3}, false, false, at::kBFloat16},
                    Case{{4, 16, 16, 16}, true, true, at::kBFloat16}));

/// A mask that differs from the rounded output's own would move gradients: checked against that output in bfloat16 too.
TEST(FusedBatchNormOf, TheGradientPassesWhereTheOutputIsPositive)
{
    at::Tensor mean = at::zeros({16}), variance = at::ones({16});
    const at::Tensor x = normal({4, 16, 8, 8}, 1).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    const at::Tensor add = normal({4, 16, 8, 8}, 2).to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_();
    const at::Tensor weight = at::ones({16}).requires_grad_(), bias = at::zeros({16}).requires_grad_();
    const at::Tensor y = batchNorm(x, {weight, bias, mean, variance, 0.1, 1e-5}, true, {.relu = true, .add = add});
    y.sum().backward();
    EXPECT_TRUE(add.grad().equal((y.detach() > 0).to(at::kBFloat16)));
}

TEST(FusedBatchNormOf, ANanStaysOne)
{
    at::Tensor mean = at::zeros({16}), variance = at::ones({16});
    at::Tensor x = normal({4, 16, 8, 8}, 1).contiguous(at::MemoryFormat::ChannelsLast);
    x[1][3][2][2] = std::nan("");
    const at::Tensor y = batchNorm(x, {at::ones({16}), at::zeros({16}), mean, variance, 0.1, 1e-5}, true, {.relu = true});
    EXPECT_TRUE(y.select(1, 3).isnan().all().item<bool>());
    EXPECT_FALSE(y.select(1, 4).isnan().any().item<bool>());
}

} // namespace distill::test
