// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/optimiser.h"

#include "experiment/error.h"
#include "training/dot.h"
#include "training/fusedstep.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <cmath>

namespace distill {

namespace {

using Tensors = std::vector<at::Tensor>;

Tensors zerosLike(const Tensors& parameters)
{
    Tensors zeros;
    zeros.reserve(parameters.size());
    for (const at::Tensor& parameter : parameters) {
        zeros.push_back(at::zeros_like(parameter));
    }
    return zeros;
}

Tensors picked(const Tensors& from, const std::vector<std::size_t>& indices)
{
    Tensors some;
    some.reserve(indices.size());
    for (const std::size_t index : indices) {
        some.push_back(from[index]);
    }
    return some;
}

std::vector<at::Scalar> scalarsOf(const std::vector<double>& values, double factor)
{
    std::vector<at::Scalar> scalars;
    for (const double value : values) {
        scalars.emplace_back(factor * value);
    }
    return scalars;
}

/// Whether these tensors can be walked side by side as plain float32 memory on the CPU.
bool walkTogether(const Tensors& first, std::initializer_list<const Tensors*> others)
{
    for (std::size_t i = 0; i < first.size(); ++i) {
        const at::Tensor& tensor = first[i];
        if (!tensor.is_cpu() || tensor.scalar_type() != at::kFloat || !tensor.is_non_overlapping_and_dense()) {
            return false;
        }
        for (const Tensors* other : others) {
            const at::Tensor& beside = (*other)[i];
            if (!beside.is_cpu() || beside.scalar_type() != at::kFloat || beside.strides() != tensor.strides()) {
                return false;
            }
        }
    }
    return true;
}

/// Calls body(tensor's number, first value, count) for pieces of all of them, shared out to the threads.
template <class Body> void overPieces(const Tensors& parameters, const Body& body)
{
    struct Piece {
        std::size_t tensor;
        std::int64_t from, count;
    };
    constexpr std::int64_t pieceLength = 1 << 14;
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        for (std::int64_t from = 0; from < parameters[i].numel(); from += pieceLength) {
            pieces.push_back({i, from, std::min(pieceLength, parameters[i].numel() - from)});
        }
    }
    at::parallel_for(0, static_cast<std::int64_t>(pieces.size()), 16, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const Piece& piece = pieces[static_cast<std::size_t>(i)];
            body(piece.tensor, piece.from, piece.count);
        }
    });
    for (const at::Tensor& parameter : parameters) {
        parameter.unsafeGetTensorImpl()->bump_version();
    }
}

void save(const std::string& name, const Tensors& tensors, std::map<std::string, at::Tensor>& into)
{
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        into.emplace(name + "/" + std::to_string(i), tensors[i].clone());
    }
}

/// What both families share: which parameters have a gradient, and state under names.
class FamilyOptimiser : public Optimiser {
public:
    void step(double learningRate) final
    {
        const at::NoGradGuard noGradients;
        std::vector<std::size_t> indices;
        Tensors parameters, gradients;
        for (std::size_t i = 0; i < m_parameters.size(); ++i) {
            if (m_parameters[i].grad().defined()) {
                indices.push_back(i);
                parameters.push_back(m_parameters[i]);
                gradients.push_back(m_parameters[i].grad());
            }
        }
        if (!indices.empty()) {
            update(indices, parameters, std::move(gradients), learningRate);
        }
    }

    std::map<std::string, at::Tensor> state() const final
    {
        const at::NoGradGuard noGradients;
        std::map<std::string, at::Tensor> state;
        for (const auto& [name, tensors] : moments()) {
            save(name, *tensors, state);
        }
        if (m_steps.defined()) {
            state.emplace("step", m_steps.clone());
        }
        return state;
    }

