// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/reporting.h"

#include "engine/reportparts.h"
#include "experiment/error.h"
#include "report/text.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <pwd.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace distill {

namespace {

using namespace reporting;
using report::Block;

std::string titleOf(const Comparison& comparison)
{
    constexpr std::size_t most = 3;
    std::vector<std::string> names;
    for (const ComparedGroup& group : comparison.groups) {
        if (firstOf(comparison, group).row.role != RunRole::Control && !isReference(comparison, group)) {
            names.push_back(group.name);
        }
    }
    if (names.empty() || names.size() > most) {
        return "Comparison of " + std::to_string(names.empty() ? comparison.runs.size() : names.size()) + (names.empty() ? " runs" : " experiments");
    }
    std::string title = names.front();
    for (std::size_t i = 1; i < names.size(); ++i) {
        title += (i + 1 < names.size() ? ", " : " and ") + names[i];
    }
    return title;
}

std::string today()
{
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[16];
    std::strftime(text, sizeof text, "%Y-%m-%d", &local);
    return text;
}

/// Notes of the first run that is compared for itself.
std::string questionOf(const Comparison& comparison)
{
    for (const bool anyRun : {false, true}) {
        for (const ComparedGroup& group : comparison.groups) {
            for (const std::size_t run : group.runs) {
                const RunRow& row = comparison.runs[run].row;
                const bool itself = row.role != RunRole::Control && !isReference(comparison, group);
                if (!row.notes.empty() && (itself || anyRun)) {
                    return row.notes;
                }
            }
        }
    }
    return {};
}

/// Home folders as "~": who made a report is nobody's business.
class HomeFolders {
public:
    HomeFolders()
    {
        const char* const variable = std::getenv("HOME");
        add(variable ? variable : "");
        const passwd* const user = getpwuid(getuid());
        add(user && user->pw_dir ? user->pw_dir : "");
    }

    void hide(std::string& text) const
    {
        for (const std::string& home : m_homes) {
            for (std::size_t at = text.find(home); at != std::string::npos; at = text.find(home, at + 1)) {
                if (isWhole(text, at, at + home.size())) {
                    text.replace(at, home.size(), 1, '~');
                }
            }
        }
        for (const std::string& others : {std::string("/home/"), std::string("/Users/")}) {
            for (std::size_t at = text.find(others); at != std::string::npos; at = text.find(others, at + 1)) {
                std::size_t end = at + others.size();
                while (end < text.size() && isNamePart(text[end])) {
                    ++end;
                }
                if (end > at + others.size() && isWhole(text, at, end)) {
                    text.replace(at, end - at, 1, '~');
                }
            }
        }
    }

private:
    void add(std::string home)
    {
        while (home.ends_with('/')) {
            home.pop_back();
        }
        if (!home.empty()) {
            m_homes.push_back(home);
        }
    }
    static bool isNamePart(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.' || (c & 0x80) != 0; }
    /// Not a part of a longer name on either side.
    static bool isWhole(const std::string& text, std::size_t begin, std::size_t end)
    {
        return (begin == 0 || !(isNamePart(text[begin - 1]) || text[begin - 1] == '/')) && (end == text.size() || !isNamePart(text[end]));
    }
    std::vector<std::string> m_homes;
};

std::string endingOf(const std::string& path)
{
    std::string ending = fs::path(path).extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    return ending;
}

/// A file that was not finished is not left behind under its name.
void write(const fs::path& path, const std::string& bytes)
{
    const fs::path part = path.string() + ".part";
    std::error_code error;
    std::ofstream file(part, std::ios::binary);
    file.write(bytes.data(), std::streamsize(bytes.size()));
    file.close();
    if (file) {
        fs::rename(part, path, error);
    }
    if (!file || error) {
        fs::remove(part, error);
        throw InputError("The report cannot be written to " + path.string() + "; is there such a folder, and room in it?");
    }
}

} // namespace

report::Report makeReport(const History& history, const std::vector<RunId>& runs, const ReportOptions& options,
                          const std::function<bool()>& keepGoing)
{
    const Comparison comparison = compareRuns(history, runs, options.baseline, true, keepGoing);
    if (comparison.runs.empty()) {
        throw InputError("A report is of one run at least.");
    }
    report::Report made;
    made.title = options.title.empty() ? titleOf(comparison) : options.title;
    const std::size_t count = comparison.runs.size();
    made.subtitle = today() + " · " + std::to_string(count) + (count == 1 ? " run" : " runs") + " · Distill Workbench " DISTILL_VERSION;
    const auto add = [&](std::vector<Block> blocks) {
        std::move(blocks.begin(), blocks.end(), std::back_inserter(made.blocks));
        if (keepGoing && !keepGoing()) {
            throw InputError("The report was given up.");
        }
    };
    const std::string question = options.question.empty() ? questionOf(comparison) : options.question;
    if (!question.empty()) {
        add({report::Heading{2, "Question"}, report::Paragraph{question}});
    }
    add(verdicts(comparison));
    add(setUp(comparison));
    add(figures(comparison));
    add(trade(comparison));
    if (!comparison.remarks.empty()) {
        add({report::Heading{2, "What limits the comparison"}, report::List{comparison.remarks}});
    }
    add(curves(history, comparison));
    add(takenOver(history, comparison, keepGoing));
    add(differences(comparison));
    add(reproduction(history, comparison, options.command));
    const HomeFolders homes;
    report::forEachText(made, [&](std::string& text) { homes.hide(text); });
    return made;
}

void checkReportFile(const std::string& path)
{
    const std::string ending = endingOf(path);
    for (const char* known : {".html", ".htm", ".md", ".markdown", ".pdf"}) {
        if (ending == known) {
            return;
        }
    }
    throw InputError("\"" + path + "\" tells no kind of report: its name should end in .html, .pdf or .md");
}

void writeReport(const History& history, const std::vector<RunId>& runs, const ReportOptions& options, const std::string& path,
                 const std::function<bool()>& keepGoing)
{
    checkReportFile(path);
    ReportOptions own = options;
    if (own.command.empty()) {
        own.command = reporting::commandOf(runs, options, path);
    }
    const report::Report made = makeReport(history, runs, own, keepGoing);
    const std::string ending = endingOf(path);
    if (ending == ".pdf") {
        write(path, report::toPdf(made));
    } else if (ending == ".html" || ending == ".htm") {
        write(path, report::toHtml(made));
    } else {
        const std::string folder = fs::path(path).stem().string() + "-figures";
        const report::Markdown markdown = report::toMarkdown(made, folder);
        if (!markdown.pictures.empty()) {
            const fs::path beside = fs::path(path).parent_path() / folder;
            std::error_code error;
            fs::create_directories(beside, error);
            if (error) {
                throw InputError("The folder " + beside.string() + " for the figures cannot be made: " + error.message());
            }
            for (const auto& [name, svg] : markdown.pictures) {
                write(beside / name, svg);
            }
        }
        write(path, markdown.text);
    }
}

} // namespace distill
