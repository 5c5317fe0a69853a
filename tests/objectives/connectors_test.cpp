// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/randomstream.h"

#include "connector_references.h"

namespace distill::test {

namespace {

TEST(RandomStream, IsItsDescriptionAndGoesOnFromItsState)
{
    at::Generator generator = generatorOf(3);
    RandomStream stream(generator);
    const at::Tensor state = stream.buffers().at(0).tensor;
    const auto keys = state.clone();
    const auto key = [&](std::int64_t i) { return static_cast<std::uint32_t>(keys[i].item<double>()); };
    for (std::uint32_t draw = 0; draw < 3; ++draw) {
        const at::Tensor numbers = stream.draw(1000);
        for (std::uint32_t i = 0; i < 1000; ++i) {
            ASSERT_EQ(numbers[i].item<std::int64_t>(), static_cast<std::int64_t>(streamNumber(key(0), key(1), draw, i)));
        }
    }
    RandomStream other(generator);
    EXPECT_FALSE(other.draw(10).equal(stream.draw(10)));
    loadState(other, {{"state", state.clone()}}, "the checkpoint");
    EXPECT_TRUE(other.draw(10).equal(stream.draw(10)));
    state.slice(0, 2, 3).fill_((1 << 24) - 1);
    stream.draw(1);
    EXPECT_EQ(state[2].item<double>(), 0) << "after the last number that float32 tells from the next";

    state.slice(0, 2, 3).fill_(3);
    const at::Tensor before = state.clone();
    const at::Tensor once = stream.draw(10);
    state.copy_(before);
    EXPECT_TRUE(stream.draw(10).equal(once));
    EXPECT_EQ(state[2].item<double>(), 4);
}

/// Each bit is set half of the time, and draws one after the other do not go together.
TEST(RandomStream, IsUniform)
{
    at::Generator generator = generatorOf(4);
    RandomStream stream(generator);
    const std::int64_t count = 1 << 18;
    const at::Tensor first = stream.draw(count), second = stream.draw(count);
    EXPECT_GE(first.min().item<std::int64_t>(), 0);
    EXPECT_LT(first.max().item<std::int64_t>(), std::int64_t(1) << 32);
    const double deviations = 5 * 0.5 / std::sqrt(static_cast<double>(count));
    for (std::int64_t bit = 0; bit < 32; ++bit) {
        const auto of
            = [&](const at::Tensor& x) { return at::bitwise_right_shift(x, at::Scalar(bit)).bitwise_and(1).to(at::kDouble); };
        EXPECT_NEAR(of(first).mean().item<double>(), 0.5, deviations) << bit;
        EXPECT_NEAR(of(first).eq(of(second)).to(at::kDouble).mean().item<double>(), 0.5, deviations) << bit;
        EXPECT_NEAR(of(first).slice(0, 1).eq(of(first).slice(0, 0, count - 1)).to(at::kDouble).mean().item<double>(), 0.5,
                    deviations);
    }
    // Chi squared of 256 bins has a mean of 255 and a deviation of 22.6.
    const at::Tensor bins = at::bincount(at::bitwise_right_shift(first, at::Scalar(24)), {}, 256).to(at::kDouble);
    const double expected = static_cast<double>(count) / 256;
    EXPECT_NEAR((bins - expected).square().sum().item<double>() / expected, 255, 5 * 22.6);
}

TEST(BatchNormOfBatch, IsItsFormulaAndServesASingleValue)
{
    BatchNormOfBatch norm(3);
    Forward pass{.training = true};
    for (const NamedTensor& parameter : norm.parameters()) {
        parameter.tensor.set_data(randomTensor({3}, 5 + parameter.name.size()));
    }
    const at::Tensor weight = norm.parameters().at(0).tensor.detach(), bias = norm.parameters().at(1).tensor.detach();
    for (const Shape& shape : {Shape{4, 3, 2, 5}, Shape{1, 3, 1, 1}}) {
        const at::Tensor x = randomTensor(shape, 9);
        EXPECT_LT((norm.forward(x, pass).detach() - normalisedBatch(x, weight, bias)).abs().max().item<double>(), 1e-12);
    }
}

/// With default parameters, in float32, on maps as our networks make them and in either memory format.
TEST(Connectors, EveryMethodServesOurResnets)
{
    at::Generator generator = generatorOf(5);
    const InputShape shape{3, 32, 32};
    const auto student = makeModel({"resnet", {{"depth", 8}}}, shape, 10, generator);
    const auto teacher = makeModel({"resnet", {{"depth", 14}}}, shape, 10, generator);
    ObjectiveSetting setting = settingOf(*student, teacher.get(), shape, generator);
    setting.samples = 30;
    setting.trainingLabels = at::arange(30, at::kLong).remainder(10);
    const at::Tensor images = randomTensor({4, 3, 32, 32}, 6).to(at::kFloat), indices = at::arange(4, at::kLong);
    for (const std::string kind : {"vid", "fsp", "ft", "ab", "ofd", "reviewkd", "hcl", "crd", "srd", "mgd"}) {
        SCOPED_TRACE(kind);
        std::vector<double> values;
        std::vector<at::Tensor> gradients;
        for (const at::MemoryFormat format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
            at::Generator own = generatorOf(8);
            setting.generator = &own;
            const auto objective = makeObjective({kind, Json::object()});
            objective->prepare(setting);
            Taps studentTaps(objective->studentTaps()), teacherTaps(objective->teacherTaps());
            Forward studentPass{.taps = &studentTaps}, teacherPass{.taps = &teacherTaps};
            const at::Tensor logits = student->forward(images.contiguous(format), studentPass);
            const at::Tensor answers = teacher->forward(images.contiguous(format), teacherPass);
            const HardLabels labels{setting.trainingLabels.slice(0, 0, 4)};
            const at::Tensor loss = objective->loss({logits, answers, labels, studentTaps, teacherTaps, indices});
            ASSERT_EQ(loss.scalar_type(), at::kFloat);
            ASSERT_EQ(loss.dim(), 0);
            for (const NamedTensor& parameter : student->parameters()) {
                parameter.tensor.mutable_grad() = at::Tensor();
            }
            loss.backward();
            values.push_back(loss.item<double>());
            gradients.push_back(student->parameters().at(0).tensor.grad().clone());
            for (const NamedTensor& parameter : teacher->parameters()) {
                EXPECT_FALSE(parameter.tensor.grad().defined()) << "the teacher learns";
            }
            if (objective->learned()) {
                for (const NamedTensor& parameter : objective->learned()->parameters()) {
                    ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
                    EXPECT_TRUE(parameter.tensor.grad().isfinite().all().item<bool>()) << parameter.name;
                }
                std::map<std::string, at::Tensor> state;
                for (const NamedTensor& part : objective->learned()->state()) {
                    state.emplace(part.name, part.tensor.detach().clone());
                }
                loadState(*objective->learned(), state, "the checkpoint"); // what a resumed run does
            }
        }
        EXPECT_TRUE(std::isfinite(values[0]));
        EXPECT_GT(gradients[0].abs().max().item<double>(), 0);
        EXPECT_NEAR(values[1], values[0], 1e-4 * std::abs(values[0]));
        const double scale = gradients[0].abs().max().item<double>();
        EXPECT_LT((gradients[1] - gradients[0]).abs().max().item<double>(), 5e-3 * scale);
    }
}

TEST(Connectors, NoPairIsRefused)
{
    for (const std::string kind : {"vid", "fsp", "ab", "ofd", "reviewkd", "hcl", "mgd"}) {
        const std::string error
            = refusal(kind, {{"student_taps", Json::array()}, {"teacher_taps", Json::array()}},
                      {{"student/tap0", randomTensor({2, 3, 4, 4}, 1)}, {"teacher/tap0", randomTensor({2, 3, 4, 4}, 2)}});
        EXPECT_NE(error.find("at least"), std::string::npos) << kind << ": " << error;
    }
}

} // namespace

} // namespace distill::test
