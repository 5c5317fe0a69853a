// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/eventfile.h"

#include "experiment/error.h"
#include "interchange/crc32c.h"

#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

namespace fs = std::filesystem;

namespace distill {

namespace {

static_assert(std::endian::native == std::endian::little);

namespace event {
constexpr protozero::pbf_tag_type wallTime = 1, step = 2, fileVersion = 3, summary = 5, source = 10;
}
namespace value {
constexpr protozero::pbf_tag_type tag = 1, simpleValue = 2, tensor = 8, metadata = 9;
}
namespace tensor {
constexpr protozero::pbf_tag_type type = 1, content = 4, floats = 5, doubles = 6, ints = 7, int64s = 10, halves = 13;
}

using Wire = protozero::pbf_wire_type;

/// What a field is switched on by: a field of another type than the format's is none of it.
constexpr std::uint32_t as(protozero::pbf_tag_type tag, Wire type)
{
    return protozero::tag_and_type(tag, type);
}

constexpr std::size_t flushAt = 1 << 20;
constexpr std::size_t headBytes = 12, tailBytes = 4;
constexpr std::uint64_t largestRecord = std::uint64_t{1} << 30;

template <class Number> Number numberAt(const char* bytes)
{
    Number number;
    std::memcpy(&number, bytes, sizeof number);
    return number;
}

template <class Number> void append(std::string& bytes, Number number)
{
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

double fromHalf(std::uint16_t bits)
{
    const int exponent = bits >> 10 & 31, fraction = bits & 1023;
    const double size = exponent == 31 ? (fraction ? std::nan("") : INFINITY)
        : exponent == 0                ? std::ldexp(fraction, -24)
                                       : std::ldexp(1024 + fraction, exponent - 25);
    return bits & 0x8000 ? -size : size;
}

/// TensorFlow's numbers of types.
enum Type : int { Float = 1, Double = 2, Int32 = 3, Uint8 = 4, Int16 = 5, Int8 = 6, Int64 = 9, Bfloat16 = 14, Half = 19 };

std::optional<double> fromContent(int type, protozero::data_view bytes)
{
    const auto holds = [&](std::size_t size) { return bytes.size() == size; };
    switch (type) {
    case Float: return holds(4) ? std::optional<double>(numberAt<float>(bytes.data())) : std::nullopt;
    case Double: return holds(8) ? std::optional(numberAt<double>(bytes.data())) : std::nullopt;
    case Int32: return holds(4) ? std::optional<double>(numberAt<std::int32_t>(bytes.data())) : std::nullopt;
    case Uint8: return holds(1) ? std::optional<double>(numberAt<std::uint8_t>(bytes.data())) : std::nullopt;
    case Int8: return holds(1) ? std::optional<double>(numberAt<std::int8_t>(bytes.data())) : std::nullopt;
    case Int16: return holds(2) ? std::optional<double>(numberAt<std::int16_t>(bytes.data())) : std::nullopt;
    case Int64: return holds(8) ? std::optional(static_cast<double>(numberAt<std::int64_t>(bytes.data()))) : std::nullopt;
    case Half: return holds(2) ? std::optional(fromHalf(numberAt<std::uint16_t>(bytes.data()))) : std::nullopt;
    case Bfloat16:
        return holds(2) ? std::optional<double>(std::bit_cast<float>(std::uint32_t{numberAt<std::uint16_t>(bytes.data())} << 16))
                        : std::nullopt;
    default: return std::nullopt;
    }
}

/// The one number of a tensor, or nothing where it holds another count or no numbers.
std::optional<double> numberOf(protozero::pbf_reader message)
{
    int type = 0;
    std::optional<double> result;
    int count = 0;
    const auto take = [&](auto range) {
        for (const auto number : range) {
            result = static_cast<double>(number);
            ++count;
        }
    };
    const auto takeOne = [&](double number) {
        result = number;
        ++count;
    };
    std::optional<protozero::data_view> content;
    const auto half = [&](std::int32_t bits) {
        const auto low = static_cast<std::uint16_t>(bits);
        takeOne(type == Half ? fromHalf(low) : double(std::bit_cast<float>(std::uint32_t{low} << 16)));
    };
    while (message.next()) {
        switch (message.tag_and_type()) { // lists of one number, packed or not
        case as(tensor::type, Wire::varint): type = message.get_enum(); break;
        case as(tensor::content, Wire::length_delimited): content = message.get_view(); break;
        case as(tensor::floats, Wire::length_delimited): take(message.get_packed_float()); break;
        case as(tensor::floats, Wire::fixed32): takeOne(message.get_float()); break;
        case as(tensor::doubles, Wire::length_delimited): take(message.get_packed_double()); break;
        case as(tensor::doubles, Wire::fixed64): takeOne(message.get_double()); break;
        case as(tensor::ints, Wire::length_delimited): take(message.get_packed_int32()); break;
        case as(tensor::ints, Wire::varint): takeOne(message.get_int32()); break;
        case as(tensor::int64s, Wire::length_delimited): take(message.get_packed_int64()); break;
        case as(tensor::int64s, Wire::varint): takeOne(static_cast<double>(message.get_int64())); break;
        case as(tensor::halves, Wire::length_delimited):
            for (const std::int32_t bits : message.get_packed_int32()) {
                half(bits);
            }
            break;
        case as(tensor::halves, Wire::varint): half(message.get_int32()); break;
        default: message.skip();
        }
    }
    if (content && !content->empty()) {
        return fromContent(type, *content);
    }
    return count == 1 ? result : std::nullopt;
}

std::string pluginOf(protozero::pbf_reader metadata)
{
    while (metadata.next(1, Wire::length_delimited)) {
        protozero::pbf_reader data = metadata.get_message();
        while (data.next(1, Wire::length_delimited)) {
            return data.get_string();
        }
    }
    return {};
}

/// Takes events apart; remembers which plugin a tag belongs to, for it stands with a tag's first value only.
class EventReader {
public:
    EventReader(EventFileReport& report, const std::function<void(const ScalarEvent&)>& scalar)
        : m_report(report)
        , m_scalar(scalar)
    {
    }

    void read(std::string_view bytes)
    {
        protozero::pbf_reader message(bytes.data(), bytes.size());
        ScalarEvent event;
        std::optional<protozero::data_view> summary;
        while (message.next()) {
            switch (message.tag_and_type()) {
            case as(event::wallTime, Wire::fixed64): event.wallTime = message.get_double(); break;
            case as(event::step, Wire::varint): event.step = message.get_int64(); break;
            case as(event::summary, Wire::length_delimited): summary = message.get_view(); break;
            default: message.skip();
            }
        }
        if (m_report.firstWallTime == 0) {
            m_report.firstWallTime = event.wallTime;
        }
        if (summary) {
            protozero::pbf_reader values(*summary);
            while (values.next(1, Wire::length_delimited)) {
                readValue(values.get_message(), event);
            }
        }
    }

private:
    void readValue(protozero::pbf_reader message, ScalarEvent event)
    {
        std::optional<double> number;
        std::string plugin;
        while (message.next()) {
            switch (message.tag_and_type()) {
            case as(value::tag, Wire::length_delimited): {
                const auto tag = message.get_view();
                event.tag = {tag.data(), tag.size()};
                break;
            }
            case as(value::simpleValue, Wire::fixed32): number = message.get_float(); break;
            case as(value::tensor, Wire::length_delimited): number = numberOf(message.get_message()); break;
            case as(value::metadata, Wire::length_delimited): plugin = pluginOf(message.get_message()); break;
            default: message.skip();
            }
        }
        if (!plugin.empty() && plugin != "scalars") {
            m_otherPlugins.emplace(event.tag, plugin);
        }
        if (!number || (!m_otherPlugins.empty() && m_otherPlugins.find(event.tag) != m_otherPlugins.end())) {
            ++m_report.others;
            return;
        }
        event.value = *number;
        m_scalar(event);
    }

    EventFileReport& m_report;
    const std::function<void(const ScalarEvent&)>& m_scalar;
    std::map<std::string, std::string, std::less<>> m_otherPlugins; ///< by tag
};

} // namespace

EventFileWriter::EventFileWriter(std::string path, double start)
    : m_path(std::move(path))
    , m_part((fs::path(m_path).parent_path() / (".part-" + fs::path(m_path).filename().string())).string())
    , m_out(m_part, std::ios::binary | std::ios::trunc)
{
    if (!m_out) {
        fail();
    }
    std::string bytes;
    protozero::pbf_writer message(bytes);
    message.add_double(event::wallTime, start);
    message.add_string(event::fileVersion, "brain.Event:2");
    {
        protozero::pbf_writer source(message, event::source);
        source.add_string(1, "distill-workbench");
    }
    record(bytes);
}

EventFileWriter::~EventFileWriter()
{
    if (!m_committed) {
        m_out.close();
        std::error_code ignored;
        fs::remove(m_part, ignored);
    }
}

void EventFileWriter::fail() const
{
    throw InputError("The event file " + m_path + " cannot be written: " + std::strerror(errno ? errno : EIO) + ".");
}

void EventFileWriter::record(const std::string& bytes)
{
    std::string length;
    append(length, std::uint64_t{bytes.size()});
    m_buffer += length;
    append(m_buffer, maskedCrc32c(length));
    m_buffer += bytes;
    append(m_buffer, maskedCrc32c(bytes));
    if (m_buffer.size() >= flushAt) {
        m_out.write(m_buffer.data(), static_cast<std::streamsize>(m_buffer.size()));
        m_buffer.clear();
        if (!m_out) {
            fail();
        }
    }
}

void EventFileWriter::scalar(const std::string& tag, std::int64_t step, double wallTime, double number)
{
    std::string bytes;
    protozero::pbf_writer message(bytes);
    message.add_double(event::wallTime, wallTime);
    message.add_int64(event::step, step);
    {
        protozero::pbf_writer summary(message, event::summary);
        protozero::pbf_writer one(summary, 1);
        one.add_string(value::tag, tag);
        one.add_float(value::simpleValue, static_cast<float>(number));
    }
    record(bytes);
}

void EventFileWriter::pluginRecord(const std::string& tag, const std::string& content, double wallTime)
{
    std::string bytes;
    protozero::pbf_writer message(bytes);
    message.add_double(event::wallTime, wallTime);
    {
        protozero::pbf_writer summary(message, event::summary);
        protozero::pbf_writer one(summary, 1);
        one.add_string(value::tag, tag);
        protozero::pbf_writer metadata(one, value::metadata);
        protozero::pbf_writer data(metadata, 1);
        data.add_string(1, "hparams");
        data.add_bytes(2, content);
    }
    record(bytes);
}

// The hparams plugin's HParamsPluginData: 3 session_start_info {1 hparams map<string, google.protobuf.Value>, 5 start_time_secs},
// 4 session_end_info {1 status, 2 end_time_secs}; a Value is 2 number, 3 string or 4 bool.
void EventFileWriter::hyperparameters(const Json& values, double start, double end, bool succeeded)
{
    constexpr int success = 1, failure = 2;
    std::string content;
    {
        protozero::pbf_writer data(content);
        protozero::pbf_writer info(data, 3);
        for (const auto& [name, held] : values.items()) {
            protozero::pbf_writer entry(info, 1);
            entry.add_string(1, name);
            protozero::pbf_writer wrapped(entry, 2);
            if (held.is_boolean()) {
                wrapped.add_bool(4, held.get<bool>());
            } else if (held.is_number()) {
                wrapped.add_double(2, held.get<double>());
            } else {
                wrapped.add_string(3, held.is_string() ? held.get<std::string>() : held.dump());
            }
        }
        info.add_double(5, start);
    }
    pluginRecord("_hparams_/session_start_info", content, start);
    content.clear();
    {
        protozero::pbf_writer data(content);
        protozero::pbf_writer info(data, 4);
        info.add_enum(1, succeeded ? success : failure);
        info.add_double(2, end);
    }
    pluginRecord("_hparams_/session_end_info", content, end);
}

void EventFileWriter::commit()
{
    m_out.write(m_buffer.data(), static_cast<std::streamsize>(m_buffer.size()));
    m_out.close();
    if (!m_out) {
        fail();
    }
    std::error_code error;
    fs::rename(m_part, m_path, error);
    if (error) {
        errno = error.value();
        fail();
    }
    m_committed = true;
}

bool isEventFile(std::string_view head)
{
    return head.size() >= headBytes && numberAt<std::uint32_t>(head.data() + 8) == maskedCrc32c(head.substr(0, 8));
}

EventFileReport readEventFile(const std::string& path, std::uint64_t bytes, const std::function<void(const ScalarEvent&)>& scalar)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw InputError(path + " cannot be read: " + std::strerror(errno) + ".");
    }
    EventFileReport report;
    EventReader reader(report, scalar);
    std::string record;
    std::uint64_t at = 0;
    const auto stopped = [&](const std::string& why) { report.ending = why + " at byte " + std::to_string(at); };
    while (at < bytes) {
        char head[headBytes];
        if (bytes - at < headBytes || !file.read(head, headBytes)) {
            stopped("a record breaks off");
            break;
        }
        const auto length = numberAt<std::uint64_t>(head);
        if (numberAt<std::uint32_t>(head + 8) != maskedCrc32c({head, 8}) || length > largestRecord) {
            stopped("a record's length is damaged");
            break;
        }
        record.resize(length + tailBytes);
        if (bytes - at - headBytes < record.size() || !file.read(record.data(), static_cast<std::streamsize>(record.size()))) {
            stopped("a record breaks off");
            break;
        }
        const std::string_view content(record.data(), length);
        ++report.records;
        if (numberAt<std::uint32_t>(record.data() + length) != maskedCrc32c(content)) {
            ++report.damaged;
        } else {
            try {
                reader.read(content);
            } catch (const protozero::exception&) { // its checksum is right: written so
                ++report.damaged;
            }
        }
        at += headBytes + record.size();
    }
    return report;
}

} // namespace distill
