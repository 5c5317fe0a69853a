// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/layers.h"
#include "objectives/formula.h"
#include "objectives/registry.h"
#include "objectives/relations.h"

#include <cmath>

namespace distill {

namespace {

/// A linear layer for each network's feature; both train with the student and are no part of it afterwards.
class Embeddings final : public Module {
public:
    Embeddings(std::int64_t from, std::int64_t to, std::int64_t dimension, at::Generator& generator)
        : m_student(addChild("student", std::make_unique<Linear>(from, dimension, generator)))
        , m_teacher(addChild("teacher", std::make_unique<Linear>(to, dimension, generator)))
    {
    }
    at::Tensor forward(const at::Tensor& input, Forward& pass) override { return m_student.forward(input, pass); }
    at::Tensor ofTeacher(const at::Tensor& input, Forward& pass) { return m_teacher.forward(input, pass); }

private:
    Linear& m_student;
    Linear& m_teacher;
};

/// Peng et al. 2019, "Correlation Congruence for Knowledge Distillation" (arXiv:1904.01802, section 3).
/// Features of any shape, flattened, through a learned linear layer each to `dimension` numbers, e_s and e_t [B, dimension]. Three
/// codes compute three losses from them; `form` chooses:
///     differences:   1/(B - 1) sum_i sum_d |D_i||D_{i+1}|,  D = e_s - e_t: neighbours in the batch (the default)
///     kernel_norm:   ||K(e_s) - K(e_t)||_F / B^2
///     kernel_mse:    1/B^2 ||K(e_s) - K(e_t)||_F^2
///     K_ij = exp(-2 gamma) sum_{p=0..order} (2 gamma)^p / p! (e_i.e_j)^p  ("gaussian": for vectors of length 1 the Taylor series
///     of exp(-gamma |e_i - e_j|^2)), or e_i.e_j ("bilinear")
/// "differences" to 128 numbers is RepDistiller's and mdistiller's (the authors' code, says the former), with a weight of 0.02.
/// "kernel_norm" is torchdistill's, not squared, of embeddings as they are; "kernel_mse" is KD-Zoo's, of the features themselves
/// (`dimension` 0) at length 1 (`unit_length`). The paper's equation is the squared norm over B^2. A batch of one has no pair of
/// neighbours and costs 0 (the published codes: NaN).
class Correlation final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.choice(
            "form", m_form,
            {{"differences", "Products of the differences of neighbours in the batch, as RepDistiller and mdistiller have it."},
             {"kernel_norm", "Length of the difference of two kernel matrices, as torchdistill has it."},
             {"kernel_mse", "Mean squared difference of two kernel matrices, as KD-Zoo has it."}},
            {.help = "Which of the published losses is computed."});
        binder.integer("dimension", m_dimension,
                       {.help = "Numbers that the learned linear layers bring both features to; 0: the features themselves.",
                        .minimum = 0,
                        .maximum = 65536});
        binder.boolean("unit_length", m_unitLength, {.help = "Brings each sample's vector to length 1 first.", .advanced = true});
        binder.choice("kernel", m_kernel,
                      {{"gaussian", "Taylor series of a Gaussian kernel."}, {"bilinear", "Product of the two vectors."}},
                      {.help = "How alike two samples are; for the forms with a kernel.", .advanced = true});
        binder.number("gamma", m_gamma,
                      {.help = "Sharpness of the Gaussian kernel.", .minimum = 1e-6, .maximum = 100, .advanced = true});
        binder.integer(
            "order", m_order,
            {.help = "Highest power in the Gaussian kernel's Taylor series.", .minimum = 1, .maximum = 10, .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const TapPairs::Pair pair = m_taps.pair(setting, "correlation");
        if (m_dimension == 0) {
            if (m_form == "differences" && elements(pair.from) != elements(pair.to)) {
                throw cannotMatch(
                    "correlation", pair,
                    "without learned layers (dimension 0) the form differences needs features of the same size: choose a "
                    "dimension of 1 or more");
            }
            return;
        }
        auto embeddings = std::make_unique<Embeddings>(elements(pair.from), elements(pair.to), m_dimension, *setting.generator);
        const std::string width = std::to_string(m_dimension);
        remark({"two linear layers bring the student's " + pair.student + " (" + shapeText(pair.from) + ") and the teacher's "
                + pair.teacher + " (" + shapeText(pair.to) + ") to " + width + " numbers each: "
                + countText(embeddings->parameterCount()) + " parameters"});
        m_embeddings = embeddings.get();
        m_learned = std::move(embeddings);
    }

    bool needsTeacher() const override { return true; }
    bool relatesSamples() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor student = flat(inputs.studentTaps.at(m_taps.student));
        at::Tensor teacher = flat(inputs.teacherTaps.at(m_taps.teacher).detach());
        if (m_embeddings) {
            Forward pass{.training = true};
            student = m_embeddings->forward(student, pass);
            teacher = m_embeddings->ofTeacher(teacher, pass);
        }
        if (m_unitLength) {
            student = direction(student, 1);
            teacher = direction(teacher, 1);
        }
        if (m_form == "differences") {
            const at::Tensor difference = (student - teacher).abs();
            const std::int64_t neighbours = difference.size(0) - 1;
            return (difference.narrow(0, 0, neighbours) * difference.narrow(0, 1, neighbours)).sum()
                / std::max<std::int64_t>(1, neighbours);
        }
        const at::Tensor squares = (kernel(student) - kernel(teacher)).square();
        const auto samples = static_cast<double>(student.size(0));
        // The clamp keeps the gradient of equal matrices at zero instead of 0/0.
        return m_form == "kernel_mse" ? squares.mean() : squares.sum().clamp_min(1e-24).sqrt() / (samples * samples);
    }
    std::string formula(bool) const override
    {
        std::string text = m_form == "differences" ? "1/(B - 1) sum_i sum_d |D_i||D_{i+1}|, D = e_s - e_t"
            : m_form == "kernel_norm"              ? "||K(e_s) - K(e_t)||_F / B^2"
                                                   : "1/B^2 ||K(e_s) - K(e_t)||_F^2";
        text += m_dimension == 0 ? ", e = f" : ", e = W f + b, " + std::to_string(m_dimension) + " numbers of each, learned,";
        text += std::string(m_unitLength ? " at length 1 " : " ") + layersText(m_taps);
        if (m_form == "differences") {
            return text;
        }
        const std::string twice = numberText(2 * m_gamma);
        return text + ", K_ij = "
            + (m_kernel == "bilinear" ? "e_i.e_j"
                                      : "exp(-" + twice + ") sum_{p=0..." + std::to_string(m_order) + "} " + twice
                                              + "^p/p! (e_i.e_j)^p");
    }

private:
    static std::int64_t elements(const Shape& shape)
    {
        std::int64_t product = 1;
        for (const std::int64_t size : shape) {
            product *= size;
        }
        return product;
    }

