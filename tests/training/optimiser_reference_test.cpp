// SPDX-License-Identifier: GPL-3.0-or-later
// The one file that includes LibTorch's own optimisers, to compare with them.
#include "data/batches.h"
#include "training/optimiser.h"

#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

namespace distill::test {

namespace {

/// Trains the same small regression, float32, with both, and returns the largest difference after 50 steps.
double
differenceAfterFiftySteps(const Selection& selection, double decay,
                          const std::function<std::unique_ptr<torch::optim::Optimizer>(std::vector<at::Tensor>)>& make)
{
    at::Generator generator = makeGenerator(at::kCPU, 3);
    const at::Tensor inputs = at::empty({32, 6}).normal_(0, 1, generator);
    const at::Tensor targets = at::empty({32, 4}).normal_(0, 1, generator);
    const at::Tensor weight = at::empty({6, 4}).normal_(0, 0.3, generator);
    const auto copies = [&] {
        return std::vector<at::Tensor>{weight.clone().requires_grad_(true), at::zeros({4}).requires_grad_(true)};
    };
    const std::vector<at::Tensor> ours = copies(), theirs = copies();
    const auto optimiser = makeOptimiser(selection, decay, ours);
    const auto reference = make(theirs);
    for (int step = 0; step < 50; ++step) {
        for (const auto& parameters : {ours, theirs}) {
            for (const at::Tensor& parameter : parameters) {
                parameter.mutable_grad().reset();
            }
            ((inputs.matmul(parameters[0]) + parameters[1]).tanh() - targets).square().mean().backward();
        }
        optimiser->step(0.02);
        reference->step();
    }
    const at::NoGradGuard noGradients;
    EXPECT_GT((ours[0] - weight).abs().max().item<double>(), 0.05) << "nothing was learned";
    return std::max((ours[0] - theirs[0]).abs().max().item<double>(), (ours[1] - theirs[1]).abs().max().item<double>());
}

TEST(OptimiserReference, SgdIsLibTorchs)
{
    for (const double decay : {0.0, 5e-4}) {
        for (const bool nesterov : {false, true}) {
            const double difference = differenceAfterFiftySteps(
                {"sgd", {{"momentum", 0.9}, {"nesterov", nesterov}}}, decay, [&](auto parameters) {
                    return std::make_unique<torch::optim::SGD>(
                        parameters,
                        torch::optim::SGDOptions(0.02).momentum(0.9).nesterov(nesterov).weight_decay(decay));
                });
            EXPECT_LT(difference, 1e-6);
        }
    }
}

TEST(OptimiserReference, AdamIsLibTorchs)
{
    for (const double decay : {0.0, 0.01}) {
        const double difference = differenceAfterFiftySteps(
            {"adam", {{"beta1", 0.8}, {"beta2", 0.99}, {"epsilon", 1e-6}}}, decay, [&](auto parameters) {
                return std::make_unique<torch::optim::Adam>(
                    parameters, torch::optim::AdamOptions(0.02).betas({0.8, 0.99}).eps(1e-6).weight_decay(decay));
            });
        EXPECT_LT(difference, 1e-6);
    }
}

TEST(OptimiserReference, AdamWIsLibTorchs)
{
    const double difference = differenceAfterFiftySteps({"adamw", Json::object()}, 0.1, [](auto parameters) {
        return std::make_unique<torch::optim::AdamW>(parameters, torch::optim::AdamWOptions(0.02).weight_decay(0.1));
    });
    EXPECT_LT(difference, 1e-5);
}

} // namespace

} // namespace distill::test
