// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "interchange/import.h"
#include "interchange/readers.h"

namespace distill {

const char* nameOf(ImportFormat format);

/// Files that are read as one: one of them, or the event files of a folder.
struct Source {
    ImportFormat format = ImportFormat::Guessed;
    std::string name; ///< of its run, where the files do not say
    std::vector<std::pair<std::string, std::uint64_t>> files; ///< with their length now
};

/// What there is to import at `path`. Throws InputError where there is nothing.
std::vector<Source> sourcesAt(const std::string& path, ImportFormat format);

void read(const Source& source, CurveSink& sink);

} // namespace distill
