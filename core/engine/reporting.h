// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"
#include "report/report.h"

#include <functional>

namespace distill {

struct ReportOptions {
    RunId baseline = {};       ///< one of the runs, or empty
    std::string title = {};    ///< empty: the names of what is compared
    std::string question = {}; ///< what a person wanted to know; empty: the notes of the experiment
    std::string command = {};  ///< the line that makes this report; empty: none is given, but by writeReport() its own
};

/// What several runs show: question, verdict, set-up, figures with intervals, curves, what differs, what the student took over, and how to
/// make it again. Nothing of the machine's users is in it: paths in a home folder begin with "~". Throws InputError as compareRuns() does.
/// Seconds where predictions have to be computed: off the window's thread; `keepGoing` may end it early with an InputError.
report::Report makeReport(const History& history, const std::vector<RunId>& runs, const ReportOptions& options,
                          const std::function<bool()>& keepGoing = {});

/// Throws InputError unless a report can be written to a file of this ending: .html, .htm, .md, .markdown or .pdf.
void checkReportFile(const std::string& path);

/// makeReport() into a file by its ending. Markdown puts its figures into a folder beside it, "NAME-figures". Throws InputError where it
/// cannot be written.
void writeReport(const History& history, const std::vector<RunId>& runs, const ReportOptions& options, const std::string& path,
                 const std::function<bool()>& keepGoing = {});

} // namespace distill
