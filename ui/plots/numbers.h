// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace distill::ui {

enum class Numbers { Plain, Percent, Duration };

/// A number as a read-out shows it: four significant digits, "91.35 %", "2.1e-5", "1:02:07".
QString formatted(double value, Numbers numbers);

} // namespace distill::ui
