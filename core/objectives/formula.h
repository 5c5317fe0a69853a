// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/common.h"

namespace distill {

std::string numberText(double value); ///< in six digits at most: "0.9", "1e-07"
/// "0.9 KD"; "KD" where the factor is 1.
std::string times(double factor, const std::string& what);

/// How a formula writes a temperature: as its number, or as T where a schedule moves it.
class TemperatureText {
public:
    TemperatureText(double value, bool moves)
        : m_value(value)
        , m_moves(moves)
    {
    }
    std::string under(const std::string& logits) const; ///< "z_s/4"; "z_s" at 1
    std::string softmax(const std::string& logits) const { return "softmax(" + under(logits) + ")"; }
    std::string softmaxes() const { return "p = " + softmax("z_t") + ", q = " + softmax("z_s"); }
    std::string squared() const; ///< "16", "T^2"
    std::string squaredTimes(const std::string& what) const; ///< "16 X"; "X" at 1

private:
    double m_value;
    bool m_moves;
};

/// Which layers a formula is about: "of stage1, stage2", or "of the student's stage1 and the teacher's stage2".
std::string layersText(const TapPairs& taps);
std::string layersText(const TapPair& tap);

/// Weights of n layers from input to output, each half of the next: "1/4, 1/2, 1".
std::string halvedTowardsInput(std::size_t layers);

/// What an objective computes with its parameters, as plain text without "L =". Where the method has no words for its parameters they
/// follow the Kind's formula: "..., of stage1, stage2, with width = 512".
std::string formulaOf(const Selection& objective, bool temperatureMoves = false);

/// The loss of a stage as it is computed: the sum of its terms that are not muted, a line for what each term is, then one for
/// each weight and temperature that a schedule moves:
///     L = 0.1 CE + w_KD KD
///     CE = mean over labelled samples of -log q_y, q = softmax(z_s)
///     KD = (16/B) sum_b sum_k p log(p/q), p = softmax(z_t/4), q = softmax(z_s/4)
///     w_KD = 0.9, rising linearly from 0 over the first 10 % of the steps
/// With a balance the terms after the first have a factor, f_KD. Terms of the same objective are numbered: KD1, KD2. `mixes`: samples are mixed (mixup, CutMix), which cross-entropy allows for.
std::vector<std::string> lossFormula(const StageSettings& stage, bool mixes);

} // namespace distill
