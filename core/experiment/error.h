// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace distill {

/// What a person gave us cannot be used. `what()` is one sentence that names the thing, the place and what would be right;
/// it is shown as it is, so it ends without a full stop only when a path ends it.
class InputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace distill
