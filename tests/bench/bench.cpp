// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the benchmarks and prints one table, or a JSON list of {name, value, unit}. What is compared is a ratio within one run.
#include "bench/suite.h"

#include "models/model.h"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

namespace distill::bench {

namespace {

struct Figure {
    std::string name;
    double value;
    std::string unit;
};

/// Keeps the medians and prints nothing: the figures come out together, with their ratios.
class Collector : public benchmark::BenchmarkReporter {
public:
    std::vector<Figure> figures;

    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override
    {
        for (const Run& run : runs) {
            if (run.error_occurred) {
                std::cerr << run.run_name.str() << ": " << run.error_message << std::endl;
            } else if (run.aggregate_name == "median") {
                const auto items = run.counters.find("items_per_second");
                const bool isRate = items != run.counters.end();
                figures.push_back({run.run_name.function_name, isRate ? double(items->second) : run.GetAdjustedRealTime(),
                                   isRate ? "images/s" : benchmark::GetTimeUnitString(run.time_unit)});
                if (const auto peak = run.counters.find("peak"); peak != run.counters.end()) {
                    figures.push_back({run.run_name.function_name + " : peak", 100 * double(peak->second), "%"});
                }
                std::cerr << figures.back().name << "  " << figures.back().value << " " << figures.back().unit << std::endl;
            }
        }
    }
};

/// The same step as a plain PyTorch loop, measured by a process of its own.
void pytorchStep(benchmark::State& state, const Step& step)
{
    const std::string command = "'" DISTILL_PYTHON "' '" DISTILL_BENCH_FOLDER "/kd_step.py' " + step.teacher.name() + " "
        + step.student.name() + " " + std::to_string(step.batch) + " 2>/dev/null";
    for (auto _ : state) {
        std::array<char, 64> line = {};
        std::FILE* answer = popen(command.c_str(), "r");
        const bool read = answer && std::fgets(line.data(), line.size(), answer);
        const int status = answer ? pclose(answer) : -1;
        const double imagesPerSecond = read ? std::atof(line.data()) : 0;
        if (status != 0 || imagesPerSecond <= 0) {
            state.SkipWithError("left out: Python's PyTorch is not installed (python3-torch)");
            return;
        }
        state.SetIterationTime(static_cast<double>(step.batch) / imagesPerSecond);
    }
    state.SetItemsProcessed(state.iterations() * step.batch);
}

void registerAll()
{
    const std::pair<Network, Network> pairs[] = {{{56, 1}, {20, 1}}, {{32, 4}, {8, 4}}};
    constexpr Execution first, last{.bfloat16 = false, .channelsLast = true};
    for (const auto& [teacher, student] : pairs) {
        const std::string name = "kd_step/" + teacher.name() + "/" + student.name() + "/";
        const auto add = [&](const char* kind, const Step& step) {
            benchmark::RegisterBenchmark((name + kind).c_str(), kdStep, step)
                ->UseRealTime()->Repetitions(3)->MinTime(3)->ReportAggregatesOnly();
        };
        benchmark::RegisterBenchmark((name + "pytorch").c_str(), pytorchStep, Step{teacher, student})
            ->UseManualTime()->Iterations(1)->Repetitions(3)->ReportAggregatesOnly();
        add("fp32_channels_first", {teacher, student, first});
        add("fp32", {teacher, student, last});
        add("auto", {teacher, student});
        add("cached", {.teacher = teacher, .student = student, .stored = true});
    }
    const auto brief = [](benchmark::internal::Benchmark* made) {
        made->UseRealTime()->Repetitions(3)->MinTime(1)->ReportAggregatesOnly();
    };
    const Selection teachers[] = {{"resnet", {{"depth", 20}}},       {"resnet", {{"depth", 56}}},
                                  {"resnet", {{"depth", 110}}},      {"resnet", {{"depth", 32}, {"width_factor", 4}}},
                                  {"wide_resnet", {{"depth", 40}}},  {"vgg", {{"depth", 13}}},
                                  {"mobilenet_v2", Json::object()},  {"shufflenet_v1", Json::object()},
                                  {"shufflenet_v2", Json::object()}, {"cnn", Json::object()}};
    for (const Selection& teacher : teachers) {
        brief(benchmark::RegisterBenchmark(("teacher/" + modelLabel(teacher)).c_str(), teacherForward, teacher));
    }
    for (const auto& [channels, size] : {std::pair(16, 28), {32, 14}, {64, 7}, {64, 28}, {128, 14}, {256, 7}, {256, 28}}) {
        const std::string name = "convolution/" + std::to_string(channels) + "x" + std::to_string(size) + "x" + std::to_string(size);
        brief(benchmark::RegisterBenchmark(name.c_str(), convolution, channels, size));
    }
}

/// Each step beside the plain loop of the same networks.
std::vector<Figure> ratios(const std::vector<Figure>& figures)
{
    std::map<std::string, double> plain;
    for (const Figure& each : figures) {
        if (const auto cut = each.name.rfind("/pytorch"); cut != std::string::npos) {
            plain[each.name.substr(0, cut)] = each.value;
        }
    }
    std::vector<Figure> result;
    for (const Figure& each : figures) {
        const auto base = plain.find(each.name.substr(0, each.name.rfind('/')));
        if (base != plain.end() && !each.name.ends_with("/pytorch")) {
            result.push_back({each.name + " : pytorch", each.value / base->second, "x"});
        }
    }
    return result;
}

int run(int argc, char** argv)
{
    CLI::App app("Measures the workbench; what is compared is a ratio within one run.");
    std::string filter = ".", json;
    app.add_option("--filter", filter, "Run what matches this regular expression.");
    app.add_option("--json", json, "Write a JSON list of {name, value, unit} to this file; - is standard output.");
    CLI11_PARSE(app, argc, argv);

    std::string flag = "--benchmark_filter=" + filter;
    std::array<char*, 2> arguments = {argv[0], flag.data()};
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    registerAll();
    Collector collector;
    benchmark::RunSpecifiedBenchmarks(&collector);
    std::vector<Figure> figures = collector.figures;
    const std::vector<Figure> compared = ratios(figures);
    figures.insert(figures.end(), compared.begin(), compared.end());

    if (json.empty()) {
        for (const Figure& each : figures) {
            std::cout << std::left << std::setw(52) << each.name << std::right << std::setw(10) << std::fixed
                      << std::setprecision(each.value < 100 ? 2 : 0) << each.value << " " << each.unit << "\n";
        }
        return 0;
    }
    nlohmann::json list = nlohmann::json::array();
    for (const Figure& each : figures) {
        list.push_back({{"name", each.name}, {"value", each.value}, {"unit", each.unit}});
    }
    if (json == "-") {
        std::cout << list.dump(2) << std::endl;
    } else if (!(std::ofstream(json) << list.dump(2) << "\n")) {
        std::cerr << json << " cannot be written." << std::endl;
        return 1;
    }
    return 0;
}

} // namespace

} // namespace distill::bench

int main(int argc, char** argv)
{
    return distill::bench::run(argc, argv);
}
