// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"
#include "experiment/error.h"
#include "objectives/objective.h"

#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace distill::test {

using Rows = std::vector<std::vector<double>>;

struct Case {
    Rows student, teacher;
    std::vector<std::int64_t> labels;
};

inline Rows randomRows(std::size_t rows, std::size_t columns, double deviation, std::mt19937_64& random)
{
    std::normal_distribution<double> normal(0, deviation);
    Rows result(rows, std::vector<double>(columns));
    for (auto& row : result) {
        for (double& value : row) {
            value = normal(random);
        }
    }
    return result;
}

/// Every third label unknown.
inline Case randomCase(std::size_t rows, std::size_t columns, double deviation, unsigned seed)
{
    std::mt19937_64 random(seed);
    Case sample{randomRows(rows, columns, deviation, random), randomRows(rows, columns, deviation, random), {}};
    for (std::size_t i = 0; i < rows; ++i) {
        sample.labels.push_back(i % 3 == 2 ? -1 : static_cast<std::int64_t>(random() % columns));
    }
    return sample;
}

inline at::Tensor tensorOf(const Rows& rows, at::ScalarType type)
{
    at::Tensor tensor = at::empty(
        {static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.at(0).size())}, at::kDouble);
    auto values = tensor.accessor<double, 2>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = 0; k < rows[i].size(); ++k) {
            values[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(k)] = rows[i][k];
        }
    }
    return tensor.to(type);
}

inline Rows rowsOf(const at::Tensor& tensor)
{
    const at::Tensor values = tensor.detach().to(at::kDouble).contiguous();
    const auto access = values.accessor<double, 2>();
    Rows rows(static_cast<std::size_t>(values.size(0)), std::vector<double>(static_cast<std::size_t>(values.size(1))));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = 0; k < rows[i].size(); ++k) {
            rows[i][k] = access[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(k)];
        }
    }
    return rows;
}

struct Outcome {
    double value = 0;
    Rows gradient; ///< with respect to the student's logits
};

inline Outcome outcomeOf(Objective& objective, const Case& sample, at::ScalarType type)
{
    const at::Tensor student = tensorOf(sample.student, type).requires_grad_(true);
    const at::Tensor teacher = sample.teacher.empty() ? at::Tensor() : tensorOf(sample.teacher, type);
    const HardLabels labels{at::tensor(sample.labels, at::kLong), {}, {}};
    const Taps none;
    const at::Tensor loss = objective.loss({student, teacher, labels, none, none});
    EXPECT_EQ(loss.dim(), 0);
    EXPECT_EQ(loss.scalar_type(), type);
    loss.backward();
    return {loss.item<double>(), rowsOf(student.grad())};
}

inline Outcome outcomeOf(const std::string& kind, const Json& parameters, const Case& sample,
                         at::ScalarType type = at::kDouble)
{
    return outcomeOf(*makeObjective({kind, parameters}), sample, type);
}

inline void expectNear(const Outcome& actual, const Outcome& expected, double tolerance)
{
    const auto near
        = [&](double a, double b, double scale) { return std::abs(a - b) <= tolerance * std::max(scale, std::abs(b)); };
    EXPECT_TRUE(near(actual.value, expected.value, 1e-3)) << actual.value << " instead of " << expected.value;
    double largest = 1e-6;
    for (const auto& row : expected.gradient) {
        for (const double value : row) {
            largest = std::max(largest, std::abs(value));
        }
    }
    ASSERT_EQ(actual.gradient.size(), expected.gradient.size());
    for (std::size_t i = 0; i < expected.gradient.size(); ++i) {
        for (std::size_t k = 0; k < expected.gradient[i].size(); ++k) {
            EXPECT_TRUE(near(actual.gradient[i][k], expected.gradient[i][k], largest))
                << "gradient " << i << ", " << k << ": " << actual.gradient[i][k] << " instead of "
                << expected.gradient[i][k];
        }
    }
}

/// The gradient against central differences of the value, in double.
inline void expectGradientOfValue(const std::string& kind, const Json& parameters, const Case& sample)
{
    const Outcome outcome = outcomeOf(kind, parameters, sample);
    const double step = 1e-5;
    for (std::size_t i = 0; i < sample.student.size(); ++i) {
        for (std::size_t k = 0; k < sample.student[i].size(); ++k) {
            Case up = sample, down = sample;
            up.student[i][k] += step;
            down.student[i][k] -= step;
            const double slope
                = (outcomeOf(kind, parameters, up).value - outcomeOf(kind, parameters, down).value) / (2 * step);
            EXPECT_NEAR(outcome.gradient[i][k], slope, 1e-7);
        }
    }
}

/// log softmax(z / temperature), from the definition.
inline std::vector<double> logSoftmax(const std::vector<double>& logits, double temperature = 1)
{
    double largest = -INFINITY;
    for (const double value : logits) {
        largest = std::max(largest, value / temperature);
    }
    double sum = 0;
    for (const double value : logits) {
        sum += std::exp(value / temperature - largest);
    }
    std::vector<double> result;
    for (const double value : logits) {
        result.push_back(value / temperature - largest - std::log(sum));
    }
    return result;
}

/// Cross-entropy with smoothed labels and its gradient, from the definition.
inline Outcome crossEntropyReference(const Case& sample, double smoothing = 0)
{
    Outcome outcome;
    double known = 0;
    for (std::size_t i = 0; i < sample.student.size(); ++i) {
        known += sample.labels[i] >= 0;
    }
    for (std::size_t i = 0; i < sample.student.size(); ++i) {
        const std::vector<double> logOutput = logSoftmax(sample.student[i]);
        const auto classes = static_cast<double>(logOutput.size());
        std::vector<double> gradient(logOutput.size(), 0.0);
        for (std::size_t k = 0; sample.labels[i] >= 0 && k < logOutput.size(); ++k) {
            const bool right = static_cast<std::int64_t>(k) == sample.labels[i];
            const double target = (1 - smoothing) * right + smoothing / classes;
            outcome.value -= target * logOutput[k] / known;
            gradient[k] = (std::exp(logOutput[k]) - target) / known;
        }
        outcome.gradient.push_back(gradient);
    }
    return outcome;
}

/// A network whose taps have the shapes it was told, for one sample each.
class ShapedModel : public Model {
public:
    explicit ShapedModel(std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes)
        : m_shapes(std::move(shapes))
    {
        m_label = "shaped";
        for (const auto& [name, shape] : m_shapes) {
            m_taps.push_back(name);
        }
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override
    {
        at::Tensor output;
        for (const auto& [name, shape] : m_shapes) {
            std::vector<std::int64_t> sizes = shape;
            sizes.insert(sizes.begin(), input.size(0));
            output = at::zeros(sizes);
            if (pass.taps) {
                pass.taps->offer(name, output);
            }
        }
        return output;
    }

private:
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> m_shapes;
};

inline at::Generator generatorOf(std::uint64_t seed)
{
    return makeGenerator(at::kCPU, seed);
}

inline ObjectiveSetting settingOf(Model& student, Model* teacher, const InputShape& input, at::Generator& generator)
{
    ObjectiveSetting setting{.student = outlineOf(student, input), .generator = &generator};
    if (teacher) {
        setting.teacher = outlineOf(*teacher, input);
    }
    return setting;
}

/// What `action` throws as InputError; fails where it does not.
template <class Action> std::string errorOf(Action action)
{
    try {
        action();
    } catch (const InputError& error) {
        return error.what();
    }
    ADD_FAILURE() << "no InputError was thrown";
    return {};
}

} // namespace distill::test
