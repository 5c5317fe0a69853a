// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace distill {

/// Memory for uint8 samples, not initialised. What would take more than half of the free memory lies in a temporary file instead
/// and is read through a memory map: the kernel keeps in memory what is used and there is room for. The file is in TMPDIR or
/// /var/tmp, has no name, and goes with the tensor. DISTILL_DATA_MEMORY, in MB, sets the limit to another size.
/// Throws InputError where neither memory nor disk has room.
at::Tensor sampleMemory(at::IntArrayRef sizes);

} // namespace distill
