// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

#include <array>

namespace distill {

namespace {

struct ResnetSettings {
    std::int64_t depth = 20;
    std::int64_t widthFactor = 1;
    std::string shortcut = "projection";

    void describe(Binder& binder)
    {
        binder.integer("depth", depth,
                       {.help = "Layers with weights: 6n + 2, as 8, 14, 20, 32, 44, 56 or 110.",
                        .unit = "layers",
                        .minimum = 8,
                        .maximum = 1202});
        binder.integer("width_factor", widthFactor,
                       {.help = "Channels as a multiple of 16, 32, 64: 1, 2 or 4 (resnet8x4, resnet32x4).",
                        .minimum = 1,
                        .maximum = 4});
        binder.choice("shortcut", shortcut,
                      {{"projection", "A 1x1 convolution where the shape changes (option B)."},
                       {"padding", "Every second pixel, padded with zero channels (option A, no parameters)."}},
                      {.help = "How a block's input joins its output where the shape changes.", .advanced = true});
    }

    std::string label() const
    {
        const std::string text = "resnet" + std::to_string(depth);
        return widthFactor == 1 ? text : text + "x" + std::to_string(widthFactor);
    }
};

class BasicBlock : public Module {
public:
    BasicBlock(std::int64_t in, std::int64_t out, std::int64_t stride, bool projects, at::Generator& generator)
        : m_padding(out - in)
        , m_stride(stride)
    {
        m_first = &addChild("",
                            std::make_unique<ConvBatchNorm>("conv1", "bn1",
                                                            Convolution{.in = in, .out = out, .stride = stride},
                                                            generator, FirstWeights::He));
        m_second = &addChild("",
                             std::make_unique<ConvBatchNorm>("conv2", "bn2", Convolution{.in = out, .out = out},
                                                             generator, FirstWeights::He));
        if (projects && (stride != 1 || in != out)) {
            const Convolution shape{.in = in, .out = out, .kernel = 1, .stride = stride, .padding = 0};
            m_projection = &addChild(
                "",
                std::make_unique<ConvBatchNorm>("downsample.0", "downsample.1", shape, generator, FirstWeights::He));
        }
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override { return forward(input, pass, true); }

    at::Tensor forward(const at::Tensor& input, Forward& pass, bool relu)
    {
        const at::Tensor shortcut = m_projection ? m_projection->forward(input, pass) : padded(input);
        return m_second->forward(m_first->forward(input, pass, {.relu = true}), pass, {.relu = relu, .add = shortcut});
    }

    const BatchNorm& lastNorm() const { return m_second->norm(); }

private:
    at::Tensor padded(at::Tensor x) const
    {
        if (m_stride != 1) {
            x = x.slice(2, 0, x.size(2), m_stride).slice(3, 0, x.size(3), m_stride);
        }
        const std::int64_t before = m_padding / 2;
        return m_padding == 0 ? x : at::constant_pad_nd(x, {0, 0, 0, 0, before, m_padding - before});
    }

    std::int64_t m_padding, m_stride;
    ConvBatchNorm *m_first, *m_second, *m_projection = nullptr;
};

class Resnet : public Model {
public:
    using Settings = ResnetSettings;

    Resnet(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
    {
        m_label = settings.label();
        m_taps = {"stem", "stage1.pre", "stage1", "stage2.pre", "stage2", "stage3.pre", "stage3", "penultimate", "logits"};
        if ((settings.depth - 2) % 6 != 0 || settings.depth < 8) {
            throw InputError("A ResNet for CIFAR has a depth of 6n + 2 (8, 14, 20, 26, 32, ...), not "
                             + std::to_string(settings.depth) + ".");
        }
        if (settings.widthFactor != 1 && settings.widthFactor != 2 && settings.widthFactor != 4) {
            throw InputError("A ResNet's width factor is 1, 2 or 4, not " + std::to_string(settings.widthFactor) + ".");
        }
        requireImages(m_label, shape, 4);
        std::int64_t channels = settings.widthFactor == 1 ? 16 : 32;
        m_stem = &addChild("",
                           std::make_unique<ConvBatchNorm>("conv1", "bn1",
                                                           Convolution{.in = shape.channels, .out = channels},
                                                           generator, FirstWeights::He));
        const std::int64_t blocks = (settings.depth - 2) / 6;
        for (std::int64_t stage = 0; stage < 3; ++stage) {
            const std::int64_t next = settings.widthFactor * (16 << stage);
            for (std::int64_t block = 0; block < blocks; ++block) {
                const std::string name = "layer" + std::to_string(stage + 1) + "." + std::to_string(block);
                const std::int64_t stride = stage > 0 && block == 0 ? 2 : 1;
                m_stages[stage].push_back(
                    &addChild(name,
                              std::make_unique<BasicBlock>(channels, next, stride, settings.shortcut == "projection",
                                                           generator)));
                channels = next;
            }
        }
        m_fc = &addChild("fc", std::make_unique<Linear>(channels, classes, generator));
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = m_stem->forward(input, pass, {.relu = true});
        tap(pass, "stem", x);
        for (std::size_t stage = 0; stage < m_stages.size(); ++stage) {
            const std::string name = "stage" + std::to_string(stage + 1), before = name + ".pre";
            const bool shows = pass.taps && pass.taps->wants(before); // else the ReLU is part of the addition
            for (BasicBlock* block : m_stages[stage]) {
                x = block->forward(x, pass, !(shows && block == m_stages[stage].back()));
            }
            if (shows) {
                tap(pass, before, x);
                x = x.relu();
            }
            tap(pass, name, x);
        }
        x = globalAveragePool(x);
        tap(pass, "penultimate", x);
        x = m_fc->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

    std::map<std::string, std::pair<at::Tensor, at::Tensor>> normsBeforeRelu() const override
    {
        std::map<std::string, std::pair<at::Tensor, at::Tensor>> norms;
        for (std::size_t stage = 0; stage < m_stages.size(); ++stage) {
            const BatchNorm& norm = m_stages[stage].back()->lastNorm();
            norms["stage" + std::to_string(stage + 1) + ".pre"] = {norm.weight(), norm.bias()};
        }
        return norms;
    }

private:
    ConvBatchNorm* m_stem;
    std::array<std::vector<BasicBlock*>, 3> m_stages;
    Linear* m_fc;
};

} // namespace

Architecture resnetArchitecture()
{
    return describeArchitecture<Resnet>(
        "resnet", "ResNet for CIFAR",
        "Residual networks of three stages, as the published distillation tables use them.",
        "He, Zhang, Ren, Sun 2016, Deep Residual Learning for Image Recognition, section 4.2");
}

} // namespace distill
