// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/augment.h"
#include "data/split.h"

#include <map>

namespace distill {

/// Turns stored inputs into what a network sees: float32, uint8 scaled to [0, 1], then (x - mean) / deviation per channel.
class Normaliser {
public:
    Normaliser(std::vector<double> mean, std::vector<double> deviation, at::Device device);
    at::Tensor operator()(const at::Tensor& inputs) const; ///< [B, C, H, W] of any type -> float32 [B, C, H, W]

private:
    at::Tensor m_scale, m_shift; ///< [1, C, 1, 1]; uint8's 1/255 is folded into a second scale
    at::Tensor m_byteScale;
};

struct Batch {
    at::Tensor inputs;  ///< float32 [B, C, H, W], normalised and augmented
    at::Tensor labels;  ///< int64 [B], -1 where unknown
    at::Tensor indices; ///< int64 [B] into Dataset::train, on the CPU
    std::int64_t view = 0; ///< which variation of these samples it shows
    /// Of mixed samples: the label of what joined, and the share of the sample itself, float32 [B]. Undefined without.
    at::Tensor otherLabels, share;
};

/// The endless stream of a stage's batches: a fresh permutation each epoch, all batches of equal size (the rest of an epoch
/// that fills no batch is left out; with fewer samples than a batch, the batch is all of them).
/// A batch follows from the seed, the epoch and its place in it alone, so that a run continues from these two numbers and the
/// next batch can be made while this one is trained on. Changing the augmentation does not disturb the order.
class BatchSource {
public:
    BatchSource(std::shared_ptr<const Dataset> dataset, const Split& split, const DataSettings& settings,
                std::int64_t batchSize, std::uint64_t seed, at::Device device);

    std::int64_t stepsPerEpoch() const;
    std::int64_t batchSize() const; ///< as it is, after the rule above
    Batch next();
    void skip(); ///< moves past the next one without making it
    void seek(std::int64_t epoch, std::int64_t batch); ///< the next one is this
    /// Where in the stream it stands, as named tensors.
    std::map<std::string, at::Tensor> state() const;
    void restore(const std::map<std::string, at::Tensor>& state);
    const Normaliser& normaliser() const;
    std::int64_t views(std::int64_t epochs) const; ///< how many variations of a sample so many epochs show
    /// All that decides what a sample looks like in each of its views: two sources of the same text show the same.
    std::string appearance() const;

private:
    at::Tensor orderOf(std::int64_t epoch) const;
    at::Tensor advance(); ///< places in the transfer set of the next batch
    at::Tensor view(const Views& views) const;

    std::shared_ptr<const Dataset> m_dataset;
    at::Tensor m_inputs; ///< all training inputs, on the device when they fit
    at::Tensor m_labels, m_indices; ///< of the transfer set, on the CPU
    AugmentationSettings m_augmentation;
    std::int64_t m_batchSize, m_epoch = 0, m_cursor = 0;
    at::Device m_device;
    Normaliser m_normaliser;
    std::vector<double> m_mean, m_deviation;
    at::Tensor m_padding, m_order;
    std::uint64_t m_orderSeed, m_augmentationSeed;
};

/// A generator of one's own on a device, seeded; nothing in core draws from LibTorch's global ones.
at::Generator makeGenerator(at::Device device, std::uint64_t seed);
/// Mixes a run's seed with a purpose ("order", "augmentation", "initialisation", "dropout") into an independent seed.
std::uint64_t deriveSeed(std::uint64_t seed, std::string_view purpose);

} // namespace distill
