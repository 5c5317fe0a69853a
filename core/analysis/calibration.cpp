// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/calibration.h"

#include "analysis/counting.h"

#include <algorithm>
#include <cmath>

namespace distill {

namespace {

/// Mean cross-entropy of the labels at a temperature; answers that are no numbers are left out.
double crossEntropy(const Answers& answers, const Choices& labels, double temperature)
{
    double sum = 0;
    std::int64_t counted = 0;
    for (std::int64_t i = 0; i < answers.samples(); ++i) {
        const std::int32_t label = labels[static_cast<std::size_t>(i)];
        if (label < 0 || label >= answers.classes) {
            continue;
        }
        const auto row = answers.of(i);
        const double largest = *std::max_element(row.begin(), row.end());
        double total = 0;
        for (const float logit : row) {
            total += std::exp((logit - largest) / temperature);
        }
        const double loss = std::log(total) - (row[static_cast<std::size_t>(label)] - largest) / temperature;
        if (std::isfinite(loss)) {
            sum += loss;
            ++counted;
        }
    }
    return ratio(sum, counted);
}

} // namespace

Calibration calibrationOf(const Answers& answers, const Choices& labels, double temperature, int bins)
{
    requireSameSize(static_cast<std::size_t>(answers.samples()), labels.size());
    if (bins < 1 || !(temperature > 0)) {
        throw std::invalid_argument("Calibration takes one bin at least and a temperature above 0");
    }
    const Choices choices = choicesOf(answers);
    Calibration calibration;
    calibration.bins.resize(static_cast<std::size_t>(bins));
    std::int64_t counted = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] < 0) {
            continue;
        }
        const double confidence
            = softened(answers.of(static_cast<std::int64_t>(i)), temperature)[static_cast<std::size_t>(choices[i])];
        if (std::isnan(confidence)) {
            continue;
        }
        const int place = std::clamp(static_cast<int>(std::ceil(confidence * bins)) - 1, 0, bins - 1);
        ReliabilityBin& bin = calibration.bins[static_cast<std::size_t>(place)];
        ++bin.samples;
        bin.confidence += confidence;
        bin.accuracy += choices[i] == labels[i] ? 1 : 0;
        ++counted;
    }
    double error = 0, signedError = 0;
    for (ReliabilityBin& bin : calibration.bins) {
        error += std::abs(bin.accuracy - bin.confidence);
        signedError += bin.confidence - bin.accuracy;
        bin.confidence = ratio(bin.confidence, bin.samples);
        bin.accuracy = ratio(bin.accuracy, bin.samples);
    }
    calibration.error = ratio(error, counted);
    calibration.signedError = ratio(signedError, counted);
    return calibration;
}

double bestTemperature(const Answers& answers, const Choices& labels)
{
    requireSameSize(static_cast<std::size_t>(answers.samples()), labels.size());
    // The loss is convex in 1/T, so that it has one valley in log T as well: golden section.
    const double golden = (std::sqrt(5.0) - 1) / 2;
    double low = std::log(0.05), high = std::log(20.0);
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double leftLoss = crossEntropy(answers, labels, std::exp(left)), rightLoss = crossEntropy(answers, labels, std::exp(right));
    if (std::isnan(leftLoss) || std::isnan(rightLoss)) {
        return 1; // no label, or nothing but answers that are no numbers
    }
    while (high - low > 2e-4) {
        if (leftLoss <= rightLoss) {
            high = right;
            right = left;
            rightLoss = leftLoss;
            left = high - golden * (high - low);
            leftLoss = crossEntropy(answers, labels, std::exp(left));
        } else {
            low = left;
            left = right;
            leftLoss = rightLoss;
            right = low + golden * (high - low);
            rightLoss = crossEntropy(answers, labels, std::exp(right));
        }
    }
    return std::exp((low + high) / 2);
}

} // namespace distill
