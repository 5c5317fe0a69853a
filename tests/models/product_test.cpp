// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/product.h"

#include "models/support.h"

#include <ATen/Parallel.h>
#include <chrono>
#include <thread>

namespace distill::test {

namespace {

struct Result {
    at::Tensor output, input, weight, bias; ///< the last three: gradients
};

/// Of affine() in the type and with the threads asked for, with the output's gradient given.
Result computed(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& gradient)
{
    const auto leaf = [](const at::Tensor& tensor) { return tensor.clone().requires_grad_(); };
    const at::Tensor x = leaf(input), w = leaf(weight), b = leaf(bias);
    const at::Tensor y = affine(x, w, b);
    y.backward(gradient);
    return {y.detach(), x.grad(), w.grad(), b.grad()};
}

class Threads {
public:
    explicit Threads(int count) : m_before(at::get_num_threads()) { at::set_num_threads(count); }
    ~Threads() { at::set_num_threads(m_before); }

private:
    int m_before;
};

} // namespace

TEST(ProductByRows, IsTheProductAndRoundsEachRowAlikeWhereverItStands)
{
    at::Generator generator = generatorOf(1);
    for (const std::int64_t length : {1, 7, 16, 64, 784}) {
        for (const std::int64_t outs : {1, 3, 10, 65}) {
            const at::Tensor input = at::empty({67, length}).normal_(0, 1, generator);
            const at::Tensor weight = at::empty({outs, length}).normal_(0, 1, generator);
            const at::Tensor bias = at::empty({outs}).normal_(0, 1, generator);
            const at::Tensor output = affineByRows(input, weight, bias);
            const at::Tensor exact = at::linear(input.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble));
            EXPECT_LT((output - exact).abs().max().item<double>(), 1e-6 * (10 + static_cast<double>(length))) << length << " " << outs;
            for (const std::int64_t count : {1, 2, 5, 64}) {
                for (const std::int64_t first : {0, 1, 3}) {
                    const at::Tensor part = affineByRows(input.narrow(0, first, count), weight, bias);
                    ASSERT_TRUE(part.equal(output.narrow(0, first, count))) << length << " " << outs << " " << first;
                }
            }
        }
    }
}

TEST(Product, IsTheProductAndItsGradientsWhateverTheThreads)
{
    const at::Tensor x = normal({5, 37, 96}, 1), w = normal({130, 96}, 2), b = normal({130}, 3), g = normal({5, 37, 130}, 4);
    const auto wide = [](const at::Tensor& tensor) { return tensor.to(at::kDouble).reshape({-1, tensor.size(-1)}); };
    for (const int threads : {1, 2, 3}) {
        const Threads scope(threads);
        const Result result = computed(x, w, b, g);
        ASSERT_EQ(result.output.sizes().vec(), (std::vector<std::int64_t>{5, 37, 130}));
        EXPECT_LT(distance(wide(result.output), at::mm(wide(x), wide(w).t()) + b.to(at::kDouble)), 1e-4) << threads;
        EXPECT_LT(distance(wide(result.input), at::mm(wide(g), wide(w))), 1e-4) << threads;
        EXPECT_LT(distance(wide(result.weight), at::mm(wide(g).t(), wide(x))), 2e-4) << threads;
        EXPECT_LT(distance(result.bias, wide(g).sum(0)), 1e-4) << threads;
    }
}

TEST(Product, WithAFrozenWeight)
{
    const Threads scope(2);
    const at::Tensor x = normal({64, 128}, 1).requires_grad_(), w = normal({128, 128}, 2), b = normal({128}, 3);
    const at::Tensor y = affine(x, w, b);
    y.sum().backward();
    EXPECT_LT(distance(y.detach(), at::mm(x.detach(), w.t()) + b), 1e-4);
    EXPECT_LT(distance(x.grad(), w.sum(0).expand({64, 128})), 1e-4);
    EXPECT_FALSE(w.grad().defined());
}

/// With at::linear, up to one product in sixteen of the thread with four comes out wrong.
TEST(Product, ThreadsOfOneProcessDoNotDisturbEachOther)
{
    const at::Tensor x = normal({64, 128}, 1), w = normal({128, 128}, 2), b = normal({128}, 3), g = normal({64, 128}, 4);
    const auto wrong = [&](int threads) {
        at::get_num_threads(); // sets the thread up
        at::set_num_threads(threads);
        const Result first = computed(x, w, b, g);
        int differing = 0;
        // As long as it may take: on few cores the threads of both wait for each other.
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        while (std::chrono::steady_clock::now() < end) {
            const Result again = computed(x, w, b, g);
            differing += again.output.equal(first.output) && again.input.equal(first.input) && again.weight.equal(first.weight)
                ? 0
                : 1;
        }
        return differing;
    };
    int ofTwo = -1;
    std::thread other([&] { ofTwo = wrong(2); });
    int ofFour = -1;
    std::thread another([&] { ofFour = wrong(4); });
    other.join();
    another.join();
    EXPECT_EQ(ofTwo, 0);
    EXPECT_EQ(ofFour, 0);
}

} // namespace distill::test
