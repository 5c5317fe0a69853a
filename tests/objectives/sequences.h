// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "method.h"

namespace distill::test {

/// Which of the B L tokens count by the mask, else by labels [B, L], else all.
inline std::vector<bool> countingTokens(const NamedTensors& t, std::int64_t tokens)
{
    std::vector<bool> counts(static_cast<std::size_t>(tokens), true);
    const auto read = [&](const at::Tensor& values, bool signs) {
        const at::Tensor flat = values.flatten();
        for (std::int64_t i = 0; i < tokens; ++i) {
            const auto value = flat[i].item<double>();
            counts[static_cast<std::size_t>(i)] = signs ? value >= 0 : value != 0;
        }
    };
    if (t.count("mask")) {
        read(t.at("mask"), false);
    } else if (t.count("labels") && t.at("labels").dim() == 2) {
        read(t.at("labels"), true);
    }
    return counts;
}

inline at::Tensor softmaxOf(const at::Tensor& logits, double temperature = 1)
{
    const at::Tensor e = (logits / temperature).exp();
    return e / e.sum();
}

/// Mean of f(token) over those that count, one token after the other.
inline at::Tensor meanOverTokens(const NamedTensors& t, std::int64_t tokens, const std::function<at::Tensor(std::int64_t)>& f)
{
    const std::vector<bool> counts = countingTokens(t, tokens);
    at::Tensor sum = at::zeros({}, at::kDouble);
    double number = 0;
    for (std::int64_t i = 0; i < tokens; ++i) {
        if (counts[static_cast<std::size_t>(i)]) {
            sum = sum + f(i);
            ++number;
        }
    }
    return sum / std::max(number, 1.0);
}

inline at::Tensor tokenRows(const at::Tensor& x)
{
    return x.reshape({-1, x.size(-1)});
}

/// Logits [2, 4, 6] of both sides, of which some tokens are padding by mask or by label.
inline NamedTensors sequenceLogits(const std::string& padding = "mask")
{
    NamedTensors t{{"student/logits", randomTensor({2, 4, 6}, 1, 1.5)}, {"teacher/logits", randomTensor({2, 4, 6}, 2, 1.5)}};
    if (padding == "mask") {
        t["mask"] = at::tensor({1, 1, 1, 0, 1, 1, 0, 0}, at::kLong).view({2, 4});
    } else if (padding == "labels") {
        t["labels"] = at::tensor({3, 0, 5, -100, -1, 1, 2, -100}, at::kLong).view({2, 4});
    }
    return t;
}

inline ObjectiveValue valueOf(const std::string& kind, const NamedTensors& tensors, const Json& parameters = Json::object())
{
    return evaluateObjective({kind, parametersOf(kind, parameters)}, tensors);
}

inline void expectFinite(const ObjectiveValue& found, const std::string& what)
{
    EXPECT_TRUE(std::isfinite(found.value)) << what << ": " << found.value;
    for (const auto& [name, gradient] : found.gradients) {
        EXPECT_TRUE(gradient.isfinite().all().item<bool>()) << what << ", gradient of " << name;
    }
}

} // namespace distill::test
