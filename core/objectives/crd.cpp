// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/formula.h"
#include "objectives/randomstream.h"
#include "objectives/registry.h"

#include "models/product.h"

#include <ATen/core/grad_mode.h>
#include <cmath>

namespace distill {

namespace {

/// One network's side: the embedding that learns, the memory of what it said of each sample, and the constant of its posterior.
class Side {
public:
    Side(const std::string& name, std::int64_t features, std::int64_t dimension, std::int64_t samples, Parts& parts,
         at::Generator& generator)
        : m_embedding(parts.addChild(name, std::make_unique<Linear>(features, dimension, generator)))
        , m_bank(parts.addBuffer("bank." + name, firstBank(samples, dimension, generator)))
        , m_constant(parts.addBuffer("constant." + name, at::full({1}, -1, at::kFloat)))
    {
    }
    /// [B, d], of length 1
    at::Tensor embedded(const at::Tensor& feature, Forward& pass) { return unit(m_embedding.forward(flat(feature), pass), 1); }

    at::Tensor& bank() { return m_bank; }
    at::Tensor& constant() { return m_constant; }

    void remember(const at::Tensor& places, const at::Tensor& embedding, double momentum)
    {
        const at::NoGradGuard noGradients;
        const at::Tensor mixed = m_bank.index_select(0, places) * momentum + embedding.detach() * (1 - momentum);
        m_bank.index_copy_(0, places, unit(mixed, 1));
    }

private:
    static at::Tensor firstBank(std::int64_t samples, std::int64_t dimension, at::Generator& generator)
    {
        const double bound = std::sqrt(3 / static_cast<double>(dimension));
        return at::empty({samples, dimension}).uniform_(-bound, bound, generator);
    }
    Linear& m_embedding;
    at::Tensor& m_bank;
    at::Tensor& m_constant;
};

/// Training samples in the order of their classes, from which those of another class than a sample's own are all but one run.
struct ByClass {
    at::Tensor order; ///< int64 [known]: places in the training set
    at::Tensor start; ///< int64 [N]: where each sample's class begins in it
    at::Tensor count; ///< int64 [N]: how many there are of its class; 0 where that is unknown

