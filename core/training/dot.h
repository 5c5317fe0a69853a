// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "training/optimiser.h"

namespace distill {

/// Zhao, Cui, Liang, Song, Qiu, Liang 2023, "DOT: A Distillation-Oriented Trainer" (ICCV, arXiv:2307.08436, section 3.3).
///     v_task    <- g_task + (m - d) v_task
///     v_distill <- g_distill + (m + d) v_distill
///     theta     <- theta - rate (v_task + v_distill)
/// g_task is the gradient of the terms that ask no teacher, g_distill that of the others, each from a backward pass of its own.
/// m is `momentum`, 0.9; d is `delta`, 0.075 on CIFAR-100 (0.09 on ImageNet). Weight decay is added to g_task.
std::unique_ptr<Optimiser> makeDot(const DotSettings& settings, double weightDecay, std::vector<at::Tensor> parameters);

} // namespace distill
