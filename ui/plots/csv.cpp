// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/csv.h"

#include "interchange/csvtext.h"

#include <ostream>

namespace distill::ui {

CurveCopy copyOf(const RunId& run, const std::string& series, const Curve& curve)
{
    CurveCopy copy{run, series, {}};
    copy.samples.reserve(curve.size());
    for (std::size_t i = 0; i < curve.size(); ++i) {
        copy.samples.push_back(curve.at(i));
    }
    return copy;
}

void writeCsv(const std::vector<CurveCopy>& curves, std::ostream& out)
{
    out << "run,series,step,epoch,seconds,value\n";
    std::string line;
    for (const CurveCopy& curve : curves) {
        const std::string head = csvQuoted(curve.run) + ',' + csvQuoted(curve.series) + ',';
        for (const Sample& sample : curve.samples) {
            line = head + std::to_string(sample.step);
            for (const double number : {sample.epoch, sample.seconds, sample.value}) {
                line += ',';
                addCsvNumber(line, number);
            }
            out << line << '\n';
        }
    }
}

} // namespace distill::ui
