// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/predictions.h"

#include <QString>
#include <optional>

namespace distill::ui {

/// One network's answers on a test set, with what they are sorted and filtered by.
struct NetworkAnswers {
    RunId run;
    QString name; ///< of the run
    QString title; ///< "Teacher", "Student"; of two runs that are neither to each other "A", "B"
    QString letter; ///< the title's, where there is room for no more
    std::shared_ptr<const Answers> answers;
    // Filled in by predictionSet():
    Choices choices;
    std::vector<float> confidence; ///< probability of the choice at temperature 1
    std::vector<float> loss; ///< cross-entropy with the label, in nats; NaN where the label is not known
};

/// A run's answers beside those of another, its teacher as a rule: the teacher's place is taken by whom the run is laid against.
struct PredictionSet {
    std::shared_ptr<const TestSet> test;
    NetworkAnswers student;
    std::optional<NetworkAnswers> teacher;
    bool taught = true; ///< by this teacher; else two runs that are neither to each other
    std::vector<float> divergence; ///< KL(teacher || student) of each sample at temperature 1, in nats; empty without a teacher

    std::int64_t samples() const { return static_cast<std::int64_t>(test->labels.size()); }
    int classes() const { return static_cast<int>(student.answers->classes); }
    QString className(int number) const; ///< "not known" of -1
    bool isRight(const NetworkAnswers& network, std::size_t sample) const;
    bool isWrong(const NetworkAnswers& network, std::size_t sample) const; ///< neither, where the label is not known
    /// "Sample 12: label Shirt. Student: Coat, 87 %, wrong. Teacher: Shirt, 62 %, right."
    QString sentenceOf(std::size_t sample) const;
};

/// Throws InputError where the answers are not of this test set. Some 100 ms for 60,000 samples: off the window's thread.
std::shared_ptr<const PredictionSet> predictionSet(std::shared_ptr<const TestSet> test, NetworkAnswers student,
                                                   std::optional<NetworkAnswers> teacher, bool taught = true);

} // namespace distill::ui
