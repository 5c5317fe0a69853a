// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/batchnorm.h"

#include "models/execution.h"
#include "models/normkernels.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <cmath>
#include <numeric>
#include <torch/csrc/autograd/custom_function.h>

namespace distill {

namespace {

namespace autograd = torch::autograd;

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

/// The tensor's memory as rows of lanes. Narrow channels are repeated until they fill a tile of the kernels.
struct Rows {
    std::int64_t channels, lanes, count;

    explicit Rows(const at::Tensor& tensor)
        : channels(tensor.size(1))
        , lanes(channels)
        , count(tensor.numel() / channels)
    {
        constexpr std::int64_t tile = 64;
        const std::int64_t repeats = std::lcm(channels, tile) / channels;
        if (lanes % tile != 0 && repeats <= 16 && count % repeats == 0) {
            lanes *= repeats;
            count /= repeats;
        }
    }

    std::int64_t perChannel() const { return count * (lanes / channels); }

    /// One value a channel -> one a lane.
    Floats spread(const Doubles& values) const
    {
        Floats result(static_cast<std::size_t>(lanes));
        for (std::size_t i = 0; i < result.size(); ++i) {
            result[i] = static_cast<float>(values[i % values.size()]);
        }
        return result;
    }
};

/// Calls body(first row, rows, a, b) on each thread with sums of its own, and adds those up per channel in the threads' order.
template <class Body> std::pair<Doubles, Doubles> sums(const Rows& rows, Body body)
{
    const std::int64_t shares = std::min<std::int64_t>(at::get_num_threads(), rows.count);
    const auto lanes = static_cast<std::size_t>(rows.lanes);
    std::vector<Doubles> partial(static_cast<std::size_t>(2 * shares), Doubles(lanes));
    at::parallel_for(0, shares, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t share = begin; share < end; ++share) {
            const std::int64_t first = rows.count * share / shares, last = rows.count * (share + 1) / shares;
            const auto i = static_cast<std::size_t>(2 * share);
            body(first, last - first, partial[i].data(), partial[i + 1].data());
        }
    });
    std::pair<Doubles, Doubles> result{Doubles(static_cast<std::size_t>(rows.channels)), {}};
    result.second = result.first;
    for (std::size_t i = 0; i < partial.size(); i += 2) {
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            result.first[lane % result.first.size()] += partial[i][lane];
            result.second[lane % result.first.size()] += partial[i + 1][lane];
        }
    }
    return result;
}

template <class Body> void overRows(const Rows& rows, Body body)
{
    at::parallel_for(0, rows.count, std::max<std::int64_t>(1, 32768 / rows.lanes),
                     [&](std::int64_t begin, std::int64_t end) { body(begin, end - begin); });
}

Doubles toDoubles(const at::Tensor& tensor)
{
    const at::Tensor floats = tensor.detach().to(at::kFloat).contiguous();
    const float* data = floats.data_ptr<float>();
    return {data, data + floats.numel()};
}

at::Tensor toTensor(const Doubles& values)
{
    at::Tensor result = at::empty({static_cast<std::int64_t>(values.size())});
    std::copy(values.begin(), values.end(), result.data_ptr<float>());
    return result;
}

/// bfloat16 has no arithmetic of its own on a CPU: the kernels see its bits.
template <class T> const T* pointer(const at::Tensor& tensor)
{
    return tensor.defined() ? static_cast<const T*>(tensor.data_ptr()) : nullptr;
}

