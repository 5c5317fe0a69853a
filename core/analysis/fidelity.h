// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/answers.h"

namespace distill {

// How far a student answers as its teacher does (Stanton et al. 2021), and whether it errs where the teacher errs. All sets are of the
// same samples in the same order; throws std::invalid_argument where their sizes differ.

/// Share of samples for which both choose the same class; NaN without samples.
double agreement(const Choices& left, const Choices& right);
/// 1 - agreement (Jiang et al. 2022): the share that changes when one takes the other's place.
double churn(const Choices& left, const Choices& right);
/// Mean over the samples of KL(teacher || student) of their softmaxes at `temperature`, in nats.
double divergence(const Answers& teacher, const Answers& student, double temperature = 1);
/// Share of labelled samples on which the choice is the label.
double accuracy(const Choices& choices, const Choices& labels);
/// Share of labelled samples on which the network errs and gives its choice a probability above `confidence`.
double confidentlyWrong(const Answers& answers, const Choices& labels, double confidence = 0.9);

/// Where two networks err, of the samples whose label is known.
struct SharedErrors {
    std::int64_t labelled = 0, teacherWrong = 0, studentWrong = 0, bothWrong = 0;
    std::int64_t sameWrong = 0; ///< both wrong, and both chose the same class

    double share() const;     ///< of the student's errors, those where the teacher errs too; NaN where it makes none
    double risk() const;      ///< P(student wrong | teacher wrong)
    double lift() const;      ///< risk / P(student wrong)
    double sameLabel() const; ///< sameWrong / bothWrong
};
SharedErrors sharedErrors(const Choices& teacher, const Choices& student, const Choices& labels);

/// What of the shared errors the student has from its teacher. Any two networks err on the same hard samples, so that shared errors say
/// nothing by themselves: a twin of the teacher, trained apart from it, says how many there are without inheritance.
struct Inheritance {
    SharedErrors student, twin;     ///< each with the teacher
    double share, risk, sameLabel;  ///< the student's less the twin's

    /// Whether both err about as often, within a quarter. Of a student that errs far more often than the twin, few errors can be the teacher's,
    /// whatever it inherited: then the same student alone is what to compare it with.
    bool comparable() const;
};
Inheritance inheritance(const Choices& teacher, const Choices& student, const Choices& twin, const Choices& labels);

/// Agreement of each with each, row by row: symmetric, 1 on the diagonal.
std::vector<std::vector<double>> agreementMatrix(const std::vector<Choices>& networks);

/// Samples that most of the teachers get right and most of the students get wrong (after Hooker et al. 2019: the examples that a small model
/// loses), those with the largest difference of votes first. One of each is enough; several seeds make it sure.
std::vector<std::int64_t> lostExamples(const std::vector<Choices>& teachers, const std::vector<Choices>& students, const Choices& labels);

} // namespace distill
