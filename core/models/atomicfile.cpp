// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/atomicfile.h"

#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace distill {

namespace {

/// The folder's own entry must reach the disk too. Some file systems cannot sync a folder; they get no worse a promise.
int syncFolder(const std::string& path)
{
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    const int folder = ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        return errno;
    }
    const int error = ::fsync(folder) == 0 ? 0 : errno;
    ::close(folder);
    return error == EINVAL || error == ENOTSUP ? 0 : error;
}

} // namespace

AtomicFile::AtomicFile(std::string path)
    : m_path(std::move(path))
{
    static std::atomic<unsigned> counter{0};
    do {
        m_temporary = m_path + ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
        m_descriptor = ::open(m_temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (m_descriptor < 0 && errno == EEXIST);
    if (m_descriptor < 0) {
        fail(errno);
    }
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
    if (!m_committed) {
        ::unlink(m_temporary.c_str());
    }
}

void AtomicFile::write(const void* bytes, std::size_t count)
{
    const char* next = static_cast<const char*>(bytes);
    while (count > 0) {
        const ssize_t written = ::write(m_descriptor, next, count);
        if (written > 0) {
            next += written;
            count -= static_cast<std::size_t>(written);
        } else if (written == 0 || errno != EINTR) {
            fail(written == 0 ? ENOSPC : errno);
        }
    }
}

void AtomicFile::commit()
{
    if (::fsync(m_descriptor) != 0) {
        fail(errno);
    }
    // Network file systems may report a full disk only here.
    const int closed = ::close(m_descriptor);
    m_descriptor = -1;
    if (closed != 0 || ::rename(m_temporary.c_str(), m_path.c_str()) != 0) {
        fail(errno);
    }
    m_committed = true;
    if (const int error = syncFolder(m_path)) {
        fail(error);
    }
}

void AtomicFile::fail(int error) const
{
    // A constructor that throws runs no destructor, but then there is no file yet either.
    throw std::runtime_error("Cannot write " + m_path + ": " + std::generic_category().message(error) + ".");
}

} // namespace distill