    void restore(const std::map<std::string, at::Tensor>& state) final
    {
        const at::NoGradGuard noGradients;
        std::map<std::string, at::Tensor> targets;
        for (const auto& [name, tensors] : moments()) {
            for (std::size_t i = 0; i < tensors->size(); ++i) {
                targets.emplace(name + "/" + std::to_string(i), (*tensors)[i]);
            }
        }
        if (m_steps.defined()) {
            targets.emplace("step", m_steps);
        }
        // All is checked before anything is written.
        for (const auto& [name, target] : targets) {
            const auto found = state.find(name);
            if (found == state.end()) {
                throw InputError("The optimiser's state lacks the tensor " + name
                                 + ": it was saved by another optimiser");
            }
            if (found->second.sizes() != target.sizes()) {
                throw InputError("The optimiser's tensor " + name + " has the shape " + c10::str(found->second.sizes())
                                 + " where this network needs " + c10::str(target.sizes()));
            }
        }
        for (const auto& [name, tensor] : state) {
            if (!targets.contains(name)) {
                throw InputError("The optimiser's state has a tensor " + name
                                 + " too many: it was saved by another optimiser or for another network");
            }
            targets.at(name).copy_(tensor);
        }
    }

protected:
    FamilyOptimiser(Tensors parameters, double weightDecay)
        : Optimiser(std::move(parameters))
        , m_weightDecay(weightDecay)
    {
    }
    /// The gradients may be replaced by new tensors, not changed in place.
    virtual void update(const std::vector<std::size_t>& indices, Tensors& parameters, Tensors gradients,
                        double learningRate)
        = 0;
    virtual std::vector<std::pair<std::string, const Tensors*>> moments() const = 0;

    double m_weightDecay;
    at::Tensor m_steps; ///< int64, one a parameter, on the CPU; undefined where the rule does not count steps
};

class Sgd final : public FamilyOptimiser {
public:
    Sgd(Tensors parameters, double weightDecay, const SgdSettings& settings)
        : FamilyOptimiser(std::move(parameters), weightDecay)
        , m_momentum(settings.momentum)
        , m_nesterov(settings.nesterov)
    {
        if (m_nesterov && m_momentum <= 0) {
            throw InputError("The optimiser sgd has nesterov true and momentum 0; Nesterov needs a momentum above 0");
        }
        if (m_momentum > 0) {
            m_buffers = zerosLike(m_parameters);
        }
    }

private:
    void update(const std::vector<std::size_t>& indices, Tensors& parameters, Tensors gradients,
                double learningRate) override
    {
        Tensors buffers = m_momentum > 0 ? picked(m_buffers, indices) : Tensors();
        if (walkTogether(parameters, {&gradients, m_momentum > 0 ? &buffers : &gradients})) {
            const kernels::SgdStep step{.rate = static_cast<float>(learningRate),
                                        .momentum = static_cast<float>(m_momentum),
                                        .decay = static_cast<float>(m_weightDecay),
                                        .nesterov = m_nesterov};
            overPieces(parameters, [&](std::size_t i, std::int64_t from, std::int64_t count) {
                kernels::sgdStep(parameters[i].data_ptr<float>() + from, gradients[i].data_ptr<float>() + from,
                                 m_momentum > 0 ? buffers[i].data_ptr<float>() + from : nullptr, count, step);
            });
            return;
        }
        if (m_weightDecay != 0) {
            gradients = at::_foreach_add(gradients, parameters, m_weightDecay);
        }
        if (m_momentum > 0) {
            // From zero, the first step gives the gradient itself, as PyTorch starts.
            at::_foreach_mul_(buffers, m_momentum);
            at::_foreach_add_(buffers, gradients, 1);
            gradients = m_nesterov ? at::_foreach_add(gradients, buffers, m_momentum) : buffers;
        }
        at::_foreach_add_(parameters, gradients, -learningRate);
    }
    std::vector<std::pair<std::string, const Tensors*>> moments() const override { return {{"momentum", &m_buffers}}; }

    double m_momentum;
    bool m_nesterov;
    Tensors m_buffers;
};

