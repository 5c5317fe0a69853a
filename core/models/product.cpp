// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/product.h"

#include "models/execution.h"
#include "models/rowproducts.h"

#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/functions/utils.h>

namespace distill {

namespace {

namespace autograd = torch::autograd;

/// Fewer multiply-adds than this are not worth a second thread: 10 microseconds of one.
constexpr std::int64_t worthAThread = 1 << 18;

/// left [m, k] x right [k, n], in shares of rows.
at::Tensor product(const at::Tensor& left, const at::Tensor& right)
{
    at::Tensor result = at::empty({left.size(0), right.size(1)}, left.options());
    const std::int64_t perRow = std::max<std::int64_t>(1, left.size(1) * right.size(1));
    at::parallel_for(0, left.size(0), std::max<std::int64_t>(1, worthAThread / perRow), [&](std::int64_t begin, std::int64_t end) {
        const at::AutoDispatchBelowADInplaceOrView plain; // this thread's own: the caller's guards do not reach it
        at::Tensor rows = result.narrow(0, begin, end - begin);
        at::mm_out(rows, left.narrow(0, begin, end - begin), right);
    });
    return result;
}

class ParallelLinear : public autograd::Function<ParallelLinear> {
public:
    static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& input, const at::Tensor& weight,
                              const at::Tensor& bias)
    {
        context->save_for_backward({input, weight});
        return product(input, weight.t()).add_(bias);
    }

    static autograd::tensor_list backward(autograd::AutogradContext* context, const autograd::tensor_list& gradients)
    {
        const auto saved = context->get_saved_variables();
        const at::Tensor& gradient = gradients[0];
        autograd::tensor_list result(3);
        if (context->needs_input_grad(0)) {
            result[0] = product(gradient, saved[1]);
        }
        if (context->needs_input_grad(1)) {
            result[1] = product(gradient.t(), saved[0]);
        }
        if (context->needs_input_grad(2)) {
            result[2] = gradient.sum(0);
        }
        return result;
    }
};

} // namespace

at::Tensor affineByRows(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias)
{
    if (!input.is_cpu() || input.scalar_type() != at::kFloat || weight.scalar_type() != at::kFloat
        || computesInBfloat16(at::kCPU)) {
        return at::linear(input, weight, bias); // oneDNN's products in bfloat16 are by rows already
    }
    const std::int64_t length = weight.size(1), outs = weight.size(0);
    const at::Tensor x = input.reshape({-1, length}).contiguous(), w = weight.contiguous(), b = bias.contiguous();
    auto sizes = input.sizes().vec();
    sizes.back() = outs;
    at::Tensor result = at::empty(sizes, input.options().memory_format(at::MemoryFormat::Contiguous));
    const float *from = x.data_ptr<float>(), *by = w.data_ptr<float>(), *plus = b.data_ptr<float>();
    float* const to = result.data_ptr<float>();
    at::parallel_for(0, x.size(0), std::max<std::int64_t>(1, worthAThread / (length * outs)),
                     [&](std::int64_t begin, std::int64_t end) {
                         kernels::rowProducts(from + begin * length, end - begin, by, outs, length, plus, to + begin * outs);
                     });
    return result;
}

at::Tensor affine(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias)
{
    // One thread is safe as it is, and bfloat16 goes to oneDNN.
    const bool plain = !input.is_cpu() || input.scalar_type() == at::kBFloat16 || computesInBfloat16(at::kCPU)
        || at::get_num_threads() == 1 || input.numel() == 0 || isRecorded();
    if (plain) {
        return at::linear(input, weight, bias);
    }
    auto sizes = input.sizes().vec();
    sizes.back() = weight.size(0);
    return ParallelLinear::apply(input.reshape({-1, weight.size(1)}), weight, bias).view(sizes);
}

} // namespace distill
