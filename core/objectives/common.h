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

/// Two taps that an objective cannot compare.
class PairMismatch : public InputError {
public:
    PairMismatch(const std::string& sentence, const TapPairs::Pair& pair)
        : InputError(sentence)
        , student(pair.student)
        , teacher(pair.teacher)
    {
    }
    std::string student, teacher; ///< names
};

/// "The objective OBJECTIVE cannot match the student's tap ... (shape) with the teacher's tap ... (shape); WANTED".
PairMismatch cannotMatch(const std::string& objective, const TapPairs::Pair& pair, const std::string& wanted);

/// A remark: "LAYER brings the student's stage2 (16 x 14 x 14) to the teacher's stage2 (64 x 14 x 14): 1,152 parameters".
std::string learnedRemark(const std::string& layer, const TapPairs::Pair& pair, std::int64_t parameters);
/// Remarks of what pooledToSmaller() does to maps of these shapes; none for maps of one size and for vectors.
std::vector<std::string> poolingRemarks(const TapPairs::Pair& pair);
std::string countText(std::int64_t number); ///< "1,152"

/// Two maps [B, C, H, W] of different sizes: the larger one pooled to the smaller one's height and width by adaptive averages.
std::pair<at::Tensor, at::Tensor> pooledToSmaller(const at::Tensor& a, const at::Tensor& b);

/// [B, F] from any feature.
at::Tensor flat(const at::Tensor& feature);

/// x / ||x|| along `dimension`, with a gradient of zero (not NaN) where x is zero: the norm is at least `least`.
at::Tensor unit(const at::Tensor& x, std::int64_t dimension, double least = 1e-12);

/// A linear layer's or a convolution's first weights, PyTorch's: uniform within 1/sqrt(fan-in), float32.
at::Tensor uniformWeight(const Shape& shape, std::int64_t fanIn, at::Generator& generator);

} // namespace distill
