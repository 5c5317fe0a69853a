// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/randomstream.h"

#include <ATen/core/grad_mode.h>

namespace distill {

namespace {

constexpr std::int64_t thirtyTwoBits = 0xffffffff;
constexpr std::int64_t bound = 1 << 24; // of whole numbers that float32 tells apart

at::Tensor shifted(const at::Tensor& x, std::int64_t bits)
{
    return at::bitwise_right_shift(x, at::Scalar(bits));
}

/// A bijection of 32 bits whose every output bit depends on every input bit. Both factors are below 2^31: no product leaves
/// int64.
at::Tensor mix(at::Tensor x)
{
    x = (x.bitwise_xor(shifted(x, 16)) * 0x7feb352d).bitwise_and(thirtyTwoBits);
    x = (x.bitwise_xor(shifted(x, 15)) * 0x45d9f3b).bitwise_and(thirtyTwoBits);
    return x.bitwise_xor(shifted(x, 16));
}

at::Tensor firstKeys(at::Generator& generator)
{
    return at::cat({at::empty({2}, at::kLong).random_(0, bound, generator), at::zeros({1}, at::kLong)}).to(at::kFloat);
}

} // namespace

RandomStream::RandomStream(at::Generator& generator)
    : m_state(addBuffer("state", firstKeys(generator)))
{
}

at::Tensor RandomStream::draw(std::int64_t count)
{
    const at::NoGradGuard noGradients;
    const at::Tensor state = m_state.to(at::kLong);
    const at::Tensor a = state.slice(0, 0, 1), b = state.slice(0, 1, 2), draws = state.slice(0, 2, 3);
    const at::Tensor key = mix((a + draws).bitwise_and(thirtyTwoBits));
    const at::Tensor inner = mix((at::arange(count, state.options()) + key).bitwise_and(thirtyTwoBits));
    const at::Tensor numbers = mix((inner + mix(b.bitwise_xor(key))).bitwise_and(thirtyTwoBits));
    m_state.slice(0, 2, 3).copy_((draws + 1).bitwise_and(bound - 1));
    return numbers;
}

at::Tensor RandomStream::uniform(std::int64_t rows, std::int64_t columns)
{
    return (draw(rows * columns).to(at::kDouble) * 0x1p-32).view({rows, columns});
}

at::Tensor RandomStream::forward(const at::Tensor&, Forward&)
{
    throw std::logic_error("a stream of random numbers is not a layer");
}

} // namespace distill
