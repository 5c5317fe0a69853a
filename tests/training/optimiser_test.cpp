// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/optimiser.h"

#include "data/batches.h"
#include "experiment/error.h"

#include <ATen/core/grad_mode.h>
#include <cmath>
#include <gtest/gtest.h>

namespace distill::test {

namespace {

/// One number's worth of each rule, from the papers and PyTorch's documentation.
struct Reference {
    std::string kind;
    double decay, momentum, beta1, beta2, epsilon;
    bool nesterov;
    double buffer = 0, average = 0, square = 0;
    int steps = 0;

    double step(double parameter, double gradient, double rate)
    {
        ++steps;
        if (kind == "adamw") {
            parameter -= rate * decay * parameter;
        } else {
            gradient += decay * parameter;
        }
        if (kind == "sgd") {
            buffer = steps == 1 ? gradient : momentum * buffer + gradient;
            return parameter - rate * (momentum == 0 ? gradient : nesterov ? gradient + momentum * buffer : buffer);
        }
        average = beta1 * average + (1 - beta1) * gradient;
        square = beta2 * square + (1 - beta2) * gradient * gradient;
        const double corrected = average / (1 - std::pow(beta1, steps));
        const double root = std::sqrt(square / (1 - std::pow(beta2, steps)));
        return parameter - rate * corrected / (root + epsilon);
    }
};

struct Setting {
    std::string kind;
    Json parameters;
    double decay;
};

std::vector<Setting> settings()
{
    std::vector<Setting> list;
    for (const double decay : {0.0, 0.05}) {
        list.push_back({"sgd", {{"momentum", 0.0}, {"nesterov", false}}, decay});
        list.push_back({"sgd", {{"momentum", 0.9}, {"nesterov", false}}, decay});
        list.push_back({"sgd", {{"momentum", 0.8}, {"nesterov", true}}, decay});
        for (const char* kind : {"adam", "adamw"}) {
            list.push_back({kind, {{"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}}, decay});
            list.push_back({kind, {{"beta1", 0.5}, {"beta2", 0.9}, {"epsilon", 1e-2}}, decay});
        }
    }
    return list;
}

std::vector<at::Tensor> parametersOf(at::ScalarType type = at::kDouble)
{
    at::Generator generator = makeGenerator(at::kCPU, 5);
    std::vector<at::Tensor> parameters;
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{3, 2}, {4}, {}}) {
        parameters.push_back(at::empty(shape, type).normal_(0, 1, generator).requires_grad_(true));
    }
    return parameters;
}

/// Gradients that change from step to step, as those of a badly scaled quadratic do.
void setGradients(const std::vector<at::Tensor>& parameters, int step)
{
    for (const at::Tensor& parameter : parameters) {
        const at::Tensor value = parameter.detach();
        parameter.mutable_grad() = value * (0.5 + step % 3) - 0.3 * std::sin(step);
    }
}

double rateOf(int step)
{
    return 0.01 * (1 + step % 4);
}

std::vector<double> valuesOf(const std::vector<at::Tensor>& tensors)
{
    std::vector<double> values;
    for (const at::Tensor& tensor : tensors) {
        const at::Tensor flat = tensor.detach().to(at::kDouble).reshape({-1}).contiguous();
        values.insert(values.end(), flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
    }
    return values;
}

TEST(Optimiser, FiftyStepsMatchTheRules)
{
    for (const at::ScalarType type : {at::kDouble, at::kFloat}) {
        for (const Setting& setting : settings()) {
            SCOPED_TRACE(setting.kind + setting.parameters.dump() + std::to_string(setting.decay));
            const auto parameters = parametersOf(type);
            const auto optimiser = makeOptimiser({setting.kind, setting.parameters}, setting.decay, parameters);
            const Json& given = setting.parameters;
            const Reference start{setting.kind,
                                  setting.decay,
                                  given.value("momentum", 0.0),
                                  given.value("beta1", 0.0),
                                  given.value("beta2", 0.0),
                                  given.value("epsilon", 0.0),
                                  given.value("nesterov", false)};
            std::vector<double> expected = valuesOf(parameters);
            std::vector<Reference> references(expected.size(), start);
            for (int step = 0; step < 50; ++step) {
                setGradients(parameters, step);
                std::vector<at::Tensor> gradients;
                for (const at::Tensor& parameter : parameters) {
                    gradients.push_back(parameter.grad());
                }
                const std::vector<double> slopes = valuesOf(gradients);
                optimiser->step(rateOf(step));
                for (std::size_t i = 0; i < expected.size(); ++i) {
                    expected[i] = references[i].step(expected[i], slopes[i], rateOf(step));
                }
            }
            const std::vector<double> actual = valuesOf(parameters);
            for (std::size_t i = 0; i < expected.size(); ++i) {
                EXPECT_NEAR(actual[i], expected[i], type == at::kDouble ? 1e-12 : 2e-5) << i;
            }
        }
    }
}

TEST(Optimiser, DefaultsArePyTorchs)
{
    const auto defaults = parametersOf(), explicitly = parametersOf();
    const auto first = makeOptimiser({"adam", Json::object()}, 0, defaults);
    const auto second = makeOptimiser({"adam", {{"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}}}, 0, explicitly);
    for (int step = 0; step < 5; ++step) {
        setGradients(defaults, step);
        setGradients(explicitly, step);
        first->step(0.01);
        second->step(0.01);
    }
    EXPECT_EQ(valuesOf(defaults), valuesOf(explicitly));
}

TEST(Optimiser, LeavesParametersWithoutAGradientAlone)
{
    for (const Setting& setting : settings()) {
        SCOPED_TRACE(setting.kind + setting.parameters.dump());
        // The second has gradients in every other step only, and must move as if the steps between did not exist.
        const auto together = parametersOf();
        const std::vector<at::Tensor> alone{parametersOf().at(1)};
        const auto first = makeOptimiser({setting.kind, setting.parameters}, setting.decay, together);
        const auto second = makeOptimiser({setting.kind, setting.parameters}, setting.decay, alone);
        for (int step = 0; step < 10; ++step) {
            first->zeroGradients();
            setGradients(together, step);
            if (step % 2 == 1) {
                together[1].mutable_grad().reset();
                const at::Tensor before = together[1].detach().clone();
                first->step(0.01);
                EXPECT_TRUE(together[1].detach().equal(before));
            } else {
                first->step(0.01);
                setGradients(alone, step);
                second->step(0.01);
            }
        }
        EXPECT_EQ(valuesOf({together[1]}), valuesOf(alone));
    }
}

TEST(Optimiser, ARestoredStateContinuesBitForBit)
{
    for (const Setting& setting : settings()) {
        SCOPED_TRACE(setting.kind + setting.parameters.dump());
        const auto unbroken = parametersOf(at::kFloat), resumed = parametersOf(at::kFloat);
        const auto first = makeOptimiser({setting.kind, setting.parameters}, setting.decay, unbroken);
        std::map<std::string, at::Tensor> state;
        for (int step = 0; step < 20; ++step) {
            if (step == 7) {
                state = first->state();
                const at::NoGradGuard noGradients;
                for (std::size_t i = 0; i < resumed.size(); ++i) {
                    resumed[i].copy_(unbroken[i]);
                }
            }
            setGradients(unbroken, step);
            first->step(rateOf(step));
        }
        const auto second = makeOptimiser({setting.kind, setting.parameters}, setting.decay, resumed);
        second->restore(state);
        for (int step = 7; step < 20; ++step) {
            setGradients(resumed, step);
            second->step(rateOf(step));
        }
        EXPECT_EQ(valuesOf(resumed), valuesOf(unbroken));
        const auto left = first->state(), right = second->state();
        ASSERT_EQ(left.size(), right.size());
        for (const auto& [name, tensor] : left) {
            EXPECT_TRUE(tensor.equal(right.at(name))) << name;
        }
    }
}

TEST(Optimiser, RefusesAStateThatIsNotItsOwn)
{
    const auto adam = makeOptimiser({"adam", Json::object()}, 0, parametersOf());
    const auto sgd = makeOptimiser({"sgd", Json::object()}, 0, parametersOf());
    EXPECT_THROW(adam->restore(sgd->state()), InputError);
    EXPECT_THROW(sgd->restore(adam->state()), InputError);
    EXPECT_THROW(sgd->restore({}), InputError);
    auto longer = sgd->state();
    longer["momentum/9"] = at::zeros({1});
    EXPECT_THROW(sgd->restore(longer), InputError);
    auto other = sgd->state();
    other["momentum/1"] = at::zeros({9});
    try {
        sgd->restore(other);
        FAIL() << "a tensor of another shape was taken";
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("momentum/1"), std::string::npos);
    }
}

TEST(Optimiser, DotGivesEachLossItsMomentum)
{
    const double momentum = 0.9, delta = 0.075, decay = 0.05;
    const Selection selection{"dot", {{"momentum", momentum}, {"delta", delta}}};
    std::vector<at::Tensor> parameters = parametersOf();
    auto optimiser = makeOptimiser(selection, decay, parameters);
    ASSERT_TRUE(optimiser->separates());
    std::vector<double> expected = valuesOf(parameters);
    std::vector<double> task(expected.size(), 0.0), distillation(expected.size(), 0.0);
    for (int step = 0; step < 20; ++step) {
        if (step == 10) { // a restored one goes on alike
            const auto state = optimiser->state();
            optimiser = makeOptimiser(selection, decay, parameters);
            optimiser->restore(state);
        }
        const auto gradients = [&](int of) {
            optimiser->zeroGradients();
            setGradients(parameters, of);
            std::vector<at::Tensor> found;
            for (const at::Tensor& parameter : parameters) {
                found.push_back(parameter.grad());
            }
            return valuesOf(found);
        };
        const std::vector<double> first = gradients(step);
        optimiser->keepTaskGradients();
        const std::vector<double> second = gradients(100 + step);
        optimiser->step(rateOf(step));
        for (std::size_t i = 0; i < expected.size(); ++i) {
            task[i] = first[i] + decay * expected[i] + (momentum - delta) * task[i];
            distillation[i] = second[i] + (momentum + delta) * distillation[i];
            expected[i] -= rateOf(step) * (task[i] + distillation[i]);
        }
    }
    const std::vector<double> actual = valuesOf(parameters);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(actual[i], expected[i], 1e-12) << i;
    }
    EXPECT_THROW(optimiser->restore(makeOptimiser({"sgd", {{"momentum", 0.9}, {"nesterov", false}}}, 0, parametersOf())->state()),
                 InputError);
}

TEST(Optimiser, RefusesWhatItDoesNotKnow)
{
    EXPECT_THROW(makeOptimiser({"lion", Json::object()}, 0, parametersOf()), InputError);
    EXPECT_THROW(makeOptimiser({"sgd", {{"momentum", 0.0}, {"nesterov", true}}}, 0, parametersOf()), InputError);
}

TEST(Optimiser, ClipsTheJointNorm)
{
    const auto parameters = parametersOf();
    const auto optimiser = makeOptimiser({"sgd", Json::object()}, 0, parameters);
    const auto norm = [&] {
        double sum = 0;
        for (const at::Tensor& parameter : parameters) {
            for (const double value : valuesOf({parameter.grad()})) {
                sum += value * value;
            }
        }
        return std::sqrt(sum);
    };
    setGradients(parameters, 1);
    const at::Tensor direction = parameters[0].grad().clone();
    const double before = norm();
    EXPECT_NEAR(optimiser->clip(before / 4).item<double>(), before, 1e-12);
    EXPECT_NEAR(norm(), before / 4, 1e-5);
    EXPECT_LE(norm(), before / 4);
    EXPECT_TRUE(at::allclose(parameters[0].grad() * 4, direction, 1e-5, 1e-8));

    setGradients(parameters, 1);
    optimiser->clip(before * 2);
    EXPECT_TRUE(parameters[0].grad().equal(direction));

    optimiser->zeroGradients();
    EXPECT_EQ(optimiser->clip(1).item<double>(), 0);
}

TEST(Optimiser, ZeroedGradientsDoNotAddUp)
{
    const std::vector<at::Tensor> parameters{at::ones({2}, at::kDouble).requires_grad_(true)};
    const auto optimiser = makeOptimiser({"sgd", {{"momentum", 0.0}}}, 0, parameters);
    for (int step = 0; step < 3; ++step) {
        optimiser->zeroGradients();
        (parameters[0] * 2).sum().backward();
        optimiser->step(0.1);
    }
    EXPECT_NEAR(valuesOf(parameters).at(0), 1 - 3 * 0.2, 1e-12);
    EXPECT_TRUE(parameters[0].requires_grad());
    EXPECT_TRUE(parameters[0].is_leaf());
}

} // namespace

} // namespace distill::test
