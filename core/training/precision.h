// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace distill {

/// While it lives, convolutions and matrix products on this thread run in bfloat16 (precision "bf16"); nothing changes for
/// "fp32". Weights, losses and batch statistics stay float32.
class AutocastGuard {
public:
    AutocastGuard(bool bfloat16, at::Device device);
    ~AutocastGuard();
    AutocastGuard(const AutocastGuard&) = delete;
    AutocastGuard& operator=(const AutocastGuard&) = delete;

private:
    bool m_active;
    at::Device m_device;
};

} // namespace distill
