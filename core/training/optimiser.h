// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"

#include <ATen/ATen.h>
#include <map>

namespace distill {

/// SGD, Adam, AdamW and DOT over lists of tensors (LibTorch's _foreach kernels: one call for all parameters). Update rules are
/// PyTorch's, term for term, so that published settings carry over.
class Optimiser {
public:
    virtual ~Optimiser() = default;
    /// One update in place from the parameters' gradients; parameters without one are left alone.
    virtual void step(double learningRate) = 0;
    void zeroGradients();
    /// Scales all gradients so that their joint 2-norm is at most `norm`; returns the norm before, as a device scalar.
    at::Tensor clip(double norm);
    /// Whether it treats the gradients of the labels' loss and of the teacher's apart. Then a step is: backward pass of the
    /// first, keepTaskGradients(), backward pass of the second, step().
    virtual bool separates() const { return false; }
    virtual void keepTaskGradients() { }
    virtual std::map<std::string, at::Tensor> state() const = 0;
    virtual void restore(const std::map<std::string, at::Tensor>& state) = 0; ///< throws InputError for another shape

protected:
    explicit Optimiser(std::vector<at::Tensor> parameters) : m_parameters(std::move(parameters)) {}
    std::vector<at::Tensor> m_parameters;
};

std::unique_ptr<Optimiser> makeOptimiser(const Selection& selection, double weightDecay, std::vector<at::Tensor> parameters);

/// The factor of a schedule at `position` (0 to 1) of its stage; see ScheduleSettings.
double scheduleFactor(const ScheduleSettings& settings, double position);

} // namespace distill
