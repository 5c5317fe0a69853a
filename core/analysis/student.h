// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace distill {

/// The t below which Student's distribution has `probability` (above 0, below 1), with `degrees` of freedom (1 at least).
double studentQuantile(double probability, int degrees);
/// The same of the normal distribution.
double normalQuantile(double probability);

} // namespace distill
