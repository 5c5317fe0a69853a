// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/random.h"
#include "data/batches.h"

#include <ATen/CPUGeneratorImpl.h>
#include <cmath>
#include <mutex>
#include <numbers>

namespace distill {

namespace {

/// The finaliser of splitmix64 (Steele, Lea, Flood 2014): every input bit reaches every output bit.
constexpr std::uint64_t step = 0x9e3779b97f4a7c15ULL;

std::uint64_t mix(std::uint64_t value)
{
    value += step;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
    return value ^ (value >> 31);
}

/// FNV-1a, 64 bits.
std::uint64_t hashOf(std::string_view text)
{
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    return hash;
}

} // namespace

at::Generator makeGenerator(at::Device device, std::uint64_t seed)
{
    if (device.is_cpu()) {
        return at::detail::createCPUGenerator(seed);
    }
    // Cloning the default generator reaches every other device without that device's headers.
    at::Generator original = at::globalContext().defaultGenerator(device);
    at::Generator generator = [&] {
        const std::lock_guard lock(original.mutex());
        return original.clone();
    }();
    generator.set_current_seed(seed);
    return generator;
}

std::uint64_t deriveSeed(std::uint64_t seed, std::string_view purpose)
{
    // Mixed twice, so that neighbouring seeds and similar purposes share nothing: with one exclusive-or alone,
    // (seed, purpose) pairs whose halves differ alike would collide.
    return mix(mix(seed) ^ hashOf(purpose));
}

PortableRandom::PortableRandom(std::uint64_t seed, std::string_view purpose)
    : m_engine(deriveSeed(seed, purpose))
{
}

std::uint64_t PortableRandom::below(std::uint64_t bound)
{
    // Numbers from the incomplete last stretch of the range would favour small remainders: draw again.
    const std::uint64_t limit = std::mt19937_64::max() - std::mt19937_64::max() % bound;
    std::uint64_t value = m_engine();
    while (value >= limit) {
        value = m_engine();
    }
    return value % bound;
}

SampleRandom::SampleRandom(std::uint64_t seed, std::int64_t sample, std::int64_t variation, std::string_view purpose)
    : m_state(mix(mix(mix(seed) ^ static_cast<std::uint64_t>(sample)) ^ static_cast<std::uint64_t>(variation)) ^ hashOf(purpose))
{
}

std::uint64_t SampleRandom::operator()()
{
    const std::uint64_t value = mix(m_state);
    m_state += step;
    return value;
}

double PortableRandom::uniform()
{
    return static_cast<double>(m_engine() >> 11) * 0x1p-53;
}

double PortableRandom::normal()
{
    // Box and Muller; the second value is not kept, so that a draw depends on nothing but the engine.
    const double radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
}

} // namespace distill
