// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

/// A finished run's summary, as JSON in its row:
///
///     {"last": FIGURES, "best": FIGURES, "reported": "last" | "best",
///      "teacher": {"run": ID or null, "model": LABEL, "parameters": N, "multiply_adds": N, "validation": SPLIT, "test": SPLIT}
///                 or null; of several the sums and the figures of their combined answer, and each as one of "members",
///      "peers": [{"model": LABEL, "parameters": N, "multiply_adds": N, "validation": SPLIT, "test": SPLIT}, ...] or absent,
///      "parameters": N, "learned_parameters": N, "multiply_adds": N, "seconds": S, "steps": N, "device": "cpu", "precision": "fp32",
///      "layout": "channels_last", "threads": N, "train_samples": N, "labelled": N, "images_per_second": R,
///      "time": {"data": S, ...}, "stages": [STAGE, ...] or absent,
///      "speed": {"images_per_second": R, "limit": R or null, "teacher_computed": SHARE, "gigaflops": G,
///                "peak_gigaflops": G or null} or null, "left_out": {...} or absent}
///
/// FIGURES is {"step": N, "validation": SPLIT, "test": SPLIT}; SPLIT is {"accuracy", "loss"} and, for a run with a teacher,
/// {"agreement", "kl"}: shares from 0 to 1; loss is the cross-entropy and kl the KL divergence of the teacher's softmax from
/// the student's at temperature 1, both in nats a sample. Among peers both are of the mean of the peers' probabilities, as
/// they answer at the end. `left_out` (classes missing from the transfer set) is
/// {"classes": [..], "accuracy": A, "bias": B, "corrected": {"accuracy": .., "left_out_accuracy": ..}}, on test.
///
/// `learned_parameters` are those of the objective's learned parts (regressors, embeddings), which train beside the student's
/// `parameters` and are no part of its weights; of several stages the one that has most.
///
/// STAGE, where there are several, is {"name": TEXT, "steps": N, "seconds": S, "begin": SPLIT or null, "end": SPLIT or null}:
/// the validation figures at its first and after its last step, null without a validation set.
///
/// `time` is in seconds of the training thread, by phase (training/profile.h). In `speed`, images_per_second leaves evaluation
/// out; `limit` is what the tuner's timing of the two networks alone allows; the teacher was computed for this share of the
/// images, the rest of its answers were stored; gigaflops counts the multiply-adds of convolutions and products twice.
/// An imported run's (RunRow::isImported()) is {"imported": {"format": "csv" | "jsonl" | "tensorboard", "files": [PATH, ...], "run": NAME or
/// absent, "sha256": DIGITS, "curves": [{"name", "series", "from_percent", "points"}, ...], "remarks": [TEXT, ...]}} and nothing else.
namespace distill::summary {

/// The block that a run's reported weights stand in; null where the summary has none, as an imported run's.
inline const Json& reported(const Json& summary) {
    static const Json none;
    const auto found = summary.is_object() ? summary.find(summary.value("reported", "last")) : summary.end();
    return summary.is_object() && found != summary.end() ? *found : none;
}

} // namespace distill::summary
