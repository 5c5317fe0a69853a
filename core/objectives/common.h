// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/error.h"
#include "objectives/objective.h"

namespace distill {

/// Mean cross-entropy over the samples whose label is known; without one, 0 with a gradient function. The mean is taken
/// without reading the count from the device. `labelSmoothing` is PyTorch's: that share of the target is spread evenly over
/// all K classes, the right one included. A mixed sample counts for both of its classes, each by its share, as mixup's and
/// CutMix's codes have it.
at::Tensor labelledCrossEntropy(const at::Tensor& logits, const HardLabels& labels, double labelSmoothing = 0);

/// Throws InputError where the teacher is a network here and chooses among another number of classes.
void requireSameClasses(const ObjectiveSetting& setting, const std::string& objective);

/// The teacher's outline. Throws InputError where it shows no inner layers.
const NetworkOutline& requireTeacher(const ObjectiveSetting& setting, const std::string& objective);

std::string shapeText(const Shape& shape); ///< "16 x 28 x 28"

/// Pairs of taps that a feature method compares, in order: "student_taps" and "teacher_taps" of a document.
struct TapPairs {
    struct Pair {
        std::string student, teacher; ///< names
        Shape from, to;               ///< of one sample
    };

    std::vector<std::string> student, teacher;

    void describe(Binder& binder);
    /// The pairs with their shapes. Throws InputError: no pair, lists of different lengths, an unknown tap, a teacher without an inside.
    std::vector<Pair> pairs(const ObjectiveSetting& setting, const std::string& objective) const;
};

/// One such pair: "student_tap" and "teacher_tap".
struct TapPair {
    std::string student, teacher;

    void describe(Binder& binder);
    TapPairs::Pair pair(const ObjectiveSetting& setting, const std::string& objective) const;
};

/// "The objective OBJECTIVE cannot match the student's tap ... (shape) with the teacher's tap ... (shape); WANTED".
InputError cannotMatch(const std::string& objective, const TapPairs::Pair& pair, const std::string& wanted);

/// Two maps [B, C, H, W] of different sizes: the larger one pooled to the smaller one's height and width by adaptive averages.
std::pair<at::Tensor, at::Tensor> pooledToSmaller(const at::Tensor& a, const at::Tensor& b);

/// [B, F] from any feature.
at::Tensor flat(const at::Tensor& feature);

/// x / ||x|| along `dimension`, with a gradient of zero (not NaN) where x is zero: the norm is at least `least`.
at::Tensor unit(const at::Tensor& x, std::int64_t dimension, double least = 1e-12);

/// A linear layer's or a convolution's first weights, PyTorch's: uniform within 1/sqrt(fan-in), float32.
at::Tensor uniformWeight(const Shape& shape, std::int64_t fanIn, at::Generator& generator);

} // namespace distill
