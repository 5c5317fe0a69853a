// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"

#include <functional>

/// A small catalogue and documents over it, for every test of the experiment document.
namespace distill::sample {

const Schema& schema();
/// Valid documents, as text; each uses other parts of the description.
const std::vector<std::string>& documents();
/// The sentences of all problems of a text.
std::vector<std::string> sentences(const std::string& text, const std::string& source = {});
/// Calls back with the pointer and the value of every value that holds no other, and of empty lists.
void eachLeaf(const Json& json, const std::function<void(const std::string&, const Json&)>& visit,
              const std::string& pointer = {});

} // namespace distill::sample
