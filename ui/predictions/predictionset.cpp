// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/predictionset.h"

#include "experiment/error.h"
#include "ui/format.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

namespace distill::ui {

namespace {

QString translate(const char* text)
{
    return QCoreApplication::translate("predictions", text);
}

/// log softmax into `out`; returns the largest.
double logSoftmax(std::span<const float> logits, std::vector<double>& out)
{
    out.assign(logits.begin(), logits.end());
    const double largest = *std::max_element(out.begin(), out.end());
    double sum = 0;
    for (const double logit : out) {
        sum += std::exp(logit - largest);
    }
    const double norm = largest + std::log(sum);
    for (double& logit : out) {
        logit -= norm;
    }
    return largest - norm;
}

void complete(NetworkAnswers& network, const TestSet& test)
{
    const Answers& answers = *network.answers;
    const auto samples = static_cast<std::int64_t>(test.labels.size());
    if (answers.samples() != samples) {
        throw InputError(
            translate("%1 answered %2 samples, and the test set of %3 has %4: it is not the one that it was trained for")
                .arg(network.name, stepsText(answers.samples()), QString::fromStdString(test.dataset), stepsText(samples))
                .toStdString());
    }
    network.choices = choicesOf(answers);
    network.confidence.resize(test.labels.size());
    network.loss.assign(test.labels.size(), std::numeric_limits<float>::quiet_NaN());
    std::vector<double> logs;
    for (std::size_t i = 0; i < test.labels.size(); ++i) {
        network.confidence[i] = static_cast<float>(std::exp(logSoftmax(answers.of(static_cast<std::int64_t>(i)), logs)));
        if (const auto label = test.labels[i]; label >= 0 && label < answers.classes) {
            network.loss[i] = static_cast<float>(-logs[static_cast<std::size_t>(label)]);
        }
    }
}

} // namespace

QString PredictionSet::className(int number) const
{
    if (number < 0) {
        return translate("not known");
    }
    const auto place = static_cast<std::size_t>(number);
    return place < test->classes.size() ? QString::fromStdString(test->classes[place]) : translate("Class %1").arg(number);
}

bool PredictionSet::isRight(const NetworkAnswers& network, std::size_t sample) const
{
    return test->labels[sample] >= 0 && network.choices[sample] == test->labels[sample];
}

bool PredictionSet::isWrong(const NetworkAnswers& network, std::size_t sample) const
{
    return test->labels[sample] >= 0 && network.choices[sample] != test->labels[sample];
}

QString PredictionSet::sentenceOf(std::size_t sample) const
{
    QString text = translate("Sample %1: label %2.").arg(stepsText(static_cast<qint64>(sample)), className(test->labels[sample]));
    const auto add = [&](const NetworkAnswers& network) {
        const QString pattern = isRight(network, sample) ? translate(" %1: %2, %3, right.")
            : isWrong(network, sample)                   ? translate(" %1: %2, %3, wrong.")
                                                         : translate(" %1: %2, %3.");
        text += pattern.arg(network.title, className(network.choices[sample]), percentText(network.confidence[sample], 0));
    };
    add(student);
    if (teacher) {
        add(*teacher);
    }
    return text;
}

std::shared_ptr<const PredictionSet> predictionSet(std::shared_ptr<const TestSet> test, NetworkAnswers student,
                                                   std::optional<NetworkAnswers> teacher, bool taught)
{
    auto set = std::make_shared<PredictionSet>();
    set->test = std::move(test);
    set->student = std::move(student);
    set->teacher = std::move(teacher);
    set->taught = taught && set->teacher;
    complete(set->student, *set->test);
    if (!set->teacher) {
        return set;
    }
    complete(*set->teacher, *set->test);
    const Answers& learned = *set->student.answers;
    const Answers& teaching = *set->teacher->answers;
    if (learned.classes != teaching.classes) {
        throw InputError(
            translate("%1 knows %2 classes and %3 knows %4: only networks of the same classes can be laid side by side")
                .arg(set->student.name)
                .arg(learned.classes)
                .arg(set->teacher->name)
                .arg(teaching.classes)
                .toStdString());
    }
    set->divergence.resize(set->test->labels.size());
    std::vector<double> p, q;
    for (std::size_t i = 0; i < set->divergence.size(); ++i) {
        logSoftmax(teaching.of(static_cast<std::int64_t>(i)), p);
        logSoftmax(learned.of(static_cast<std::int64_t>(i)), q);
        double sum = 0;
        for (std::size_t k = 0; k < p.size(); ++k) {
            sum += std::exp(p[k]) * (p[k] - q[k]);
        }
        set->divergence[i] = static_cast<float>(std::max(0.0, sum));
    }
    return set;
}

} // namespace distill::ui
