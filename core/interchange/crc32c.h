// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace distill {

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41), as RFC 3720 defines it.
std::uint32_t crc32c(std::string_view bytes);

/// As record files store it: rotated and shifted, so that a checksum of bytes that hold checksums stays a good one.
inline std::uint32_t maskedCrc32c(std::string_view bytes)
{
    const std::uint32_t crc = crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

} // namespace distill