    at::Tensor kernel(const at::Tensor& x) const
    {
        const at::Tensor products = gram(x);
        if (m_kernel == "bilinear") {
            return products;
        }
        // By Horner's rule: 1 + 2 gamma s (1 + gamma s (1 + 2/3 gamma s (...))).
        at::Tensor series = at::ones_like(products);
        for (std::int64_t p = m_order; p >= 1; --p) {
            series = 1 + products * series * (2 * m_gamma / static_cast<double>(p));
        }
        return series * std::exp(-2 * m_gamma);
    }

    TapPair m_taps{"penultimate", "penultimate"};
    std::string m_form = "differences";
    std::int64_t m_dimension = 128;
    bool m_unitLength = false;
    std::string m_kernel = "gaussian";
    double m_gamma = 0.4;
    std::int64_t m_order = 2;
    Embeddings* m_embeddings = nullptr;
};

} // namespace

ObjectiveEntry correlationEntry()
{
    return {
        "correlation",
        "Correlation congruence (CC)",
        "How the samples of a batch relate to one another follows the teacher, in a space learned for both.",
        "L = 1/(B - 1) sum_i sum_d |D_i||D_{i+1}|, D = W_s f_s - W_t f_t; form kernel_norm: ||K(e_s) - K(e_t)||_F / B^2; form "
        "kernel_mse: its square over B^2; K_ij = exp(-2g) sum_p (2g)^p/p! (e_i.e_j)^p",
        "Peng et al., Correlation Congruence for Knowledge Distillation, ICCV 2019, arXiv:1904.01802",
        makeOne<Correlation>,
        {{"repdistiller",
          "Differences of neighbours in the batch, 128 numbers; its weight is 0.02.",
          {{"form", "differences"},
           {"dimension", 128},
           {"unit_length", false},
           {"kernel", "gaussian"},
           {"gamma", 0.4},
           {"order", 2}}},
         {"mdistiller",
          "As repdistiller.",
          {{"form", "differences"},
           {"dimension", 128},
           {"unit_length", false},
           {"kernel", "gaussian"},
           {"gamma", 0.4},
           {"order", 2}}},
         {"torchdistill",
          "Norm of the difference of two kernel matrices over B^2, embeddings not normalised.",
          {{"form", "kernel_norm"},
           {"dimension", 128},
           {"unit_length", false},
           {"kernel", "gaussian"},
           {"gamma", 0.4},
           {"order", 2}}},
         {"kd-zoo",
          "Mean squared difference of the kernel matrices of the features themselves, at length 1.",
          {{"form", "kernel_mse"},
           {"dimension", 0},
           {"unit_length", true},
           {"kernel", "gaussian"},
           {"gamma", 0.4},
           {"order", 2}}}}};
}

} // namespace distill
