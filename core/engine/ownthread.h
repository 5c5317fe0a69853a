// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <future>

namespace distill {

/// Computes on a thread that ends with the work. OpenMP keeps a pool of threads for each thread that ever computed; once there are
/// more of them than cores, libgomp's barriers sleep at once instead of spinning, and the trainers lose a third of their speed
/// (measured on two cores). So what computes beside the trainers leaves no pool behind.
template <class Work> auto onItsOwnThread(const Work& work)
{
    return std::async(std::launch::async, work).get();
}

} // namespace distill
