// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "analysis/calibration.h"
#include "analysis/confusion.h"
#include "analysis/fidelity.h"
#include "history/history.h"

#include <functional>
#include <map>
#include <optional>

namespace distill {

/// What one network answers, measured on the test set.
struct NetworkFigures {
    RunId run;
    std::string name, model;
    double accuracy = 0, confidentlyWrong = 0, rareClassAccuracy = 0;
    Calibration calibration;
    /// Accuracy on the test set spoilt in a way and strength: "noise 0.1", "blur 1", "contrast 0.5", ...; empty until it was measured.
    std::vector<std::pair<std::string, double>> corrupted;
};

struct SimilarityCell {
    std::string teacherTap, studentTap;
    double cka = 0; ///< linear, centred, in [0, 1]
};

/// What a student took over from its teacher and what it lost (against a twin of the teacher, where there is one).
struct Examination {
    NetworkFigures student, teacher;
    std::optional<NetworkFigures> alone, twin;
    double agreement = 0, divergence = 0; ///< student and teacher
    std::optional<double> twinAgreement, twinDivergence; ///< twin and teacher: the bar that fidelity has to beat
    std::optional<double> aloneAgreement, aloneDivergence;
    SharedErrors sharedErrors; ///< student and teacher; says nothing of inheritance by itself
    std::optional<Inheritance> inheritance; ///< none without a twin
    std::string noInheritance; ///< why there is none, and what to do: a sentence
    std::vector<Slice> classes; ///< one a class
    std::vector<std::string> classNames;
    std::vector<std::int64_t> lost; ///< test samples; see lostExamples()
    std::vector<RunId> siblings;    ///< other students of the same teacher, this one first
    std::vector<std::vector<double>> siblingAgreement;
    std::vector<SimilarityCell> similarity; ///< of each pair of taps; empty until it was measured
};

/// What of the examination takes a network's forward passes: seconds each.
struct ExaminationOptions {
    bool similarity = false; ///< linear CKA of each pair of taps, on 2,000 test samples at most
    bool corruption = false; ///< accuracy of student, teacher and alone under each corruption, on 2,000 samples at most
};

/// Throws InputError for a run without a teacher that is a run, or without answers. Off the window's thread; `keepGoing` may end it early, and
/// then what was not measured is empty.
Examination examine(const History& history, const RunId& student, const ExaminationOptions& options,
                    const std::function<bool()>& keepGoing = {});

/// What a network costs to use on this machine.
struct Cost {
    std::int64_t parameters = 0, multiplyAdds = 0;
    std::int64_t bytesFloat32 = 0, bytesBfloat16 = 0; ///< of the weights
    struct Latency {
        std::int64_t batch = 1;
        double median = 0, p95 = 0; ///< seconds a batch
    };
    std::vector<Latency> latencies; ///< after warm-up, one thread a core; empty until measured
    double trainingSeconds = 0;
    double trainingJoules = 0; ///< estimate: seconds x `watts` of the machine
    std::int64_t labels = 0;   ///< labelled samples it learned from
    std::int64_t queries = 0;  ///< answers asked of the teacher
};
/// Measures latency at each batch size for about half a second. Off the window's thread.
Cost costOf(const History& history, const RunId& run, const std::vector<std::int64_t>& batches, double watts);

} // namespace distill
