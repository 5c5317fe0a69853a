// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/normkernels.h"

#include "models/foreachcpu.h"

#include <algorithm>
#include <bit>

namespace distill::kernels {

namespace {

/// Lanes that are kept in registers, and rows that are summed in float32 before the sum goes into a double.
constexpr std::int64_t tile = 64, block = 64;

[[gnu::always_inline]] inline float load(const float* from)
{
    return *from;
}

[[gnu::always_inline]] inline float load(const std::uint16_t* from)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(*from) << 16);
}

[[gnu::always_inline]] inline void store(float* to, float value)
{
    *to = value;
}

/// Rounds to the nearest, ties to even.
[[gnu::always_inline]] inline void store(std::uint16_t* to, float value)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
    *to = static_cast<std::uint16_t>(value == value ? rounded : 0x7fc0);
}

/// Calls body(row, lane, width) for tiles of a block of rows. A full tile's width is a constant to the compiler, which then
/// unrolls it into registers.
template <class Tile> [[gnu::always_inline]] inline void overTiles(std::int64_t lanes, Tile&& body)
{
    std::int64_t lane = 0;
    for (; lane + tile <= lanes; lane += tile) {
        body(lane, tile);
    }
    if (lane < lanes) {
        body(lane, lanes - lane);
    }
}

template <class T>
[[gnu::always_inline]] inline void momentsOf(const T* x, std::int64_t rows, std::int64_t lanes, const float* shift, double* sum,
                                             double* square)
{
    for (std::int64_t first = 0; first < rows; first += block) {
        const std::int64_t last = std::min(rows, first + block);
        overTiles(lanes, [&](std::int64_t lane, std::int64_t width) __attribute__((always_inline)) {
            float sums[tile] = {}, squares[tile] = {};
            for (std::int64_t row = first; row < last; ++row) {
                const T* from = x + row * lanes + lane;
                for (std::int64_t i = 0; i < width; ++i) {
                    const float value = load(from + i) - shift[lane + i];
                    sums[i] += value;
                    squares[i] += value * value;
                }
            }
            for (std::int64_t i = 0; i < width; ++i) {
                sum[lane + i] += sums[i];
                square[lane + i] += squares[i];
            }
        });
    }
}

template <class T>
[[gnu::always_inline]] inline void normaliseOf(const T* x, const T* add, T* y, std::int64_t rows, std::int64_t lanes,
                                               const float* scale, const float* offset, bool relu)
{
    const float least = relu ? 0.0F : -__builtin_inff();
    for (std::int64_t row = 0; row < rows; ++row) {
        overTiles(lanes, [&](std::int64_t lane, std::int64_t width) __attribute__((always_inline)) {
            const std::int64_t at = row * lanes + lane;
            for (std::int64_t i = 0; i < width; ++i) {
                float value = load(x + at + i) * scale[lane + i] + offset[lane + i];
                value += add ? load(add + at + i) : 0.0F;
                store(y + at + i, value < least ? least : value); // a NaN stays one
            }
        });
    }
}

template <class T>
[[gnu::always_inline]] inline void gradientMomentsOf(const T* dy, const T* y, const T* x, T* kept, std::int64_t rows,
                                                     std::int64_t lanes, const float* shift, double* sum, double* product)
{
    for (std::int64_t first = 0; first < rows; first += block) {
        const std::int64_t last = std::min(rows, first + block);
        overTiles(lanes, [&](std::int64_t lane, std::int64_t width) __attribute__((always_inline)) {
            float sums[tile] = {}, products[tile] = {};
            for (std::int64_t row = first; row < last; ++row) {
                const std::int64_t at = row * lanes + lane;
                for (std::int64_t i = 0; i < width; ++i) {
                    const float masked = !y || load(y + at + i) > 0 ? load(dy + at + i) : 0.0F;
                    sums[i] += masked;
                    products[i] += masked * (load(x + at + i) - shift[lane + i]);
                    if (kept) {
                        store(kept + at + i, masked);
                    }
                }
            }
            for (std::int64_t i = 0; i < width; ++i) {
                sum[lane + i] += sums[i];
                product[lane + i] += products[i];
            }
        });
    }
}

