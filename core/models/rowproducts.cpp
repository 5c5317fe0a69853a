// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/rowproducts.h"

#include "models/foreachcpu.h"

#include <cstring>

namespace distill::kernels {

namespace {

constexpr std::int64_t lanes = 16;
using Lanes [[gnu::vector_size(lanes * sizeof(float))]] = float;

[[gnu::always_inline]] inline void load(Lanes& to, const float* from, std::int64_t count)
{
    to = Lanes{};
    std::memcpy(&to, from, static_cast<std::size_t>(count) * sizeof(float));
}

/// Each element is summed in the same order whatever the size of the tile it falls into.
template <int rows, int outs>
[[gnu::always_inline]] inline void tile(const float* x, const float* w, std::int64_t length, const float* bias, float* y,
                                        std::int64_t stride)
{
    Lanes sums[rows][outs] = {};
    const auto step = [&](std::int64_t k, std::int64_t count) {
        Lanes right[outs];
        for (int o = 0; o < outs; ++o) {
            load(right[o], w + o * length + k, count);
        }
        for (int r = 0; r < rows; ++r) {
            Lanes left;
            load(left, x + r * length + k, count);
            for (int o = 0; o < outs; ++o) {
                sums[r][o] += left * right[o];
            }
        }
    };
    std::int64_t k = 0;
    for (; k + lanes <= length; k += lanes) {
        step(k, lanes);
    }
    if (k < length) {
        step(k, length - k);
    }
    for (int r = 0; r < rows; ++r) {
        for (int o = 0; o < outs; ++o) {
            float parts[lanes];
            std::memcpy(parts, &sums[r][o], sizeof parts);
            for (std::int64_t half = lanes / 2; half > 0; half /= 2) {
                for (std::int64_t i = 0; i < half; ++i) {
                    parts[i] += parts[i + half];
                }
            }
            y[r * stride + o] = parts[0] + bias[o];
        }
    }
}

template <int rows>
[[gnu::always_inline]] inline void strip(const float* x, const float* w, std::int64_t outs, std::int64_t length, const float* bias,
                                         float* y)
{
    std::int64_t o = 0;
    for (; o + 4 <= outs; o += 4) {
        tile<rows, 4>(x, w + o * length, length, bias + o, y + o, outs);
    }
    for (; o < outs; ++o) {
        tile<rows, 1>(x, w + o * length, length, bias + o, y + o, outs);
    }
}

} // namespace

DISTILL_FOR_EACH_CPU void rowProducts(const float* x, std::int64_t rows, const float* w, std::int64_t outs, std::int64_t length,
                                      const float* bias, float* y)
{
    std::int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        strip<4>(x + r * length, w, outs, length, bias, y + r * outs);
    }
    for (; r < rows; ++r) {
        strip<1>(x + r * length, w, outs, length, bias, y + r * outs);
    }
}

} // namespace distill::kernels
