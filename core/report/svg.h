// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "report/figure.h"

#include <string>

namespace distill::report {

struct SvgOptions {
    double width = 760, em = 12;
    std::string prefix; ///< of the ids in it, so that several stand in one page
    bool inPage = false; ///< colours are the page's: var(--ink), var(--c0), ...; else a file of its own, on white
    std::string description;
};

/// A figure as an SVG element (in a page) or file. Text is drawn as shapes: it looks the same without the font.
std::string toSvg(const Figure& figure, const SvgOptions& options);

/// The variables that pages give to the colours: "--ink: #1c1e21; ...", of the light or the dark look.
std::string colourVariables(bool dark);

} // namespace distill::report