template <class T> T* writable(at::Tensor& tensor)
{
    return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

template <class Body> void withType(const at::Tensor& tensor, Body body)
{
    tensor.scalar_type() == at::kFloat ? body(float()) : body(std::uint16_t());
}

at::MemoryFormat formatOf(const at::Tensor& tensor)
{
    return tensor.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

/// What joins x is of its type and layout.
at::Tensor joining(const at::Tensor& add, const at::Tensor& x)
{
    return add.defined() ? add.to(x.scalar_type()).contiguous(formatOf(x)) : at::Tensor();
}

/// x scale + offset (+ add where defined), cut at zero for `relu`; scale and offset have one value a channel.
at::Tensor onLine(const Rows& rows, const at::Tensor& x, const at::Tensor& add, const Doubles& scale, const Doubles& offset, bool relu)
{
    const Floats scales = rows.spread(scale), offsets = rows.spread(offset);
    at::Tensor y = at::empty_like(x);
    withType(x, [&](auto type) {
        using T = decltype(type);
        overRows(rows, [&](std::int64_t first, std::int64_t count) {
            const std::int64_t at = first * rows.lanes;
            kernels::normalise(pointer<T>(x) + at, add.defined() ? pointer<T>(add) + at : nullptr, writable<T>(y) + at, count,
                               rows.lanes, scales.data(), offsets.data(), relu);
        });
    });
    return y;
}

class FusedNorm : public autograd::Function<FusedNorm> {
public:
    static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                              const at::Tensor& bias, const c10::optional<at::Tensor>& add, at::Tensor runningMean,
                              at::Tensor runningVariance, double momentum, double epsilon, bool relu)
    {
        const Rows rows(x);
        const auto channels = static_cast<std::size_t>(rows.channels);
        const auto n = static_cast<double>(rows.perChannel());
        const at::Tensor other = joining(add.value_or(at::Tensor()), x);
        Doubles mean(channels), inverse(channels), variance(channels), scale = toDoubles(weight), offset = toDoubles(bias);
        withType(x, [&](auto type) {
            using T = decltype(type);
            // Squares are taken about the first pixel, so that a large mean does not swallow a small variance.
            const Doubles shift = toDoubles(x.dim() == 4 ? x.select(0, 0).select(1, 0).select(1, 0) : x.select(0, 0));
            const Floats shifts = rows.spread(shift);
            const auto [sum, square] = sums(rows, [&](std::int64_t first, std::int64_t count, double* a, double* b) {
                kernels::moments(pointer<T>(x) + first * rows.lanes, count, rows.lanes, shifts.data(), a, b);
            });
            for (std::size_t c = 0; c < channels; ++c) {
                const double difference = sum[c] / n;
                mean[c] = shift[c] + difference;
                variance[c] = std::max(0.0, square[c] / n - difference * difference);
                inverse[c] = 1 / std::sqrt(variance[c] + epsilon);
                scale[c] *= inverse[c];
                offset[c] -= mean[c] * scale[c];
                variance[c] *= n / (n - 1);
            }
        });
        const at::Tensor y = onLine(rows, x, other, scale, offset, relu);
        runningMean.lerp_(toTensor(mean), momentum);
        runningVariance.lerp_(toTensor(variance), momentum);
        context->save_for_backward({x, weight, relu ? y : at::Tensor()});
        context->saved_data["mean"] = mean;
        context->saved_data["inverse"] = inverse;
        context->saved_data["adds"] = other.defined();
        return y;
    }

    static autograd::tensor_list backward(autograd::AutogradContext* context, const autograd::tensor_list& gradients)
    {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &y = saved[2];
        const at::Tensor dy = gradients[0].to(x.scalar_type()).contiguous(formatOf(x));
        const Doubles mean = context->saved_data["mean"].toDoubleVector(), weight = toDoubles(saved[1]);
        const Doubles inverse = context->saved_data["inverse"].toDoubleVector();
        const bool adds = context->saved_data["adds"].toBool();
        const Rows rows(x);
        const auto channels = static_cast<std::size_t>(rows.channels);
        const auto n = static_cast<double>(rows.perChannel());

        autograd::tensor_list result(9);
        at::Tensor dx = at::empty_like(x);
        at::Tensor kept = adds && y.defined() ? at::empty_like(x) : at::Tensor();
        withType(x, [&](auto type) {
            using T = decltype(type);
            const Floats shifts = rows.spread(mean);
            auto [sum, product] = sums(rows, [&](std::int64_t first, std::int64_t count, double* p, double* q) {
                const std::int64_t at = first * rows.lanes;
                kernels::gradientMoments(pointer<T>(dy) + at, y.defined() ? pointer<T>(y) + at : nullptr, pointer<T>(x) + at,
                                         kept.defined() ? writable<T>(kept) + at : nullptr, count, rows.lanes, shifts.data(), p,
                                         q);
            });
            Doubles a(channels), b(channels), c(channels);
            for (std::size_t i = 0; i < channels; ++i) {
                product[i] *= inverse[i]; // sum of g times the normalised x
                a[i] = weight[i] * inverse[i];
                b[i] = -a[i] * inverse[i] * product[i] / n;
                c[i] = -a[i] * sum[i] / n - b[i] * mean[i];
            }
            const Floats as = rows.spread(a), bs = rows.spread(b), cs = rows.spread(c);
            // Where the masked gradient was kept, it need not be masked again.
            const at::Tensor& g = kept.defined() ? kept : dy;
            const at::Tensor mask = kept.defined() ? at::Tensor() : y;
            overRows(rows, [&](std::int64_t first, std::int64_t count) {
                const std::int64_t at = first * rows.lanes;
                kernels::gradient(pointer<T>(g) + at, mask.defined() ? pointer<T>(mask) + at : nullptr, pointer<T>(x) + at,
                                  writable<T>(dx) + at, count, rows.lanes, as.data(), bs.data(), cs.data());
            });
            result[1] = toTensor(product);
            result[2] = toTensor(sum);
        });
        result[0] = dx;
        result[3] = kept.defined() ? kept : adds ? dy : at::Tensor();
        return result;
    }
};

bool fuses(const at::Tensor& input)
{
    const bool type = input.scalar_type() == at::kFloat || input.scalar_type() == at::kBFloat16;
    const bool dense = input.dim() == 2 ? input.is_contiguous()
                                        : input.dim() == 4 && input.is_contiguous(at::MemoryFormat::ChannelsLast)
            && input.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
    return input.is_cpu() && type && dense && input.numel() > 0 && !isRecorded();
}

/// With the running statistics and without gradients.
at::Tensor evaluated(const at::Tensor& x, const BatchNormState& state, const After& after)
{
    Doubles scale = toDoubles(state.weight), offset = toDoubles(state.bias);
    const Doubles mean = toDoubles(state.mean), variance = toDoubles(state.variance);
    for (std::size_t c = 0; c < scale.size(); ++c) {
        scale[c] /= std::sqrt(variance[c] + state.epsilon);
        offset[c] -= mean[c] * scale[c];
    }
    return onLine(Rows(x), x, joining(after.add, x), scale, offset, after.relu);
}

} // namespace

at::Tensor batchNorm(const at::Tensor& input, const BatchNormState& state, bool training, const After& after)
{
    if (fuses(input) && !training && !at::GradMode::is_enabled()) {
        return evaluated(input, state, after);
    }
    if (fuses(input) && training) {
        const c10::optional<at::Tensor> add = after.add.defined() ? c10::optional<at::Tensor>(after.add) : c10::nullopt;
        return FusedNorm::apply(input, state.weight, state.bias, add, state.mean, state.variance, state.momentum, state.epsilon,
                                after.relu);
    }
    at::Tensor output = at::batch_norm(input, state.weight, state.bias, state.mean, state.variance, training, state.momentum,
                                       state.epsilon, at::globalContext().userEnabledCuDNN());
    if (after.add.defined()) {
        output.add_(after.add);
    }
    return after.relu ? output.relu_() : output;
}

} // namespace distill
