// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/architecture.h"

namespace distill {

namespace {

struct MlpSettings {
    std::vector<std::int64_t> hidden = {64};
    std::string activation = "relu";
    double dropout = 0;

    void describe(Binder& binder)
    {
        binder.integers("hidden", hidden,
                        {.help = "Width of each hidden layer; none makes a linear classifier.",
                         .unit = "units",
                         .minimum = 1,
                         .maximum = 65536});
        binder.choice("activation", activation,
                      {{"relu", "max(0, x)."},
                       {"tanh", "Hyperbolic tangent."},
                       {"gelu", "x times the normal distribution function."}},
                      {.help = "What follows each hidden layer.", .advanced = true});
        binder.number("dropout", dropout,
                      {.help = "Share of each hidden layer's outputs that training blanks at random.",
                       .minimum = 0,
                       .maximum = 0.95});
    }

    std::string label() const
    {
        std::string text = "mlp";
        for (std::size_t i = 0; i < hidden.size(); ++i) {
            text += i == 0 ? ' ' : '-';
            text += std::to_string(hidden[i]);
        }
        return hidden.empty() ? "linear" : text;
    }
};

class Mlp : public Model {
public:
    using Settings = MlpSettings;

    Mlp(const Settings& settings, const InputShape& shape, std::int64_t classes, at::Generator& generator)
        : m_activation(settings.activation)
        , m_dropout(settings.dropout)
    {
        std::int64_t width = shape.elements();
        for (const std::int64_t next : settings.hidden) {
            const std::string name = "hidden" + std::to_string(m_hidden.size() + 1);
            m_hidden.push_back(&addChild(name, std::make_unique<Linear>(width, next, generator)));
            m_taps.push_back(name);
            width = next;
        }
        m_output = &addChild("fc", std::make_unique<Linear>(width, classes, generator));
        m_taps.insert(m_taps.end(), {"penultimate", "logits"});
        m_label = settings.label();
    }

    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor x = input.flatten(1);
        at::Tensor features = x;
        for (std::size_t i = 0; i < m_hidden.size(); ++i) {
            features = activated(m_hidden[i]->forward(x, pass));
            tap(pass, m_taps[i], features);
            x = m_dropout.forward(features, pass);
        }
        // Taps show what the layer knows, not which of it dropout has blanked.
        tap(pass, "penultimate", features);
        x = m_output->forward(x, pass);
        tap(pass, "logits", x);
        return x;
    }

private:
    at::Tensor activated(at::Tensor x) const
    {
        if (m_activation == "relu") {
            return x.relu_();
        }
        return m_activation == "tanh" ? x.tanh_() : at::gelu(x);
    }

    std::string m_activation;
    std::vector<Linear*> m_hidden;
    Linear* m_output = nullptr;
    Dropout m_dropout;
};

} // namespace

Architecture mlpArchitecture()
{
    return describeArchitecture<Mlp>("mlp", "Multilayer perceptron",
                                     "Fully connected layers, for points, table rows and small images.", "");
}

} // namespace distill
