// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/samplememory.h"

#include "experiment/error.h"

#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <limits>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace distill {

namespace {

std::int64_t freeMemory()
{
    std::ifstream file("/proc/meminfo");
    std::string key;
    for (std::int64_t kilobytes = 0; file >> key >> kilobytes; file.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
        if (key == "MemAvailable:") {
            return kilobytes * 1024;
        }
    }
    return std::numeric_limits<std::int64_t>::max();
}

std::int64_t limit()
{
    if (const char* megabytes = std::getenv("DISTILL_DATA_MEMORY")) {
        return std::atoll(megabytes) * 1'000'000;
    }
    return freeMemory() / 2;
}

} // namespace

at::Tensor sampleMemory(at::IntArrayRef sizes)
{
    std::int64_t bytes = 1;
    for (const std::int64_t size : sizes) {
        bytes *= size;
    }
    if (bytes <= limit() || bytes == 0) {
        return at::empty(sizes, at::kByte);
    }
    const char* given = std::getenv("TMPDIR");
    const std::string folder = given && *given ? given : "/var/tmp";
    std::string name = folder + "/distill-samples-XXXXXX";
    const int file = mkstemp(name.data());
    const auto failed = [&](int error) {
        if (file >= 0) {
            close(file);
        }
        return InputError("The samples take " + std::to_string(bytes / 1'000'000) + " MB, more than half of the free memory, and "
                          + folder + " cannot hold them: " + std::strerror(error) + ".");
    };
    if (file < 0) {
        throw failed(errno);
    }
    unlink(name.c_str());
    // Without its blocks, a full disk would end the process at the first store to the map.
    if (const int error = posix_fallocate(file, 0, bytes); error != 0) {
        throw failed(error);
    }
    void* const map = mmap(nullptr, static_cast<std::size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) {
        throw failed(errno);
    }
    close(file);
    return at::from_blob(map, sizes, [bytes](void* memory) { munmap(memory, static_cast<std::size_t>(bytes)); }, at::kByte);
}

} // namespace distill
