// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/dataset.h"

namespace distill {

/// A way to spoil inputs, after Hendrycks and Dietterich 2019 (arXiv:1903.12261): a network that has learned the task rather than its
/// training images stays right for longer.
struct Corruption {
    std::string name;              ///< "noise"
    std::vector<double> strengths; ///< from mild to severe
    std::string unit;              ///< what a strength is, for people: "standard deviation of the noise, where white is 1"
};

/// Of images: noise (Gaussian, strength its standard deviation), blur (Gaussian, deviation in pixels), contrast (the share of it that is
/// left), brightness (added), occlusion (side of a black square at a random place, as a share of the image's) and translation (as a share
/// of the side, in one of eight directions; black comes in). Of points and table rows noise alone, in standard deviations of each feature.
const std::vector<Corruption>& corruptionsOf(const InputShape& shape);

/// The samples spoilt: float32 [N, C, H, W]; of images white is 1 and what lies outside of 0 to 1 is cut. What is drawn at random follows
/// from the seed alone, so that every network is shown the same, and a stronger noise is the same noise, stronger. Throws
/// std::invalid_argument for a name that is not one of corruptionsOf().
at::Tensor corrupted(const at::Tensor& inputs, const InputShape& shape, const std::string& name, double strength, std::uint64_t seed);

} // namespace distill
