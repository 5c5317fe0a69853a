// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

#include <array>
#include <sstream>

namespace distill {

namespace {

constexpr std::int64_t stemChannels = 24;

Convolution pointwise(std::int64_t in, std::int64_t out, std::int64_t groups = 1)
{
    return {.in = in, .out = out, .kernel = 1, .padding = 0, .groups = groups};
}

Convolution depthwise(std::int64_t channels, std::int64_t stride)
{
    return {.in = channels, .out = channels, .stride = stride, .groups = channels};
}

/// A module whose layers are numbered pairs: conv1 and bn1, conv2 and bn2, ...
class Numbered : public Module {
protected:
    ConvBatchNorm& addPair(int number, const Convolution& shape, at::Generator& generator)
    {
        const std::string digit = std::to_string(number);
        return addChild(
            "", std::make_unique<ConvBatchNorm>("conv" + digit, "bn" + digit, shape, generator, FirstWeights::Uniform));
    }
};

struct ShufflenetV1Settings {
    std::int64_t groups = 3;

    void describe(Binder& binder)
    {
        binder.integer("groups", groups,
                       {.help = "Groups of the 1x1 convolutions; more groups come with more channels.",
                        .minimum = 1,
                        .maximum = 3});
    }

    std::string label() const { return "shufflenet_v1 g" + std::to_string(groups); }
};

/// The paper's unit: grouped 1x1, shuffle, depthwise 3x3, grouped 1x1. With stride 2 the pooled input is appended to
/// the output, else it is added.
class ShuffleUnitV1 : public Numbered {
public:
    ShuffleUnitV1(std::int64_t in, std::int64_t out, std::int64_t stride, std::int64_t groups, at::Generator& generator)
        : m_stride(stride)
        , m_firstGroups(in == stemChannels ? 1 : groups)
        , m_first(addPair(1, pointwise(in, out / 4, m_firstGroups), generator))
        , m_depthwise(addPair(2, depthwise(out / 4, stride), generator))
        , m_last(addPair(3, pointwise(out / 4, out, groups), generator))
    {
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = channelShuffle(m_first.forward(input, pass, {.relu = true}), m_firstGroups);
        x = m_last.forward(m_depthwise.forward(x, pass, {.relu = true}), pass);
        if (m_stride == 1) {
            return x.add_(input).relu_();
        }
        return at::cat({x, at::avg_pool2d(input, 3, 2, 1)}, 1).relu_();
    }

private:
    std::int64_t m_stride, m_firstGroups;
    ConvBatchNorm &m_first, &m_depthwise, &m_last;
};

/// Right half of the channels through 1x1, depthwise 3x3, 1x1; left half as it is; shuffled together.
class ShuffleUnitV2 : public Numbered {
public:
    ShuffleUnitV2(std::int64_t channels, at::Generator& generator)
        : m_first(addPair(1, pointwise(channels / 2, channels / 2), generator))
        , m_depthwise(addPair(2, depthwise(channels / 2, 1), generator))
        , m_last(addPair(3, pointwise(channels / 2, channels / 2), generator))
    {
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        const std::int64_t half = input.size(1) / 2;
        at::Tensor x = m_first.forward(input.narrow(1, half, half), pass, {.relu = true});
        x = m_last.forward(m_depthwise.forward(x, pass), pass, {.relu = true});
        return channelShuffle(at::cat({input.narrow(1, 0, half), x}, 1), 2);
    }

private:
    ConvBatchNorm &m_first, &m_depthwise, &m_last;
};

/// Both halves from the whole input, at half the size.
class DownUnitV2 : public Numbered {
public:
    DownUnitV2(std::int64_t in, std::int64_t out, at::Generator& generator)
        : m_leftDepthwise(addPair(1, depthwise(in, 2), generator))
        , m_left(addPair(2, pointwise(in, out / 2), generator))
        , m_right(addPair(3, pointwise(in, out / 2), generator))
        , m_rightDepthwise(addPair(4, depthwise(out / 2, 2), generator))
        , m_rightLast(addPair(5, pointwise(out / 2, out / 2), generator))
    {
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        const at::Tensor left = m_left.forward(m_leftDepthwise.forward(input, pass), pass, {.relu = true});
        at::Tensor right = m_rightDepthwise.forward(m_right.forward(input, pass, {.relu = true}), pass);
        right = m_rightLast.forward(right, pass).relu_();
        return channelShuffle(at::cat({left, right}, 1), 2);
    }

private:
    ConvBatchNorm &m_leftDepthwise, &m_left, &m_right, &m_rightDepthwise, &m_rightLast;
};

/// What both versions share: a 1x1 stem, three stages that each halve the image, and the linear layer.
class Shufflenet : public Model {
public:
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = m_stem->forward(input, pass, {.relu = true});
        tap(pass, "stem", x);
        for (std::size_t stage = 0; stage < m_stages.size(); ++stage) {
            for (Module* unit : m_stages[stage]) {
                x = unit->forward(x, pass);
            }
            tap(pass, m_taps[stage + 1], x);
        }
        if (m_last) {
            x = m_last->forward(x, pass, {.relu = true});
        }
        x = globalAveragePool(x);
        tap(pass, "penultimate", x);
        x = m_linear->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

protected:
    Shufflenet(std::string label, const InputShape& shape, at::Generator& generator)
    {
        m_label = std::move(label);
        m_taps = {"stem", "stage1", "stage2", "stage3", "penultimate", "logits"};
        requireImages(m_label, shape, 8);
        m_stem = &addChild("",
                           std::make_unique<ConvBatchNorm>("conv1", "bn1", pointwise(shape.channels, stemChannels),
                                                           generator, FirstWeights::Uniform));
    }

