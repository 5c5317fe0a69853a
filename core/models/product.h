// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace distill {

/// input [..., in] times weight [out, in] transposed, plus bias [out]: [..., out]. Once differentiable.
///
/// What at::linear computes, but on a CPU the rows are shared out here and each share is a product on one thread. OpenBLAS
/// frees and reuses the buffers of its threads whenever a product asks for another number of them than the last one did,
/// also while another thread multiplies: with two runs of 4 and 2 threads in one process, up to one product in 16 came out
/// wrong (0.3.21, measured). A product on one thread touches none of that.
at::Tensor affine(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias);

/// The same without a gradient, for frozen networks. On a CPU a row's result has the same bits in every batch and at every place in
/// it, so that a stored answer is the one that would be computed; float32 through a BLAS rounds by the place.
at::Tensor affineByRows(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias);

} // namespace distill
