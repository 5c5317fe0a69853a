// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/tokens.h"

namespace distill {

/// What a teacher says of the k tokens that it holds most likely, for the N = B L tokens of a batch.
struct SparseTargets {
    at::Tensor ids = {}; ///< int64 [N, k], all of the vocabulary
    at::Tensor present = {}; ///< bool [N, k]: false where there are fewer than k, or the probability is 0
    at::Tensor log = {}; ///< [N, k], -inf where not present
    at::Tensor logTail = {}; ///< [N]: of what all other tokens have together
    at::Tensor others = {}; ///< int64 [N]: how many these are

    /// bool [N, V]: the tokens of the vocabulary that are among the k.
    at::Tensor held(std::int64_t vocabulary) const;
};

/// The teacher's side of the methods on its k most likely tokens. Stored ones are its taps tap0, log-probabilities at
/// temperature 1 [B, L, k], and tap1, their places in the vocabulary [B, L, k] as floating-point numbers; -9999 (what
/// completion APIs say for unknown), -inf, and a place outside of the vocabulary stand for nothing. Where the teacher shows no
/// such taps they are the k largest of its logits.
class SparseTeacher {
public:
    explicit SparseTeacher(std::int64_t k)
        : m_k(k)
    {
    }

    void describe(Binder& binder);
    void prepare(const ObjectiveSetting& setting, const std::string& objective);
    std::vector<std::string> taps() const;
    bool stored() const { return m_stored; }
    std::int64_t k() const { return m_k; }

    /// At a temperature. For stored tokens, which say nothing of the others but their number and sum, these others are taken to
    /// be even, or with `asOne` to be a single one (DistillKit); at temperature 1 that changes nothing.
    SparseTargets targets(const StepInputs& inputs, const Tokens& tokens, double temperature, bool asOne = false) const;

private:
    SparseTargets fromStored(const StepInputs& inputs, const Tokens& tokens, double temperature, bool asOne) const;

    std::int64_t m_k;
    bool m_stored = false;
};

/// log of what is left of exp(logP) [N, V] outside of `held` [N, V]; -inf where nothing is.
at::Tensor logOutside(const at::Tensor& logP, const at::Tensor& held);

} // namespace distill
