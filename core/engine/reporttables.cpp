// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/reportparts.h"

#include "engine/engine.h"
#include "experiment/wording.h"
#include "report/text.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace distill::reporting {

using namespace report;

const ComparedFigure* figureOf(const Comparison& comparison, const std::string& key)
{
    const auto found = std::find_if(comparison.figures.begin(), comparison.figures.end(),
                                    [&](const ComparedFigure& figure) { return figure.key == key; });
    return found == comparison.figures.end() ? nullptr : &*found;
}

double meanOf(const Comparison& comparison, const ComparedGroup& group, const std::string& key)
{
    const ComparedFigure* figure = figureOf(comparison, key);
    return figure ? group.means[std::size_t(figure - comparison.figures.data())] : std::nan("");
}

const Comparison::Run& firstOf(const Comparison& comparison, const ComparedGroup& group)
{
    return comparison.runs[group.runs.front()];
}

bool isReference(const Comparison& comparison, const ComparedGroup& group)
{
    const RunId& id = firstOf(comparison, group).row.id;
    return std::any_of(comparison.runs.begin(), comparison.runs.end(), [&](const Comparison::Run& run) {
        return run.row.twin == id || std::find(run.row.teachers.begin(), run.row.teachers.end(), id) != run.row.teachers.end();
    });
}

