// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

#include <algorithm>
#include <array>

namespace distill {

namespace {

/// Convolutions in each of the five blocks of 64, 128, 256, 512 and 512 channels.
const std::map<std::int64_t, std::array<int, 5>> convolutionsOfDepth = {
    {8, {1, 1, 1, 1, 1}}, {11, {1, 1, 2, 2, 2}}, {13, {2, 2, 2, 2, 2}}, {16, {2, 2, 3, 3, 3}}, {19, {2, 2, 4, 4, 4}}};

struct VggSettings {
    std::int64_t depth = 8;

    void describe(Binder& binder)
    {
        binder.integer("depth", depth,
                       {.help = "Layers with weights in the original: 8, 11, 13, 16 or 19.",
                        .unit = "layers",
                        .minimum = 8,
                        .maximum = 19});
    }

    std::string label() const { return "vgg" + std::to_string(depth); }
};

class Vgg : public Model {
public:
    using Settings = VggSettings;

    Vgg(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
        : m_poolsFourTimes(std::min(shape.height, shape.width) >= 64)
    {
        m_label = settings.label();
        m_taps = {"stem", "stage1", "stage2", "stage3", "stage4", "penultimate", "logits"};
        const auto convolutions = convolutionsOfDepth.find(settings.depth);
        if (convolutions == convolutionsOfDepth.end()) {
            throw InputError("A VGG has a depth of 8, 11, 13, 16 or 19, not " + std::to_string(settings.depth) + ".");
        }
        requireImages(m_label, shape, 8);
        std::int64_t channels = shape.channels;
        for (std::size_t block = 0; block < m_blocks.size(); ++block) {
            const std::int64_t next = std::min<std::int64_t>(64 << block, 512);
            for (int i = 0; i < convolutions->second[block]; ++i) {
                // Convolution, batch norm and ReLU take three places in the published Sequential.
                const std::string prefix = "block" + std::to_string(block) + ".";
                m_blocks[block].push_back(&addChild(
                    "",
                    std::make_unique<ConvBatchNorm>(prefix + std::to_string(3 * i), prefix + std::to_string(3 * i + 1),
                                                    Convolution{.in = channels, .out = next, .bias = true}, generator,
                                                    FirstWeights::He)));
                channels = next;
            }
        }
        m_classifier
            = &addChild("classifier", std::make_unique<Linear>(channels, classes, generator, FirstWeights::Small));
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = input;
        for (std::size_t block = 0; block < m_blocks.size(); ++block) {
            if (block > 0 && (block < 4 || m_poolsFourTimes)) {
                x = at::max_pool2d(x, 2, 2);
            }
            for (ConvBatchNorm* layer : m_blocks[block]) {
                x = layer->forward(x, pass, {.relu = true});
            }
            tap(pass, m_taps[block], x);
        }
        x = globalAveragePool(x);
        tap(pass, "penultimate", x);
        x = m_classifier->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

private:
    bool m_poolsFourTimes; ///< the fourth pooling is for images of 64 pixels and more; at 32 the last block sees 4 x 4
    std::array<std::vector<ConvBatchNorm*>, 5> m_blocks;
    Linear* m_classifier;
};

} // namespace

Architecture vggArchitecture()
{
    return describeArchitecture<Vgg>(
        "vgg", "VGG for CIFAR", "Plain 3x3 convolutions with batch norm, and one linear layer at the end.",
        "Simonyan, Zisserman 2015, Very Deep Convolutional Networks for Large-Scale Image Recognition");
}

} // namespace distill
