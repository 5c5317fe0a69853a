// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>

namespace distill {

/// A file that appears whole or not at all: written under a temporary name in the same folder, synced, then renamed.
/// Where it is never committed, or something fails, the temporary is removed and the old file stays as it was. Throws
/// std::runtime_error, one sentence.
class AtomicFile {
public:
    explicit AtomicFile(std::string path);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* bytes, std::size_t count);
    void commit();

private:
    [[noreturn]] void fail(int error) const;

    std::string m_path, m_temporary;
    int m_descriptor = -1;
    bool m_committed = false;
};

} // namespace distill
