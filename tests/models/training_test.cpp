// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/support.h"

namespace distill::test {

namespace {

struct Network {
    const char* kind;
    Json parameters;
};

void PrintTo(const Network& network, std::ostream* out)
{
    *out << network.kind << network.parameters.dump();
}

const Network networks[] = {
    {"mlp", {{"hidden", {16, 8}}, {"dropout", 0.2}}},
    {"mlp", {{"hidden", {16}}, {"activation", "tanh"}}},
    {"mlp", {{"hidden", {16}}, {"activation", "gelu"}}},
    {"cnn", {{"width", 4}, {"hidden", 16}}},
    {"resnet", {{"depth", 14}}},
    {"resnet", {{"depth", 8}, {"width_factor", 2}, {"shortcut", "padding"}}},
    {"wide_resnet", {{"depth", 16}, {"width", 1}, {"dropout", 0.3}}},
    {"vgg", {{"depth", 8}}},
    {"mobilenet_v2", {{"width", 0.5}}},
    {"shufflenet_v1", {{"groups", 1}}},
    {"shufflenet_v1", {{"groups", 2}}},
    {"shufflenet_v1", {{"groups", 3}}},
    {"shufflenet_v2", {{"width", 0.5}}},
};

class EveryNetwork : public testing::TestWithParam<Network> {
protected:
    std::unique_ptr<Model> make(const InputShape& shape, std::uint64_t seed = 1) const
    {
        return modelOf(GetParam().kind, GetParam().parameters, shape, 5, seed);
    }
};

at::Tensor inputOf(const InputShape& shape, std::int64_t batch, std::uint64_t seed)
{
    return normal({batch, shape.channels, shape.height, shape.width}, seed);
}

} // namespace

TEST_P(EveryNetwork, TrainsOnImagesOfAnySize)
{
    for (const InputShape& shape : {InputShape{3, 32, 32}, InputShape{1, 28, 28}, InputShape{2, 45, 37}}) {
        const auto model = make(shape);
        at::Generator dropout = generatorOf(5);
        Forward pass;
        pass.training = true;
        pass.dropout = &dropout;
        const at::Tensor logits = model->forward(inputOf(shape, 3, 2), pass);
        ASSERT_EQ(logits.sizes().vec(), (std::vector<std::int64_t>{3, 5}));
        (logits * normal({3, 5}, 3)).sum().backward();
        for (const NamedTensor& parameter : model->parameters()) {
            ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
            EXPECT_TRUE(parameter.tensor.grad().isfinite().all().item<bool>()) << parameter.name;
            if (parameter.tensor.dim() > 1) { // a bias that batch norm takes out again has none
                EXPECT_GT(parameter.tensor.grad().abs().max().item<double>(), 0) << parameter.name;
            }
        }
        for (const NamedTensor& buffer : model->buffers()) {
            const double initial = buffer.name.find("running_var") != std::string::npos ? 1 : 0;
            EXPECT_TRUE((buffer.tensor != initial).any().item<bool>()) << buffer.name << " did not move";
            EXPECT_FALSE(buffer.tensor.requires_grad());
        }
    }
}

TEST_P(EveryNetwork, EvaluatesEachSampleOnItsOwn)
{
    const InputShape shape{3, 32, 32};
    const auto model = make(shape);
    const at::Tensor inputs = inputOf(shape, 4, 2);
    const auto before = stateOf(*model);
    std::map<std::string, at::Tensor> copies;
    for (const auto& [name, tensor] : before) {
        copies[name] = tensor.clone();
    }
    Forward pass;
    const at::Tensor together = model->forward(inputs, pass);
    EXPECT_GT(together.std().item<double>(), 0);
    for (std::int64_t i = 0; i < 4; ++i) {
        const at::Tensor alone = model->forward(inputs.narrow(0, i, 1), pass);
        EXPECT_LT(distance(alone, together.narrow(0, i, 1)), 1e-4 * (1 + together.abs().max().item<double>()));
    }
    // Counting and shapes are looked at between steps: they too must leave the network as it is.
    multiplyAdds(*model, shape);
    tapShapes(*model, shape);
    for (const auto& [name, tensor] : stateOf(*model)) {
        EXPECT_TRUE(tensor.equal(copies.at(name))) << name;
    }
}

TEST_P(EveryNetwork, TapsAreWhatTheNetworkComputesWith)
{
    const InputShape shape{3, 32, 32};
    const auto model = make(shape);
    Taps taps(model->taps());
    Forward pass;
    pass.taps = &taps;
    const at::Tensor logits = model->forward(inputOf(shape, 2, 2), pass);
    EXPECT_TRUE(taps.at("logits").equal(logits));
    // The last layer reads the penultimate vector and nothing else.
    const auto state = stateOf(*model);
    at::Tensor weight, bias;
    for (const std::string name : {"fc", "fc2", "linear", "classifier", "classifier.0"}) {
        if (state.count(name + ".weight")) {
            weight = state.at(name + ".weight");
            bias = state.at(name + ".bias");
        }
    }
    EXPECT_LT(distance(at::matmul(taps.at("penultimate"), weight.t()) + bias, logits), 1e-4);
    for (const std::string& name : model->taps()) {
        EXPECT_TRUE(taps.at(name).requires_grad()) << name << " is cut off from the gradient";
    }
}

TEST_P(EveryNetwork, DrawsFromItsOwnGeneratorsAlone)
{
    const InputShape shape{3, 32, 32};
    at::Generator global = at::globalContext().defaultGenerator(at::kCPU);
    const at::Tensor untouched = global.get_state();
    const auto trainedOutput = [&](std::uint64_t seed, std::uint64_t dropoutSeed) {
        const auto model = make(shape, seed);
        at::Generator dropout = generatorOf(dropoutSeed);
        Forward pass;
        pass.training = true;
        pass.dropout = &dropout;
        return model->forward(inputOf(shape, 3, 2), pass).detach();
    };
    const at::Tensor first = trainedOutput(1, 5);
    EXPECT_TRUE(global.get_state().equal(untouched)) << "it drew from the global generator";
    EXPECT_TRUE(trainedOutput(1, 5).equal(first));
    EXPECT_FALSE(trainedOutput(2, 5).equal(first));
    const bool hasDropout = GetParam().parameters.contains("dropout");
    EXPECT_EQ(trainedOutput(1, 6).equal(first), !hasDropout);
}

TEST_P(EveryNetwork, ComputesTheSameInChannelsLast)
{
    const InputShape shape{3, 32, 32};
    const auto model = make(shape);
    Forward pass;
    const at::Tensor inputs = inputOf(shape, 2, 2);
    const at::Tensor expected = model->forward(inputs, pass);
    EXPECT_LT(distance(model->forward(inputs.contiguous(at::MemoryFormat::ChannelsLast), pass), expected),
              1e-4 * (1 + expected.abs().max().item<double>()));
}

INSTANTIATE_TEST_SUITE_P(Networks, EveryNetwork, testing::ValuesIn(networks));

TEST(Module, GradientsAreOffAndOnForAllParametersAtOnce)
{
    const InputShape shape{3, 16, 16};
    const auto model = modelOf("resnet", {{"depth", 8}}, shape, 5);
    Forward pass;
    model->requireGradients(false);
    EXPECT_FALSE(model->forward(inputOf(shape, 2, 2), pass).requires_grad());
    model->requireGradients(true);
    EXPECT_TRUE(model->forward(inputOf(shape, 2, 2), pass).requires_grad());
    for (const NamedTensor& parameter : model->parameters()) {
        EXPECT_TRUE(parameter.tensor.requires_grad() && parameter.tensor.is_leaf()) << parameter.name;
    }
    for (const NamedTensor& buffer : model->buffers()) {
        EXPECT_FALSE(buffer.tensor.requires_grad()) << buffer.name;
    }
    EXPECT_EQ(model->state().size(), model->parameters().size() + model->buffers().size());
}

TEST(Module, AMoveTakesEverythingAlongAndKeepsGradientFlags)
{
    // "meta" is a second device that every build has; it knows shapes alone.
    const auto network = modelOf("resnet", {{"depth", 8}}, {3, 16, 16}, 5);
    network->to(at::kMeta);
    for (const NamedTensor& parameter : network->parameters()) {
        EXPECT_TRUE(parameter.tensor.is_meta() && parameter.tensor.requires_grad() && parameter.tensor.is_leaf());
    }
    for (const NamedTensor& buffer : network->buffers()) {
        EXPECT_TRUE(buffer.tensor.is_meta() && !buffer.tensor.requires_grad()) << buffer.name;
    }
    // The layers compute with the tensors after the move: mixing devices would throw.
    const auto mlp = modelOf("mlp", {{"hidden", {7}}}, {4}, 5);
    mlp->to(at::kMeta);
    Forward pass;
    const at::Tensor logits = mlp->forward(at::zeros({2, 4, 1, 1}, at::kMeta), pass);
    EXPECT_EQ(logits.sizes().vec(), (std::vector<std::int64_t>{2, 5}));
}

} // namespace distill::test
