// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/module.h"

#include "experiment/error.h"

#include <algorithm>
#include <c10/core/GradMode.h>

namespace distill {

Taps::Taps(std::vector<std::string> wanted)
    : m_wanted(std::move(wanted))
{
}

bool Taps::wants(const std::string& name) const
{
    return std::find(m_wanted.begin(), m_wanted.end(), name) != m_wanted.end();
}

void Taps::offer(const std::string& name, const at::Tensor& output, std::int64_t multiplyAdds)
{
    if (wants(name)) {
        m_outputs[name] = output.scalar_type() == at::kDouble ? output : output.to(at::kFloat);
        m_multiplyAdds[name] = multiplyAdds;
    }
}

std::int64_t Taps::multiplyAddsAt(const std::string& name) const
{
    const auto found = m_multiplyAdds.find(name);
    return found == m_multiplyAdds.end() ? 0 : found->second;
}

const at::Tensor& Taps::at(const std::string& name) const
{
    const auto found = m_outputs.find(name);
    if (found != m_outputs.end()) {
        return found->second;
    }
    std::string gathered;
    for (const auto& [known, output] : m_outputs) {
        gathered.append(gathered.empty() ? "" : ", ").append(known);
    }
    throw InputError("The tap \"" + name
                     + "\" was not gathered: " + (gathered.empty() ? "none was." : "there are " + gathered + "."));
}

std::vector<NamedTensor> Module::parameters() const
{
    std::vector<NamedTensor> tensors;
    collect("", true, false, tensors);
    return tensors;
}

std::vector<NamedTensor> Module::buffers() const
{
    std::vector<NamedTensor> tensors;
    collect("", false, true, tensors);
    return tensors;
}

std::vector<NamedTensor> Module::state() const
{
    std::vector<NamedTensor> tensors;
    collect("", true, true, tensors);
    return tensors;
}

std::int64_t Module::parameterCount() const
{
    std::int64_t count = 0;
    for (const NamedTensor& parameter : parameters()) {
        count += parameter.tensor.numel();
    }
    return count;
}

void Module::to(at::Device device)
{
    const c10::NoGradGuard noGradients;
    for (Slot& slot : m_slots) {
        if (slot.tensor->device() != device) {
            const bool required = slot.tensor->requires_grad();
            *slot.tensor = slot.tensor->detach().to(device).requires_grad_(required);
        }
    }
    for (auto& [name, child] : m_children) {
        child->to(device);
    }
}

void Module::freeze(const Execution& execution)
{
    requireGradients(false);
    for (auto& [name, child] : m_children) {
        child->freeze(execution);
    }
}

void Module::requireGradients(bool required)
{
    for (Slot& slot : m_slots) {
        if (slot.isParameter) {
            slot.tensor->requires_grad_(required);
        }
    }
    for (auto& [name, child] : m_children) {
        child->requireGradients(required);
    }
}

at::Tensor& Module::addParameter(const std::string& name, at::Tensor initial)
{
    m_slots.push_back({name, std::make_unique<at::Tensor>(initial.requires_grad_()), true});
    return *m_slots.back().tensor;
}

at::Tensor& Module::addBuffer(const std::string& name, at::Tensor initial)
{
    m_slots.push_back({name, std::make_unique<at::Tensor>(std::move(initial)), false});
    return *m_slots.back().tensor;
}

void Module::collect(const std::string& prefix, bool parameters, bool buffers, std::vector<NamedTensor>& into) const
{
    for (const Slot& slot : m_slots) {
        if (slot.isParameter ? parameters : buffers) {
            into.push_back({prefix + slot.name, *slot.tensor});
        }
    }
    for (const auto& [name, child] : m_children) {
        child->collect(name.empty() ? prefix : prefix + name + ".", parameters, buffers, into);
    }
}

} // namespace distill
