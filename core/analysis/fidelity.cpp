// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/fidelity.h"

#include "analysis/counting.h"

#include <algorithm>
#include <cmath>

namespace distill {

namespace {

std::vector<double> logSoftmax(std::span<const float> logits, double temperature)
{
    std::vector<double> values(logits.begin(), logits.end());
    const double largest = *std::max_element(values.begin(), values.end());
    double sum = 0;
    for (double& value : values) {
        value = (value - largest) / temperature;
        sum += std::exp(value);
    }
    for (double& value : values) {
        value -= std::log(sum);
    }
    return values;
}

/// For each sample, how many of the networks choose its label.
std::vector<std::int64_t> votes(const std::vector<Choices>& networks, const Choices& labels)
{
    std::vector<std::int64_t> right(labels.size(), 0);
    for (const Choices& choices : networks) {
        requireSameSize(choices.size(), labels.size());
        for (std::size_t i = 0; i < labels.size(); ++i) {
            right[i] += choices[i] == labels[i] ? 1 : 0;
        }
    }
    return right;
}

} // namespace

double agreement(const Choices& left, const Choices& right)
{
    requireSameSize(left.size(), right.size());
    std::int64_t same = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        same += left[i] == right[i] ? 1 : 0;
    }
    return ratio(same, static_cast<std::int64_t>(left.size()));
}

double churn(const Choices& left, const Choices& right)
{
    return 1 - agreement(left, right);
}

double divergence(const Answers& teacher, const Answers& student, double temperature)
{
    requireSameSize(teacher.logits.size(), student.logits.size());
    requireSameSize(static_cast<std::size_t>(teacher.classes), static_cast<std::size_t>(student.classes));
    double sum = 0;
    for (std::int64_t i = 0; i < teacher.samples(); ++i) {
        const std::vector<double> target = logSoftmax(teacher.of(i), temperature);
        const std::vector<double> output = logSoftmax(student.of(i), temperature);
        for (std::size_t k = 0; k < target.size(); ++k) {
            const double probability = std::exp(target[k]);
            sum += probability == 0 ? 0 : probability * (target[k] - output[k]); // 0 log 0 = 0
        }
    }
    return ratio(sum, teacher.samples());
}

double accuracy(const Choices& choices, const Choices& labels)
{
    requireSameSize(choices.size(), labels.size());
    std::int64_t labelled = 0, right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        labelled += labels[i] >= 0 ? 1 : 0;
        right += labels[i] >= 0 && choices[i] == labels[i] ? 1 : 0;
    }
    return ratio(right, labelled);
}

double confidentlyWrong(const Answers& answers, const Choices& labels, double confidence)
{
    const Choices choices = choicesOf(answers);
    requireSameSize(choices.size(), labels.size());
    std::int64_t labelled = 0, wrong = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0) {
            continue;
        }
        ++labelled;
        if (choices[i] != labels[i]) {
            const double probability = softened(answers.of(static_cast<std::int64_t>(i)))[static_cast<std::size_t>(choices[i])];
            wrong += probability > confidence ? 1 : 0;
        }
    }
    return ratio(wrong, labelled);
}

double SharedErrors::share() const
{
    return ratio(bothWrong, studentWrong);
}

double SharedErrors::risk() const
{
    return ratio(bothWrong, teacherWrong);
}

double SharedErrors::lift() const
{
    return risk() / ratio(studentWrong, labelled);
}

double SharedErrors::sameLabel() const
{
    return ratio(sameWrong, bothWrong);
}

SharedErrors sharedErrors(const Choices& teacher, const Choices& student, const Choices& labels)
{
    requireSameSize(teacher.size(), labels.size());
    requireSameSize(student.size(), labels.size());
    SharedErrors errors;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0) {
            continue;
        }
        const bool teacherWrong = teacher[i] != labels[i], studentWrong = student[i] != labels[i];
        ++errors.labelled;
        errors.teacherWrong += teacherWrong ? 1 : 0;
        errors.studentWrong += studentWrong ? 1 : 0;
        errors.bothWrong += teacherWrong && studentWrong ? 1 : 0;
        errors.sameWrong += teacherWrong && studentWrong && teacher[i] == student[i] ? 1 : 0;
    }
    return errors;
}

bool Inheritance::comparable() const
{
    return 4 * student.studentWrong <= 5 * twin.studentWrong && 4 * twin.studentWrong <= 5 * student.studentWrong;
}

Inheritance inheritance(const Choices& teacher, const Choices& student, const Choices& twin, const Choices& labels)
{
    Inheritance result;
    result.student = sharedErrors(teacher, student, labels);
    result.twin = sharedErrors(teacher, twin, labels);
    result.share = result.student.share() - result.twin.share();
    result.risk = result.student.risk() - result.twin.risk();
    result.sameLabel = result.student.sameLabel() - result.twin.sameLabel();
    return result;
}

std::vector<std::vector<double>> agreementMatrix(const std::vector<Choices>& networks)
{
    std::vector<std::vector<double>> matrix(networks.size(), std::vector<double>(networks.size(), 1.0));
    for (std::size_t row = 0; row < networks.size(); ++row) {
        for (std::size_t column = 0; column < row; ++column) {
            matrix[row][column] = matrix[column][row] = agreement(networks[row], networks[column]);
        }
    }
    return matrix;
}

std::vector<std::int64_t> lostExamples(const std::vector<Choices>& teachers, const std::vector<Choices>& students, const Choices& labels)
{
    const std::vector<std::int64_t> teacherVotes = votes(teachers, labels), studentVotes = votes(students, labels);
    const auto teacherCount = static_cast<std::int64_t>(teachers.size()), studentCount = static_cast<std::int64_t>(students.size());
    std::vector<std::int64_t> lost;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= 0 && 2 * teacherVotes[i] > teacherCount && 2 * studentVotes[i] < studentCount) {
            lost.push_back(static_cast<std::int64_t>(i));
        }
    }
    // Shares of votes, brought to one denominator so that equal ones compare equal.
    const auto difference = [&](std::int64_t sample) {
        const auto i = static_cast<std::size_t>(sample);
        return teacherVotes[i] * studentCount - studentVotes[i] * teacherCount;
    };
    std::stable_sort(lost.begin(), lost.end(),
                     [&](std::int64_t left, std::int64_t right) { return difference(left) > difference(right); });
    return lost;
}

} // namespace distill
