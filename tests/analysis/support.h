// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"

#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>

namespace distill::test {

inline constexpr float nan = std::numeric_limits<float>::quiet_NaN();

inline Answers answersOf(std::initializer_list<std::initializer_list<float>> rows)
{
    Answers answers;
    for (const auto& row : rows) {
        answers.classes = static_cast<std::int64_t>(row.size());
        answers.logits.insert(answers.logits.end(), row);
    }
    return answers;
}

/// Logits whose softmax is these probabilities.
inline Answers answersOfProbabilities(std::initializer_list<std::initializer_list<double>> rows)
{
    Answers answers;
    for (const auto& row : rows) {
        answers.classes = static_cast<std::int64_t>(row.size());
        for (const double probability : row) {
            answers.logits.push_back(static_cast<float>(std::log(probability)));
        }
    }
    return answers;
}

inline Answers randomAnswers(std::int64_t samples, std::int64_t classes, unsigned seed, double spread = 2)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, static_cast<float>(spread));
    Answers answers{classes, std::vector<float>(static_cast<std::size_t>(samples * classes))};
    for (float& logit : answers.logits) {
        logit = normal(generator);
    }
    return answers;
}

inline Choices randomChoices(std::int64_t samples, std::int32_t classes, unsigned seed, std::int32_t first = 0)
{
    std::mt19937 generator(seed);
    std::uniform_int_distribution<std::int32_t> uniform(first, classes - 1);
    Choices choices(static_cast<std::size_t>(samples));
    for (std::int32_t& choice : choices) {
        choice = uniform(generator);
    }
    return choices;
}

} // namespace distill::test
