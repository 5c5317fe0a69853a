// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/answerfile.h"

#include "experiment/schema.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace distill {

namespace fs = std::filesystem;

namespace {

constexpr const char* suffix = ".answers";
constexpr std::int64_t page = 4096;
constexpr std::int64_t checksumBytes = 4;

[[noreturn]] void fail(const std::string& path, const char* what)
{
    throw std::runtime_error("The teacher's answers " + path + " cannot be " + what + ": " + std::strerror(errno));
}

/// Never 0, which is what a hole in the file reads as.
std::uint32_t checksum(std::int64_t record, const char* bytes, std::int64_t count)
{
    uLong sum = crc32(0, reinterpret_cast<const Bytef*>(&record), sizeof record);
    sum = crc32(sum, reinterpret_cast<const Bytef*>(bytes), static_cast<uInt>(count));
    return sum == 0 ? 1 : static_cast<std::uint32_t>(sum);
}

std::string headOf(const AnswerFile::Layout& layout)
{
    Json head = {{"format", "distill answers 1"},
                 {"samples", layout.samples},
                 {"bytes_per_answer", layout.bytesPerAnswer},
                 {"description", layout.description}};
    std::string text = head.dump() + "\n";
    text.resize((text.size() + page - 1) / page * page, ' ');
    return text;
}

std::uint32_t storedChecksum(const char* record)
{
    std::uint32_t stored = 0;
    std::memcpy(&stored, record, checksumBytes);
    return stored;
}

/// The file if it begins so, else -1; `isThere` says whether there is another one.
int openWith(const std::string& path, const std::string& head, bool& isThere)
{
    const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
    isThere = file >= 0;
    if (file < 0) {
        if (errno != ENOENT) {
            fail(path, "opened");
        }
        return -1;
    }
    std::string found(head.size(), '\0');
    if (pread(file, found.data(), found.size(), 0) == static_cast<ssize_t>(head.size()) && found == head) {
        return file;
    }
    close(file);
    return -1;
}

/// Puts a file that holds the head alone in the place of one that is missing or damaged. It comes there whole and under another
/// inode: cutting the old one short would end whoever has it mapped.
void putHead(const std::string& path, const std::string& head, bool replaces)
{
    std::string fresh = path + ".XXXXXX";
    const int file = mkstemp(fresh.data());
    if (file < 0) {
        fail(path, "made");
    }
    const bool written = pwrite(file, head.data(), head.size(), 0) == static_cast<ssize_t>(head.size()) && fchmod(file, 0644) == 0;
    const int error = errno;
    close(file);
    // Of two that make a missing file at once, the first wins; a damaged one is replaced.
    const bool placed = written && (replaces ? rename(fresh.c_str(), path.c_str()) == 0
                                             : link(fresh.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int reason = written ? errno : error;
    unlink(fresh.c_str());
    if (!placed) {
        errno = reason;
        fail(path, "written");
    }
}

} // namespace

std::string AnswerFile::Layout::fileName() const
{
    return sha256(headOf(*this)).substr(0, 32) + suffix;
}

std::int64_t AnswerFile::Layout::bytes() const
{
    return static_cast<std::int64_t>(headOf(*this).size()) + samples * views * (bytesPerAnswer + checksumBytes);
}

AnswerFile::AnswerFile(const std::string& folder, const Layout& layout)
    : m_layout(layout)
    , m_path((fs::path(folder) / layout.fileName()).string())
    , m_recordBytes(layout.bytesPerAnswer + checksumBytes)
    , m_mappedBytes(layout.bytes())
{
    std::error_code error;
    fs::create_directories(folder, error);
    const std::string head = headOf(layout);
    m_headBytes = static_cast<std::int64_t>(head.size());
    for (int attempt = 0; m_descriptor < 0 && attempt < 3; ++attempt) {
        bool isThere = false;
        m_descriptor = openWith(m_path, head, isThere);
        if (m_descriptor < 0) {
            putHead(m_path, head, isThere);
        }
    }
    if (m_descriptor < 0) {
        fail(m_path, "opened");
    }
    try {
        flock(m_descriptor, LOCK_SH); // keeps it from being trimmed away; the kernel lets go when the process ends
        struct stat status { };
        if (fstat(m_descriptor, &status) != 0 || (status.st_size < m_mappedBytes && ftruncate(m_descriptor, m_mappedBytes) != 0)) {
            fail(m_path, "made long enough");
        }
        futimens(m_descriptor, nullptr); // the time by which trimming chooses
        void* map = mmap(nullptr, static_cast<std::size_t>(m_mappedBytes), PROT_READ, MAP_SHARED, m_descriptor, 0);
        if (map == MAP_FAILED) {
            fail(m_path, "mapped");
        }
        m_map = static_cast<const char*>(map);
    } catch (...) {
        close(m_descriptor);
        throw;
    }
}

AnswerFile::~AnswerFile()
{
    munmap(const_cast<char*>(m_map), static_cast<std::size_t>(m_mappedBytes));
    close(m_descriptor);
}

std::int64_t AnswerFile::bytesOnDisk() const
{
    struct stat status { };
    return fstat(m_descriptor, &status) == 0 ? status.st_blocks * 512 : 0;
}

std::int64_t AnswerFile::offsetOf(std::int64_t sample, std::int64_t view) const
{
    return m_headBytes + (view * m_layout.samples + sample) * m_recordBytes;
}

bool AnswerFile::has(std::int64_t sample, std::int64_t view) const
{
    return view < m_layout.views && sample < m_layout.samples && storedChecksum(m_map + offsetOf(sample, view)) != 0;
}

bool AnswerFile::read(std::int64_t sample, std::int64_t view, char* into) const
{
    if (!has(sample, view)) {
        return false;
    }
    const char* record = m_map + offsetOf(sample, view);
    const std::uint32_t stored = storedChecksum(record);
    std::memcpy(into, record + checksumBytes, static_cast<std::size_t>(m_layout.bytesPerAnswer));
    return checksum(view * m_layout.samples + sample, into, m_layout.bytesPerAnswer) == stored;
}

void AnswerFile::write(std::int64_t sample, std::int64_t view, const char* answer)
{
    if (view >= m_layout.views || sample >= m_layout.samples) {
        return;
    }
    const std::uint32_t sum = checksum(view * m_layout.samples + sample, answer, m_layout.bytesPerAnswer);
    std::vector<char> record(static_cast<std::size_t>(m_recordBytes));
    std::memcpy(record.data(), &sum, checksumBytes);
    std::memcpy(record.data() + checksumBytes, answer, static_cast<std::size_t>(m_layout.bytesPerAnswer));
    if (pwrite(m_descriptor, record.data(), record.size(), offsetOf(sample, view)) != m_recordBytes) {
        fail(m_path, "written");
    }
}

AnswerFile::Count AnswerFile::count() const
{
    Count count;
    for (std::int64_t record = 0; record < m_layout.samples * m_layout.views; ++record) {
        const char* at = m_map + m_headBytes + record * m_recordBytes;
        const std::uint32_t stored = storedChecksum(at);
        if (stored == checksum(record, at + checksumBytes, m_layout.bytesPerAnswer)) {
            ++count.whole;
        } else if (stored == 0 && std::all_of(at, at + m_recordBytes, [](char byte) { return byte == 0; })) {
            ++count.empty;
        } else {
            ++count.damaged;
        }
    }
    return count;
}

std::vector<AnswerFileEntry> answerFiles(const std::string& folder, bool counts)
{
    std::vector<AnswerFileEntry> entries;
    std::error_code error;
    for (fs::directory_iterator each(folder, error), end; !error && each != end; each.increment(error)) {
        struct stat status { };
        const std::string path = each->path().string();
        if (each->path().extension() != suffix || stat(path.c_str(), &status) != 0) {
            continue;
        }
        AnswerFileEntry entry{.path = path, .bytes = status.st_blocks * 512, .usedAt = static_cast<double>(status.st_mtime)};
        std::string line;
        std::ifstream file(path);
        std::getline(file, line);
        const Json head = Json::parse(line, nullptr, false);
        if (head.is_object() && head.contains("description") && head.value("samples", 0) > 0 && head.value("bytes_per_answer", 0) > 0) {
            AnswerFile::Layout layout{head.at("description"), head.at("samples").get<std::int64_t>(), 0,
                                      head.at("bytes_per_answer").get<std::int64_t>()};
            if (layout.fileName() == each->path().filename().string()) {
                const std::int64_t perView = layout.samples * (layout.bytesPerAnswer + checksumBytes);
                layout.views = (status.st_size - layout.bytes()) / perView;
                entry.description = layout.description;
                entry.records = layout.samples * layout.views;
                if (counts) {
                    entry.count = AnswerFile(folder, layout).count();
                }
            }
        }
        entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.usedAt > b.usedAt; });
    return entries;
}

std::int64_t trimAnswerFiles(const std::string& folder, std::int64_t limit)
{
    std::vector<AnswerFileEntry> entries = answerFiles(folder, false);
    std::int64_t total = 0, removed = 0;
    for (const AnswerFileEntry& entry : entries) {
        total += entry.bytes;
    }
    for (auto entry = entries.rbegin(); entry != entries.rend() && total - removed > limit; ++entry) {
        const int descriptor = open(entry->path.c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) {
            continue;
        }
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && unlink(entry->path.c_str()) == 0) {
            removed += entry->bytes;
        }
        close(descriptor);
    }
    return removed;
}

} // namespace distill
