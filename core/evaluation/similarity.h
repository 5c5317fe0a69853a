// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"
#include "models/model.h"

#include <functional>

namespace distill {

/// What two layers see in the same samples, compared whatever their widths: linear centred kernel alignment (Kornblith, Norouzi, Lee,
/// Hinton 2019, arXiv:1905.00414). With the columns of X and Y centred and K = X X^T, L = Y Y^T:
///     CKA = ||X^T Y||_F^2 / (||X^T X||_F ||Y^T Y||_F) = <K, L> / (||K||_F ||L||_F)
/// from 0 to 1; rotating or scaling a representation changes nothing. Averaged over small batches it is biased upward, so that all samples
/// go in at once: as N x N matrices, whatever the width.

/// K of the outputs of a layer: [N, ...] -> float64 [N, N].
at::Tensor centredKernel(const at::Tensor& outputs);
/// Of two kernels of the same samples; NaN where a layer tells no sample from another.
double alignmentOf(const at::Tensor& left, const at::Tensor& right);
/// Of the outputs themselves. Throws std::invalid_argument where they are of different numbers of samples.
double linearCka(const at::Tensor& left, const at::Tensor& right);

/// Linear CKA of each tap of one network with each of the other.
struct TapSimilarities {
    std::vector<std::string> left, right; ///< taps, from input to output, those before a ReLU left out
    std::vector<std::vector<double>> cka; ///< [left][right]; empty where it was ended early
};
/// On the samples [N, C, H, W] as they are stored. Feature maps of more than 4,096 numbers are first averaged over squares of pixels until
/// they are not: a kernel of 2,000 samples then takes a second at most. In evaluation mode; `keepGoing` is asked between batches.
TapSimilarities similaritiesOf(Model& left, Model& right, const at::Tensor& inputs, const Normaliser& normaliser, std::int64_t batchSize,
                               at::Device device, const std::function<bool()>& keepGoing = {});

} // namespace distill
