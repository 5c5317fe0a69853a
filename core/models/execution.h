// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace distill {

/// How a network computes on its device. It changes rounding and speed, not what is computed.
struct Execution {
    bool bfloat16 = false;     ///< convolutions and products; weights, losses and batch statistics stay float32
    bool channelsLast = false; ///< images in memory as rows of pixels, each with its channels side by side

    bool operator==(const Execution&) const = default;
    const char* precision() const { return bfloat16 ? "bf16" : "fp32"; }
    const char* layout() const { return channelsLast ? "channels_last" : "channels_first"; }
};

/// Images [B, C, H, W] in the memory format that the execution wants, which the network's layers then keep.
at::Tensor laidOut(const at::Tensor& images, const Execution& execution);

/// While it lives, convolutions and matrix products on this thread run in bfloat16 where the execution says so.
class AutocastGuard {
public:
    AutocastGuard(const Execution& execution, at::Device device);
    ~AutocastGuard();
    AutocastGuard(const AutocastGuard&) = delete;
    AutocastGuard& operator=(const AutocastGuard&) = delete;

private:
    bool m_active;
    at::Device m_device;
};

/// Whether this thread's operations are being recorded (torchscript.h): then all that is computed must be LibTorch's operations.
bool isRecorded();

/// Whether such a guard now has this thread compute in bfloat16 on this device.
bool computesInBfloat16(at::Device device);

} // namespace distill