/// Kingma, Ba 2015 (arXiv:1412.6980) and, decoupled, Loshchilov, Hutter 2019 (arXiv:1711.05101).
class Adam final : public FamilyOptimiser {
public:
    Adam(Tensors parameters, double weightDecay, const AdamSettings& settings, bool decoupled)
        : FamilyOptimiser(std::move(parameters), weightDecay)
        , m_settings(settings)
        , m_decoupled(decoupled)
        , m_averages(zerosLike(m_parameters))
        , m_squares(zerosLike(m_parameters))
    {
        m_steps = at::zeros({static_cast<std::int64_t>(m_parameters.size())}, at::kLong);
    }

private:
    void update(const std::vector<std::size_t>& indices, Tensors& parameters, Tensors gradients,
                double learningRate) override
    {
        Tensors averages = picked(m_averages, indices);
        Tensors squares = picked(m_squares, indices);

        // Each parameter counts its own steps: one without a gradient for a while is corrected as if it had waited.
        std::vector<double> rates, corrections;
        auto steps = m_steps.accessor<std::int64_t, 1>();
        for (const std::size_t index : indices) {
            const auto count = static_cast<double>(++steps[static_cast<std::int64_t>(index)]);
            rates.push_back(learningRate / (1 - std::pow(m_settings.beta1, count)));
            corrections.push_back(std::sqrt(1 - std::pow(m_settings.beta2, count)));
        }
        if (walkTogether(parameters, {&gradients, &averages, &squares})) {
            kernels::AdamStep step{.rate = 0,
                                   .correction = 0,
                                   .beta1 = static_cast<float>(m_settings.beta1),
                                   .beta2 = static_cast<float>(m_settings.beta2),
                                   .epsilon = static_cast<float>(m_settings.epsilon),
                                   .decay = m_decoupled ? 0.0f : static_cast<float>(m_weightDecay),
                                   .shrink = m_decoupled ? static_cast<float>(1 - learningRate * m_weightDecay) : 1.0f};
            overPieces(parameters, [&](std::size_t i, std::int64_t from, std::int64_t count) {
                kernels::AdamStep own = step;
                own.rate = static_cast<float>(rates[i]);
                own.correction = static_cast<float>(corrections[i]);
                kernels::adamStep(parameters[i].data_ptr<float>() + from, gradients[i].data_ptr<float>() + from,
                                  averages[i].data_ptr<float>() + from, squares[i].data_ptr<float>() + from, count, own);
            });
            return;
        }
        if (m_weightDecay != 0 && m_decoupled) {
            at::_foreach_mul_(parameters, 1 - learningRate * m_weightDecay);
        } else if (m_weightDecay != 0) {
            gradients = at::_foreach_add(gradients, parameters, m_weightDecay);
        }
        at::_foreach_mul_(averages, m_settings.beta1);
        at::_foreach_add_(averages, gradients, 1 - m_settings.beta1);
        at::_foreach_mul_(squares, m_settings.beta2);
        at::_foreach_addcmul_(squares, gradients, gradients, 1 - m_settings.beta2);
        Tensors denominators = at::_foreach_sqrt(squares);
        at::_foreach_div_(denominators, scalarsOf(corrections, 1));
        at::_foreach_add_(denominators, m_settings.epsilon);
        at::_foreach_addcdiv_(parameters, averages, denominators, scalarsOf(rates, -1));
    }
    std::vector<std::pair<std::string, const Tensors*>> moments() const override
    {
        return {{"exp_avg", &m_averages}, {"exp_avg_sq", &m_squares}};
    }

    AdamSettings m_settings;
    bool m_decoupled;
    Tensors m_averages, m_squares;
};

} // namespace

void Optimiser::zeroGradients()
{
    // Dropped, not filled with zeros: the backward pass then hands its own tensors over instead of adding to these.
    for (const at::Tensor& parameter : m_parameters) {
        parameter.mutable_grad().reset();
    }
}

at::Tensor Optimiser::clip(double norm)
{
    const at::NoGradGuard noGradients;
    Tensors gradients;
    for (const at::Tensor& parameter : m_parameters) {
        if (parameter.grad().defined()) {
            gradients.push_back(parameter.grad());
        }
    }
    if (gradients.empty()) {
        return at::zeros({}, m_parameters.empty() ? at::TensorOptions(at::kFloat) : m_parameters.front().options());
    }
    const at::Tensor before = at::stack(at::_foreach_norm(gradients)).norm();
    // PyTorch's clip_grad_norm_, without reading the norm from the device.
    const at::Tensor factor = (norm / (before + 1e-6)).clamp_max(1);
    for (const at::Tensor& gradient : gradients) {
        gradient.mul_(factor);
    }
    return before;
}

std::unique_ptr<Optimiser> makeOptimiser(const Selection& selection, double weightDecay,
                                         std::vector<at::Tensor> parameters)
{
    if (selection.kind == "sgd") {
        SgdSettings settings;
        readFields(selection.parameters, settings);
        return std::make_unique<Sgd>(std::move(parameters), weightDecay, settings);
    }
    if (selection.kind == "adam" || selection.kind == "adamw") {
        AdamSettings settings;
        readFields(selection.parameters, settings);
        return std::make_unique<Adam>(std::move(parameters), weightDecay, settings, selection.kind == "adamw");
    }
    if (selection.kind == "dot") {
        DotSettings settings;
        readFields(selection.parameters, settings);
        return makeDot(settings, weightDecay, std::move(parameters));
    }
    throw InputError("There is no optimiser \"" + selection.kind + "\"; known are sgd, adam, adamw, dot");
}

} // namespace distill