    explicit ByClass(const at::Tensor& labels)
    {
        const at::Tensor known = labels.ge(0).nonzero().flatten();
        const at::Tensor classes = labels.index_select(0, known);
        order = known.index_select(0, std::get<1>(classes.sort(/*stable=*/true, 0, /*descending=*/false)));
        const at::Tensor sizes = at::bincount(classes);
        const at::Tensor own = labels.clamp_min(0), has = labels.ge(0).to(at::kLong);
        if (known.numel() == 0) {
            start = count = at::zeros_like(labels);
            return;
        }
        start = (sizes.cumsum(0) - sizes).index_select(0, own) * has;
        count = sizes.index_select(0, own) * has;
    }
    void to(at::Device device)
    {
        if (order.device() != device) {
            order = order.to(device);
            start = start.to(device);
            count = count.to(device);
        }
    }
};

/// Tian, Krishnan, Isola 2020, "Contrastive Representation Distillation" (arXiv:1910.10699, section 3, appendix 7.3).
///     e = W f + b, divided by its length, of student and teacher; d = `dimension` numbers
///     P(a, m) = exp(<a, m> / tau) / Z,  h = P / (P + K/N + 1e-7)
///     l(a, M) = -1/B sum_b [log h(a_b, M_i) + sum over K negatives j of log ((K/N) / (P(a_b, M_j) + K/N + 1e-7))]
///     L = l(e_s, memory of the teacher) + l(e_t, memory of the student)
/// Features [B, F], or maps, flattened; i is the sample's place among the N of the training set, `StepInputs::indices`. Each
/// network has a memory [N, d] of its embeddings, after each step m old + (1 - m) new, divided by its length; m is `momentum`,
/// 0.5. tau is 0.07. K is `negative_count`, 16,384, or what N allows. Z is the first batch's mean of exp(<a, m>/tau), positives
/// among them, times N, one for each l. `negatives` "exact" draws from the samples of another class, as RepDistiller,
/// mdistiller and torchdistill do; "relax" from all but the sample itself. (RepDistiller's words exact and relax are about the
/// positive: the sample itself, which it is here, or any of its class.) All draw with replacement here (the codes, per sample,
/// without it where the others suffice). Sample b's negative k is number b K + k of a draw from the stream of random numbers,
/// times the M candidates, divided by 2^32 and rounded down: of "relax" a place, the sample's own left out; of "exact" a place
/// in the order by class, the own left out.
class ContrastiveRepresentation final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.number("temperature", m_temperature,
                      {.help = "Divides the similarities; lower looks more at the closest negatives.",
                       .minimum = 0.02,
                       .maximum = 10,
                       .tunable = true,
                       .logarithmic = true});
        binder.choice("negatives", m_negatives,
                      {{"exact", "Samples of another class; needs labels."}, {"relax", "Any other sample."}},
                      {.help = "Among which samples the negatives are drawn."});
        binder.integer("negative_count", m_count,
                       {.help = "Negatives a sample, at most as many as there are.", .minimum = 1, .maximum = 1 << 20});
        binder.number(
            "momentum", m_momentum,
            {.help = "Share of the old embedding in the memory after a step.", .minimum = 0, .maximum = 0.999, .advanced = true});
        binder.integer("dimension", m_dimension,
                       {.help = "Numbers of an embedding.", .minimum = 1, .maximum = 4096, .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const TapPairs::Pair pair = m_taps.pair(setting, "crd");
        m_samples = setting.samples;
        if (m_samples < 2) {
            throw InputError("The objective crd contrasts a sample with others of the training set, and that has "
                             + std::to_string(m_samples) + "; choose a training set of at least two samples");
        }
        std::int64_t candidates = m_samples - 1;
        m_byClass.reset();
        if (m_negatives == "exact" && setting.trainingLabels.defined()) {
            m_byClass.emplace(setting.trainingLabels);
            candidates = m_byClass->order.numel() - m_byClass->count.max().item<std::int64_t>();
            if (candidates < 1) {
                throw InputError(
                    "The objective crd draws negatives of another class (negatives: exact), and no two samples with known "
                    "labels differ in theirs; choose negatives: relax");
            }
        }
        m_drawn = std::min(m_count, candidates);
        auto parts = std::make_unique<Parts>();
        at::Generator& generator = *setting.generator;
        m_student = std::make_unique<Side>("student", product(pair.from), m_dimension, m_samples, *parts, generator);
        m_teacher = std::make_unique<Side>("teacher", product(pair.to), m_dimension, m_samples, *parts, generator);
        remark({"two linear layers bring the student's " + pair.student + " (" + shapeText(pair.from) + ") and the teacher's "
                + pair.teacher + " (" + shapeText(pair.to) + ") to " + std::to_string(m_dimension)
                + " numbers each: " + countText(parts->parameterCount()) + " parameters",
                "each side remembers " + countText(m_samples) + " samples, of which " + countText(m_drawn)
                + " negatives are drawn for each of a batch"});
        m_random = &parts->addChild("random", std::make_unique<RandomStream>(generator));
        m_learned = std::move(parts);
    }

    bool needsTeacher() const override { return true; }
    bool needsLabels() const override { return m_negatives == "exact"; }
    bool needsOneClass() const override { return m_negatives == "exact"; }
    bool needsIndices() const override { return true; }
    std::vector<std::string> studentTaps() const override { return {m_taps.student}; }
    std::vector<std::string> teacherTaps() const override { return {m_taps.teacher}; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Forward pass{.training = true};
        const at::Tensor& student = inputs.studentTaps.at(m_taps.student);
        const at::Tensor ofStudent = m_student->embedded(student, pass);
        const at::Tensor ofTeacher = m_teacher->embedded(inputs.teacherTaps.at(m_taps.teacher).detach(), pass);
        const at::Tensor own = inputs.indices.to(student.device());
        const at::Tensor places = at::cat({own.unsqueeze(1), negatives(own)}, 1);
        const at::Tensor sum = contrast(ofStudent, *m_teacher, m_student->constant(), places)
            + contrast(ofTeacher, *m_student, m_teacher->constant(), places);
        m_student->remember(own, ofStudent, m_momentum);
        m_teacher->remember(own, ofTeacher, m_momentum);
        return sum;
    }
    std::string formula(bool temperatureMoves) const override
    {
        return "l(e_s, memory of e_t) + l(e_t, memory of e_s) " + layersText(m_taps)
            + ", l = -1/B sum_b [log h(positive) + sum over K negatives " + (m_negatives == "exact" ? "of another class " : "")
            + "of log((K/N)/(P + K/N + 1e-7))], h = P/(P + K/N + 1e-7), P = exp(<a, m>/"
            + (temperatureMoves ? "T" : numberText(m_temperature)) + ")/Z, Z from the first batch, K = " + std::to_string(m_count) + " or what N allows, e = W f + b at length 1, "
            + std::to_string(m_dimension) + " numbers, memory = " + numberText(m_momentum) + " old + " + numberText(1 - m_momentum)
            + " new";
    }

private:
    static std::int64_t product(const Shape& shape)
    {
        std::int64_t all = 1;
        for (const std::int64_t size : shape) {
            all *= size;
        }
        return all;
    }

    /// [B, K] places in the training set.
    at::Tensor negatives(const at::Tensor& own)
    {
        const at::Tensor numbers = m_random->draw(own.size(0) * m_drawn).view({own.size(0), m_drawn});
        const auto below = [&](const auto& candidates) { return at::bitwise_right_shift(numbers * candidates, at::Scalar(32)); };
        if (!m_byClass) {
            const at::Tensor drawn = below(m_samples - 1);
            return drawn + drawn.ge(own.unsqueeze(1)).to(at::kLong);
        }
        m_byClass->to(own.device());
        const at::Tensor start = m_byClass->start.index_select(0, own).unsqueeze(1);
        const at::Tensor count = m_byClass->count.index_select(0, own).unsqueeze(1);
        const at::Tensor drawn = below(m_byClass->order.numel() - count);
        const at::Tensor inOrder = drawn + count * drawn.ge(start).to(at::kLong);
        return m_byClass->order.index_select(0, inOrder.flatten()).view(inOrder.sizes());
    }

    /// <anchor_b, memory at places_bk>, [B, K + 1]
    static at::Tensor similarities(const at::Tensor& anchor, const at::Tensor& bank, const at::Tensor& places)
    {
        // The memory is copied because it moves before the backward pass. All products with it are one matrix product, in far less
        // time and memory than gathering K rows for every sample, unless the memory is much longer than K: of 60,000 samples, a
        // batch of 64 takes 59 ms more than without the term for K = 16,384 and, by gathering, 28 ms for 1,800 and 240 for 9,000.
        if (bank.size(0) <= 32 * places.size(1)) {
            return affine(anchor, bank.clone(), at::zeros({bank.size(0)}, bank.options())).gather(1, places);
        }
        const at::Tensor rows = bank.index_select(0, places.flatten()).view({places.size(0), places.size(1), bank.size(1)});
        return at::bmm(rows, anchor.unsqueeze(2)).squeeze(2);
    }

    at::Tensor contrast(const at::Tensor& anchor, Side& other, at::Tensor& constant, const at::Tensor& places) const
    {
        const at::Tensor scores = similarities(anchor, other.bank(), places) / m_temperature;
        {
            const at::NoGradGuard noGradients;
            const at::Tensor first = scores.exp().mean() * static_cast<double>(m_samples);
            constant.copy_(at::where(constant.lt(0), first, constant));
        }
        const double noise = static_cast<double>(m_drawn) / static_cast<double>(m_samples);
        const at::Tensor logP = scores - constant.log();
        const at::Tensor logAll = at::logaddexp(logP, at::full({}, std::log(noise + 1e-7), logP.options()));
        const at::Tensor sum = logP.select(1, 0).sum() - logAll.sum();
        const auto batch = static_cast<double>(anchor.size(0));
        return -sum / batch - static_cast<double>(m_drawn) * std::log(noise);
    }

    TapPair m_taps{"penultimate", "penultimate"};
    double m_temperature = 0.07, m_momentum = 0.5;
    std::string m_negatives = "exact";
    std::int64_t m_count = 16384, m_dimension = 128;
    std::int64_t m_samples = 0, m_drawn = 0;
    std::optional<ByClass> m_byClass;
    std::unique_ptr<Side> m_student, m_teacher;
    RandomStream* m_random = nullptr;
};

} // namespace

ObjectiveEntry crdEntry()
{
    const Json published{
        {"temperature", 0.07}, {"negatives", "exact"}, {"negative_count", 16384}, {"momentum", 0.5}, {"dimension", 128}};
    return {
        "crd",
        "Contrastive representation (CRD)",
        "Student and teacher say alike of the same image and unlike of different ones, against a memory of the training set.",
        "L = l(e_s, memory of e_t) + l(e_t, memory of e_s), l = -1/B sum_b [log h(positive) + sum over K negatives log(1 - h)], "
        "h = P/(P + K/N + 1e-7), P = exp(<a, m>/tau)/Z, Z from the first batch",
        "Tian, Krishnan, Isola, Contrastive Representation Distillation, ICLR 2020, arXiv:1910.10699",
        makeOne<ContrastiveRepresentation>,
        {{"repdistiller", "16,384 negatives of other classes, temperature 0.07, momentum 0.5; its weight is 0.8.", published},
         {"mdistiller", "As repdistiller.", published},
         {"torchdistill", "As repdistiller.", published}}};
}

} // namespace distill
