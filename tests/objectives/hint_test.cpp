// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <ATen/core/grad_mode.h>

namespace distill::test {

namespace {

/// A pair of networks with one tap each, and the objective prepared for them.
struct Pair {
    ShapedModel student, teacher;
    at::Generator generator = generatorOf(7);
    std::unique_ptr<Objective> objective;

    Pair(const Shape& from, const Shape& to, Json parameters = Json::object())
        : student({{"thin", from}, {"logits", {10}}})
        , teacher({{"wide", to}, {"logits", {10}}})
    {
        parameters["student_tap"] = parameters.value("student_tap", "thin");
        parameters["teacher_tap"] = parameters.value("teacher_tap", "wide");
        objective = makeObjective({"hint", parameters});
    }
    void prepare(bool withTeacher = true)
    {
        objective->prepare(settingOf(student, withTeacher ? &teacher : nullptr, {1, 4, 4}, generator));
    }
    at::Tensor loss(const at::Tensor& from, const at::Tensor& to)
    {
        Taps studentTaps(objective->studentTaps()), teacherTaps(objective->teacherTaps());
        studentTaps.offer("thin", from);
        teacherTaps.offer("wide", to);
        const at::Tensor none;
        const HardLabels noLabels;
        return objective->loss({none, none, noLabels, studentTaps, teacherTaps});
    }
    at::Tensor learned(const std::string& name) const
    {
        for (const NamedTensor& parameter : objective->learned()->parameters()) {
            if (parameter.name == name) {
                return parameter.tensor.detach().to(at::kDouble);
            }
        }
        ADD_FAILURE() << "no parameter " << name;
        return {};
    }
};

at::Tensor randomFeature(const Shape& shape, std::int64_t batch, std::uint64_t seed)
{
    Shape sizes = shape;
    sizes.insert(sizes.begin(), batch);
    at::Generator generator = generatorOf(seed);
    return at::empty(sizes).normal_(0, 1, generator);
}

/// Convolution, plain or transposed, in loops from its definition.
at::Tensor convolve(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, std::int64_t stride,
                    std::int64_t padding, bool transposed, const Shape& to)
{
    const at::Tensor output = bias.view({1, -1, 1, 1}).expand({input.size(0), to[0], to[1], to[2]}).clone();
    const auto in = input.accessor<double, 4>();
    const auto kernel = weight.accessor<double, 4>();
    auto out = output.accessor<double, 4>();
    // Small is the side the stride steps over: the output of a convolution, the input of a transposed one.
    const std::int64_t smallHeight = transposed ? input.size(2) : to[1],
                       smallWidth = transposed ? input.size(3) : to[2];
    const std::int64_t largeHeight = transposed ? to[1] : input.size(2),
                       largeWidth = transposed ? to[2] : input.size(3);
    for (std::int64_t b = 0; b < input.size(0); ++b) {
        for (std::int64_t o = 0; o < to[0]; ++o) {
            for (std::int64_t c = 0; c < input.size(1); ++c) {
                for (std::int64_t y = 0; y < smallHeight; ++y) {
                    for (std::int64_t x = 0; x < smallWidth; ++x) {
                        for (std::int64_t i = 0; i < weight.size(2); ++i) {
                            for (std::int64_t j = 0; j < weight.size(3); ++j) {
                                const std::int64_t v = y * stride - padding + i, u = x * stride - padding + j;
                                if (v < 0 || u < 0 || v >= largeHeight || u >= largeWidth) {
                                    continue;
                                }
                                if (transposed) {
                                    out[b][o][v][u] += in[b][c][y][x] * kernel[c][o][i][j];
                                } else {
                                    out[b][o][y][x] += in[b][c][v][u] * kernel[o][c][i][j];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    return output;
}

at::Tensor normaliseAndRectify(const at::Tensor& output)
{
    const at::Tensor mean = output.mean({0, 2, 3}, true);
    const at::Tensor variance = (output - mean).square().mean({0, 2, 3}, true);
    return ((output - mean) / (variance + 1e-5).sqrt()).clamp_min(0);
}

struct Rule {
    const char* name;
    Shape from, to, weight;
    std::int64_t stride, padding;
    bool transposed;
};

TEST(Hint, TheRegressorFollowsFromTheShapes)
{
    const std::vector<Rule> rules = {
        {"half the size", {3, 8, 6}, {5, 4, 3}, {5, 3, 3, 3}, 2, 1, false},
        {"twice the size", {3, 3, 2}, {4, 6, 4}, {3, 4, 4, 4}, 2, 1, true},
        {"a little smaller", {2, 7, 6}, {3, 4, 5}, {3, 2, 4, 2}, 1, 0, false},
        {"the same size", {2, 4, 4}, {2, 4, 4}, {2, 2, 1, 1}, 1, 0, false},
    };
    for (const Rule& rule : rules) {
        for (const bool normalised : {true, false}) {
            SCOPED_TRACE(rule.name);
            Pair pair(rule.from, rule.to, {{"regressor_norm", normalised}});
            pair.prepare();
            ASSERT_EQ(pair.learned("weight").sizes(), at::IntArrayRef(rule.weight));
            EXPECT_EQ(pair.objective->learned()->parameters().size(), normalised ? 4 : 2);
            const at::Tensor from = randomFeature(rule.from, 3, 1), to = randomFeature(rule.to, 3, 2);
            at::Tensor output = convolve(from.to(at::kDouble), pair.learned("weight"), pair.learned("bias"),
                                         rule.stride, rule.padding, rule.transposed, rule.to);
            output = normalised ? normaliseAndRectify(output) : output;
            const double expected = (output - to.to(at::kDouble)).square().mean().item<double>();
            EXPECT_NEAR(pair.loss(from, to).item<double>(), expected, 1e-5 * expected);
        }
    }
}

TEST(Hint, VectorsGetALinearLayer)
{
    Pair pair({5}, {3});
    pair.prepare();
    const at::Tensor from = randomFeature({5}, 4, 1).requires_grad_(true), to = randomFeature({3}, 4, 2);
    const at::Tensor loss = pair.loss(from, to);
    const at::Tensor weight = pair.learned("weight");
    const at::Tensor error
        = from.detach().to(at::kDouble).matmul(weight.t()) + pair.learned("bias") - to.to(at::kDouble);
    EXPECT_NEAR(loss.item<double>(), error.square().mean().item<double>(), 1e-6);
    loss.backward();
    EXPECT_TRUE(at::allclose(from.grad().to(at::kDouble), error.matmul(weight) * (2.0 / 12), 1e-5, 1e-7));
    const at::Tensor slope = error.t().matmul(from.detach().to(at::kDouble)) * (2.0 / 12);
    EXPECT_TRUE(
        at::allclose(pair.objective->learned()->parameters().at(0).tensor.grad().to(at::kDouble), slope, 1e-5, 1e-7));
}

TEST(Hint, WithoutARegressorTheFeaturesAreComparedAsTheyAre)
{
    Pair pair({2, 2, 2}, {2, 2, 2}, {{"regressor", "none"}});
    pair.prepare();
    EXPECT_EQ(pair.objective->learned(), nullptr);
    const at::Tensor from = randomFeature({2, 2, 2}, 1, 1).requires_grad_(true);
    const at::Tensor to = randomFeature({2, 2, 2}, 1, 2).requires_grad_(true);
    const at::Tensor loss = pair.loss(from, to);
    EXPECT_NEAR(loss.item<double>(), (from - to).to(at::kDouble).square().mean().item<double>(), 1e-6);
    loss.backward();
    EXPECT_TRUE(at::allclose(from.grad(), (from - to).detach() * (2.0 / 8), 1e-5, 1e-7));
    EXPECT_FALSE(to.grad().defined());
    EXPECT_EQ(pair.loss(from, from).item<double>(), 0);
}

TEST(Hint, FeaturesOfReducedPrecisionAreComparedInFloat32)
{
    Pair pair({4}, {4}, {{"regressor", "none"}});
    pair.prepare();
    const at::Tensor from = at::full({2, 4}, 1.0).to(at::kBFloat16), to = at::full({2, 4}, 1.0078125).to(at::kBFloat16);
    const at::Tensor loss = pair.loss(from, to);
    EXPECT_EQ(loss.scalar_type(), at::kFloat);
    EXPECT_EQ(loss.item<double>(), 0.0078125 * 0.0078125);
}

TEST(Hint, OneSampleAndASaturatedFeatureStayFinite)
{
    Pair pair({2, 2, 2}, {3, 2, 2});
    pair.prepare();
    const at::Tensor from = at::full({1, 2, 2, 2}, 1e4).requires_grad_(true);
    const at::Tensor loss = pair.loss(from, at::zeros({1, 3, 2, 2}));
    loss.backward();
    EXPECT_TRUE(std::isfinite(loss.item<double>()));
    EXPECT_TRUE(from.grad().isfinite().all().item<bool>());
}

TEST(Hint, TheWeightsComeFromTheRunsGeneratorAlone)
{
    Pair first({3, 8, 8}, {5, 4, 4}), second({3, 8, 8}, {5, 4, 4}), third({3, 8, 8}, {5, 4, 4});
    third.generator = generatorOf(8);
    first.prepare();
    at::empty({100}).normal_();
    second.prepare();
    third.prepare();
    EXPECT_TRUE(first.learned("weight").equal(second.learned("weight")));
    EXPECT_FALSE(first.learned("weight").equal(third.learned("weight")));
    const double bound = 1 / std::sqrt(27.0);
    EXPECT_LE(first.learned("weight").abs().max().item<double>(), bound);
    EXPECT_GT(first.learned("weight").abs().max().item<double>(), 0.9 * bound);
}

TEST(Hint, TheRegressorLearns)
{
    Pair pair({6}, {4});
    pair.prepare();
    const at::Tensor from = randomFeature({6}, 32, 1);
    const at::Tensor to = from.matmul(randomFeature({4}, 6, 3));
    const double before = pair.loss(from, to).item<double>();
    for (int step = 0; step < 200; ++step) {
        const at::Tensor loss = pair.loss(from, to);
        loss.backward();
        const at::NoGradGuard noGradients;
        for (const NamedTensor& parameter : pair.objective->learned()->parameters()) {
            parameter.tensor.sub_(parameter.tensor.grad(), 0.5);
            parameter.tensor.mutable_grad().reset();
        }
    }
    EXPECT_LT(pair.loss(from, to).item<double>(), 1e-3 * before);
}

TEST(Hint, SaysWhatCannotBeMatched)
{
    const auto error = [](const Shape& from, const Shape& to, const Json& parameters = Json::object()) {
        Pair pair(from, to, parameters);
        return errorOf([&] { pair.prepare(); });
    };
    for (const std::string& sentence : {error({3, 4, 4}, {5, 6, 6}), error({3, 4, 4}, {5, 8, 4}), error({3, 4, 4}, {5}),
                                        error({3, 4, 4}, {5, 6, 6}, {{"regressor", "none"}})}) {
        EXPECT_NE(sentence.find("\"thin\" (3 x 4 x 4)"), std::string::npos) << sentence;
        EXPECT_NE(sentence.find("\"wide\" (5"), std::string::npos) << sentence;
    }
    const std::string unknown = error({3}, {3}, {{"student_tap", "stage9"}});
    EXPECT_NE(unknown.find("\"stage9\""), std::string::npos) << unknown;
    EXPECT_NE(unknown.find("thin, logits"), std::string::npos) << unknown;
    EXPECT_NE(error({3}, {3}, {{"teacher_tap", "thin"}}).find("wide, logits"), std::string::npos);

    Pair blind({3}, {3});
    EXPECT_NE(errorOf([&] { blind.prepare(false); }).find("teacher"), std::string::npos);
}

TEST(Hint, WorksBetweenRealNetworks)
{
    at::Generator generator = generatorOf(3);
    const InputShape input{1, 16, 16};
    const auto student = makeModel({"resnet", {{"depth", 8}}}, input, 10, generator);
    const auto teacher = makeModel({"cnn", Json::object()}, input, 10, generator);
    const auto objective = makeObjective({"hint", {{"student_tap", "stage1"}, {"teacher_tap", "stage1"}}});
    objective->prepare(settingOf(*student, teacher.get(), input, generator));
    const at::Tensor images = randomFeature({1, 16, 16}, 4, 5);
    Taps studentTaps(objective->studentTaps()), teacherTaps(objective->teacherTaps());
    Forward studentPass{.training = true, .taps = &studentTaps}, teacherPass{.taps = &teacherTaps};
    student->forward(images, studentPass);
    teacher->forward(images, teacherPass);
    const at::Tensor none;
    const HardLabels noLabels;
    objective->loss({none, none, noLabels, studentTaps, teacherTaps}).backward();
    EXPECT_GT(student->parameters().at(0).tensor.grad().abs().sum().item<double>(), 0);
    EXPECT_FALSE(teacher->parameters().at(0).tensor.grad().defined());
}

} // namespace

} // namespace distill::test
