// SPDX-License-Identifier: GPL-3.0-or-later
#include "method.h"

#include <ATen/core/grad_mode.h>
#include <iostream>
#include <torch/csrc/autograd/autograd.h>

namespace distill::test {

namespace {

/// Method, cases and largest errors, printed when all tests ran.
class ErrorTable : public testing::Environment {
public:
    struct Row {
        int cases = 0;
        double inDouble = 0, inFloat = 0, differences = 0;
    };
    std::map<std::string, Row> rows;

    void TearDown() override
    {
        for (const auto& [kind, row] : rows) {
            std::printf("%-22s %3d cases, largest relative error: double %.1e, float %.1e, finite differences %.1e\n", kind.c_str(),
                        row.cases, row.inDouble, row.inFloat, row.differences);
        }
    }
};

ErrorTable& table()
{
    static auto* const instance = static_cast<ErrorTable*>(testing::AddGlobalTestEnvironment(new ErrorTable));
    return *instance;
}

[[maybe_unused]] const ErrorTable& registered = table();

NamedTensors withType(const NamedTensors& tensors, at::ScalarType type)
{
    NamedTensors result;
    for (const auto& [name, tensor] : tensors) {
        result[name] = tensor.is_floating_point() ? tensor.to(type) : tensor;
    }
    return result;
}

double relative(const at::Tensor& found, const at::Tensor& expected, double least)
{
    EXPECT_EQ(found.sizes(), expected.sizes());
    if (found.sizes() != expected.sizes() || found.numel() == 0) {
        return 0;
    }
    const double scale = std::max(expected.abs().max().item<double>(), least);
    return (found.to(at::kDouble) - expected).abs().max().item<double>() / scale;
}

/// NaN counts as wrong.
void expectSmall(double error, double bound, const std::string& what)
{
    EXPECT_TRUE(error <= bound) << what << ": " << error << " instead of at most " << bound;
}

} // namespace

at::Tensor randomTensor(at::IntArrayRef sizes, std::uint64_t seed, double deviation)
{
    at::Generator generator = generatorOf(seed);
    return at::empty(sizes, at::kDouble).normal_(0, deviation, generator);
}

Json parametersOf(const std::string& kind, const Json& given)
{
    Json parameters = Json::object();
    for (const Kind& each : objectiveKinds()) {
        for (const Field& field : each.fields) {
            if (each.name == kind) {
                parameters[field.key] = given.value(field.key, field.defaultValue);
            }
        }
    }
    return parameters;
}

void expectMethod(const MethodCase& each)
{
    SCOPED_TRACE(each.kind + ", " + each.what);
    const Selection selection{each.kind, parametersOf(each.kind, each.parameters)};
    const ObjectiveValue inDouble = evaluateObjective(selection, withType(each.tensors, at::kDouble));
    const ObjectiveValue inFloat = evaluateObjective(selection, withType(each.tensors, at::kFloat));

    NamedTensors leaves = withType(each.tensors, at::kDouble);
    std::vector<at::Tensor> inputs;
    for (auto& [name, gradient] : inDouble.gradients) {
        ASSERT_TRUE(leaves.count(name)) << "the case gives no " << name;
        leaves[name] = leaves[name].clone().requires_grad_();
        inputs.push_back(leaves[name]);
    }
    const at::Tensor value = each.reference(leaves);
    const auto expected = torch::autograd::grad({value}, inputs, {}, true, false, true);
    ErrorTable::Row& row = table().rows[each.kind];
    ++row.cases;

    const auto compare = [&](const ObjectiveValue& found, double bound, double& largest) {
        const double reference = value.item<double>();
        const double error = std::abs(found.value - reference) / std::max(std::abs(reference), 1e-3);
        expectSmall(error, bound, "value " + std::to_string(found.value) + " beside " + std::to_string(reference));
        largest = std::max(largest, error);
        // Gradients of one tensor are measured by the largest of all: some are zero but for rounding.
        double scale = 1e-3;
        for (const at::Tensor& gradient : expected) {
            scale = gradient.defined() ? std::max(scale, 0.01 * gradient.abs().max().item<double>()) : scale;
        }
        std::size_t i = 0;
        for (const auto& [name, gradient] : found.gradients) {
            const at::Tensor wanted = expected[i].defined() ? expected[i] : at::zeros_like(inputs[i]);
            const double off = relative(gradient, wanted, scale);
            expectSmall(off, bound, "gradient of " + name);
            largest = std::max(largest, off);
            ++i;
        }
    };
    compare(inDouble, 1e-6, row.inDouble);
    compare(inFloat, 1e-4, row.inFloat);

    if (!each.differences) {
        return;
    }
    const at::NoGradGuard noGradients;
    std::mt19937_64 random(1);
    for (const auto& [name, gradient] : inDouble.gradients) {
        const double scale = std::max(gradient.abs().max().item<double>(), 1e-3);
        for (int turn = 0; turn < 6; ++turn) {
            const auto entry = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(gradient.numel()));
            const double step = 1e-5;
            const auto shifted = [&](double by) {
                NamedTensors moved = each.tensors;
                moved[name] = moved.at(name).to(at::kDouble).clone();
                moved[name].view({-1})[entry] += by;
                return each.reference(moved).item<double>();
            };
            const double slope = (shifted(step) - shifted(-step)) / (2 * step);
            const double off = std::abs(slope - gradient.reshape({-1})[entry].item<double>()) / scale;
            expectSmall(off, 1e-5, "finite difference of " + name);
            row.differences = std::max(row.differences, off);
        }
    }
}

} // namespace distill::test
