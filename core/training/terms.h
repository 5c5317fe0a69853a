// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/objective.h"
#include "training/balance.h"
#include "training/checkpoint.h"
#include "training/measurements.h"

#include <span>

namespace distill {

/// A stage's objective as one network learns from it: its terms that are not muted, their weights, schedules and balance.
class Terms {
public:
    /// `pointer` of the stage in the document. Throws InputError where a method cannot serve these networks.
    Terms(const StageSettings& settings, const std::string& pointer, const ObjectiveSetting& setting, bool hasTeacher, at::Device device);

    const std::vector<std::string>& studentTaps() const { return m_studentTaps; }
    const std::vector<std::string>& teacherTaps() const { return m_teacherTaps; }
    bool asksTeacher() const;
    bool asksIndices() const;
    std::vector<at::Tensor> learnedParameters() const;
    struct Outline {
        std::string pointer; ///< "/stages/0/objective/1"
        std::string name;    ///< "Term 2, hint"
        std::int64_t learnedParameters = 0;
        std::vector<std::string> remarks; ///< what is put between student and teacher
    };
    std::vector<Outline> outlines() const;

    /// Each term before its weight, at a position (0 to 1) of the stage. There is a view for each teacher that answers for itself
    /// (a peer): a term that learns from one takes the mean over them; the others look at the first.
    std::vector<at::Tensor> values(std::span<const StepInputs> views, double position);
    /// Measures the terms' gradients by these parameters where the balance of this step asks for it, or the curves do (`records`).
    void measure(const std::vector<at::Tensor>& values, double position, std::int64_t step, bool records,
                 const std::vector<at::Tensor>& parameters, Measurements& measurements);
    /// The weighted sum: of all terms, or of those that ask a teacher or do not. Undefined where there is none.
    enum class Which { All, FromTeacher, FromLabels };
    at::Tensor loss(const std::vector<at::Tensor>& values, double position, Which which = Which::All) const;
    /// The values into each term's curve.
    void record(const std::vector<at::Tensor>& values, Measurements& measurements) const;

    std::vector<Tuning> tunables() const;
    void tune(const Tuning& tuning); ///< passes over what is no term's
    /// Takes over, tensor by tensor of equal name and shape, what terms of the same methods learned in the stage before. Returns
    /// how many did.
    std::size_t takeOver(const Terms& before);

    void save(Checkpoint& into, const std::string& prefix) const;
    void restore(const Checkpoint& from, const std::string& prefix);

private:
    struct Term {
        std::unique_ptr<Objective> objective;
        TermSettings settings;
        std::size_t place = 0; ///< in the document, muted terms included
        double coldest = 0;    ///< least temperature it may have
        std::string lossSeries, gradientSeries, cosineSeries, balanceSeries;
        std::vector<Field> tunableFields;
        std::string pointer; ///< "/stages/0/objective/1/"
    };
    static void setTemperature(Term& term, double position);
    double weight(const Term& term, double position) const;
    at::Tensor weighted(const std::vector<at::Tensor>& values, std::size_t index, double position) const;

    std::vector<Term> m_terms;
    std::vector<std::string> m_studentTaps, m_teacherTaps;
    Balance m_balance;
};

} // namespace distill
