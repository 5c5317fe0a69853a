// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace distill {

/// Which norms along a dimension are zero but for rounding: a direction divided by such a norm would be noise, and its gradient
/// 1e12. Takes the sum of squares.
inline at::Tensor vanishes(const at::Tensor& squares)
{
    return squares.le(1e-24);
}

/// x / (||x||_2 + added) along `dimension`; 0 with a gradient of 0 where x is zero.
at::Tensor direction(const at::Tensor& x, std::int64_t dimension, double added = 0);

/// Every row of x [B, F] times every other: x x^T [B, B].
at::Tensor gram(const at::Tensor& x);

/// a b^T of each pair of matrices a [N, m, k] and b [N, n, k]: [N, m, n]. On a CPU each product runs on one thread, for the reason
/// that affine() gives.
at::Tensor batchedProducts(const at::Tensor& a, const at::Tensor& b);

/// sum_k p (log p - log q) of each row, [B], from log p and log q [B, K]. A class that one of them excludes (a logarithm of -inf)
/// counts for nothing, neither in the value nor in the gradient.
at::Tensor divergence(const at::Tensor& logTarget, const at::Tensor& logOutput);

/// Mean of `each` [B] over the samples that are `known`, taken without reading their number from the device; 0 without one.
at::Tensor meanOverKnown(const at::Tensor& each, const at::Tensor& known);

} // namespace distill
