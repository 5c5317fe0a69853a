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

/// Numbers of one sample in one of its variations, apart for each purpose: splitmix64 from a start that they decide. A
/// UniformRandomBitGenerator, cheap to make.
class SampleRandom {
public:
    using result_type = std::uint64_t;
    SampleRandom(std::uint64_t seed, std::int64_t sample, std::int64_t variation, std::string_view purpose);

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    result_type operator()();
    /// Uniform in [0, bound). The shares differ by less than 2^-32 for any bound below 2^32.
    std::int64_t below(std::int64_t bound) { return static_cast<std::int64_t>(((*this)() >> 32) * static_cast<std::uint64_t>(bound) >> 32); }
    double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; } ///< in [0, 1)

private:
    std::uint64_t m_state;
};

} // namespace distill
