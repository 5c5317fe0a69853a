// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/pointer.h"

#include <charconv>

namespace distill {

std::vector<std::string> splitPointer(const std::string& pointer)
{
    std::vector<std::string> parts;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        if (pointer[i] == '/' || parts.empty()) {
            parts.emplace_back();
            if (pointer[i] == '/') {
                continue;
            }
        }
        if (pointer[i] == '~' && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
            parts.back() += pointer[++i] == '0' ? '~' : '/';
        } else {
            parts.back() += pointer[i];
        }
    }
    return parts;
}

std::optional<std::size_t> listIndex(const std::string& part)
{
    std::size_t index = 0;
    const char* end = part.data() + part.size();
    const auto [stopped, error] = std::from_chars(part.data(), end, index);
    if (part.empty() || error != std::errc{} || stopped != end || (part.size() > 1 && part[0] == '0')) {
        return std::nullopt;
    }
    return index;
}

bool isWithin(const std::string& inner, const std::string& outer)
{
    return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

} // namespace distill