namespace {

double deviationOf(const Comparison& comparison, const ComparedGroup& group, const std::string& key)
{
    const ComparedFigure* figure = figureOf(comparison, key);
    return figure ? group.deviations[std::size_t(figure - comparison.figures.data())] : std::nan("");
}

bool holdsBaseline(const Comparison& comparison, const ComparedGroup& group)
{
    return comparison.baseline && std::find(group.runs.begin(), group.runs.end(), *comparison.baseline) != group.runs.end();
}

Json at(const Json& document, const char* pointer)
{
    const Json::json_pointer place(pointer);
    return document.contains(place) ? document.at(place) : Json();
}

std::string textOf(const Json& value)
{
    constexpr std::size_t longest = 160;
    return wording::cut(value.is_null()         ? "–"
                            : value.is_string() ? value.get<std::string>()
                            : value.is_number() ? wording::number(value.get<double>())
                                                : value.dump(-1, ' ', false, Json::error_handler_t::replace),
                        longest);
}

/// Each value of a group's runs once: "1, 2, 3".
template <class TextOf> std::string ofGroup(const Comparison& comparison, const ComparedGroup& group, TextOf textOfRun)
{
    std::vector<std::string> seen;
    for (const std::size_t run : group.runs) {
        const std::string text = textOfRun(run, comparison.runs[run]);
        if (std::find(seen.begin(), seen.end(), text) == seen.end()) {
            seen.push_back(text);
        }
    }
    std::string text;
    for (const std::string& each : seen) {
        text += (text.empty() ? "" : ", ") + each;
    }
    return text;
}

std::string interval(const std::optional<Interval>& interval, bool difference)
{
    if (!interval || !std::isfinite(interval->estimate)) {
        return "–";
    }
    return difference ? points(interval->estimate) + " (" + points(interval->low) + " to " + points(interval->high) + ")"
                      : fixed(100 * interval->low, 2) + " to " + fixed(100 * interval->high, 2);
}

std::string capital(std::string text)
{
    text[0] = char(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

/// The columns that say something of at least one row.
Table withoutEmptyColumns(const Table& table)
{
    Table result{table.caption, {}, std::vector<std::vector<std::string>>(table.rows.size())};
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
        const bool said = std::any_of(table.rows.begin(), table.rows.end(),
                                      [&](const auto& row) { return !row[column].empty() && row[column] != "–"; });
        if (said || column == 0) {
            result.columns.push_back(table.columns[column]);
            for (std::size_t row = 0; row < table.rows.size(); ++row) {
                result.rows[row].push_back(table.rows[row][column]);
            }
        }
    }
    return result;
}

} // namespace

std::vector<Block> verdicts(const Comparison& comparison)
{
    std::vector<Block> blocks = {Heading{2, "Verdict"}};
    if (comparison.verdicts.empty()) {
        blocks.push_back(Paragraph{"None: no student here has finished controls to be judged against. An experiment asks for them with "
                                   "/controls."});
    }
    constexpr std::size_t mostCards = 4;
    if (comparison.verdicts.size() <= mostCards) {
        for (const ComparedVerdict& found : comparison.verdicts) {
            Card card;
            card.tone = found.verdict.kind == Verdict::Kind::Helps ? Card::Tone::Good
                : found.verdict.kind == Verdict::Kind::Hurts       ? Card::Tone::Bad
                                                                   : Card::Tone::Neutral;
            card.label = capital(nameOf(found.verdict.kind));
            card.title = comparison.groups[found.group].name + " against the " + found.against;
            card.lines.push_back(found.verdict.sentence);
            if (!found.verdict.settle.empty()) {
                card.lines.push_back(found.verdict.settle);
            }
            blocks.push_back(card);
        }
        return blocks;
    }
    Table table{"Difference of test accuracy in points, with 95 % intervals.",
                {{"", false}, {"Against", false}, {"Verdict", false}, {"Difference", true}, {"Seeds", true}, {"What would settle it", false}},
                {}};
    for (const ComparedVerdict& found : comparison.verdicts) {
        table.rows.push_back({comparison.groups[found.group].name, found.against, nameOf(found.verdict.kind),
                              interval(found.verdict.effect, true), std::to_string(found.verdict.seeds), found.verdict.settle});
    }
    blocks.push_back(withoutEmptyColumns(table));
    return blocks;
}

std::vector<Block> setUp(const Comparison& comparison)
{
    Table table{"", {{"", false}, {"Student", false}, {"Teacher", false}, {"Data", false}, {"Labels", true}, {"Steps", true},
                     {"Batch size", true}, {"Learning rate", true}, {"Seeds", false}, {"Weights", false}}, {}};
    std::vector<std::pair<std::string, std::string>> losses; ///< of names
    for (const ComparedGroup& group : comparison.groups) {
        const Comparison::Run& first = firstOf(comparison, group);
        const Json report = at(first.document, "/evaluation/report");
        const Json& document = first.document;
        std::string batches, rates, loss;
        const Json stages = at(document, "/stages");
        for (std::size_t i = 0; i < stages.size(); ++i) {
            batches += (i == 0 ? "" : ", ") + textOf(at(stages[i], "/batch_size"));
            rates += (i == 0 ? "" : ", ") + textOf(at(stages[i], "/learning_rate"));
            for (const std::string& line : lossFormula(document, "/stages/" + std::to_string(i))) {
                loss += (loss.empty() ? "" : "\n") + (stages.size() > 1 && line.starts_with("L =") ? "stage " + std::to_string(i + 1) + ": " + line : line);
            }
        }
        const double labels = meanOf(comparison, group, "labelled");
        table.rows.push_back({group.name, first.row.studentModel, first.row.teacherModel.empty() ? "none" : first.row.teacherModel,
                              textOf(at(document, "/data/dataset/kind")), grouped(labels), grouped(meanOf(comparison, group, "steps")), batches,
                              rates, ofGroup(comparison, group, [](std::size_t, const Comparison::Run& run) { return std::to_string(run.row.seed); }),
                              report.is_string() ? report.get<std::string>() : "last"});
        const auto same = std::find_if(losses.begin(), losses.end(), [&](const auto& each) { return each.second == loss; });
        if (same != losses.end()) {
            same->first += ", " + group.name;
        } else if (!loss.empty()) {
            losses.emplace_back(group.name, loss);
        }
    }
    std::vector<Block> blocks = {Heading{2, "Set-up"}, withoutEmptyColumns(table)};
    for (const auto& [names, loss] : losses) {
        blocks.push_back(Code{"Loss of " + names, loss, false});
    }
    return blocks;
}

std::vector<Block> figures(const Comparison& comparison)
{
    Table accuracy{"Test accuracy with 95 % intervals, over seeds and test items; differences in points.",
                   {{"", false}, {"Runs", true}, {"Mean", true}, {"Deviation of seeds", true}, {"Interval", true}, {"To the baseline", true}},
                   {}};
    Table others{"The other figures, means over the seeds. Loss, agreement and KL are on test.",
                 {{"", false}, {"Loss", true}, {"Agreement", true}, {"KL", true}, {"Validation, best", true}, {"Validation, last", true},
                  {"Parameters", true}, {"Multiply-adds", true}, {"Training, s", true}, {"Images/s", true}},
                 {}};
    for (const ComparedGroup& group : comparison.groups) {
        const auto mean = [&](const char* key) { return meanOf(comparison, group, key); };
        accuracy.rows.push_back({group.name, std::to_string(group.runs.size()), percent(mean("test/accuracy")),
                                 fixed(100 * deviationOf(comparison, group, "test/accuracy"), 2), interval(group.accuracy, false),
                                 holdsBaseline(comparison, group) ? "baseline"
                                     : comparison.baseline        ? interval(group.toBaseline, true)
                                                                  : ""});
        others.rows.push_back({group.name, fixed(mean("test/loss"), 4), percent(mean("test/agreement")), fixed(mean("test/kl"), 4),
                               percent(mean("best/validation/accuracy")), percent(mean("last/validation/accuracy")),
                               grouped(mean("parameters")), grouped(mean("multiply_adds")), fixed(mean("seconds"), 1),
                               grouped(mean("images_per_second"))});
    }
    Table runs{"Every run. The test figures are of the weights that it reports.",
               {{"Run", false}, {"Name", false}, {"State", false}, {"Test accuracy", true}, {"Delta", true}, {"Test loss", true}, {"Agreement", true},
                {"Best", true}, {"Last", true}},
               {}};
    const auto value = [&](const char* key, std::size_t run) {
        const ComparedFigure* figure = figureOf(comparison, key);
        return figure ? figure->values[run] : std::nan("");
    };
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        const RunRow& row = comparison.runs[i].row;
        const ComparedFigure* test = figureOf(comparison, "test/accuracy");
        runs.rows.push_back({row.id, row.name, nameOf(row.state), percent(value("test/accuracy", i)),
                             comparison.baseline == i               ? "baseline"
                                 : test && !test->deltas.empty() ? points(test->deltas[i])
                                                                 : "",
                             fixed(value("test/loss", i), 4), percent(value("test/agreement", i)), percent(value("best/validation/accuracy", i)),
                             percent(value("last/validation/accuracy", i))});
    }
    return {Heading{2, "Results"}, withoutEmptyColumns(accuracy), withoutEmptyColumns(others), withoutEmptyColumns(runs)};
}

