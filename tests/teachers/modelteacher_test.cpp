// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "teachers/teacher.h"

#include <gtest/gtest.h>

namespace distill::test {

namespace {

/// Doubles its input while training, so that the mode shows; leaves it as it is otherwise.
class Probe : public Model {
public:
    Probe()
        : m_weight(addParameter("weight", at::eye(3)))
    {
        m_label = "probe";
        m_taps = {"penultimate", "logits"};
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        const at::Tensor feature = input.flatten(1) * (pass.training ? 2 : 1);
        const at::Tensor logits = feature.matmul(m_weight);
        if (pass.taps) {
            pass.taps->offer("penultimate", feature);
            pass.taps->offer("logits", logits);
        }
        return logits.to(at::kBFloat16);
    }

private:
    at::Tensor& m_weight;
};

Batch batchOf(const at::Tensor& inputs)
{
    return {inputs, at::zeros({inputs.size(0)}, at::kLong), at::arange(inputs.size(0)), 0, {}, {}};
}

TEST(ModelTeacher, AnswersInEvaluationModeWithoutGradientsInFloat32)
{
    const auto teacher = makeModelTeacher(std::make_unique<Probe>(), at::kCPU);
    const at::Tensor inputs = at::arange(6, at::kFloat).view({2, 3, 1, 1}).requires_grad_(true);
    const Targets targets = teacher->targets(batchOf(inputs), {});
    EXPECT_TRUE(targets.logits.equal(inputs.detach().flatten(1)));
    EXPECT_EQ(targets.logits.scalar_type(), at::kFloat);
    EXPECT_FALSE(targets.logits.requires_grad());
    EXPECT_FALSE(teacher->model()->parameters().at(0).tensor.requires_grad());
}

TEST(ModelTeacher, GathersTheTapsThatAreAskedFor)
{
    const auto teacher = makeModelTeacher(std::make_unique<Probe>(), at::kCPU);
    const at::Tensor inputs = at::arange(6, at::kFloat).view({2, 3, 1, 1});
    const Targets targets = teacher->targets(batchOf(inputs), {"penultimate"});
    EXPECT_TRUE(targets.taps.at("penultimate").equal(inputs.flatten(1)));
    EXPECT_FALSE(targets.taps.at("penultimate").requires_grad());
    EXPECT_THROW(targets.taps.at("logits"), InputError);
    EXPECT_THROW(teacher->targets(batchOf(inputs), {}).taps.at("penultimate"), InputError);
}

TEST(ModelTeacher, ItsAnswersServeAsConstantsOfABackwardPass)
{
    const auto teacher = makeModelTeacher(std::make_unique<Probe>(), at::kCPU);
    const Targets targets = teacher->targets(batchOf(at::ones({2, 3, 1, 1})), {});
    const at::Tensor student = at::full({2, 3}, 0.5).requires_grad_(true);
    (student * targets.logits).sum().backward();
    EXPECT_TRUE(student.grad().equal(at::ones({2, 3})));
}

} // namespace

} // namespace distill::test
