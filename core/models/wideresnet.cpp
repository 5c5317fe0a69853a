// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

#include <array>

namespace distill {

namespace {

struct WideResnetSettings {
    std::int64_t depth = 16;
    std::int64_t width = 2;
    double dropout = 0;

    void describe(Binder& binder)
    {
        binder.integer("depth", depth,
                       {.help = "Layers with weights: 6n + 4, as 16, 22, 28 or 40.",
                        .unit = "layers",
                        .minimum = 10,
                        .maximum = 100});
        binder.integer("width", width, {.help = "Channels as a multiple of 16, 32, 64.", .minimum = 1, .maximum = 20});
        binder.number("dropout", dropout,
                      {.help = "Share of the values between a block's convolutions that training blanks at random.",
                       .minimum = 0,
                       .maximum = 0.95,
                       .advanced = true});
    }

    std::string label() const { return "wrn-" + std::to_string(depth) + "-" + std::to_string(width); }
};

/// Pre-activation: batch norm and ReLU come before each convolution. Where the shape changes, the shortcut starts after
/// them.
class WideBlock : public Module {
public:
    WideBlock(std::int64_t in, std::int64_t out, std::int64_t stride, double dropout, at::Generator& generator)
        : m_dropout(dropout)
    {
        m_bn1 = &addChild("bn1", std::make_unique<BatchNorm>(in));
        m_conv1 = &addChild(
            "conv1",
            std::make_unique<Conv2d>(Convolution{.in = in, .out = out, .stride = stride}, generator, FirstWeights::He));
        m_bn2 = &addChild("bn2", std::make_unique<BatchNorm>(out));
        m_conv2 = &addChild("conv2",
                            std::make_unique<Conv2d>(Convolution{.in = out, .out = out}, generator, FirstWeights::He));
        if (in != out) {
            const Convolution shape{.in = in, .out = out, .kernel = 1, .stride = stride, .padding = 0};
            m_shortcut = &addChild("convShortcut", std::make_unique<Conv2d>(shape, generator, FirstWeights::He));
        }
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        const at::Tensor activated = m_bn1->forward(input, pass, {.relu = true});
        at::Tensor x = m_bn2->forward(m_conv1->forward(activated, pass), pass, {.relu = true});
        x = m_conv2->forward(m_dropout.forward(x, pass), pass);
        return x.add_(m_shortcut ? m_shortcut->forward(activated, pass) : input);
    }

private:
    BatchNorm *m_bn1, *m_bn2;
    Conv2d *m_conv1, *m_conv2, *m_shortcut = nullptr;
    Dropout m_dropout;
};

class WideResnet : public Model {
public:
    using Settings = WideResnetSettings;

    WideResnet(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
    {
        m_label = settings.label();
        m_taps = {"stem", "stage1", "stage2", "stage3", "penultimate", "logits"};
        if ((settings.depth - 4) % 6 != 0 || settings.depth < 10) {
            throw InputError("A WideResNet has a depth of 6n + 4 (10, 16, 22, 28, 34, 40, ...), not "
                             + std::to_string(settings.depth) + ".");
        }
        requireImages(m_label, shape, 4);
        std::int64_t channels = 16;
        m_conv1 = &addChild(
            "conv1",
            std::make_unique<Conv2d>(Convolution{.in = shape.channels, .out = channels}, generator, FirstWeights::He));
        const std::int64_t blocks = (settings.depth - 4) / 6;
        for (std::int64_t stage = 0; stage < 3; ++stage) {
            const std::int64_t next = settings.width * (16 << stage);
            for (std::int64_t block = 0; block < blocks; ++block) {
                const std::string name = "block" + std::to_string(stage + 1) + ".layer." + std::to_string(block);
                const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
                m_stages[stage].push_back(
                    &addChild(name, std::make_unique<WideBlock>(channels, next, stride, settings.dropout, generator)));
                channels = next;
            }
        }
        m_bn1 = &addChild("bn1", std::make_unique<BatchNorm>(channels));
        m_fc = &addChild("fc", std::make_unique<Linear>(channels, classes, generator, FirstWeights::UniformZeroBias));
    }

    /// The taps of stem and stages are the residual stream before batch norm and ReLU, as in the published comparisons.
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = m_conv1->forward(input, pass);
        tap(pass, "stem", x);
        for (std::size_t stage = 0; stage < m_stages.size(); ++stage) {
            for (WideBlock* block : m_stages[stage]) {
                x = block->forward(x, pass);
            }
            tap(pass, m_taps[stage + 1], x);
        }
        x = globalAveragePool(m_bn1->forward(x, pass, {.relu = true}));
        tap(pass, "penultimate", x);
        x = m_fc->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

private:
    Conv2d* m_conv1;
    std::array<std::vector<WideBlock*>, 3> m_stages;
    BatchNorm* m_bn1;
    Linear* m_fc;
};

} // namespace

Architecture wideResnetArchitecture()
{
    return describeArchitecture<WideResnet>("wide_resnet", "WideResNet for CIFAR",
                                            "Pre-activation residual networks, wide instead of deep.",
                                            "Zagoruyko, Komodakis 2016, Wide Residual Networks");
}

} // namespace distill
