// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

/// Random crop, flip, cutout and noise of a whole batch as tensor operations; never a loop over samples.
/// `inputs` float32 [B, C, H, W], normalised: what is shifted in is the normalised zero pixel's value as torchvision does
/// (pad before normalising), so `padding` is [1, C, 1, 1].
at::Tensor augment(const at::Tensor& inputs, const AugmentationSettings& settings, const at::Tensor& padding,
                   at::Generator& generator);

struct Batch {
    at::Tensor inputs;  ///< float32 [B, C, H, W], normalised and augmented
    at::Tensor labels;  ///< int64 [B], -1 where unknown
    at::Tensor indices; ///< int64 [B] into Dataset::train
};

/// The endless stream of a stage's batches: a fresh permutation each epoch, all batches of equal size (the rest of an epoch
/// that fills no batch is left out; with fewer samples than a batch, the batch is all of them).
/// Order and augmentation have generators of their own, so that changing one does not disturb the other.
class BatchSource {
public:
    BatchSource(std::shared_ptr<const Dataset> dataset, const Split& split, const DataSettings& settings,
                std::int64_t batchSize, std::uint64_t seed, at::Device device);

    std::int64_t stepsPerEpoch() const;
    std::int64_t batchSize() const; ///< as it is, after the rule above
    Batch next();
    /// Everything that decides the batches to come, as named tensors (generator states, permutation, cursor).
    std::map<std::string, at::Tensor> state() const;
    void restore(const std::map<std::string, at::Tensor>& state);
    const Normaliser& normaliser() const;

private:
    void shuffle();

    std::shared_ptr<const Dataset> m_dataset;
    at::Tensor m_inputs, m_labels, m_indices; ///< of the transfer set; inputs on the device when they fit
    AugmentationSettings m_augmentation;
    std::int64_t m_batchSize, m_cursor = 0;
    at::Device m_device;
    Normaliser m_normaliser;
    at::Tensor m_padding, m_order;
    at::Generator m_orderGenerator, m_augmentationGenerator;
};

/// A generator of one's own on a device, seeded; nothing in core draws from LibTorch's global ones.
at::Generator makeGenerator(at::Device device, std::uint64_t seed);
/// Mixes a run's seed with a purpose ("order", "augmentation", "initialisation", "dropout") into an independent seed.
std::uint64_t deriveSeed(std::uint64_t seed, std::string_view purpose);

} // namespace distill
