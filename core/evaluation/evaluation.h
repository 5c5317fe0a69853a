// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/batches.h"
#include "models/model.h"

#include <functional>
#include <optional>

namespace distill {

/// Figures of a model on a set of samples. Shares are from 0 to 1; loss and KL are means in nats.
struct Figures {
    double accuracy = 0;
    double loss = 0;                 ///< cross-entropy with the labels
    std::optional<double> agreement; ///< share of samples on which teacher and student choose the same class
    std::optional<double> kl;        ///< mean KL(teacher || student) of the softmaxes at temperature 1
    std::int64_t samples = 0;
    Json toJson() const;
};

/// Logits [N, K] float32 on the CPU, of samples picked by `indices` (all where undefined), in evaluation mode without
/// gradients, `batchSize` at a time. `keepGoing`, asked between batches, may end it early: then the result is undefined.
at::Tensor logitsOf(Model& model, const Samples& samples, const at::Tensor& indices, const Normaliser& normaliser,
                    std::int64_t batchSize, at::Device device, const std::function<bool()>& keepGoing = {});

/// `teacherLogits` may be undefined. The class chosen is the first of the largest logits. All in double. A sample
/// without a label (-1) counts for agreement and KL only; accuracy and loss are NaN where no label is known.
Figures figuresOf(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& teacherLogits = {});

/// Accuracy of each class, NaN where it has no sample: float64 [classes].
std::vector<double> accuracyByClass(const at::Tensor& logits, const at::Tensor& labels, std::int64_t classes);

/// Hinton, Vinyals, Dean 2015, section 3: the one bias that, added to the logits of `classes`, gives the best accuracy
/// on these samples; the smallest in size where several do. It stays a thousandth, or half the room there is, clear of
/// where a choice changes, since adding it in float32 rounds. 0 where none does better. Throws InputError for a class
/// that is not there.
double bestBias(const at::Tensor& logits, const at::Tensor& labels, const std::vector<std::int64_t>& classes);

} // namespace distill
