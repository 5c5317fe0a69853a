// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/crc32c.h"

#include <array>

namespace distill {

namespace {

constexpr std::array<std::uint32_t, 256> table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t byte = 0; byte < entries.size(); ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78U : 0); // the polynomial, lowest bit first
        }
        entries[byte] = crc;
    }
    return entries;
}();

} // namespace

std::uint32_t crc32c(std::string_view bytes)
{
    std::uint32_t crc = ~0U;
    for (const char byte : bytes) {
        crc = crc >> 8 ^ table[(crc ^ static_cast<unsigned char>(byte)) & 255U];
    }
    return ~crc;
}

} // namespace distill
