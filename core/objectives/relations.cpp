// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/relations.h"

#include "models/product.h"

#include <ATen/Parallel.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <limits>
#include <torch/csrc/autograd/custom_function.h>

namespace distill {

namespace {

namespace autograd = torch::autograd;

/// left [N, m, k] x right [N, k, n], the pairs shared out among the threads.
at::Tensor product(const at::Tensor& left, const at::Tensor& right)
{
    at::Tensor result = at::empty({left.size(0), left.size(1), right.size(2)}, left.options());
    at::parallel_for(0, left.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
        const at::AutoDispatchBelowADInplaceOrView plain; // this thread's own: the caller's guards do not reach it
        for (std::int64_t i = begin; i < end; ++i) {
            at::Tensor matrix = result.select(0, i);
            at::mm_out(matrix, left.select(0, i), right.select(0, i));
        }
    });
    return result;
}

class ParallelProducts : public autograd::Function<ParallelProducts> {
public:
    static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& a, const at::Tensor& b)
    {
        context->save_for_backward({a, b});
        return product(a, b.transpose(1, 2));
    }

    static autograd::tensor_list backward(autograd::AutogradContext* context, const autograd::tensor_list& gradients)
    {
        const auto saved = context->get_saved_variables();
        autograd::tensor_list result(2);
        if (context->needs_input_grad(0)) {
            result[0] = product(gradients[0], saved[1]);
        }
        if (context->needs_input_grad(1)) {
            result[1] = product(gradients[0].transpose(1, 2), saved[0]);
        }
        return result;
    }
};

} // namespace

at::Tensor direction(const at::Tensor& x, std::int64_t dimension, double added)
{
    const at::Tensor squares = x.square().sum(dimension, /*keepdim=*/true);
    const at::Tensor empty = vanishes(squares);
    return (x / (squares.masked_fill(empty, 1).sqrt() + added)).masked_fill(empty, 0);
}

at::Tensor gram(const at::Tensor& x)
{
    return affine(x, x, at::zeros({x.size(0)}, x.options()));
}

at::Tensor batchedProducts(const at::Tensor& a, const at::Tensor& b)
{
    return a.is_cpu() && at::get_num_threads() > 1 ? ParallelProducts::apply(a, b) : at::bmm(a, b.transpose(1, 2));
}

at::Tensor divergence(const at::Tensor& logTarget, const at::Tensor& logOutput)
{
    const at::Tensor target = logTarget.exp();
    const at::Tensor excluded = target.eq(0).logical_or(logOutput.eq(-std::numeric_limits<double>::infinity()));
    return (target * (logTarget - logOutput).masked_fill(excluded, 0)).sum(1);
}

at::Tensor meanOverKnown(const at::Tensor& each, const at::Tensor& known)
{
    return each.masked_fill(known.logical_not(), 0).sum() / known.sum().clamp_min(1);
}

} // namespace distill
