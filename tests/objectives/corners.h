// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "method.h"

namespace distill::test {

/// Parameters that are not given, {} among them, have their defaults.
inline ObjectiveValue evaluated(const std::string& kind, const Json& parameters, const NamedTensors& tensors)
{
    return evaluateObjective({kind, parametersOf(kind, parameters.is_null() ? Json::object() : parameters)}, tensors);
}

/// Value and gradients finite, in float and double, and no gradient larger than `most`. Returns the value in double.
inline double expectFinite(const std::string& kind, const Json& parameters, const NamedTensors& tensors, double most)
{
    double value = 0;
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
        NamedTensors given;
        for (const auto& [name, tensor] : tensors) {
            given[name] = tensor.is_floating_point() ? tensor.to(type) : tensor;
        }
        const ObjectiveValue found = evaluated(kind, parameters, given);
        EXPECT_TRUE(std::isfinite(found.value)) << kind << ": " << found.value;
        for (const auto& [name, gradient] : found.gradients) {
            const double largest = gradient.abs().max().item<double>();
            EXPECT_TRUE(largest <= most) << kind << ", gradient of " << name << " in " << c10::toString(type) << ": " << largest;
        }
        value = found.value;
    }
    return value;
}

/// What a wrong choice of taps is told.
inline std::string refusal(const std::string& kind, const Json& parameters, const NamedTensors& tensors)
{
    return errorOf([&] { evaluated(kind, parameters, tensors); });
}

inline void expectPart(const std::string& text, const std::string& part)
{
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

/// The presets of a kind, by name.
inline Json presetOf(const std::string& kind, const std::string& name)
{
    for (const Kind& each : objectiveKinds()) {
        for (const Preset& preset : each.presets) {
            if (each.name == kind && preset.name == name) {
                return preset.parameters;
            }
        }
    }
    ADD_FAILURE() << kind << " has no preset " << name;
    return {};
}

/// Same parameters with some replaced.
inline Json with(Json parameters, const Json& others)
{
    parameters.update(others);
    return parameters;
}

const double inf = std::numeric_limits<double>::infinity();

} // namespace distill::test