    void addUnit(std::size_t stage, std::unique_ptr<Module> unit)
    {
        const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(m_stages[stage].size());
        m_stages[stage].push_back(&addChild(name, std::move(unit)));
    }

    void addLast(std::int64_t in, std::int64_t out, at::Generator& generator)
    {
        m_last = &addChild(
            "", std::make_unique<ConvBatchNorm>("conv2", "bn2", pointwise(in, out), generator, FirstWeights::Uniform));
    }

    void addLinear(std::int64_t in, std::int64_t classes, at::Generator& generator)
    {
        m_linear = &addChild("linear", std::make_unique<Linear>(in, classes, generator));
    }

private:
    ConvBatchNorm *m_stem, *m_last = nullptr;
    std::array<std::vector<Module*>, 3> m_stages;
    Linear* m_linear = nullptr;
};

constexpr int unitsOfStage[] = {4, 8, 4};

class ShufflenetV1 : public Shufflenet {
public:
    using Settings = ShufflenetV1Settings;

    ShufflenetV1(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
        : Shufflenet(settings.label(), shape, generator)
    {
        // The paper's table 1. From 4 groups on, the inner channels of the first unit do not divide.
        const std::map<std::int64_t, std::int64_t> firstStage = {{1, 144}, {2, 200}, {3, 240}};
        const auto found = firstStage.find(settings.groups);
        if (found == firstStage.end()) {
            throw InputError("A ShuffleNetV1 has 1, 2 or 3 groups, not " + std::to_string(settings.groups) + ".");
        }
        std::int64_t channels = stemChannels;
        for (std::size_t stage = 0; stage < std::size(unitsOfStage); ++stage) {
            const std::int64_t next = found->second << stage;
            for (int unit = 0; unit < unitsOfStage[stage]; ++unit) {
                const bool isFirst = unit == 0;
                addUnit(stage,
                        std::make_unique<ShuffleUnitV1>(channels, isFirst ? next - channels : next, isFirst ? 2 : 1,
                                                        settings.groups, generator));
                channels = next;
            }
        }
        addLinear(channels, classes, generator);
    }
};

struct ShufflenetV2Settings {
    double width = 1;

    void describe(Binder& binder)
    {
        binder.number("width", width, {.help = "The paper's sizes: 0.5, 1, 1.5 or 2.", .minimum = 0.5, .maximum = 2});
    }

    std::string label() const
    {
        std::ostringstream text;
        text << "shufflenet_v2 x" << width;
        return text.str();
    }
};

class ShufflenetV2 : public Shufflenet {
public:
    using Settings = ShufflenetV2Settings;

    ShufflenetV2(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
        : Shufflenet(settings.label(), shape, generator)
    {
        // The paper's table 5: three stages, and the last 1x1 convolution.
        const std::map<double, std::array<std::int64_t, 4>> channelsOfWidth = {{0.5, {48, 96, 192, 1024}},
                                                                               {1, {116, 232, 464, 1024}},
                                                                               {1.5, {176, 352, 704, 1024}},
                                                                               {2, {244, 488, 976, 2048}}};
        const auto found = channelsOfWidth.find(settings.width);
        if (found == channelsOfWidth.end()) {
            std::ostringstream text;
            text << "A ShuffleNetV2 has a width of 0.5, 1, 1.5 or 2, not " << settings.width << ".";
            throw InputError(text.str());
        }
        std::int64_t channels = stemChannels;
        for (std::size_t stage = 0; stage < std::size(unitsOfStage); ++stage) {
            const std::int64_t next = found->second[stage];
            addUnit(stage, std::make_unique<DownUnitV2>(channels, next, generator));
            for (int unit = 1; unit < unitsOfStage[stage]; ++unit) {
                addUnit(stage, std::make_unique<ShuffleUnitV2>(next, generator));
            }
            channels = next;
        }
        addLast(channels, found->second[3], generator);
        addLinear(found->second[3], classes, generator);
    }
};

} // namespace

Architecture shufflenetV1Architecture()
{
    return describeArchitecture<ShufflenetV1>(
        "shufflenet_v1", "ShuffleNetV1 for CIFAR",
        "Grouped 1x1 convolutions whose channels are shuffled between the groups.",
        "Zhang, Zhou, Lin, Sun 2018, ShuffleNet: An Extremely Efficient Convolutional Neural Network");
}

Architecture shufflenetV2Architecture()
{
    return describeArchitecture<ShufflenetV2>(
        "shufflenet_v2", "ShuffleNetV2 for CIFAR",
        "Half of the channels pass each unit untouched; then both halves are shuffled.",
        "Ma, Zhang, Zheng, Sun 2018, ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design");
}

} // namespace distill
