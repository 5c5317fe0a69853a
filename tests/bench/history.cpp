// SPDX-License-Identifier: GPL-3.0-or-later
// Makes large histories, and measures what the window asks of one.
#include "bench/manyruns.h"

#include "experiment/series.h"
#include "history/history.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace distill::bench {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds(Clock::time_point since)
{
    return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

/// Prints the 95th percentile of `times` rounds beside the budget.
void measure(const char* what, double budget, int times, const std::function<void(int)>& round)
{
    std::vector<double> taken;
    for (int i = 0; i < times; ++i) {
        const auto start = Clock::now();
        round(i);
        taken.push_back(milliseconds(start));
    }
    std::sort(taken.begin(), taken.end());
    const auto rank = std::size_t(std::ceil(0.95 * double(times))) - 1;
    std::printf("%-46s %8.2f ms p95  %8.2f ms median  budget %6.0f ms%s\n", what, taken[rank], taken[taken.size() / 2], budget,
                taken[rank] > budget ? "  MISSED" : "");
}

void measureAll(const std::string& workspace)
{
    const auto opening = Clock::now();
    const auto history = History::open(workspace);
    std::printf("%-46s %8.2f ms\n", "open", milliseconds(opening));
    std::vector<RunRow> rows;
    measure("all rows", 200, 20, [&](int) { rows = history->runs(); });
    std::printf("%zu runs\n", rows.size());
    const auto document = ValueSource::In::Document;
    measure("5 columns of the documents", 200, 20, [&](int) {
        history->values({{document, "/stages/0/batch_size"},
                         {document, "/stages/0/learning_rate"},
                         {document, "/stages/0/optimiser/kind"},
                         {document, "/stages/0/objective/1/temperature"},
                         {document, "/data/labelled"}});
    });
    measure("5 columns of documents and summaries", 200, 20, [&](int) {
        history->values({{document, "/stages/0/batch_size"},
                         {document, "/data/dataset/kind"},
                         {ValueSource::In::Summary, "/reported/test/accuracy"},
                         {ValueSource::In::Summary, "/reported/test/kl"},
                         {ValueSource::In::Summary, "/parameters"}});
    });
    measure("sparklines of 40 rows", 50, 50, [&](int i) {
        std::vector<RunId> visible;
        for (std::size_t k = 0; k < 40 && k < rows.size(); ++k) {
            visible.push_back(rows[(std::size_t(i) * 197 + k) % rows.size()].id);
        }
        history->coarseCurves(visible, series::accuracyValidation, 30);
    });
    measure("a run's curve of validation", 50, 50, [&](int i) { history->curve(rows[std::size_t(i) * 97 % rows.size()].id, series::accuracyValidation); });
    const auto longest = std::max_element(rows.begin(), rows.end(), [](const RunRow& a, const RunRow& b) { return a.figures.step < b.figures.step; });
    if (longest != rows.end() && longest->figures.step >= 1'000'000) {
        measure("coarse curve of a million points", 100, 20, [&](int) { history->coarseCurves({longest->id}, series::loss, 500); });
        measure("curve of a million points", 300, 5, [&](int) { history->curve(longest->id, series::loss); });
    }
    std::vector<RunId> many;
    for (std::size_t i = 0; i < 1000 && i < rows.size(); ++i) {
        many.push_back(rows[i].id);
    }
    measure("star of 1,000 runs", 100, 10, [&](int i) { history->setMark(many, RunMark::Starred, i % 2); });
}

} // namespace

} // namespace distill::bench

int main(int argc, char** argv)
{
    using namespace distill::bench;
    CLI::App app("Large histories: made, and what is read from them measured.");
    app.require_subcommand(1);
    std::string workspace;
    ManyRuns settings;
    CLI::App* make = app.add_subcommand("make", "Fill an empty workspace with invented runs");
    make->add_option("WORKSPACE", workspace)->required();
    make->add_option("--runs", settings.runs)->capture_default_str();
    make->add_option("--points", settings.points, "Of each run's loss")->capture_default_str();
    make->add_option("--longest", settings.longest, "Points of one run more; 0 makes none")->capture_default_str();
    make->add_option("--seed", settings.seed)->capture_default_str();
    CLI::App* measuring = app.add_subcommand("measure", "Times of what the window reads, beside their budgets");
    measuring->add_option("WORKSPACE", workspace)->required();
    CLI11_PARSE(app, argc, argv);
    try {
        if (*make) {
            makeManyRuns(workspace, settings, [](const std::string& progress) { std::cerr << progress << std::endl; });
        } else {
            measureAll(workspace);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << std::endl;
        return 1;
    }
    return 0;
}
