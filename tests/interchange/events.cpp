// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/events.h"

#include <bit>
#include <cstring>
#include <stdexcept>

namespace distill::test {

namespace {

template <class Number> std::string little(Number number)
{
    std::string bytes;
    for (std::size_t i = 0; i < sizeof number; ++i) {
        bytes += static_cast<char>(number >> (8 * i) & 255);
    }
    return bytes;
}

std::uint64_t fromLittle(std::string_view bytes)
{
    std::uint64_t number = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        number = number << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return number;
}

std::uint32_t masked(std::string_view bytes)
{
    const std::uint64_t crc = slowCrc32c(bytes);
    return static_cast<std::uint32_t>(((crc >> 15) | (crc << 17)) + 0xa282ead8);
}

std::string key(int number, int wire)
{
    return varint(static_cast<std::uint64_t>(number) << 3 | static_cast<std::uint64_t>(wire));
}

} // namespace

std::uint32_t slowCrc32c(std::string_view bytes)
{
    std::uint32_t remainder = 0xFFFFFFFF;
    for (const char byte : bytes) {
        for (int bit = 0; bit < 8; ++bit) {
            const bool one = (static_cast<unsigned char>(byte) >> bit & 1) != (remainder & 1);
            remainder = remainder >> 1 ^ (one ? 0x82F63B78 : 0);
        }
    }
    return ~remainder;
}

std::string varint(std::uint64_t number)
{
    std::string bytes;
    for (; number > 127; number >>= 7) {
        bytes += static_cast<char>((number & 127) | 128);
    }
    return bytes + static_cast<char>(number);
}

std::string field(int number, std::string_view bytes)
{
    return key(number, 2) + varint(bytes.size()) + std::string(bytes);
}

std::string fieldVarint(int number, std::uint64_t value)
{
    return key(number, 0) + varint(value);
}

std::string fieldFloat(int number, float value)
{
    return key(number, 5) + little(std::bit_cast<std::uint32_t>(value));
}

std::string fieldDouble(int number, double value)
{
    return key(number, 1) + little(std::bit_cast<std::uint64_t>(value));
}

std::string framed(std::string_view event)
{
    const std::string length = little(std::uint64_t{event.size()});
    return length + little(masked(length)) + std::string(event) + little(masked(event));
}

double WireField::asDouble() const
{
    return std::bit_cast<double>(bits);
}

float WireField::asFloat() const
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

std::vector<WireField> decode(std::string_view message)
{
    std::size_t at = 0;
    const auto take = [&](std::size_t count) {
        if (message.size() - at < count) {
            throw std::runtime_error("a field breaks off");
        }
        at += count;
        return message.substr(at - count, count);
    };
    const auto number = [&] {
        std::uint64_t result = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<unsigned char>(take(1)[0]);
            result |= std::uint64_t{byte & 127U} << shift;
            if (byte < 128) {
                return result;
            }
        }
    };
    std::vector<WireField> fields;
    while (at < message.size()) {
        const std::uint64_t head = number();
        WireField one{static_cast<int>(head >> 3), static_cast<int>(head & 7), {}, 0};
        switch (one.wire) {
        case 0: one.bits = number(); break;
        case 1: one.bits = fromLittle(take(8)); break;
        case 2: one.bytes = take(number()); break;
        case 5: one.bits = fromLittle(take(4)); break;
        default: throw std::runtime_error("an unknown wire type");
        }
        fields.push_back(std::move(one));
    }
    return fields;
}

std::vector<std::string> unframe(std::string_view file)
{
    std::vector<std::string> events;
    while (!file.empty()) {
        if (file.size() < 16 || fromLittle(file.substr(8, 4)) != masked(file.substr(0, 8))) {
            throw std::runtime_error("a length's checksum is wrong");
        }
        const std::uint64_t length = fromLittle(file.substr(0, 8));
        const std::string_view event = file.substr(12, length);
        if (event.size() != length || fromLittle(file.substr(12 + length, 4)) != masked(event)) {
            throw std::runtime_error("an event's checksum is wrong");
        }
        events.emplace_back(event);
        file.remove_prefix(16 + length);
    }
    return events;
}

Decoded decodeFile(std::string_view file)
{
    Decoded result;
    for (const std::string& event : unframe(file)) {
        Scalar scalar;
        std::string summary;
        for (const WireField& part : decode(event)) {
            scalar.wallTime = part.number == 1 ? part.asDouble() : scalar.wallTime;
            scalar.step = part.number == 2 ? static_cast<std::int64_t>(part.bits) : scalar.step;
            result.version = part.number == 3 ? part.bytes : result.version;
            summary = part.number == 5 ? part.bytes : summary;
        }
        result.firstWallTime = result.firstWallTime == 0 ? scalar.wallTime : result.firstWallTime;
        for (const WireField& value : decode(summary)) {
            if (value.number != 1) {
                throw std::runtime_error("a summary holds more than values");
            }
            bool isScalar = false;
            std::string plugin;
            for (const WireField& part : decode(value.bytes)) {
                scalar.tag = part.number == 1 ? part.bytes : scalar.tag;
                if (part.number == 2) {
                    isScalar = true;
                    scalar.value = part.asFloat();
                }
                if (part.number == 9) {
                    for (const WireField& data : decode(decode(part.bytes).at(0).bytes)) {
                        plugin = data.number == 2 ? data.bytes : plugin;
                    }
                }
            }
            if (isScalar) {
                result.scalars.push_back(scalar);
            } else {
                result.plugins[scalar.tag] = plugin;
            }
        }
    }
    return result;
}

} // namespace distill::test
