// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/convolution.h"

#include "models/execution.h"
#ifdef DISTILL_ONEDNN
#include "models/onednn.h"
#endif

#include <torch/csrc/autograd/custom_function.h>

namespace distill {

namespace {

at::Tensor byLibTorch(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const Convolution& shape)
{
    return at::conv2d(input, weight, bias, shape.stride, shape.padding, 1, shape.groups);
}

#ifdef DISTILL_ONEDNN

namespace autograd = torch::autograd;

class DirectConvolution : public autograd::Function<DirectConvolution> {
public:
    static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                              const c10::optional<at::Tensor>& bias, const Convolution& shape)
    {
        context->save_for_backward({input, weight});
        context->saved_data["shape"] = std::vector<std::int64_t>{shape.in,      shape.out,    shape.kernel, shape.stride,
                                                                 shape.padding, shape.groups, shape.bias};
        context->saved_data["input"] = input.requires_grad();
        context->saved_data["weight"] = weight.requires_grad();
        const at::Tensor plainBias = bias.value_or(at::Tensor());
        const auto output = onednn::forward(input, weight, plainBias, shape);
        return output ? *output
                      : byLibTorch(input, weight.to(input.scalar_type()),
                                   plainBias.defined() ? plainBias.to(input.scalar_type()) : plainBias, shape);
    }

    static autograd::tensor_list backward(autograd::AutogradContext* context, const autograd::tensor_list& gradients)
    {
        const auto saved = context->get_saved_variables();
        const at::Tensor &input = saved[0], &weight = saved[1];
        const std::vector<std::int64_t> numbers = context->saved_data["shape"].toIntVector();
        const Convolution shape{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6] != 0};
        const std::array<bool, 3> wanted{context->saved_data["input"].toBool(), context->saved_data["weight"].toBool(),
                                         shape.bias && context->saved_data["weight"].toBool()};
        const at::Tensor dy = gradients[0].to(input.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
        autograd::tensor_list result(4);
        std::array<bool, 3> missing = wanted;
        if (wanted[0]) {
            if (auto found = onednn::inputGradient(dy, weight, input.sizes(), shape)) {
                result[0] = *found;
                missing[0] = false;
            }
        }
        if (wanted[1]) {
            if (auto found = onednn::weightGradient(input, dy, shape)) {
                result[1] = found->first;
                result[2] = found->second;
                missing[1] = missing[2] = false;
            }
        }
        if (missing[0] || missing[1] || missing[2]) {
            const auto [dx, dw, db] = at::convolution_backward(
                dy, input, weight.to(input.scalar_type()), at::IntArrayRef(shape.out), {shape.stride, shape.stride},
                {shape.padding, shape.padding}, {1, 1}, false, {0, 0}, shape.groups, missing);
            for (const auto& [i, found] : {std::pair(0, &dx), std::pair(1, &dw), std::pair(2, &db)}) {
                if (missing[static_cast<std::size_t>(i)]) {
                    result[static_cast<std::size_t>(i)] = i == 0 ? *found : found->to(at::kFloat);
                }
            }
        }
        return result;
    }
};

#endif

} // namespace

at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, const Convolution& shape)
{
#ifdef DISTILL_ONEDNN
    if (onednn::serves(input) && weight.scalar_type() == at::kFloat && !isRecorded()) {
        const c10::optional<at::Tensor> given = bias.defined() ? c10::optional<at::Tensor>(bias) : c10::nullopt;
        return DirectConvolution::apply(computesInBfloat16(input.device()) ? input.to(at::kBFloat16) : input, weight, given,
                                        shape);
    }
#endif
    return byLibTorch(input, weight, bias, shape);
}

FrozenConvolution::FrozenConvolution(const at::Tensor& weight, const at::Tensor& bias, const Convolution& shape)
    : m_weight(weight)
    , m_bias(bias.defined() ? bias.to(weight.scalar_type()) : bias)
    , m_floatBias(bias.defined() ? bias.to(at::kFloat) : bias)
    , m_shape(shape)
{
}

at::Tensor FrozenConvolution::operator()(const at::Tensor& input, const After& after) const
{
    const at::Tensor x = input.to(m_weight.scalar_type());
#ifdef DISTILL_ONEDNN
    if (onednn::serves(x)) {
        if (auto output = onednn::frozen(x, m_weight, m_floatBias, m_shape, after, m_packed)) {
            return *output;
        }
    }
#endif
    at::Tensor output = byLibTorch(x, m_weight, m_bias, m_shape);
    if (after.add.defined()) {
        output.add_(after.add);
    }
    return after.relu ? output.relu_() : output;
}

} // namespace distill
