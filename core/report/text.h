// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace distill::report {

/// UTF-8 without control characters other than tab and line break: what is none becomes U+FFFD.
std::string clean(const std::string& text);
/// Clean, and escaped for HTML and SVG, in attributes too.
std::string escaped(const std::string& text);
/// A number as an axis has it: as many decimals as a step of this size needs.
std::string tickText(double value, double step);

// Figures for people; "–" for what is not known.
std::string fixed(double value, int decimals);   ///< "0.5443"
std::string percent(double share, int decimals = 2); ///< "79.98 %"
std::string points(double share, int decimals = 2);  ///< a difference of shares with its sign: "+2.75"
std::string grouped(double count);               ///< "824,458", rounded

} // namespace distill::report
