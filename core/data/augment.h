// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"

#include <ATen/ATen.h>

namespace distill {

/// The samples of a batch, and which of their variations is wanted. What augmentation draws depends on these alone and not on
/// the batch that a sample stands in, so that a variation can be made again: by a resumed run, and for a teacher's stored
/// answer (TinyViT, arXiv:2207.10666; FKD, arXiv:2112.01528).
struct Views {
    std::uint64_t seed = 0;
    at::Tensor samples;      ///< int64 [B] on the CPU, into Dataset::train
    std::int64_t number = 0; ///< of the variation
};

/// Whether a sample ever looks different.
bool varies(const AugmentationSettings& settings);
/// Which of a sample's variations an epoch shows: `settings.views` in turn, or a new one each epoch where that is 0.
std::int64_t viewOf(const AugmentationSettings& settings, std::int64_t epoch);

/// Random crop, flip, cutout and noise of a whole batch as tensor operations; never a loop over samples.
/// `inputs` float32 [B, C, H, W], normalised: what is shifted in is the normalised zero pixel's value as torchvision does
/// (pad before normalising), so `padding` is [1, C, 1, 1].
at::Tensor augment(const at::Tensor& inputs, const AugmentationSettings& settings, const at::Tensor& padding,
                   const Views& views);

/// RandAugment (Cubuk et al. 2020, arXiv:1909.13719): `operations` times, each sample gets one of identity, rotate, shear and
/// translate along either axis, brightness, contrast, posterize and solarize, each as likely, with torchvision's strengths
/// for `magnitude` of 30. Left out of the paper's list: sharpness, equalize, autocontrast and colour.
/// `images` float32 [B, C, H, W], 0 to 1; what is moved in is black.
at::Tensor randAugment(const at::Tensor& images, const RandAugmentSettings& settings, const Views& views);

/// Which sample joins each sample, and how.
struct Partners {
    at::Tensor positions; ///< int64 [B] on the CPU, into the transfer set
    at::Tensor share;     ///< float32 [B]: of the sample itself, the rest is its partner's
    at::Tensor boxes;     ///< int64 [B, 4] on the CPU: top, bottom, left, right of a partner's patch; empty for mixup
};
bool mixes(const AugmentationSettings& settings);
/// Mixup (Zhang et al. 2018, arXiv:1710.09412): the share is drawn from Beta(a, a). CutMix (Yun et al. 2019,
/// arXiv:1905.04899): the same, as the area of a box around a uniform centre, clipped. With both, each sample gets either
/// one as often. The partner is any of `transferSamples`, as the papers write it, rather than one of the same batch as their
/// code has it: so a mixture is a sample's own and its teacher's answer can be stored.
Partners drawPartners(const AugmentationSettings& settings, const Views& views, std::int64_t transferSamples,
                      std::int64_t height, std::int64_t width);
at::Tensor mix(const at::Tensor& inputs, const at::Tensor& others, const Partners& partners);

} // namespace distill
