// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/objective.h"

namespace distill {

/// The tokens of a batch and which of them count. A tensor [B, ...] of images is one token a sample; of [B, L, ...] each of the
/// B L places is one. They count as StepInputs::mask says; without it those of a sequence whose label is not negative, where
/// there is a label for each, else all: an image without a label has logits to learn from all the same.
class Tokens {
public:
    /// `sizes` are {B} or {B, L}. Throws InputError where the mask is of other sizes.
    Tokens(const StepInputs& inputs, at::IntArrayRef sizes);
    /// Of logits or features [B, F] or [B, L, F].
    static Tokens of(const StepInputs& inputs, const at::Tensor& values)
    {
        return {inputs, values.sizes().slice(0, values.dim() - 1)};
    }

    /// [N, F] of [B, L, F] or [B, F]. What does not count is zeros, and no gradient comes back from it: padding may hold
    /// anything, NaN too.
    at::Tensor rows(const at::Tensor& values) const;
    /// Only tokens that `also` [N] holds for.
    void restrictTo(const at::Tensor& also);
    /// Mean of `each` [N] over the tokens that count; 0 with a gradient function where none does.
    at::Tensor mean(const at::Tensor& each) const;
    const at::Tensor& counting() const { return m_counting; } ///< bool [N]; undefined where all do

private:
    at::Tensor m_counting;
};

/// Throws InputError where both sides show logits of different sizes, vocabularies or lengths.
void requireSameTokens(const ObjectiveSetting& setting, const std::string& objective);

/// sum over the last dimension of p (log p - log q). 0 log 0 is 0. An entry that q excludes (log q = -inf) is left out too,
/// whatever p has there: the divergence would be infinite and teach nothing.
at::Tensor klDivergence(const at::Tensor& logP, const at::Tensor& logQ);
/// sum of -p log q, likewise.
at::Tensor crossEntropyOf(const at::Tensor& logP, const at::Tensor& logQ);
/// log(w a + (1 - w) b)
at::Tensor logMixture(const at::Tensor& logA, const at::Tensor& logB, double w);
/// w KL(p || M) + (1 - w) KL(q || M), M = w p + (1 - w) q
at::Tensor jensenShannon(const at::Tensor& logP, const at::Tensor& logQ, double w);
/// 1/2 sum |p - q|
at::Tensor totalVariation(const at::Tensor& logP, const at::Tensor& logQ);
/// log x, -inf where x is not positive, without a gradient there.
at::Tensor safeLog(const at::Tensor& x);

/// "temperature" and "scale_by_t2", the two that the methods on logits share.
struct Softening {
    double temperature = 1;
    bool scaleByT2 = true;

    void describe(Binder& binder);
    double scale() const { return scaleByT2 ? temperature * temperature : 1; }
    at::Tensor logSoftmax(const at::Tensor& logits) const
    {
        return at::log_softmax(temperature == 1 ? logits : logits / temperature, -1);
    }
};

} // namespace distill
