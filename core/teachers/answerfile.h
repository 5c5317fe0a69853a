// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <memory>
#include <string>
#include <vector>

namespace distill {

/// A teacher's answers in one file, as records of equal size: record `view` x samples + `sample`. Any number of runs and
/// processes fill it in any order and read it meanwhile. Each record carries a CRC-32 of its own, seeded with its place, and is
/// believed only where that fits: what was half written, damaged or never written is simply not there.
///
/// The file begins with its description as JSON, padded to whole pages. It is read through a memory map and written with
/// pwrite(), which fails on a full disk where a store to the map would end the process. It is sparse until it is filled.
class AnswerFile {
public:
    struct Layout {
        Json description; ///< of all that decides the answers; its hash names the file
        std::int64_t samples = 0, views = 0;
        std::int64_t bytesPerAnswer = 0;

        std::int64_t bytes() const; ///< of the whole file when it is full
        std::string fileName() const;
    };

    /// Opens or makes the file of this layout in `folder`; one with a damaged head is made anew. Throws std::runtime_error,
    /// one sentence, where that is not possible.
    AnswerFile(const std::string& folder, const Layout& layout);
    ~AnswerFile();
    AnswerFile(const AnswerFile&) = delete;
    AnswerFile& operator=(const AnswerFile&) = delete;

    /// Whether something is written there; whether it can be believed, read() tells.
    bool has(std::int64_t sample, std::int64_t view) const;
    /// Copies the answer; false where there is none that can be believed.
    bool read(std::int64_t sample, std::int64_t view, char* into) const;
    /// Throws std::runtime_error where it cannot be written.
    void write(std::int64_t sample, std::int64_t view, const char* answer);

    struct Count {
        std::int64_t whole = 0, damaged = 0, empty = 0;
    };
    Count count() const; ///< reads every record
    const std::string& path() const { return m_path; }
    std::int64_t bytesOnDisk() const;

private:
    std::int64_t offsetOf(std::int64_t sample, std::int64_t view) const;

    Layout m_layout;
    std::string m_path;
    std::int64_t m_headBytes = 0, m_recordBytes = 0, m_mappedBytes = 0;
    int m_descriptor = -1;
    const char* m_map = nullptr;
};

/// What lies in a folder of answer files.
struct AnswerFileEntry {
    std::string path;
    Json description = {};     ///< null where the head is damaged
    std::int64_t bytes = 0;    ///< on the disk
    double usedAt = 0;         ///< seconds since 1970
    std::int64_t records = 0;
    AnswerFile::Count count = {}; ///< where it was asked for
};
/// Newest first.
std::vector<AnswerFileEntry> answerFiles(const std::string& folder, bool counts);
/// Removes the files used longest ago until the rest takes at most `limit` bytes. A file that is open anywhere stays.
/// Returns how many bytes went.
std::int64_t trimAnswerFiles(const std::string& folder, std::int64_t limit);

} // namespace distill
