// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace distill {

// TensorBoard's event files: records of a length, its checksum, bytes and theirs (masked CRC-32C, all little-endian), each an Event
// of protocol buffers:
//
//   Event            1 wall_time double, 2 step int64, 3 file_version string, 5 summary Summary, 10 source {1 writer string}
//   Summary          1 value, repeated: 1 tag string, 2 simple_value float, 8 tensor TensorProto, 9 metadata SummaryMetadata
//   SummaryMetadata  1 plugin_data {1 plugin_name string, 2 content bytes}
//   TensorProto      1 dtype, 4 tensor_content bytes, 5 float_val, 6 double_val, 7 int_val, 10 int64_val, 13 half_val
//
// They are read and written field by field: a LibTorch has a libprotobuf inside, and a second one of another version in the process
// would answer in its stead.

/// Writes one file that appears whole or not at all.
class EventFileWriter {
public:
    /// `start` in seconds since 1970: the wall time of the first record, which times are counted from. Throws InputError where the
    /// file cannot be made.
    EventFileWriter(std::string path, double start);
    ~EventFileWriter();
    EventFileWriter(const EventFileWriter&) = delete;
    EventFileWriter& operator=(const EventFileWriter&) = delete;

    /// The format keeps values as float32.
    void scalar(const std::string& tag, std::int64_t step, double wallTime, double value);
    /// What the run was made with and how it ended, for TensorBoard's table of hyperparameters: `values` maps names to numbers,
    /// texts and truth values.
    void hyperparameters(const Json& values, double start, double end, bool succeeded);
    void commit(); ///< throws InputError, a full disk included

private:
    void record(const std::string& event);
    void pluginRecord(const std::string& tag, const std::string& content, double wallTime);
    [[noreturn]] void fail() const;

    std::string m_path, m_part, m_buffer;
    std::ofstream m_out;
    bool m_committed = false;
};

/// A scalar of an event file.
struct ScalarEvent {
    std::string_view tag;
    std::int64_t step = 0;
    double wallTime = 0, value = 0;
};

/// What an event file held beside its scalars.
struct EventFileReport {
    std::int64_t records = 0;
    std::int64_t damaged = 0;       ///< records whose checksum or content is wrong; passed over
    std::int64_t others = 0;        ///< values that are no scalars: images, histograms, texts
    std::string ending;             ///< why reading stopped before the end; empty where it did not
    double firstWallTime = 0;       ///< 0 where there is no record
};

/// Hands over the scalars in the order of the first `bytes` bytes, whether they are simple values or tensors of one number. A file
/// that breaks off (its writer lives, or was killed) is read up to there. Throws InputError for a file that cannot be read.
EventFileReport readEventFile(const std::string& path, std::uint64_t bytes, const std::function<void(const ScalarEvent&)>& scalar);

/// Whether these first bytes of a file are an event file's: a length with its checksum.
bool isEventFile(std::string_view head);

} // namespace distill
