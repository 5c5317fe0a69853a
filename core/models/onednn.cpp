// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/onednn.h"

#include <ATen/Parallel.h>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>

namespace distill::onednn {

struct Packed {
    dnnl::memory::desc order;
    at::Tensor weight;
};

namespace {

using dnnl::memory;
using Arguments = std::unordered_map<int, memory>;

enum class Pass { Forward, Frozen, InputGradient, WeightGradient };

/// What a kernel was made for. The number of threads is part of it.
struct Key {
    Pass pass;
    at::ScalarType type;
    std::int64_t batch, height, width, in, out, kernel, stride, padding, groups;
    bool bias, add, relu;
    int threads;

    auto operator<=>(const Key&) const = default;
};

/// A kernel with the memory that it works on.
struct Plan {
    dnnl::primitive convolution, pack; ///< `pack` reorders the weights, or their gradient back
    memory::desc input, output, weight, plainWeight, bias;
    at::Tensor packed; ///< room for the weights or their gradient in oneDNN's order; of no meaning between calls

    bool packs() const { return pack.get(true) != nullptr; }
};

const dnnl::engine& engine()
{
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

dnnl::stream& stream()
{
    thread_local dnnl::stream own(engine());
    return own;
}

memory::data_type typeOf(at::ScalarType type)
{
    return type == at::kBFloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

memory on(const memory::desc& description, const at::Tensor& tensor)
{
    return {description, engine(), tensor.data_ptr()};
}

at::Tensor room(const memory::desc& description)
{
    return at::empty({static_cast<std::int64_t>(description.get_size())}, at::kByte);
}

std::int64_t outputSize(std::int64_t size, const Key& key)
{
    return (size + 2 * key.padding - key.kernel) / key.stride + 1;
}

memory::desc images(const Key& key, std::int64_t channels, std::int64_t height, std::int64_t width)
{
    return {{key.batch, channels, height, width}, typeOf(key.type), memory::format_tag::nhwc};
}

memory::desc weights(const Key& key, memory::data_type type, bool plain)
{
    using Tag = memory::format_tag;
    if (key.groups == 1) {
        return {{key.out, key.in, key.kernel, key.kernel}, type, plain ? Tag::oihw : Tag::any};
    }
    return {{key.groups, key.out / key.groups, key.in / key.groups, key.kernel, key.kernel},
            type,
            plain ? Tag::goihw : Tag::any};
}

dnnl::primitive_attr attributes(const Key& key, const memory::desc& output)
{
    dnnl::post_ops after;
    if (key.add) {
        after.append_binary(dnnl::algorithm::binary_add, output);
    }
    if (key.relu) {
#if DNNL_VERSION_MAJOR >= 3
        after.append_eltwise(dnnl::algorithm::eltwise_relu, 0, 0);
#else
        after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
#endif
    }
    dnnl::primitive_attr result;
    result.set_post_ops(after);
    return result;
}

/// What each pass asks oneDNN for; the answer is the first kernel of its list, or the second. Version 3 joined what version 2
/// asks for in two steps, whose first must outlive the walk along the list.
struct Descriptions {
    memory::desc input, output, weight, bias;
    memory::dims stride, padding;

    static constexpr auto direct = dnnl::algorithm::convolution_direct;

    template <class Description> static Description at(bool second, Description list)
    {
        if (second && list.get(true) != nullptr && !list.next_impl()) {
            return {};
        }
        return list;
    }

    auto forward(dnnl::prop_kind kind, const dnnl::primitive_attr& attr, bool second) const
    {
        using Forward = dnnl::convolution_forward;
#if DNNL_VERSION_MAJOR >= 3
        return at(second, Forward::primitive_desc(engine(), kind, direct, input, weight, bias, output, stride, padding, padding,
                                                  attr, true));
#else
        const auto asked = bias.get_size() > 0
            ? Forward::desc(kind, direct, input, weight, bias, output, stride, padding, padding)
            : Forward::desc(kind, direct, input, weight, output, stride, padding, padding);
        return at(second, Forward::primitive_desc(asked, attr, engine(), true));
#endif
    }

    auto inputGradient(const dnnl::convolution_forward::primitive_desc& hint, bool second) const
    {
        using Backward = dnnl::convolution_backward_data;
#if DNNL_VERSION_MAJOR >= 3
        return at(second, Backward::primitive_desc(engine(), direct, input, weight, output, stride, padding, padding, hint, {},
                                                   true));
#else
        const Backward::desc asked(direct, input, weight, output, stride, padding, padding);
        return at(second, Backward::primitive_desc(asked, engine(), hint, true));
#endif
    }

    auto weightGradient(const memory::desc& floatWeight, const dnnl::convolution_forward::primitive_desc& hint,
                        bool second) const
    {
        using Backward = dnnl::convolution_backward_weights;
#if DNNL_VERSION_MAJOR >= 3
        return at(second, Backward::primitive_desc(engine(), direct, input, floatWeight, bias, output, stride, padding, padding,
                                                   hint, {}, true));
#else
        const auto asked = bias.get_size() > 0
            ? Backward::desc(direct, input, floatWeight, bias, output, stride, padding, padding)
            : Backward::desc(direct, input, floatWeight, output, stride, padding, padding);
        return at(second, Backward::primitive_desc(asked, engine(), hint, true));
#endif
    }
};

/// Whether oneDNN's first choice is the slower one. Measured on a Zen 5, 3x3 kernels in bfloat16, GFLOP/s of the first and the
/// second: 16 channels of 28x28 760 and 910; 64 of 7x7 1,030 and 1,160; 32 of 14x14 and all that is wider within 3 %.
bool secondIsFaster(const Key& key, const std::string& first)
{
    return first == "brgconv:avx512_core_bf16" && (key.in <= 16 || key.height * key.width <= 64);
}

/// oneDNN's slow reference, which ends its list of kernels.
template <class Description> bool isReference(const Description& description)
{
    return std::string(description.impl_info_str()).find("ref") != std::string::npos;
}

/// The kernel to take, of which ask(second) gives the first two; empty where there is none but the reference.
template <class Ask> auto chosen(const Key& key, Ask ask)
{
    auto first = ask(false);
    if (first.get(true) == nullptr || isReference(first)) {
        return decltype(first)();
    }
    if (secondIsFaster(key, first.impl_info_str())) {
        auto second = ask(true);
        if (second.get(true) != nullptr && !isReference(second)) {
            return second;
        }
    }
    return first;
}

std::optional<Plan> planned(const Key& key)
{
    Plan plan;
    plan.input = images(key, key.in, key.height, key.width);
    plan.output = images(key, key.out, outputSize(key.height, key), outputSize(key.width, key));
    if (key.bias) {
        plan.bias = {{key.out}, memory::data_type::f32, memory::format_tag::a};
    }
    const memory::data_type type = typeOf(key.type);
    const Descriptions descriptions{plan.input, plan.output, weights(key, type, false), plan.bias, {key.stride, key.stride},
                                    {key.padding, key.padding}};
    const memory::data_type plainType = key.pass == Pass::Frozen ? type : memory::data_type::f32;
    const bool gradient = key.pass == Pass::InputGradient || key.pass == Pass::WeightGradient;
    const auto forward = chosen(key, [&](bool second) {
        return descriptions.forward(gradient ? dnnl::prop_kind::forward_training : dnnl::prop_kind::forward_inference,
                                    attributes(key, plan.output), second);
    });
    if (forward.get(true) == nullptr) {
        return std::nullopt;
    }
    if (key.pass == Pass::InputGradient) {
        const auto backward = chosen(key, [&](bool second) { return descriptions.inputGradient(forward, second); });
        if (backward.get(true) == nullptr) {
            return std::nullopt;
        }
        plan.weight = backward.weights_desc();
        plan.convolution = dnnl::convolution_backward_data(backward);
    } else if (key.pass == Pass::WeightGradient) {
        const memory::desc floatWeight = weights(key, memory::data_type::f32, false);
        const auto backward
            = chosen(key, [&](bool second) { return descriptions.weightGradient(floatWeight, forward, second); });
        if (backward.get(true) == nullptr) {
            return std::nullopt;
        }
        plan.weight = backward.diff_weights_desc();
        plan.convolution = dnnl::convolution_backward_weights(backward);
    } else {
        plan.weight = forward.weights_desc();
        plan.convolution = dnnl::convolution_forward(forward);
    }
    plan.plainWeight = weights(key, plainType, true);
    if (plan.weight != plan.plainWeight) {
        const bool unpacks = key.pass == Pass::WeightGradient;
        plan.pack = dnnl::reorder(unpacks ? dnnl::reorder::primitive_desc(engine(), plan.weight, engine(), plan.plainWeight)
                                          : dnnl::reorder::primitive_desc(engine(), plan.plainWeight, engine(), plan.weight));
        plan.packed = room(plan.weight);
    }
    return plan;
}

/// The plan for this key on this thread: oneDNN's kernels use scratch memory of the thread that made them.
const std::optional<Plan>& planFor(const Key& key)
{
    thread_local std::map<Key, std::optional<Plan>> plans;
    const auto found = plans.find(key);
    return found != plans.end() ? found->second : plans.emplace(key, planned(key)).first->second;
}

Key keyOf(Pass pass, at::ScalarType type, at::IntArrayRef inputSizes, const Convolution& shape, bool bias, const After& after = {})
{
    return {.pass = pass,
            .type = type,
            .batch = inputSizes[0],
            .height = inputSizes[2],
            .width = inputSizes[3],
            .in = shape.in,
            .out = shape.out,
            .kernel = shape.kernel,
            .stride = shape.stride,
            .padding = shape.padding,
            .groups = shape.groups,
            .bias = bias,
            .add = after.add.defined(),
            .relu = after.relu,
            .threads = at::get_num_threads()};
}

at::Tensor emptyImages(at::IntArrayRef sizes, at::ScalarType type)
{
    return at::empty(sizes, at::TensorOptions(type), at::MemoryFormat::ChannelsLast);
}

at::Tensor emptyOutput(const Key& key)
{
    return emptyImages({key.batch, key.out, outputSize(key.height, key), outputSize(key.width, key)}, key.type);
}

void execute(const dnnl::primitive& primitive, const Arguments& arguments)
{
    primitive.execute(stream(), arguments);
}

/// The weight in the plan's order, for one call.
memory packedWeight(const Plan& plan, const at::Tensor& weight)
{
    if (!plan.packs()) {
        return on(plan.weight, weight);
    }
    const memory packed = on(plan.weight, plan.packed);
    execute(plan.pack, {{DNNL_ARG_FROM, on(plan.plainWeight, weight)}, {DNNL_ARG_TO, packed}});
    return packed;
}

} // namespace

bool serves(const at::Tensor& images)
{
    return images.is_cpu() && images.dim() == 4 && images.numel() > 0
        && (images.scalar_type() == at::kFloat || images.scalar_type() == at::kBFloat16)
        && images.is_contiguous(at::MemoryFormat::ChannelsLast)
        && images.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
}

std::optional<at::Tensor> forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                                  const Convolution& shape)
{
    const Key key = keyOf(Pass::Forward, input.scalar_type(), input.sizes(), shape, bias.defined());
    const auto& plan = planFor(key);
    if (!plan) {
        return std::nullopt;
    }
    at::Tensor output = emptyOutput(key);
    Arguments arguments{{DNNL_ARG_SRC, on(plan->input, input)},
                        {DNNL_ARG_WEIGHTS, packedWeight(*plan, weight.contiguous())},
                        {DNNL_ARG_DST, on(plan->output, output)}};
    if (bias.defined()) {
        arguments.emplace(DNNL_ARG_BIAS, on(plan->bias, bias));
    }
    execute(plan->convolution, arguments);
    return output;
}

std::optional<at::Tensor> inputGradient(const at::Tensor& gradient, const at::Tensor& weight, at::IntArrayRef inputSizes,
                                        const Convolution& shape)
{
    const Key key = keyOf(Pass::InputGradient, gradient.scalar_type(), inputSizes, shape, false);
    const auto& plan = planFor(key);
    if (!plan) {
        return std::nullopt;
    }
    at::Tensor result = emptyImages(inputSizes, gradient.scalar_type());
    execute(plan->convolution,
            {{DNNL_ARG_DIFF_DST, on(plan->output, gradient)},
             {DNNL_ARG_WEIGHTS, packedWeight(*plan, weight.contiguous())},
             {DNNL_ARG_DIFF_SRC, on(plan->input, result)}});
    return result;
}

std::optional<std::pair<at::Tensor, at::Tensor>> weightGradient(const at::Tensor& input, const at::Tensor& gradient,
                                                                const Convolution& shape)
{
    const auto& plan = planFor(keyOf(Pass::WeightGradient, input.scalar_type(), input.sizes(), shape, shape.bias));
    if (!plan) {
        return std::nullopt;
    }
    at::Tensor weight = at::empty({shape.out, shape.in / shape.groups, shape.kernel, shape.kernel});
    at::Tensor bias = shape.bias ? at::empty({shape.out}) : at::Tensor();
    const memory packed = on(plan->weight, plan->packs() ? plan->packed : weight);
    Arguments arguments{{DNNL_ARG_SRC, on(plan->input, input)},
                        {DNNL_ARG_DIFF_DST, on(plan->output, gradient)},
                        {DNNL_ARG_DIFF_WEIGHTS, packed}};
    if (shape.bias) {
        arguments.emplace(DNNL_ARG_DIFF_BIAS, on(plan->bias, bias));
    }
    execute(plan->convolution, arguments);
    if (plan->packs()) {
        execute(plan->pack, {{DNNL_ARG_FROM, packed}, {DNNL_ARG_TO, on(plan->plainWeight, weight)}});
    }
    return std::pair(weight, bias);
}

std::optional<at::Tensor> frozen(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                                 const Convolution& shape, const After& after, std::shared_ptr<Packed>& packed)
{
    const Key key = keyOf(Pass::Frozen, input.scalar_type(), input.sizes(), shape, bias.defined(), after);
    const auto& plan = planFor(key);
    if (!plan) {
        return std::nullopt;
    }
    at::Tensor output = emptyOutput(key);
    Arguments arguments{{DNNL_ARG_SRC, on(plan->input, input)}, {DNNL_ARG_DST, on(plan->output, output)}};
    if (!plan->packs()) {
        arguments.emplace(DNNL_ARG_WEIGHTS, on(plan->weight, weight));
    } else {
        if (!packed || packed->order != plan->weight) {
            packed = std::make_shared<Packed>(Packed{plan->weight, room(plan->weight)});
            execute(plan->pack,
                    {{DNNL_ARG_FROM, on(plan->plainWeight, weight)}, {DNNL_ARG_TO, on(plan->weight, packed->weight)}});
        }
        arguments.emplace(DNNL_ARG_WEIGHTS, on(plan->weight, packed->weight));
    }
    if (bias.defined()) {
        arguments.emplace(DNNL_ARG_BIAS, on(plan->bias, bias));
    }
    at::Tensor add = after.add.defined() ? after.add.to(input.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast)
                                         : at::Tensor();
    if (add.defined()) {
        arguments.emplace(DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, on(plan->output, add));
    }
    execute(plan->convolution, arguments);
    return output;
}

} // namespace distill::onednn
