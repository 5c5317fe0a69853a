// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace distill {

/// The series that a curve of another program surely is, and whether its values are shares from 0 to 1 (or percent).
struct SeriesMeaning {
    std::string series; ///< of experiment/series.h
    bool isShare = false;
};

/// "train_loss" is the loss, "eval/accuracy" the validation accuracy. Nothing where it is not sure: "accuracy" alone may be of
/// training or of validation, unless that of validation stands beside it; "test_acc" is of neither.
std::optional<SeriesMeaning> meaningOf(std::string_view name, bool besideValidation = false);

} // namespace distill
