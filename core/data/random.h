// SPDX-License-Identifier: GPL-3.0-or-later
// Draws that are the same with every standard library and LibTorch, for splits and generated data; private to this
// folder.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

namespace distill {

/// The standard fixes the engine's numbers but not those of its distributions, so these stand here.
class PortableRandom {
public:
    PortableRandom(std::uint64_t seed, std::string_view purpose);

    std::uint64_t below(std::uint64_t bound); ///< uniform in [0, bound)
    double uniform(); ///< in [0, 1), 53 bits
    double normal(); ///< mean 0, deviation 1
    template <class T> void shuffle(std::vector<T>& values)
    {
        for (std::size_t i = values.size(); i > 1; --i) {
            std::swap(values[i - 1], values[below(i)]);
        }
    }

private:
    std::mt19937_64 m_engine;
};

} // namespace distill
