// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/dot.h"

#include "experiment/error.h"

namespace distill {

namespace {

using State = std::map<std::string, at::Tensor>;

/// Two SGDs over the same parameters. The second has no decay, so that it does not ask where the first one went.
class Dot final : public Optimiser {
public:
    Dot(const DotSettings& settings, double weightDecay, std::vector<at::Tensor> parameters)
        : Optimiser(std::move(parameters))
        , m_task(sgd(settings.momentum - settings.delta, weightDecay))
        , m_distillation(sgd(settings.momentum + settings.delta, 0))
        , m_taskGradients(m_parameters.size())
    {
    }

    bool separates() const override { return true; }

    void keepTaskGradients() override { swapGradients(); }

    void step(double learningRate) override
    {
        swapGradients();
        m_task->step(learningRate);
        swapGradients();
        m_distillation->step(learningRate);
        m_taskGradients.assign(m_parameters.size(), {});
    }

    State state() const override
    {
        State all;
        for (const auto& [prefix, part] : {std::pair(taskPrefix, &m_task), {distillationPrefix, &m_distillation}}) {
            for (auto& [name, tensor] : (*part)->state()) {
                all.emplace(prefix + name, tensor);
            }
        }
        return all;
    }

    void restore(const State& state) override
    {
        State task, distillation;
        for (const auto& [name, tensor] : state) {
            if (name.starts_with(taskPrefix)) {
                task.emplace(name.substr(taskPrefix.size()), tensor);
            } else if (name.starts_with(distillationPrefix)) {
                distillation.emplace(name.substr(distillationPrefix.size()), tensor);
            } else {
                throw InputError("The optimiser's state has a tensor " + name + " too many: it was saved by another optimiser");
            }
        }
        m_task->restore(task);
        m_distillation->restore(distillation);
    }

private:
    static inline const std::string taskPrefix = "task/", distillationPrefix = "distillation/";

    std::unique_ptr<Optimiser> sgd(double momentum, double weightDecay) const
    {
        return makeOptimiser({"sgd", {{"momentum", momentum}, {"nesterov", false}}}, weightDecay, m_parameters);
    }

    void swapGradients()
    {
        for (std::size_t i = 0; i < m_parameters.size(); ++i) {
            std::swap(m_parameters[i].mutable_grad(), m_taskGradients[i]);
        }
    }

    std::unique_ptr<Optimiser> m_task, m_distillation;
    std::vector<at::Tensor> m_taskGradients; ///< kept until the step
};

} // namespace

std::unique_ptr<Optimiser> makeDot(const DotSettings& settings, double weightDecay, std::vector<at::Tensor> parameters)
{
    return std::make_unique<Dot>(settings, weightDecay, std::move(parameters));
}

} // namespace distill
