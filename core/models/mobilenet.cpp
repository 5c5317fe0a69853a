// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

#include <array>
#include <sstream>

namespace distill {

namespace {

struct MobilenetV2Settings {
    double width = 0.5;

    void describe(Binder& binder)
    {
        binder.number("width", width,
                      {.help = "Channels as a multiple of the paper's; the published tables use 0.5.",
                       .minimum = 0.125,
                       .maximum = 4});
    }

    std::string label() const
    {
        std::ostringstream text;
        text << "mobilenet_v2 x" << width;
        return text.str();
    }
};

/// 1x1 expansion, 3x3 depthwise, 1x1 linear projection; the input is added where the shape stays.
class InvertedResidual : public Module {
public:
    InvertedResidual(std::int64_t in, std::int64_t out, std::int64_t stride, std::int64_t expansion,
                     at::Generator& generator)
        : m_adds(stride == 1 && in == out)
    {
        const std::int64_t inner = in * expansion;
        m_expand = &add("conv.0", "conv.1", {.in = in, .out = inner, .kernel = 1, .padding = 0}, generator);
        m_depthwise
            = &add("conv.3", "conv.4", {.in = inner, .out = inner, .stride = stride, .groups = inner}, generator);
        m_project = &add("conv.6", "conv.7", {.in = inner, .out = out, .kernel = 1, .padding = 0}, generator);
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = m_expand->forward(input, pass, {.relu = true});
        x = m_depthwise->forward(x, pass, {.relu = true});
        x = m_project->forward(x, pass);
        return m_adds ? x.add_(input) : x;
    }

private:
    ConvBatchNorm& add(const char* convolution, const char* norm, const Convolution& shape, at::Generator& generator)
    {
        return addChild("", std::make_unique<ConvBatchNorm>(convolution, norm, shape, generator, FirstWeights::He));
    }

    bool m_adds;
    ConvBatchNorm *m_expand, *m_depthwise, *m_project;
};

struct Group {
    std::int64_t expansion, channels, blocks, stride;
    const char* tapAfter; ///< null: none
};
/// The paper's table 2 with the strides of its CIFAR form.
constexpr Group groups[]
    = {{1, 16, 1, 1, nullptr},  {6, 24, 2, 1, "stage1"}, {6, 32, 3, 2, "stage2"}, {6, 64, 4, 2, nullptr},
       {6, 96, 3, 1, "stage3"}, {6, 160, 3, 2, nullptr}, {6, 320, 1, 1, "stage4"}};

class MobilenetV2 : public Model {
public:
    using Settings = MobilenetV2Settings;

    MobilenetV2(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
    {
        m_label = settings.label();
        m_taps = {"stem", "stage1", "stage2", "stage3", "stage4", "penultimate", "logits"};
        requireImages(m_label, shape, 16);
        const auto scaled = [&](std::int64_t channels) {
            return static_cast<std::int64_t>(static_cast<double>(channels) * settings.width);
        };
        std::int64_t channels = scaled(32);
        m_stem = &addChild("",
                           std::make_unique<ConvBatchNorm>(
                               "conv1.0", "conv1.1", Convolution{.in = shape.channels, .out = channels, .stride = 2},
                               generator, FirstWeights::He));
        for (std::size_t group = 0; group < std::size(groups); ++group) {
            const std::int64_t next = scaled(groups[group].channels);
            for (std::int64_t block = 0; block < groups[group].blocks; ++block) {
                const std::string name = "blocks." + std::to_string(group) + "." + std::to_string(block);
                const std::int64_t stride = block == 0 ? groups[group].stride : 1;
                m_groups[group].push_back(&addChild(
                    name,
                    std::make_unique<InvertedResidual>(channels, next, stride, groups[group].expansion, generator)));
                channels = next;
            }
        }
        const std::int64_t last = settings.width > 1 ? scaled(1280) : 1280;
        m_last
            = &addChild("",
                        std::make_unique<ConvBatchNorm>(
                            "conv2.0", "conv2.1", Convolution{.in = channels, .out = last, .kernel = 1, .padding = 0},
                            generator, FirstWeights::He));
        m_classifier
            = &addChild("classifier.0", std::make_unique<Linear>(last, classes, generator, FirstWeights::Small));
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = m_stem->forward(input, pass, {.relu = true});
        tap(pass, "stem", x);
        for (std::size_t group = 0; group < m_groups.size(); ++group) {
            for (InvertedResidual* block : m_groups[group]) {
                x = block->forward(x, pass);
            }
            if (groups[group].tapAfter) {
                tap(pass, groups[group].tapAfter, x);
            }
        }
        x = globalAveragePool(m_last->forward(x, pass, {.relu = true}));
        tap(pass, "penultimate", x);
        x = m_classifier->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

private:
    ConvBatchNorm *m_stem, *m_last;
    std::array<std::vector<InvertedResidual*>, std::size(groups)> m_groups;
    Linear* m_classifier;
};

} // namespace

Architecture mobilenetV2Architecture()
{
    return describeArchitecture<MobilenetV2>(
        "mobilenet_v2", "MobileNetV2 for CIFAR",
        "Inverted residuals with depthwise convolutions: few multiply-adds, many operations.",
        "Sandler, Howard, Zhu, Zhmoginov, Chen 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks");
}

} // namespace distill