template <class T>
[[gnu::always_inline]] inline void gradientOf(const T* dy, const T* y, const T* x, T* dx, std::int64_t rows, std::int64_t lanes,
                                              const float* a, const float* b, const float* c)
{
    for (std::int64_t row = 0; row < rows; ++row) {
        overTiles(lanes, [&](std::int64_t lane, std::int64_t width) __attribute__((always_inline)) {
            const std::int64_t at = row * lanes + lane;
            for (std::int64_t i = 0; i < width; ++i) {
                const float masked = !y || load(y + at + i) > 0 ? load(dy + at + i) : 0.0F;
                store(dx + at + i, a[lane + i] * masked + b[lane + i] * load(x + at + i) + c[lane + i]);
            }
        });
    }
}

} // namespace

// The branches on null pointers stand outside the loops, so that each loop is of one kind.

DISTILL_FOR_EACH_CPU void moments(const float* x, std::int64_t rows, std::int64_t lanes, const float* shift, double* sum,
                                  double* square)
{
    momentsOf(x, rows, lanes, shift, sum, square);
}

DISTILL_FOR_EACH_CPU void moments(const std::uint16_t* x, std::int64_t rows, std::int64_t lanes, const float* shift,
                                  double* sum, double* square)
{
    momentsOf(x, rows, lanes, shift, sum, square);
}

DISTILL_FOR_EACH_CPU void normalise(const float* x, const float* add, float* y, std::int64_t rows, std::int64_t lanes,
                                    const float* scale, const float* offset, bool relu)
{
    add ? normaliseOf(x, add, y, rows, lanes, scale, offset, relu)
        : normaliseOf<float>(x, nullptr, y, rows, lanes, scale, offset, relu);
}

DISTILL_FOR_EACH_CPU void normalise(const std::uint16_t* x, const std::uint16_t* add, std::uint16_t* y, std::int64_t rows,
                                    std::int64_t lanes, const float* scale, const float* offset, bool relu)
{
    add ? normaliseOf(x, add, y, rows, lanes, scale, offset, relu)
        : normaliseOf<std::uint16_t>(x, nullptr, y, rows, lanes, scale, offset, relu);
}

DISTILL_FOR_EACH_CPU void gradientMoments(const float* dy, const float* y, const float* x, float* kept, std::int64_t rows,
                                          std::int64_t lanes, const float* shift, double* sum, double* product)
{
    y ? kept ? gradientMomentsOf(dy, y, x, kept, rows, lanes, shift, sum, product)
             : gradientMomentsOf<float>(dy, y, x, nullptr, rows, lanes, shift, sum, product)
      : gradientMomentsOf<float>(dy, nullptr, x, nullptr, rows, lanes, shift, sum, product);
}

DISTILL_FOR_EACH_CPU void gradientMoments(const std::uint16_t* dy, const std::uint16_t* y, const std::uint16_t* x,
                                          std::uint16_t* kept, std::int64_t rows, std::int64_t lanes, const float* shift,
                                          double* sum, double* product)
{
    y ? kept ? gradientMomentsOf(dy, y, x, kept, rows, lanes, shift, sum, product)
             : gradientMomentsOf<std::uint16_t>(dy, y, x, nullptr, rows, lanes, shift, sum, product)
      : gradientMomentsOf<std::uint16_t>(dy, nullptr, x, nullptr, rows, lanes, shift, sum, product);
}

DISTILL_FOR_EACH_CPU void gradient(const float* dy, const float* y, const float* x, float* dx, std::int64_t rows,
                                   std::int64_t lanes, const float* a, const float* b, const float* c)
{
    y ? gradientOf(dy, y, x, dx, rows, lanes, a, b, c) : gradientOf<float>(dy, nullptr, x, dx, rows, lanes, a, b, c);
}

DISTILL_FOR_EACH_CPU void gradient(const std::uint16_t* dy, const std::uint16_t* y, const std::uint16_t* x, std::uint16_t* dx,
                                   std::int64_t rows, std::int64_t lanes, const float* a, const float* b, const float* c)
{
    y ? gradientOf(dy, y, x, dx, rows, lanes, a, b, c) : gradientOf<std::uint16_t>(dy, nullptr, x, dx, rows, lanes, a, b, c);
}

} // namespace distill::kernels
