// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace distill::kernels {

/// y[r, o] = sum over k of x[r, k] w[o, k], plus bias[o], for dense float32 rows x [rows, length] and w [outs, length]. A row's result
/// has the same bits wherever among the others it stands and however many they are; a BLAS promises no such thing.
void rowProducts(const float* x, std::int64_t rows, const float* w, std::int64_t outs, std::int64_t length, const float* bias, float* y);

} // namespace distill::kernels