std::vector<Block> differences(const Comparison& comparison)
{
    std::vector<Block> blocks = {Heading{2, "What differs in the configuration"}};
    std::vector<const ComparedField*> fields;
    for (const ComparedField& field : comparison.fields) {
        if (field.differs && !field.minor) {
            fields.push_back(&field);
        }
    }
    if (fields.empty()) {
        blocks.push_back(Paragraph{nothingDiffers(comparison)});
        return blocks;
    }
    const auto cell = [&](const ComparedField& field, const ComparedGroup& group) {
        return ofGroup(comparison, group, [&](std::size_t run, const Comparison::Run&) { return textOf(field.values[run]); });
    };
    constexpr std::size_t mostBeside = 4;
    Table table;
    if (comparison.groups.size() <= mostBeside) {
        table.columns.push_back({"", false});
        for (const ComparedGroup& group : comparison.groups) {
            table.columns.push_back({group.name, false});
        }
        for (const ComparedField* field : fields) {
            table.rows.push_back({field->title});
            for (const ComparedGroup& group : comparison.groups) {
                table.rows.back().push_back(cell(*field, group));
            }
        }
    } else {
        table.columns.push_back({"", false});
        for (const ComparedField* field : fields) {
            table.columns.push_back({field->title, false});
        }
        for (const ComparedGroup& group : comparison.groups) {
            table.rows.push_back({group.name});
            for (const ComparedField* field : fields) {
                table.rows.back().push_back(cell(*field, group));
            }
        }
    }
    blocks.push_back(table);
    return blocks;
}

} // namespace distill::reporting
