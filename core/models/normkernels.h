// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// The loops of batchnorm.cpp over rows of channels, for float32 and bfloat16 (its 16 bits), compiled once for each level of
/// the processor's vector instructions. Rows are `lanes` long; everything per lane is an array of `lanes`.
namespace distill::kernels {

/// sum += x - shift and square += (x - shift)^2, per lane.
void moments(const float* x, std::int64_t rows, std::int64_t lanes, const float* shift, double* sum, double* square);
void moments(const std::uint16_t* x, std::int64_t rows, std::int64_t lanes, const float* shift, double* sum, double* square);

/// y = x scale + offset (+ add where not null), cut at zero for `relu`.
void normalise(const float* x, const float* add, float* y, std::int64_t rows, std::int64_t lanes, const float* scale,
               const float* offset, bool relu);
void normalise(const std::uint16_t* x, const std::uint16_t* add, std::uint16_t* y, std::int64_t rows, std::int64_t lanes,
               const float* scale, const float* offset, bool relu);

/// g = dy where y > 0 (everywhere for a null y): sum += g and product += g (x - shift), per lane; g is stored where `kept`
/// is not null.
void gradientMoments(const float* dy, const float* y, const float* x, float* kept, std::int64_t rows, std::int64_t lanes,
                     const float* shift, double* sum, double* product);
void gradientMoments(const std::uint16_t* dy, const std::uint16_t* y, const std::uint16_t* x, std::uint16_t* kept,
                     std::int64_t rows, std::int64_t lanes, const float* shift, double* sum, double* product);

/// dx = a g + b x + c with g as above.
void gradient(const float* dy, const float* y, const float* x, float* dx, std::int64_t rows, std::int64_t lanes, const float* a,
              const float* b, const float* c);
void gradient(const std::uint16_t* dy, const std::uint16_t* y, const std::uint16_t* x, std::uint16_t* dx, std::int64_t rows,
              std::int64_t lanes, const float* a, const float* b, const float* c);

} // namespace distill::kernels
