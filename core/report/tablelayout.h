// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "report/canvas.h"
#include "report/report.h"

namespace distill::report {

/// A table laid out for paper: text that is too long is wrapped, and columns that do not stand beside one another come in parts below one
/// another, each with the first column.
struct TableLayout {
    struct Part {
        std::vector<std::size_t> columns;
        std::vector<double> widths;
    };
    double em = 7.5;
    double padding = 9; ///< between two columns
    std::vector<Part> parts;
};

TableLayout layOut(Canvas& canvas, const Table& table, double width);

} // namespace distill::report
