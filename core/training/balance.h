// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"

#include <ATen/ATen.h>

namespace distill {

/// Factors that bring the terms of an objective to one size, so that a weight says how much a term counts and not in which units it
/// is measured. Every few steps each term is measured, by the norm of its gradient over the student's parameters ("gradients") or
/// by its value ("values", as NVIDIA's ModelOpt scales its terms), both before its weight. With m_i what was measured of term i,
/// its factor moves towards m_0 / m_i in geometric steps: log f <- memory log f + (1 - memory) log(m_0 / m_i); the first
/// measurement is taken whole. The first term keeps the factor 1. Factors stay within 10^-4 and 10^4, and a term that measures
/// nothing keeps its own. Nothing is read from the device.
class Balance {
public:
    Balance(const Selection& settings, std::size_t terms, at::Device device);

    bool isOn() const { return m_kind != "none" && m_terms > 1; }
    bool byGradients() const { return m_kind == "gradients"; }
    bool isDue(std::int64_t step) const { return isOn() && step % m_settings.every == 0; }
    void see(const std::vector<at::Tensor>& measured); ///< a scalar for each term
    at::Tensor factor(std::size_t term) const;         ///< scalar on the device

    at::Tensor state() const { return m_logarithms; } ///< float64 [terms]; NaN until measured
    void restore(const at::Tensor& state);

private:
    std::string m_kind;
    BalanceSettings m_settings;
    std::size_t m_terms;
    at::Tensor m_logarithms;
};

} // namespace distill
