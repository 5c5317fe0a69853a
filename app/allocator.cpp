// SPDX-License-Identifier: GPL-3.0-or-later
// Steps allocate and free the same tensors over and over. glibc gives the large ones back to the system at once and takes
// others anew, page by page: evaluating a ResNet in batches of 500 spent almost half of its time there (4.8 s against 2.7).
// So freed memory stays with the process, up to a bound.
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>

namespace {

[[gnu::constructor]] void keepFreedMemory()
{
    if (std::getenv("GLIBC_TUNABLES")) {
        return; // whoever sets those knows better
    }
    constexpr int bytes = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, bytes);
    mallopt(M_TRIM_THRESHOLD, bytes);
}

} // namespace
#endif
