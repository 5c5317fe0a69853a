// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/device.h"

#include "experiment/error.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <charconv>
#include <fstream>
#include <new>
#include <sched.h>

namespace distill {

at::Device deviceFrom(const std::string& name)
{
    const int gpus = at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().getNumGPUs()) : 0;
    if (name == "cpu" || (name == "auto" && gpus == 0)) {
        return at::kCPU;
    }
    int index = 0;
    if (name.starts_with("cuda:")) {
        const char* end = name.data() + name.size();
        const auto parsed = std::from_chars(name.data() + 5, end, index);
        if (parsed.ec != std::errc{} || parsed.ptr != end) {
            index = -1;
        }
    } else if (name != "cuda" && name != "auto") {
        index = -1;
    }
    if (index < 0) {
        throw InputError("/compute/device: \"" + name + "\" is no device; expected auto, cpu, cuda or cuda:N");
    }
    if (index >= gpus) {
        throw InputError("/compute/device: \"" + name + "\" is not there; this machine has "
                         + (gpus == 0 ? "no GPU that LibTorch can use" : std::to_string(gpus) + " GPU(s), cuda:0 being the first")
                         + ", so choose auto or cpu");
    }
    return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

std::string processorName()
{
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("model name")) {
            return line.substr(std::min(line.size(), line.find(": ") + 2));
        }
    }
    return {};
}

int availableCores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(1, CPU_COUNT(&set)) : 1;
}

std::string sentenceOf(const std::exception& error)
{
    if (dynamic_cast<const std::bad_alloc*>(&error)) {
        return "Out of memory: a smaller batch or model, or fewer runs at once, would fit";
    }
    if (const auto* torch = dynamic_cast<const c10::Error*>(&error)) {
        const std::string text = torch->what_without_backtrace();
        if (text.find("not enough memory") != std::string::npos || text.find("out of memory") != std::string::npos) {
            return "Out of memory on the device: a smaller batch or model, or fewer runs at once, would fit";
        }
        return text.substr(0, text.find('\n'));
    }
    return error.what();
}

} // namespace distill
