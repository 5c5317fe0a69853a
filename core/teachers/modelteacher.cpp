// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/teacher.h"

#include <ATen/core/grad_mode.h>

namespace distill {

namespace {

class ModelTeacher final : public Teacher {
public:
    ModelTeacher(std::unique_ptr<Model> model, at::Device device, const Execution& execution)
        : m_model(std::move(model))
        , m_device(device)
    {
        m_model->to(device);
        m_model->freeze(execution);
    }

    Targets targets(const Batch& batch, const std::vector<std::string>& taps) override
    {
        // Not inference mode: its tensors could not be saved for the student's backward pass.
        const at::NoGradGuard noGradients;
        m_computed += batch.inputs.size(0);
        Targets targets;
        targets.taps = Taps(taps);
        Forward pass{.training = false, .taps = taps.empty() ? nullptr : &targets.taps};
        targets.logits = m_model->logits(batch.inputs.to(m_device), pass);
        return targets;
    }

    Model* model() override { return m_model.get(); }
    std::int64_t computed() const override { return m_computed; }

private:
    std::unique_ptr<Model> m_model;
    at::Device m_device;
    std::int64_t m_computed = 0;
};

} // namespace

std::unique_ptr<Teacher> makeModelTeacher(std::unique_ptr<Model> model, at::Device device, const Execution& execution)
{
    return std::make_unique<ModelTeacher>(std::move(model), device, execution);
}

} // namespace distill
