// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/relations.h"

#include "corners.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

namespace distill::test {

namespace {

TEST(Relations, BatchedProductsAreProductsOfEachPairOnAnyNumberOfThreads)
{
    const int threads = at::get_num_threads();
    for (const int number : {1, 2}) {
        at::set_num_threads(number);
        const at::Tensor a = randomTensor({5, 3, 4}, 1).requires_grad_(), b = randomTensor({5, 2, 4}, 2).requires_grad_();
        const at::Tensor found = batchedProducts(a, b), weight = randomTensor({5, 3, 2}, 3);
        const at::Tensor expected = (a.unsqueeze(2) * b.unsqueeze(1)).sum(3);
        EXPECT_TRUE(at::allclose(found, expected));
        const auto slopes = torch::autograd::grad({(found * weight).sum()}, {a, b});
        const auto wanted = torch::autograd::grad({(expected * weight).sum()}, {a, b});
        EXPECT_TRUE(at::allclose(slopes[0], wanted[0]));
        EXPECT_TRUE(at::allclose(slopes[1], wanted[1]));
        // Both arguments the same tensor: the two gradients add up.
        const at::Tensor own = batchedProducts(a, a);
        const at::Tensor ownWanted = (a.unsqueeze(2) * a.unsqueeze(1)).sum(3);
        EXPECT_TRUE(at::allclose(torch::autograd::grad({own.square().sum()}, {a})[0],
                                 torch::autograd::grad({ownWanted.square().sum()}, {a})[0]));
    }
    at::set_num_threads(threads);
}

TEST(Relations, TheDirectionOfNothingIsNothingWithoutAGradient)
{
    at::Tensor x = randomTensor({3, 4}, 1);
    x[1].zero_();
    x.requires_grad_();
    const at::Tensor found = direction(x, 1);
    EXPECT_NEAR(found[0].square().sum().item<double>(), 1, 1e-12);
    EXPECT_EQ(found[1].abs().max().item<double>(), 0);
    const at::Tensor slope = torch::autograd::grad({(found * randomTensor({3, 4}, 2)).sum()}, {x})[0];
    EXPECT_EQ(slope[1].abs().max().item<double>(), 0);
    EXPECT_TRUE(slope.isfinite().all().item<bool>());
    EXPECT_NEAR(direction(x, 1, 0.5)[0].norm().item<double>(), x[0].norm().item<double>() / (x[0].norm().item<double>() + 0.5),
                1e-12);
}

TEST(Relations, TheDefaultsOfEveryMethodServeACifarResNet)
{
    const Shape stages[] = {{16, 32, 32}, {32, 16, 16}, {64, 8, 8}, {64}, {10}};
    const char* const names[] = {"stage1", "stage2", "stage3", "penultimate", "logits"};
    NamedTensors tensors{{"labels", at::tensor({0, 9, -1, 4}, at::kLong)}};
    for (std::size_t i = 0; i < 5; ++i) {
        for (const std::string side : {"student/", "teacher/"}) {
            Shape sizes = stages[i];
            sizes.insert(sizes.begin(), 4);
            tensors[side + names[i]] = randomTensor(sizes, tensors.size()).clamp_min(0);
        }
    }
    for (const std::string kind : {"dkd", "logit_standardisation", "dist", "teacher_free", "dml", "sp", "pkt", "rkd", "correlation", "nst",
                                   "kdsvd", "ickd"}) {
        SCOPED_TRACE(kind);
        EXPECT_GT(expectFinite(kind, {}, tensors, 100), 0);
    }
}

} // namespace

} // namespace distill::test
