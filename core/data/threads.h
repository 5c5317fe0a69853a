// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/Parallel.h>

namespace distill {

/// How many threads the calling thread's tensor operations use from here on.
inline void computeWith(int threads)
{
    at::get_num_threads(); // sets this thread up, which would otherwise undo the next line at its first parallel loop
    at::set_num_threads(threads);
}

} // namespace distill
