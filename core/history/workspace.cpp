// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/history.h"

#include <cstdlib>
#include <filesystem>
#include <pwd.h>
#include <unistd.h>

namespace distill {

namespace fs = std::filesystem;

std::string workspaceFolder(const std::string& given)
{
    const auto absolute = [](const fs::path& path) { return fs::absolute(path).lexically_normal().string(); };
    if (!given.empty()) {
        return absolute(given);
    }
    if (const char* folder = std::getenv("DISTILL_WORKSPACE"); folder && *folder) {
        return absolute(folder);
    }
    // The XDG specification has relative paths ignored.
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data == '/') {
        return absolute(fs::path(data) / "distill-workbench");
    }
    const char* home = std::getenv("HOME");
    if (!home || !*home) {
        const passwd* user = getpwuid(getuid());
        home = user ? user->pw_dir : nullptr;
    }
    return absolute(fs::path(home ? home : ".") / ".local/share/distill-workbench");
}

} // namespace distill
