// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/support.h"
#include "models/torchscript.h"

#include <filesystem>
#include <set>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>
#include <unistd.h>

namespace distill::test {

namespace {

struct Case {
    const char* kind;
    Json parameters;
    InputShape shape;
};

const std::vector<Case>& cases()
{
    static const std::vector<Case> all = {
        {"mlp", {{"hidden", {16, 8}}, {"activation", "relu"}, {"dropout", 0.5}}, {1, 12, 10}},
        {"mlp", {{"hidden", {16}}, {"activation", "gelu"}}, {5, 1, 1}},
        {"mlp", {{"hidden", Json::array()}}, {2, 1, 1}},
        {"mlp", {{"hidden", {6}}, {"activation", "tanh"}}, {3, 4, 4}},
        {"cnn", {{"width", 4}, {"hidden", 12}}, {1, 28, 28}},
        {"cnn", {{"width", 4}, {"hidden", 12}}, {3, 70, 50}}, // pooled to its grid
        {"resnet", {{"depth", 8}}, {1, 28, 28}},
        {"resnet", {{"depth", 14}, {"shortcut", "padding"}}, {3, 32, 32}},
        {"resnet", {{"depth", 8}, {"width_factor", 4}}, {3, 15, 17}},
        {"wide_resnet", {{"depth", 10}, {"width", 2}, {"dropout", 0.3}}, {3, 32, 32}},
        {"vgg", {{"depth", 8}}, {3, 32, 32}},
        {"vgg", {{"depth", 11}}, {3, 64, 64}},
        {"mobilenet_v2", {{"width", 0.5}}, {3, 32, 32}},
        {"shufflenet_v1", {{"groups", 1}}, {3, 32, 32}},
        {"shufflenet_v1", {{"groups", 3}}, {3, 32, 32}},
        {"shufflenet_v2", {{"width", 0.5}}, {3, 32, 32}},
    };
    return all;
}

class TorchScript : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "distill-torchscript-XXXXXX").string();
        m_folder = mkdtemp(pattern.data());
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }

    /// Running statistics and scales as training leaves them, not as they begin.
    static void disturb(Model& model)
    {
        const c10::NoGradGuard noGradients;
        at::Generator generator = generatorOf(7);
        for (const NamedTensor& tensor : model.state()) {
            if (tensor.name.ends_with("running_var") || (tensor.name.find("bn") != std::string::npos && tensor.name.ends_with("weight"))) {
                at::Tensor(tensor.tensor).uniform_(0.5, 1.5, generator);
            } else if (tensor.name.ends_with("running_mean") || tensor.name.ends_with("bias")) {
                at::Tensor(tensor.tensor).normal_(0, 0.2, generator);
            }
        }
    }

    std::string m_folder;
};

} // namespace

TEST_F(TorchScript, EveryArchitectureAnswersAsItself)
{
    std::set<std::string> seen;
    for (const Case& one : cases()) {
        const auto model = modelOf(one.kind, one.parameters, one.shape, 7);
        SCOPED_TRACE(model->label() + " " + std::to_string(one.shape.height));
        seen.insert(one.kind);
        disturb(*model);
        const std::map<std::string, at::Tensor> before = stateOf(*model);
        std::vector<double> mean, deviation;
        for (std::int64_t c = 0; c < one.shape.channels; ++c) {
            mean.push_back(0.3 + 0.1 * static_cast<double>(c));
            deviation.push_back(0.2 + 0.05 * static_cast<double>(c));
        }
        const std::string path = m_folder + "/model.pt";
        EXPECT_LT(writeTorchScript(path, *model, one.shape, {mean, deviation, {"a", "b", "c", "d", "e", "f", "g"}, {{"note", "text"}}}), 1e-5);

        torch::jit::Module module = torch::jit::load(path);
        std::map<std::string, at::Tensor> state;
        for (const auto& tensor : module.named_parameters()) {
            state[tensor.name] = tensor.value;
        }
        for (const auto& tensor : module.named_buffers()) {
            state[tensor.name] = tensor.value;
        }
        for (const auto& [name, tensor] : before) {
            ASSERT_TRUE(state.contains("network." + name)) << name;
            EXPECT_EQ(distance(state["network." + name], tensor), 0) << name;
        }
        for (const std::int64_t batch : {1, 2, 9}) {
            const std::vector<std::int64_t> sizes{batch, one.shape.channels, one.shape.height, one.shape.width};
            at::Generator generator = generatorOf(static_cast<std::uint64_t>(batch));
            const at::Tensor bytes = at::empty(sizes, at::kByte).random_(0, 256, generator);
            const at::Tensor floats = bytes.to(at::kDouble) / 255;
            const at::Tensor m = at::tensor(mean).to(at::kDouble).view({1, -1, 1, 1}), d = at::tensor(deviation).to(at::kDouble).view({1, -1, 1, 1});
            const at::Tensor normalised = ((floats - m) / d).to(at::kFloat);
            Forward pass;
            const c10::NoGradGuard noGradients;
            const at::Tensor wanted = model->forward(laidOut(normalised, {.channelsLast = true}), pass); // by the kernels of our own
            EXPECT_EQ(wanted.sizes(), (std::vector<std::int64_t>{batch, 7}));
            EXPECT_LT(distance(module.forward({bytes}).toTensor(), wanted), 1e-5);
            EXPECT_LT(distance(module.forward({floats.to(at::kFloat)}).toTensor(), wanted), 1e-5);
            EXPECT_LT(distance(module.forward({floats}).toTensor(), wanted), 1e-5);
        }
        EXPECT_FALSE(module.is_training());
        try {
            module.forward({at::zeros({1, one.shape.channels + 1, one.shape.height, one.shape.width})});
            ADD_FAILURE() << "one channel too many was taken";
        } catch (const std::exception& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr("this network takes inputs of shape [B, " + std::to_string(one.shape.channels) + ", "));
        }
    }
    for (const Kind& kind : modelKinds()) {
        EXPECT_TRUE(seen.contains(kind.name)) << kind.name;
    }
}

TEST_F(TorchScript, RowsMayComeWithoutTheImagesDimensions)
{
    const auto model = modelOf("mlp", {{"hidden", {6}}}, {4, 1, 1}, 3);
    const std::string path = m_folder + "/rows.pt";
    writeTorchScript(path, *model, {4, 1, 1}, {{0, 0, 0, 0}, {1, 1, 1, 1}, {"x", "y", "z"}, {}});
    torch::jit::Module module = torch::jit::load(path);
    const at::Tensor rows = normal({8, 4}, 1);
    EXPECT_EQ(distance(module.forward({rows}).toTensor(), module.forward({rows.view({8, 4, 1, 1})}).toTensor()), 0);
    EXPECT_THROW(module.forward({normal({8, 5}, 1)}), std::exception);
}

TEST_F(TorchScript, AFileThatCannotBeWrittenIsSaid)
{
    const auto model = modelOf("mlp", {{"hidden", {6}}}, {4, 1, 1}, 3);
    EXPECT_THROW(writeTorchScript("/proc/none/model.pt", *model, {4, 1, 1}, {{0, 0, 0, 0}, {1, 1, 1, 1}, {"x", "y", "z"}, {}}), std::runtime_error);
}

} // namespace distill::test
