// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// TensorBoard's event files a second time, written for the tests alone from the format's description, to hold the library against.
namespace distill::test {

/// Bit by bit, as the polynomial is defined.
std::uint32_t slowCrc32c(std::string_view bytes);

std::string varint(std::uint64_t number);
std::string field(int number, std::string_view bytes);   ///< length-delimited
std::string fieldVarint(int number, std::uint64_t value);
std::string fieldFloat(int number, float value);
std::string fieldDouble(int number, double value);
std::string framed(std::string_view event);              ///< framed, with its checksums

/// A message's fields: bytes of a length-delimited one, else the number's own bits.
struct WireField {
    int number = 0, wire = 0;
    std::string bytes;
    std::uint64_t bits = 0;
    double asDouble() const;
    float asFloat() const;
};
std::vector<WireField> decode(std::string_view message); ///< throws std::runtime_error where it is malformed
/// The events of a file; throws where a length or a checksum is wrong.
std::vector<std::string> unframe(std::string_view file);

struct Scalar {
    std::string tag;
    std::int64_t step = 0;
    double wallTime = 0;
    float value = 0;
};
struct Decoded {
    std::string version;
    double firstWallTime = 0;
    std::vector<Scalar> scalars;
    std::map<std::string, std::string> plugins; ///< tag -> content
};
Decoded decodeFile(std::string_view file);

} // namespace distill::test
