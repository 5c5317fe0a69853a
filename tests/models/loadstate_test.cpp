// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/support.h"

namespace distill::test {

namespace {

using State = std::map<std::string, at::Tensor>;

const InputShape shape{3, 16, 16};

std::unique_ptr<Model> resnet(std::uint64_t seed)
{
    return modelOf("resnet", {{"depth", 8}}, shape, 5, seed);
}

at::Tensor outputOf(Model& model)
{
    Forward pass;
    return model.forward(normal({2, 3, 16, 16}, 2), pass).detach();
}

/// A trained-looking state: running statistics differ from a fresh model's.
State otherState()
{
    const auto other = resnet(2);
    Forward pass;
    pass.training = true;
    other->forward(normal({4, 3, 16, 16}, 3), pass);
    State copies;
    for (const auto& [name, tensor] : stateOf(*other)) {
        copies[name] = tensor.clone();
    }
    return copies;
}

/// The same tensors under other names.
State renamed(const State& state, const std::function<std::string(const std::string&)>& rename)
{
    State result;
    for (const auto& [name, tensor] : state) {
        result[rename(name)] = tensor;
    }
    return result;
}

} // namespace

TEST(LoadState, MakesTheModelComputeAsTheOtherDid)
{
    const auto model = resnet(1);
    const auto other = resnet(2);
    State state = stateOf(*other);
    ASSERT_FALSE(outputOf(*model).equal(outputOf(*other)));
    loadState(*model, state, "w.safetensors");
    EXPECT_TRUE(outputOf(*model).equal(outputOf(*other)));
    // It copies: changing the source afterwards changes nothing here.
    state.at("fc.bias").add_(1);
    EXPECT_FALSE(outputOf(*model).equal(outputOf(*other)));
    for (const NamedTensor& parameter : model->parameters()) {
        EXPECT_TRUE(parameter.tensor.requires_grad() && parameter.tensor.is_leaf()) << parameter.name;
    }
}

TEST(LoadState, UnderstandsTheNamesOtherProgramsWrite)
{
    const State state = otherState();
    const auto expected = resnet(1);
    loadState(*expected, state, "plain");

    State parallel = renamed(state, [](const std::string& name) { return "module." + name; });
    State linear = renamed(
        state, [](const std::string& name) { return name.rfind("fc.", 0) == 0 ? "linear." + name.substr(3) : name; });
    State both = renamed(linear, [](const std::string& name) { return "module." + name; });
    State counted = state;
    counted["bn1.num_batches_tracked"] = at::full({}, 17, at::kLong);
    State half;
    State wide;
    for (const auto& [name, tensor] : state) {
        wide[name] = tensor.to(at::kDouble);
        half[name] = tensor.to(at::kHalf);
    }
    for (const State* given : {&parallel, &linear, &both, &counted, &wide}) {
        const auto model = resnet(1);
        loadState(*model, *given, "other");
        EXPECT_TRUE(outputOf(*model).equal(outputOf(*expected)));
    }
    const auto rounded = resnet(1);
    loadState(*rounded, half, "half");
    EXPECT_LT(distance(outputOf(*rounded), outputOf(*expected)), 0.02);
    EXPECT_EQ(stateOf(*rounded).at("fc.weight").scalar_type(), at::kFloat);
}

TEST(LoadState, NamesTheFirstTensorThatDoesNotFitAndLeavesTheModelAlone)
{
    const auto model = resnet(1);
    const at::Tensor before = outputOf(*model);
    const auto error = [&](const std::function<void(State&)>& damage) {
        State state = otherState();
        damage(state);
        const std::string text = inputErrorOf([&] { loadState(*model, state, "w.safetensors"); });
        EXPECT_THAT(text, testing::HasSubstr("w.safetensors"));
        EXPECT_TRUE(outputOf(*model).equal(before)) << "half loaded after: " << text;
        return text;
    };
    using testing::HasSubstr;
    EXPECT_THAT(error([](State& state) { state.erase("layer3.0.bn2.running_var"); }),
                HasSubstr("\"layer3.0.bn2.running_var\""));
    EXPECT_THAT(error([](State& state) { state["layer4.0.conv1.weight"] = at::zeros({1}); }),
                HasSubstr("\"layer4.0.conv1.weight\""));
    const std::string shapes = error([](State& state) { state["fc.weight"] = at::zeros({7, 64}); });
    EXPECT_THAT(shapes, testing::AllOf(HasSubstr("\"fc.weight\""), HasSubstr("[7, 64]"), HasSubstr("[5, 64]")));
    EXPECT_THAT(error([](State& state) { state["fc.bias"] = at::zeros({5}, at::kLong); }), HasSubstr("\"fc.bias\""));
    EXPECT_THAT(error([](State& state) { state.clear(); }), HasSubstr("\"conv1.weight\""));
    // Both names of the last layer at once are one too many.
    EXPECT_THAT(error([](State& state) { state["linear.weight"] = state["fc.weight"]; }),
                HasSubstr("\"linear.weight\""));
}

} // namespace distill::test
