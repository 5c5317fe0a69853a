// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/profile.h"

#include "cli/result.h"
#include "cli/table.h"
#include "experiment/series.h"

#include <algorithm>
#include <cmath>
#include <ostream>

namespace distill::cli {

void printProfile(std::ostream& out, const Json& summary)
{
    if (!summary.is_object() || !summary.contains("time") || !summary.contains("speed") || !summary.at("speed").is_object()) {
        return;
    }
    const double whole = numberOf(summary, "seconds");
    double rest = whole;
    Table table({"where the time went", ">seconds", ">share"});
    const auto add = [&](const std::string& name, double seconds) {
        table.add({name, decimal(seconds, 2), percent(seconds / whole)});
    };
    for (const std::string& series : series::timeShares) {
        const std::string phase = series.substr(series::timePrefix.size());
        const double seconds = summary.at("time").value(phase, 0.0);
        add(phase == "forward" || phase == "backward" ? "student " + phase : phase, seconds);
        rest -= seconds;
    }
    add("other", std::max(0.0, rest));
    table.print(out);

    const Json& speed = summary.at("speed");
    const double reached = numberOf(speed, "images_per_second"), limit = numberOf(speed, "limit");
    out << "Trained at " << decimal(reached, 0) << " images/s";
    if (!std::isnan(limit)) {
        out << "; the networks alone allow " << decimal(limit, 0) << " (" << percent(reached / limit) << ")";
    }
    const double gigaflops = numberOf(speed, "gigaflops"), peak = numberOf(speed, "peak_gigaflops");
    out << ".\nComputed " << decimal(gigaflops, 0) << " GFLOP/s";
    if (!std::isnan(peak)) {
        out << ", " << percent(gigaflops / peak) << " of the " << decimal(peak, 0)
            << " that a large convolution reaches here in " << summary.value("precision", "fp32");
    }
    out << ".\n";
    if (const double computed = numberOf(speed, "teacher_computed"); !std::isnan(computed)) {
        out << "The teacher was computed for " << percent(computed) << " of the images; its other answers were stored.\n";
    }
}

} // namespace distill::cli
