// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/error.h"
#include "models/model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>

namespace distill::test {

inline at::Generator generatorOf(std::uint64_t seed)
{
    return at::make_generator<at::CPUGeneratorImpl>(seed);
}

inline at::Tensor normal(at::IntArrayRef sizes, std::uint64_t seed)
{
    at::Generator generator = generatorOf(seed);
    return at::empty(sizes).normal_(0, 1, generator);
}

inline std::unique_ptr<Model> modelOf(const std::string& kind, Json parameters, const InputShape& shape,
                                      std::int64_t classes, std::uint64_t seed = 1)
{
    at::Generator generator = generatorOf(seed);
    return makeModel({kind, std::move(parameters)}, shape, classes, generator);
}

inline std::map<std::string, at::Tensor> stateOf(const Module& module)
{
    std::map<std::string, at::Tensor> state;
    for (const NamedTensor& tensor : module.state()) {
        state[tensor.name] = tensor.tensor.detach();
    }
    return state;
}

/// Largest absolute difference, in double.
inline double distance(const at::Tensor& a, const at::Tensor& b)
{
    EXPECT_EQ(a.sizes(), b.sizes());
    return a.sizes() == b.sizes() && a.numel() > 0
        ? (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>()
        : 0.0;
}

/// What an InputError says; fails the test when there is none, or when it is more than one sentence.
template <class Action> std::string inputErrorOf(Action action)
{
    try {
        action();
    } catch (const InputError& error) {
        const std::string text = error.what();
        EXPECT_THAT(text, testing::EndsWith("."));
        EXPECT_THAT(text, testing::Not(testing::HasSubstr(". "))) << "more than one sentence";
        EXPECT_THAT(text, testing::Not(testing::HasSubstr("\n")));
        return text;
    }
    ADD_FAILURE() << "no InputError";
    return {};
}

} // namespace distill::test
