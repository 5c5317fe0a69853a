// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Before a function: compiled once for each generation of processors, and the one that fits is chosen when the program starts.
/// Sanitizers would instrument that choice, which runs before them.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define DISTILL_FOR_EACH_CPU [[gnu::target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")]]
#else
#define DISTILL_FOR_EACH_CPU
#endif
