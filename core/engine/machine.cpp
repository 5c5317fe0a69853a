// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/device.h"
#include "engine/engine.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <mutex>
#include <torch/csrc/api/include/torch/version.h>

namespace distill {

namespace {

/// Reference BLAS reaches 2 to 4 GFLOP/s on any machine of this decade, OpenBLAS and MKL 30 and more on one core.
constexpr double slowBlasGflops = 10;

double measureMatrixGflops()
{
    constexpr std::int64_t size = 384;
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    const at::Tensor left = at::ones({size, size}), right = at::ones({size, size});
    double best = 0;
    for (int i = 0; i < 4; ++i) {
        const auto start = std::chrono::steady_clock::now();
        const at::Tensor product = at::mm(left, right);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, 2e-9 * size * size * size / seconds.count());
    }
    at::set_num_threads(threads);
    return best;
}

std::string nameOfBlas()
{
    // OpenBLAS names itself; the symbol is looked up so that any other BLAS does as well.
    using Config = char* (*)();
    if (const auto config = reinterpret_cast<Config>(dlsym(RTLD_DEFAULT, "openblas_get_config"))) {
        const std::string text = config();
        return text.substr(0, text.find(' ', text.find(' ') + 1));
    }
    return at::hasMKL() ? "MKL" : "an unnamed BLAS";
}

} // namespace

const Machine& machine()
{
    static const Machine instance = [] {
        Machine found;
        found.cores = availableCores();
        found.matrixGflops = measureMatrixGflops();
        found.fastBlas = found.matrixGflops > slowBlasGflops;
        found.blas = nameOfBlas();
        found.libtorch = TORCH_VERSION;
        const char* spin = std::getenv("GOMP_SPINCOUNT");
        found.spinCount = spin ? spin : "";
        found.devices.push_back("cpu");
        if (at::hasCUDA()) {
            const int gpus = static_cast<int>(at::detail::getCUDAHooks().getNumGPUs());
            for (int i = 0; i < gpus; ++i) {
                found.devices.push_back("cuda:" + std::to_string(i));
            }
        }
        return found;
    }();
    return instance;
}

std::string Machine::sentence() const
{
    char rate[32];
    std::snprintf(rate, sizeof rate, "%.0f", matrixGflops);
    std::string text = std::to_string(cores) + (cores == 1 ? " core, " : " cores, ") + blas + " (" + rate
        + " GFLOP/s a core), LibTorch " + libtorch
        + (devices.size() > 1 ? ", " + std::to_string(devices.size() - 1) + " GPU(s)" : ", CPU only");
    if (!fastBlas) {
        text += "; this BLAS is slow: install libopenblas0-openmp to train up to 28 times faster";
    }
    return text;
}

} // namespace distill
