// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/csv.h"

#include <charconv>
#include <ostream>

namespace distill::ui {

namespace {

std::string quoted(const std::string& text)
{
    if (text.find_first_of(",\"\n\r") == std::string::npos) {
        return text;
    }
    std::string result = "\"";
    for (const char c : text) {
        result += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return result + '"';
}

void addNumber(std::string& line, double value)
{
    char buffer[32];
    const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
    line.append(buffer, result.ptr);
}

} // namespace

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
        const std::string head = quoted(curve.run) + ',' + quoted(curve.series) + ',';
        for (const Sample& sample : curve.samples) {
            line = head + std::to_string(sample.step);
            for (const double number : {sample.epoch, sample.seconds, sample.value}) {
                line += ',';
                addNumber(line, number);
            }
            out << line << '\n';
        }
    }
}

} // namespace distill::ui
