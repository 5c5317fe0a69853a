// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

#include <algorithm>

namespace distill {

namespace {

struct CnnSettings {
    std::int64_t width = 32;
    std::int64_t hidden = 256;

    void describe(Binder& binder)
    {
        binder.integer("width", width,
                       {.help = "Channels of the first convolution; the second has twice as many.",
                        .unit = "channels",
                        .minimum = 1,
                        .maximum = 1024});
        binder.integer("hidden", hidden,
                       {.help = "Units of the layer between the convolutions and the logits.",
                        .unit = "units",
                        .minimum = 1,
                        .maximum = 16384});
    }

    std::string label() const { return "cnn " + std::to_string(width) + "-" + std::to_string(hidden); }
};

constexpr std::int64_t largestGrid = 8;

/// Side of the grid that reaches the linear layer: a quarter of the image's, at most 8, so that large images do not
/// make that layer huge.
std::int64_t gridSide(std::int64_t pixels)
{
    const std::int64_t half = (pixels + 1) / 2;
    return std::min((half + 1) / 2, largestGrid);
}

class Cnn : public Model {
public:
    using Settings = CnnSettings;

    Cnn(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
    {
        m_label = settings.label();
        m_taps = {"stem", "stage1", "penultimate", "logits"};
        requireImages(m_label, shape, 4);
        m_height = gridSide(shape.height);
        m_width = gridSide(shape.width);
        const std::int64_t channels = 2 * settings.width;
        m_conv1 = &addChild("conv1", std::make_unique<Conv2d>(convolution(shape.channels, settings.width), generator));
        m_conv2 = &addChild("conv2", std::make_unique<Conv2d>(convolution(settings.width, channels), generator));
        m_fc1 = &addChild("fc1", std::make_unique<Linear>(channels * m_height * m_width, settings.hidden, generator));
        m_fc2 = &addChild("fc2", std::make_unique<Linear>(settings.hidden, classes, generator));
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = m_conv1->forward(input, pass).relu_();
        tap(pass, "stem", x);
        x = m_conv2->forward(x, pass).relu_();
        tap(pass, "stage1", x);
        if (x.size(2) != m_height || x.size(3) != m_width) {
            x = at::adaptive_avg_pool2d(x, {m_height, m_width});
        }
        x = m_fc1->forward(x.flatten(1), pass).relu_();
        tap(pass, "penultimate", x);
        x = m_fc2->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

private:
    static Convolution convolution(std::int64_t in, std::int64_t out)
    {
        return {.in = in, .out = out, .stride = 2, .bias = true};
    }

    std::int64_t m_height = 0, m_width = 0;
    Conv2d *m_conv1, *m_conv2;
    Linear *m_fc1, *m_fc2;
};

} // namespace

Architecture cnnArchitecture()
{
    return describeArchitecture<Cnn>("cnn", "Small strided CNN",
                                     "Two convolutions of stride 2 and two linear layers: quick on any machine.", "");
}

} // namespace distill
