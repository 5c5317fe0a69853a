// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/advice.h"

#include <iosfwd>

namespace distill::cli {

/// "/stages/0/batch_size=64 '/teacher={...}'", as `distill run --set` takes them one by one, in quotation marks where a shell
/// needs them.
std::string assignmentsOf(const Advice::Fix& fix);
/// "e.json, line 3, /stages/0/batch_size: ..." each, after `head`, with its fix in the next line.
void printAdvice(std::ostream& out, const std::vector<Advice>& advice, const std::string& head = {});

} // namespace distill::cli
