// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/convolution.h"

#include <optional>
#include <utility>

/// oneDNN's own convolutions on a CPU, for images channels-last in float32 or bfloat16 and weights [out, in / groups, k, k].
/// Each thread keeps the kernels of the shapes it has met. An empty answer means that oneDNN has no fast kernel for this shape
/// and type on this processor.
namespace distill::onednn {

/// A weight in an order of oneDNN's.
struct Packed;

/// Whether images of this kind may be given to what follows.
bool serves(const at::Tensor& images);

/// conv(x) + bias as x's type; float32 weight and bias (or undefined).
std::optional<at::Tensor> forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                                  const Convolution& shape);

/// The gradient of an input of the given sizes.
std::optional<at::Tensor> inputGradient(const at::Tensor& gradient, const at::Tensor& weight, at::IntArrayRef inputSizes,
                                        const Convolution& shape);

/// The gradients of weight and bias (undefined where the shape has none), float32.
std::optional<std::pair<at::Tensor, at::Tensor>> weightGradient(const at::Tensor& input, const at::Tensor& gradient,
                                                                const Convolution& shape);

/// relu(conv(x) + bias + add) with what `after` asks for; weight and x of one type, bias float32. `packed` keeps the weight in
/// oneDNN's order from call to call and belongs to this weight.
std::optional<at::Tensor> frozen(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                                 const Convolution& shape, const After& after, std::shared_ptr<Packed>& packed);

} // namespace distill::onednn
