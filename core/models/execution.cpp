// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/execution.h"

#include <ATen/TracerMode.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/api/include/torch/version.h>

namespace distill {

namespace {

void setAutocast(at::Device device, bool enabled)
{
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_dtype(device.type(), at::kBFloat16);
    at::autocast::set_autocast_enabled(device.type(), enabled);
#else
    if (device.is_cpu()) {
        at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
        at::autocast::set_cpu_enabled(enabled);
    } else {
        at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
        at::autocast::set_enabled(enabled);
    }
#endif
}

} // namespace

at::Tensor laidOut(const at::Tensor& images, const Execution& execution)
{
    if (!execution.channelsLast || images.dim() != 4) {
        return images;
    }
    if (images.size(1) > 1) {
        return images.contiguous(at::MemoryFormat::ChannelsLast);
    }
    // With one channel both formats are the same bytes, and only the strides can tell a convolution which one is meant.
    const std::int64_t height = images.size(2), width = images.size(3);
    return images.contiguous().as_strided(images.sizes(), {height * width, 1, width, 1});
}

bool isRecorded()
{
    return at::tracer::impl::is_dispatch_enabled();
}

bool computesInBfloat16(at::Device device)
{
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    return at::autocast::is_autocast_enabled(device.type());
#else
    return device.is_cpu() ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
#endif
}

AutocastGuard::AutocastGuard(const Execution& execution, at::Device device)
    : m_active(execution.bfloat16)
    , m_device(device)
{
    if (m_active) {
        at::autocast::increment_nesting();
        setAutocast(m_device, true);
    }
}

AutocastGuard::~AutocastGuard()
{
    if (m_active) {
        setAutocast(m_device, false);
        // Weights cast for this step are of no use after the optimiser changed them.
        if (at::autocast::decrement_nesting() == 0) {
            at::autocast::clear_cache();
        }
    }
}

} // namespace distill
