// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/support.h"

#include <numeric>

namespace distill::test {

namespace {

const InputShape cifar{3, 32, 32};

std::vector<std::string> namesOf(const std::vector<NamedTensor>& tensors)
{
    std::vector<std::string> names;
    for (const NamedTensor& tensor : tensors) {
        names.push_back(tensor.name);
    }
    return names;
}

/// Parameters and multiply-adds of a CIFAR ResNet, added up layer by layer.
std::pair<std::int64_t, std::int64_t> resnetCost(std::int64_t depth, std::vector<std::int64_t> channels,
                                                 std::int64_t classes, bool projects)
{
    std::int64_t parameters = 3 * channels[0] * 9 + 2 * channels[0];
    std::int64_t cost = 3 * channels[0] * 9 * 32 * 32;
    std::int64_t in = channels[0];
    for (int stage = 0; stage < 3; ++stage) {
        const std::int64_t out = channels[static_cast<std::size_t>(stage) + 1], pixels = (32 >> stage) * (32 >> stage);
        for (std::int64_t block = 0; block < (depth - 2) / 6; ++block) {
            parameters += in * out * 9 + 2 * out + out * out * 9 + 2 * out;
            cost += (in * out * 9 + out * out * 9) * pixels;
            if (projects && (in != out || (block == 0 && stage > 0))) {
                parameters += in * out + 2 * out;
                cost += in * out * pixels;
            }
            in = out;
        }
    }
    return {parameters + in * classes + classes, cost + in * classes};
}

} // namespace

TEST(Architectures, HaveThePublishedNumberOfParameters)
{
    struct Published {
        const char* kind;
        Json parameters;
        const char* label;
        std::int64_t count; ///< with 100 classes and 3 x 32 x 32 inputs
    };
    const Published published[] = {
        {"resnet", {{"depth", 20}}, "resnet20", 278324},
        {"resnet", {{"depth", 32}}, "resnet32", 472756},
        {"resnet", {{"depth", 56}}, "resnet56", 861620},
        {"resnet", {{"depth", 110}}, "resnet110", 1736564},
        {"resnet", {{"depth", 8}, {"width_factor", 4}}, "resnet8x4", 1233540},
        {"resnet", {{"depth", 32}, {"width_factor", 4}}, "resnet32x4", 7433860},
        {"wide_resnet", {{"depth", 16}, {"width", 2}}, "wrn-16-2", 703284},
        {"wide_resnet", {{"depth", 40}, {"width", 1}}, "wrn-40-1", 569780},
        {"wide_resnet", {{"depth", 40}, {"width", 2}}, "wrn-40-2", 2255156},
        {"vgg", {{"depth", 8}}, "vgg8", 3965028},
        {"vgg", {{"depth", 13}}, "vgg13", 9462180},
        {"mobilenet_v2", {{"width", 0.5}}, "mobilenet_v2 x0.5", 812836},
        {"shufflenet_v1", {{"groups", 3}}, "shufflenet_v1 g3", 949258},
        {"shufflenet_v2", {{"width", 1}}, "shufflenet_v2 x1", 1355528},
    };
    for (const Published& row : published) {
        const auto model = modelOf(row.kind, row.parameters, cifar, 100);
        EXPECT_EQ(model->parameterCount(), row.count) << row.label;
        EXPECT_EQ(model->label(), row.label);
        EXPECT_EQ(modelLabel({row.kind, row.parameters}), row.label);
    }
}

TEST(Architectures, ResnetsAddUpLayerByLayer)
{
    struct Row {
        std::int64_t depth, widthFactor, classes;
        const char* shortcut;
        std::vector<std::int64_t> channels;
    };
    for (const Row& row :
         {Row{8, 1, 7, "projection", {16, 16, 32, 64}}, Row{14, 2, 10, "projection", {32, 32, 64, 128}},
          Row{8, 4, 100, "projection", {32, 64, 128, 256}}, Row{20, 1, 10, "padding", {16, 16, 32, 64}}}) {
        const auto model
            = modelOf("resnet", {{"depth", row.depth}, {"width_factor", row.widthFactor}, {"shortcut", row.shortcut}},
                      cifar, row.classes);
        const auto [parameters, cost]
            = resnetCost(row.depth, row.channels, row.classes, row.shortcut == std::string("projection"));
        EXPECT_EQ(model->parameterCount(), parameters) << model->label();
        EXPECT_EQ(multiplyAdds(*model, cifar), cost) << model->label();
    }
    // He et al. 2016, table 6: 0.27 M parameters; the literature counts 40.8 M multiply-adds.
    const auto resnet20 = modelOf("resnet", {{"depth", 20}, {"shortcut", "padding"}}, cifar, 10);
    EXPECT_EQ(resnet20->parameterCount(), 269722);
    EXPECT_NEAR(static_cast<double>(multiplyAdds(*resnet20, cifar)), 40.8e6, 0.3e6);
}

TEST(Architectures, SmallNetworksAddUpLayerByLayer)
{
    const InputShape mnist{1, 28, 28};
    const auto mlp = modelOf("mlp", {{"hidden", {30, 20}}}, mnist, 10);
    EXPECT_EQ(mlp->parameterCount(), 784 * 30 + 30 + 30 * 20 + 20 + 20 * 10 + 10);
    EXPECT_EQ(multiplyAdds(*mlp, mnist), 784 * 30 + 30 * 20 + 20 * 10);
    EXPECT_EQ(mlp->label(), "mlp 30-20");
    const auto linear = modelOf("mlp", {{"hidden", Json::array()}}, {5}, 3);
    EXPECT_EQ(linear->parameterCount(), 5 * 3 + 3);
    EXPECT_EQ(linear->label(), "linear");

    const auto cnn = modelOf("cnn", {{"width", 8}, {"hidden", 50}}, mnist, 10);
    const std::int64_t flat = 16 * 7 * 7;
    EXPECT_EQ(cnn->parameterCount(), (9 * 8 + 8) + (9 * 8 * 16 + 16) + (flat * 50 + 50) + (50 * 10 + 10));
    EXPECT_EQ(multiplyAdds(*cnn, mnist), 9 * 8 * 14 * 14 + 9 * 8 * 16 * 7 * 7 + flat * 50 + 50 * 10);
    // A large image does not make the linear layer larger than 8 x 8 positions.
    EXPECT_EQ(modelOf("cnn", {{"width", 8}, {"hidden", 50}}, {1, 200, 28}, 10)->parameterCount()
                  - cnn->parameterCount(),
              16 * (8 * 7 - 7 * 7) * 50);
}

TEST(Architectures, TapsHaveTheShapesOfThePublishedFeatures)
{
    using Shapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;
    const auto shapes = [](const std::string& kind, Json parameters, const InputShape& shape = cifar) {
        Shapes all = tapShapes(*modelOf(kind, std::move(parameters), shape, 100), shape);
        // What goes into the ReLU has the shape of what comes out.
        std::erase_if(all, [](const auto& tap) { return tap.first.ends_with(".pre"); });
        return all;
    };
    EXPECT_EQ(shapes("resnet", {{"depth", 8}, {"width_factor", 4}}),
              (Shapes{{"stem", {32, 32, 32}},
                      {"stage1", {64, 32, 32}},
                      {"stage2", {128, 16, 16}},
                      {"stage3", {256, 8, 8}},
                      {"penultimate", {256}},
                      {"logits", {100}}}));
    EXPECT_EQ(shapes("wide_resnet", {{"depth", 16}, {"width", 2}}),
              (Shapes{{"stem", {16, 32, 32}},
                      {"stage1", {32, 32, 32}},
                      {"stage2", {64, 16, 16}},
                      {"stage3", {128, 8, 8}},
                      {"penultimate", {128}},
                      {"logits", {100}}}));
    EXPECT_EQ(shapes("vgg", {{"depth", 8}}),
              (Shapes{{"stem", {64, 32, 32}},
                      {"stage1", {128, 16, 16}},
                      {"stage2", {256, 8, 8}},
                      {"stage3", {512, 4, 4}},
                      {"stage4", {512, 4, 4}},
                      {"penultimate", {512}},
                      {"logits", {100}}}));
    EXPECT_EQ(shapes("vgg", {{"depth", 8}}, {3, 64, 64})[4].second, (std::vector<std::int64_t>{512, 4, 4}));
    EXPECT_EQ(shapes("mobilenet_v2", {{"width", 0.5}}),
              (Shapes{{"stem", {16, 16, 16}},
                      {"stage1", {12, 16, 16}},
                      {"stage2", {16, 8, 8}},
                      {"stage3", {48, 4, 4}},
                      {"stage4", {160, 2, 2}},
                      {"penultimate", {1280}},
                      {"logits", {100}}}));
    EXPECT_EQ(shapes("shufflenet_v1", {{"groups", 3}}),
              (Shapes{{"stem", {24, 32, 32}},
                      {"stage1", {240, 16, 16}},
                      {"stage2", {480, 8, 8}},
                      {"stage3", {960, 4, 4}},
                      {"penultimate", {960}},
                      {"logits", {100}}}));
    EXPECT_EQ(shapes("shufflenet_v2", {{"width", 1}}),
              (Shapes{{"stem", {24, 32, 32}},
                      {"stage1", {116, 16, 16}},
                      {"stage2", {232, 8, 8}},
                      {"stage3", {464, 4, 4}},
                      {"penultimate", {1024}},
                      {"logits", {100}}}));
    EXPECT_EQ(shapes("mlp", {{"hidden", {9, 7}}}, {2}),
              (Shapes{{"hidden1", {9}}, {"hidden2", {7}}, {"penultimate", {7}}, {"logits", {100}}}));
    EXPECT_EQ(shapes("mlp", {{"hidden", Json::array()}}, {2}), (Shapes{{"penultimate", {2}}, {"logits", {100}}}));
    EXPECT_EQ(shapes("cnn", {{"width", 8}, {"hidden", 50}}, {1, 28, 28}),
              (Shapes{{"stem", {8, 14, 14}}, {"stage1", {16, 7, 7}}, {"penultimate", {50}}, {"logits", {100}}}));
}

TEST(Architectures, TapsSayWhatTheNetworkHasSpentUpToThem)
{
    const std::vector<Kind>& kinds = modelKinds();
    for (const Kind& kind : kinds) {
        SCOPED_TRACE(kind.name);
        const auto model = modelOf(kind.name, Json::object(), cifar, 10);
        const auto shapes = tapShapes(*model, cifar);
        const std::vector<TapOutline> outlines = outlineTaps(*model, cifar);
        ASSERT_EQ(outlines.size(), shapes.size());
        TapOutline before;
        for (std::size_t i = 0; i < outlines.size(); ++i) {
            EXPECT_EQ(outlines[i].name, shapes[i].first);
            EXPECT_EQ(outlines[i].shape, shapes[i].second);
            EXPECT_GE(outlines[i].multiplyAdds, before.multiplyAdds);
            EXPECT_GE(outlines[i].parameters, before.parameters);
            before = outlines[i];
        }
        EXPECT_EQ(before.multiplyAdds, multiplyAdds(*model, cifar));
        EXPECT_EQ(before.parameters, model->parameterCount());
        // Before the last linear layer there is all but it.
        const TapOutline& last = outlines[outlines.size() - 2];
        EXPECT_EQ(before.parameters - last.parameters, last.shape.at(0) * 10 + 10);
        EXPECT_EQ(before.multiplyAdds - last.multiplyAdds, last.shape.at(0) * 10);
    }
    const auto mlp = modelOf("mlp", {{"hidden", {7, 5}}}, {3, 1, 1}, 4);
    const std::vector<TapOutline> outlines = outlineTaps(*mlp, {3, 1, 1});
    EXPECT_EQ(outlines.at(0).multiplyAdds, 3 * 7);
    EXPECT_EQ(outlines.at(0).parameters, 3 * 7 + 7);
    EXPECT_EQ(outlines.at(1).multiplyAdds, 3 * 7 + 7 * 5);
    EXPECT_EQ(outlines.at(1).parameters, 3 * 7 + 7 + 7 * 5 + 5);
}

TEST(Architectures, CallTheirTensorsAsThePublishedStateDictsDo)
{
    const auto block = [](const std::string& prefix, bool projects) {
        std::vector<std::string> names;
        for (const char* name : {"conv1.weight", "bn1.weight", "bn1.bias", "conv2.weight", "bn2.weight", "bn2.bias"}) {
            names.push_back(prefix + name);
        }
        if (projects) {
            for (const char* name : {"downsample.0.weight", "downsample.1.weight", "downsample.1.bias"}) {
                names.push_back(prefix + name);
            }
        }
        return names;
    };
    std::vector<std::string> resnet8 = {"conv1.weight", "bn1.weight", "bn1.bias"};
    for (int stage = 1; stage <= 3; ++stage) {
        const auto names = block("layer" + std::to_string(stage) + ".0.", stage > 1);
        resnet8.insert(resnet8.end(), names.begin(), names.end());
    }
    resnet8.insert(resnet8.end(), {"fc.weight", "fc.bias"});
    EXPECT_EQ(namesOf(modelOf("resnet", {{"depth", 8}}, cifar, 10)->parameters()), resnet8);

    struct Example {
        const char* kind;
        Json parameters;
        std::map<std::string, std::vector<std::int64_t>> tensors;
    };
    const Example examples[] = {
        {"resnet", {{"depth", 14}}, {{"bn1.running_mean", {16}}, {"layer2.1.bn2.running_var", {32}}}},
        {"wide_resnet",
         {{"depth", 16}, {"width", 2}},
         {{"conv1.weight", {16, 3, 3, 3}},
          {"block1.layer.0.bn1.weight", {16}},
          {"block1.layer.0.convShortcut.weight", {32, 16, 1, 1}},
          {"block3.layer.1.conv2.weight", {128, 128, 3, 3}},
          {"bn1.running_var", {128}},
          {"fc.weight", {10, 128}}}},
        {"vgg",
         {{"depth", 13}},
         {{"block0.0.weight", {64, 3, 3, 3}},
          {"block0.0.bias", {64}},
          {"block0.1.running_mean", {64}},
          {"block0.3.weight", {64, 64, 3, 3}},
          {"block4.4.bias", {512}},
          {"classifier.weight", {10, 512}}}},
        {"mobilenet_v2",
         {{"width", 0.5}},
         {{"conv1.0.weight", {16, 3, 3, 3}},
          {"conv1.1.bias", {16}},
          {"blocks.0.0.conv.0.weight", {16, 16, 1, 1}},
          {"blocks.1.0.conv.3.weight", {48, 1, 3, 3}},
          {"blocks.6.0.conv.7.running_mean", {160}},
          {"conv2.0.weight", {1280, 160, 1, 1}},
          {"classifier.0.weight", {10, 1280}}}},
        {"shufflenet_v1",
         {{"groups", 3}},
         {{"conv1.weight", {24, 3, 1, 1}},
          {"layer1.0.conv1.weight", {54, 24, 1, 1}},
          {"layer1.0.conv3.weight", {216, 18, 1, 1}},
          {"layer2.7.conv1.weight", {120, 160, 1, 1}},
          {"layer3.3.bn3.running_var", {960}},
          {"linear.weight", {10, 960}}}},
        {"shufflenet_v2",
         {{"width", 1}},
         {{"layer1.0.conv1.weight", {24, 1, 3, 3}},
          {"layer1.0.conv5.weight", {58, 58, 1, 1}},
          {"layer2.7.bn3.weight", {116}},
          {"conv2.weight", {1024, 464, 1, 1}},
          {"linear.bias", {10}}}},
    };
    for (const Example& example : examples) {
        const auto state = stateOf(*modelOf(example.kind, example.parameters, cifar, 10));
        for (const auto& [name, sizes] : example.tensors) {
            ASSERT_EQ(state.count(name), 1u) << example.kind << " has no " << name;
            EXPECT_EQ(state.at(name).sizes().vec(), sizes) << example.kind << " " << name;
        }
    }
}

TEST(Architectures, PaddingShortcutsKeepEverySecondPixelBetweenZeroChannels)
{
    const auto model = modelOf("resnet", {{"depth", 8}, {"shortcut", "padding"}}, {3, 9, 11}, 10);
    for (auto& [name, tensor] : stateOf(*model)) {
        if (name.find("bn2.weight") != std::string::npos) {
            tensor.zero_(); // only the shortcut is left of each block
        }
    }
    Taps taps({"stage1", "stage2", "stem"});
    Forward pass;
    pass.taps = &taps;
    model->forward(normal({2, 3, 9, 11}, 2), pass);
    const at::Tensor before = taps.at("stage1"), after = taps.at("stage2");
    EXPECT_TRUE(before.equal(taps.at("stem")));
    ASSERT_EQ(after.sizes().vec(), (std::vector<std::int64_t>{2, 32, 5, 6}));
    for (std::int64_t channel = 0; channel < 32; ++channel) {
        for (std::int64_t row = 0; row < 5; ++row) {
            for (std::int64_t column = 0; column < 6; ++column) {
                const bool isPadding = channel < 8 || channel >= 24;
                const double expected
                    = isPadding ? 0 : before.index({1, channel - 8, 2 * row, 2 * column}).item<double>();
                EXPECT_EQ(after.index({1, channel, row, column}).item<double>(), expected);
            }
        }
    }
}

TEST(Architectures, WideResnetsCarryTheirInputAlong)
{
    const auto model = modelOf("wide_resnet", {{"depth", 16}, {"width", 1}}, {3, 16, 16}, 10);
    for (auto& [name, tensor] : stateOf(*model)) {
        if (name.find("conv2.weight") != std::string::npos) {
            tensor.zero_();
        }
    }
    Taps taps({"stem", "stage1", "stage2"});
    Forward pass;
    pass.taps = &taps;
    model->forward(normal({2, 3, 16, 16}, 2), pass);
    EXPECT_TRUE(taps.at("stage1").equal(taps.at("stem")));
    EXPECT_LT(taps.at("stem").min().item<double>(), 0) << "the residual stream is tapped before ReLU";
    const at::Tensor activated = (taps.at("stage1") / std::sqrt(1 + 1e-5)).relu();
    const at::Tensor shortcut = stateOf(*model).at("block2.layer.0.convShortcut.weight");
    EXPECT_LT(distance(taps.at("stage2"), at::conv2d(activated, shortcut, {}, 2)), 1e-5);
}

TEST(Architectures, AResnetShowsItsStagesBeforeTheirRelu)
{
    const InputShape shape{3, 16, 16};
    const auto model = modelOf("resnet", {{"depth", 14}}, shape, 10);
    const auto outputs = [&](std::vector<std::string> wanted, bool training) {
        Taps taps(std::move(wanted));
        Forward pass{.training = training, .taps = &taps};
        const at::Tensor logits = model->forward(normal({2, 3, 16, 16}, 4), pass);
        return std::pair(taps, logits);
    };
    for (const bool training : {false, true}) {
        const auto [taps, logits] = outputs(model->taps(), training);
        for (const std::string stage : {"stage1", "stage2", "stage3"}) {
            const at::Tensor& before = taps.at(stage + ".pre");
            EXPECT_TRUE(taps.at(stage).equal(before.clamp_min(0))) << stage;
            EXPECT_LT(before.min().item<double>(), 0) << stage;
        }
        EXPECT_LT(distance(outputs({}, training).second, logits), 1e-5);
    }
    const auto state = stateOf(*model);
    const auto norms = model->normsBeforeRelu();
    EXPECT_EQ(norms.size(), 3U);
    EXPECT_EQ(norms.at("stage3.pre").second.data_ptr(), state.at("layer3.1.bn2.bias").data_ptr());
    EXPECT_EQ(norms.at("stage1.pre").first.data_ptr(), state.at("layer1.1.bn2.weight").data_ptr());
}

TEST(Architectures, DescribeThemselves)
{
    std::vector<std::string> names;
    for (const Kind& kind : modelKinds()) {
        names.push_back(kind.name);
        EXPECT_FALSE(kind.title.empty());
        EXPECT_THAT(kind.help, testing::EndsWith("."));
        ASSERT_FALSE(kind.fields.empty());
        Json defaults = Json::object();
        for (const Field& field : kind.fields) {
            EXPECT_THAT(field.help, testing::EndsWith(".")) << kind.name << " " << field.key;
            defaults[field.key] = field.defaultValue;
        }
        const InputShape shape{1, 28, 28};
        const auto model = modelOf(kind.name, defaults, shape, 10);
        EXPECT_EQ(model->label(), modelLabel({kind.name, defaults}));
        EXPECT_EQ(model->taps().back(), "logits");
        EXPECT_EQ(model->taps().at(model->taps().size() - 2), "penultimate");
    }
    EXPECT_THAT(names,
                testing::ElementsAre("mlp", "cnn", "resnet", "wide_resnet", "vgg", "mobilenet_v2", "shufflenet_v1",
                                     "shufflenet_v2"));
}

TEST(Architectures, SayWhatTheyCannotBe)
{
    const auto error = [](const std::string& kind, Json parameters, const InputShape& shape = cifar) {
        return inputErrorOf([&] { modelOf(kind, std::move(parameters), shape, 10); });
    };
    using testing::HasSubstr;
    EXPECT_THAT(error("resnett", Json::object()), HasSubstr("mobilenet_v2"));
    EXPECT_THAT(error("resnet", {{"depth", 21}}), HasSubstr("21"));
    EXPECT_THAT(error("resnet", {{"depth", 20}, {"width_factor", 3}}), HasSubstr("3"));
    EXPECT_THAT(error("wide_resnet", {{"depth", 20}}), HasSubstr("6n + 4"));
    EXPECT_THAT(error("vgg", {{"depth", 12}}), HasSubstr("12"));
    EXPECT_THAT(error("shufflenet_v1", {{"groups", 4}}), HasSubstr("4"));
    EXPECT_THAT(error("shufflenet_v2", {{"width", 0.7}}), HasSubstr("0.7"));
    for (const char* kind : {"cnn", "resnet", "wide_resnet", "vgg", "mobilenet_v2", "shufflenet_v1", "shufflenet_v2"}) {
        EXPECT_THAT(error(kind, Json::object(), {6}), HasSubstr("row of 6"));
        EXPECT_THAT(error(kind, Json::object(), {3, 32, 3}), HasSubstr("32 x 3"));
    }
    EXPECT_THAT(inputErrorOf([] { modelOf("mlp", Json::object(), {2}, 0); }), HasSubstr("class"));
    const auto model = modelOf("mlp", Json::object(), {2}, 3);
    Taps taps({"hidden1"});
    Forward pass;
    pass.taps = &taps;
    model->forward(at::zeros({1, 2, 1, 1}), pass);
    EXPECT_NO_THROW(taps.at("hidden1"));
    EXPECT_THAT(inputErrorOf([&] { taps.at("logits"); }), HasSubstr("hidden1"));
}

} // namespace distill::test
