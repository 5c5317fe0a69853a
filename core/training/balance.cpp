// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/balance.h"

#include <ATen/core/grad_mode.h>
#include <cmath>

namespace distill {

namespace {

const double widest = std::log(1e4);

} // namespace

Balance::Balance(const Selection& settings, std::size_t terms, at::Device device)
    : m_kind(settings.kind)
    , m_terms(terms)
    , m_logarithms(at::full({static_cast<std::int64_t>(terms)}, std::nan(""), at::TensorOptions(at::kDouble).device(device)))
{
    readFields(settings.parameters, m_settings);
}

void Balance::see(const std::vector<at::Tensor>& measured)
{
    const at::NoGradGuard noGradients;
    const at::Tensor sizes = at::stack(measured).detach().to(at::kDouble).abs();
    const at::Tensor wanted = (sizes[0].log() - sizes.log()).clamp(-widest, widest);
    const at::Tensor moved = m_settings.memory * m_logarithms + (1 - m_settings.memory) * wanted;
    const at::Tensor usable = at::isfinite(sizes.log()).logical_and(at::isfinite(sizes[0].log()));
    m_logarithms = at::where(usable, at::where(m_logarithms.isnan(), wanted, moved), m_logarithms);
}

at::Tensor Balance::factor(std::size_t term) const
{
    return m_logarithms[static_cast<std::int64_t>(term)].nan_to_num(0).exp();
}

void Balance::restore(const at::Tensor& state)
{
    m_logarithms = state.to(m_logarithms.device()).clone();
}

} // namespace distill
