// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/calibration.h"
#include "analysis/confusion.h"
#include "analysis/fidelity.h"
#include "engine/cost.h"
#include "history/history.h"

#include <functional>
#include <map>
#include <optional>

namespace distill {

/// What one network answers, measured on the test set.
struct NetworkFigures {
    RunId run; ///< empty for the combined answer of several teachers
    std::string name, model;
    double accuracy = 0, confidentlyWrong = 0, rareClassAccuracy = 0;
    Calibration calibration;
    /// Accuracy on the same test samples as they are ("clean") and spoilt in a way and strength: "noise 0.1", "blur 1", "contrast 0.5", ...
    /// (evaluation/corruption.h); empty until it was measured.
    std::vector<std::pair<std::string, double>> corrupted;
};

struct SimilarityCell {
    std::string teacherTap, studentTap;
    double cka = 0; ///< linear, centred, in [0, 1]
};

/// What a student took over from its teacher and what it lost (against a twin of the teacher, where there is one).
struct Examination {
    NetworkFigures student, teacher;
    /// The student's control, and the teacher's twin: of the run's row, else any finished run of the teacher's document with another seed.
    std::optional<NetworkFigures> alone, twin;
    double agreement = 0, divergence = 0; ///< student and teacher
    std::optional<double> twinAgreement, twinDivergence; ///< twin and teacher: the bar that fidelity has to beat
    std::optional<double> aloneAgreement, aloneDivergence;
    SharedErrors sharedErrors; ///< student and teacher; says nothing of inheritance by itself
    std::optional<SharedErrors> aloneErrors; ///< student alone and teacher
    std::optional<Inheritance> inheritance; ///< none without a twin
    std::optional<Inheritance> beyondAlone; ///< the same with the student alone in the twin's place; none without both
    std::string inherited;     ///< what they say, in plain words; empty without a twin
    std::string noInheritance; ///< why there is none, and what to do: a sentence
    std::vector<Slice> classes; ///< one a class
    std::vector<std::string> classNames;
    /// Test samples that teacher and twin know, and this student and its siblings of the same document do not; see lostExamples().
    std::vector<std::int64_t> lost;
    /// Other finished students of the same teacher whose answers can be had, this one first; twelve at most, those of the same document
    /// (other seeds) before others, newest first.
    std::vector<RunId> siblings;
    std::vector<std::vector<double>> siblingAgreement;
    std::vector<SimilarityCell> similarity; ///< of each pair of taps; empty until it was measured
};

/// What of the examination takes a network's forward passes: seconds each.
struct ExaminationOptions {
    bool similarity = false; ///< linear CKA of each pair of taps, on 2,000 test samples at most; not of several teachers
    bool corruption = false; ///< accuracy of student, teacher and alone under each corruption, on 2,000 samples at most
};

/// Throws InputError for a run without teachers that are runs, or where the answers of student or teacher cannot be had; of the others what
/// is missing is left out. A teacher of other data is asked about the student's test set. Off the window's thread; `keepGoing` may end it
/// early, and then what was not measured is empty.
Examination examine(const History& history, const RunId& student, const ExaminationOptions& options,
                    const std::function<bool()>& keepGoing = {});

} // namespace distill
