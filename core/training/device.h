// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>
#include <string>

namespace distill {

/// "auto" (the first GPU, else the CPU), "cpu", "cuda", "cuda:1". Throws InputError for a device that is not there.
at::Device deviceFrom(const std::string& name);

/// Cores of this process's affinity mask.
int availableCores();

/// The processor's name as it gives it, "AMD EPYC"; empty where it cannot be told.
std::string processorName();

/// What an exception says to a person: one sentence, LibTorch's without its backtrace, memory running out in plain words.
std::string sentenceOf(const std::exception& error);

} // namespace distill
