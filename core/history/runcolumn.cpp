// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/runcolumn.h"

#include "experiment/pointer.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace distill {

namespace {

using Type = RunColumn::Type;
using From = RunColumn::From;

struct OfRow {
    const char* key;
    const char* title;
    const char* help;
    Type type;
    Json (*value)(const RunRow&);
};

/// Null for what is not known.
Json figure(double value)
{
    return std::isnan(value) ? Json() : Json(value);
}

Json moment(double seconds)
{
    return seconds > 0 ? Json(seconds) : Json();
}

Json progress(const RunRow& row)
{
    return row.figures.totalSteps > 0 ? Json(double(row.figures.step) / double(row.figures.totalSteps)) : Json();
}

const OfRow ofRow[] = {
    {"name", "Name", "What the run is called.", Type::Text, [](const RunRow& r) { return Json(r.name); }},
    {"state", "State", "Where the run stands.", Type::Text, [](const RunRow& r) { return Json(nameOf(r.state)); }},
    {"role", "Role", "Teacher, student or control.", Type::Text, [](const RunRow& r) { return Json(nameOf(r.role)); }},
    {"tag", "Tags", "The run's tags.", Type::Text, [](const RunRow& r) { return Json(r.tags); }},
    {"student", "Student", "The model that learns.", Type::Text, [](const RunRow& r) { return Json(r.studentModel); }},
    {"teacher", "Teacher", "The model that teaches.", Type::Text, [](const RunRow& r) { return Json(r.teacherModel); }},
    {"model", "Models", "The model that learns and the one that teaches.", Type::Text,
     [](const RunRow& r) { return Json({r.studentModel, r.teacherModel}); }},
    {"accuracy", "Best", "Best accuracy on the validation samples.", Type::Share, [](const RunRow& r) { return figure(r.figures.bestAccuracy); }},
    {"last", "Last", "Latest accuracy on the validation samples.", Type::Share,
     [](const RunRow& r) { return figure(r.figures.lastAccuracy); }},
    {"agreement", "Agreement", "Share of the validation samples on which teacher and student choose the same class.", Type::Share,
     [](const RunRow& r) { return figure(r.figures.agreement); }},
    {"time", "Time", "Time spent training, pauses left out.", Type::Seconds, [](const RunRow& r) { return figure(r.figures.seconds); }},
    {"step", "Steps", "Steps made.", Type::Count, [](const RunRow& r) { return Json(r.figures.step); }},
    {"progress", "Progress", "Share of its steps that the run has made.", Type::Share, progress},
    {"seed", "Seed", "Seed of initialisation, order, augmentation and dropout.", Type::Number, [](const RunRow& r) { return Json(r.seed); }},
    {"created", "Created", "When the run was submitted.", Type::Moment, [](const RunRow& r) { return moment(r.createdAt); }},
    {"started", "Started", "When the run began to train.", Type::Moment, [](const RunRow& r) { return moment(r.startedAt); }},
    {"ended", "Ended", "When the run ended.", Type::Moment, [](const RunRow& r) { return moment(r.endedAt); }},
    {"notes", "Notes", "The run's notes.", Type::Text, [](const RunRow& r) { return Json(r.notes); }},
    {"message", "Message", "Why the run failed, diverged or was interrupted.", Type::Text, [](const RunRow& r) { return Json(r.message); }},
    {"id", "Id", "The run's id.", Type::Text, [](const RunRow& r) { return Json(r.id); }},
    {"group", "Submission", "Equal for runs that were submitted together.", Type::Text, [](const RunRow& r) { return Json(r.group); }},
    {"starred", "Starred", "Whether a person starred it.", Type::Flag, [](const RunRow& r) { return Json(r.marks.starred); }},
    {"pinned", "Pinned", "Whether it stays at the top of the table.", Type::Flag, [](const RunRow& r) { return Json(r.marks.pinned); }},
    {"hidden", "Hidden", "Whether its curves are left out.", Type::Flag, [](const RunRow& r) { return Json(r.marks.hidden); }},
    {"archived", "Archived", "Whether it was put away.", Type::Flag, [](const RunRow& r) { return Json(r.marks.archived); }},
    {"deleted", "Deleted", "Whether it was deleted and can be restored.", Type::Flag, [](const RunRow& r) { return Json(r.deleted); }},
};

struct OfSummary {
    const char* key;
    const char* title;
    const char* pointer;
    Type type;
    const char* help;
};
const OfSummary ofSummary[] = {
    {"test_accuracy", "Test accuracy", "/reported/test/accuracy", Type::Share, "Accuracy of the reported weights on the test samples."},
    {"test_loss", "Test loss", "/reported/test/loss", Type::Number, "Cross-entropy of the reported weights on the test samples, in nats."},
    {"test_agreement", "Test agreement", "/reported/test/agreement", Type::Share,
     "Share of the test samples on which teacher and student choose the same class."},
    {"kl", "Test KL", "/reported/test/kl", Type::Number, "KL divergence of the teacher's answers from the student's on the test samples, in nats."},
    {"validation_accuracy", "Validation accuracy", "/reported/validation/accuracy", Type::Share,
     "Accuracy of the reported weights on the validation samples."},
    {"validation_loss", "Validation loss", "/reported/validation/loss", Type::Number,
     "Cross-entropy of the reported weights on the validation samples, in nats."},
    {"validation_kl", "Validation KL", "/reported/validation/kl", Type::Number,
     "KL divergence of the teacher's answers from the student's on the validation samples, in nats."},
    {"best_test_accuracy", "Test accuracy, best", "/best/test/accuracy", Type::Share, "Test accuracy of the weights that validation found best."},
    {"last_test_accuracy", "Test accuracy, last", "/last/test/accuracy", Type::Share, "Test accuracy of the last weights."},
    {"best_step", "Best step", "/best/step", Type::Count, "The step whose weights validation found best."},
    {"teacher_accuracy", "Teacher's accuracy", "/teacher/test/accuracy", Type::Share, "Accuracy of the teacher on the test samples."},
    {"parameters", "Parameters", "/parameters", Type::Count, "Parameters of the student."},
    {"learned_parameters", "Learned parts", "/learned_parameters", Type::Count, "Parameters of what the objective learns beside the student."},
    {"multiply_adds", "Multiply-adds", "/multiply_adds", Type::Count, "Multiply-adds of one input's forward pass."},
    {"teacher_parameters", "Teacher's parameters", "/teacher/parameters", Type::Count, "Parameters of the teacher."},
    {"teacher_multiply_adds", "Teacher's multiply-adds", "/teacher/multiply_adds", Type::Count, "Multiply-adds of the teacher's forward pass."},
    {"images_per_second", "Images per second", "/images_per_second", Type::Number, "Training images a second, evaluation counted in."},
    {"train_samples", "Training samples", "/train_samples", Type::Count, "Samples that the run trained on."},
    {"labelled_samples", "Labelled samples", "/labelled", Type::Count, "Samples whose labels the run learned from."},
    {"ran_on", "Ran on", "/device", Type::Text, "The device that trained it."},
    {"ran_in", "Ran in", "/precision", Type::Text, "The precision that it trained in."},
};

/// Other names that a person may write for a column.
const std::map<std::string, std::string> synonyms = {
    {"best", "accuracy"}, {"tags", "tag"}, {"seconds", "time"}, {"steps", "step"}, {"test_kl", "kl"}, {"lr", "learning_rate"},
    {"note", "notes"}, {"macs", "multiply_adds"},
};

/// What stands in the row under its own key, and what only the submission knew.
const char* const leftOut[] = {"name", "notes", "tags", "seed", "seeds", "sweep", "generations"};

bool isStar(const std::string& part)
{
    return part == "*";
}

std::string lower(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return text;
}

/// "/stages/*/objective/*/temperature" as "stages.objective.temperature"; of a kind without the "kind".
std::string fullNameOf(const std::string& pointer)
{
    std::string name;
    for (const std::string& part : splitPointer(pointer)) {
        if (!isStar(part)) {
            name += (name.empty() ? "" : ".") + part;
        }
    }
    return name.ends_with(".kind") ? name.substr(0, name.size() - 5) : name;
}

std::string titleOf(const std::string& key)
{
    std::string spoken;
    const std::size_t dot = key.rfind('.');
    spoken = key.substr(dot == std::string::npos ? 0 : dot + 1);
    if (dot != std::string::npos) {
        spoken += " (" + key.substr(0, dot) + ")";
    }
    std::replace(spoken.begin(), spoken.end(), '_', ' ');
    std::replace(spoken.begin(), spoken.end(), '.', ' ');
    if (!spoken.empty() && spoken[0] >= 'a' && spoken[0] <= 'z') {
        spoken[0] = char(spoken[0] - 32);
    }
    return spoken;
}

/// Of the fields of one short name the first of this order is meant: how the run trains, then what, then on what.
int rankOf(const std::string& pointer)
{
    const std::string head = splitPointer(pointer).front();
    const char* const order[] = {"stages", "student", "data", "evaluation", "compute", "controls"};
    const auto* const found = std::find(std::begin(order), std::end(order), head);
    return int(found - std::begin(order)) * 16 + int(splitPointer(pointer).size());
}

Type typeOf(const Field& field)
{
    switch (field.type) {
    case Field::Type::Boolean:
        return Type::Flag;
    case Field::Type::Integer:
    case Field::Type::Number:
        return Type::Number;
    case Field::Type::List:
        return field.item.empty() ? Type::Text : typeOf(field.item.front());
    default:
        return Type::Text;
    }
}

/// The values that a pointer with stars leads to in `json`.
void collect(const Json& json, std::span<const std::string> parts, Json& values)
{
    if (parts.empty()) {
        values.push_back(json);
    } else if (isStar(parts.front())) {
        for (const Json& item : json.is_array() ? json : Json::array()) {
            collect(item, parts.subspan(1), values);
        }
    } else if (json.is_object() && json.contains(parts.front())) {
        collect(json.at(parts.front()), parts.subspan(1), values);
    } else if (const auto index = listIndex(parts.front()); json.is_array() && index && *index < json.size()) {
        collect(json.at(*index), parts.subspan(1), values);
    }
}

/// A list of values as one: without what is missing, each once, and a single one by itself.
Json joined(const Json& list)
{
    Json values = Json::array();
    const auto add = [&values](const Json& value) {
        if (!value.is_null() && std::find(values.begin(), values.end(), value) == values.end()) {
            values.push_back(value);
        }
    };
    for (const Json& value : list) {
        if (value.is_array()) {
            std::for_each(value.begin(), value.end(), add);
        } else {
            add(value);
        }
    }
    return values.empty() ? Json() : values.size() == 1 ? values.front() : values;
}

/// The default of a field that a document leaves out: it depends on the kinds that the document chose on the way to it.
class Defaults {
public:
    Defaults(const Schema& schema, const std::string& pointer, std::vector<std::string> kinds)
        : m_schema(schema), m_kinds(std::move(kinds))
    {
        for (const std::string& part : splitPointer(pointer)) {
            m_pointer += "/" + (isStar(part) ? "0" : part);
        }
        collect(schema.root().defaultValue, splitPointer(pointer), m_whole);
    }

    /// Where the document leaves out the list above the field as well.
    const Json& whole() const { return m_whole; }

    /// `kinds` are the names chosen at each of the kinds above, null where the document leaves that to its default too.
    const Json& of(const std::vector<Json>& kinds)
    {
        std::string key;
        for (const Json& kind : kinds) {
            key += (kind.is_string() ? kind.get<std::string>() : "") + "\n";
        }
        const auto [place, isNew] = m_known.try_emplace(key);
        if (isNew) {
            Json document = Json::object();
            for (std::size_t i = 0; i < kinds.size(); ++i) {
                if (kinds[i].is_string()) {
                    put(document, splitPointer(m_kinds[i]), kinds[i]);
                }
            }
            if (const Field* field = m_schema.find(document, m_pointer); field && m_pointer.ends_with("/kind")) {
                place->second = field->defaultValue.is_object() ? field->defaultValue.value("kind", Json()) : Json();
            } else if (field) {
                place->second = field->defaultValue;
            }
        }
        return place->second;
    }

private:
    static void put(Json& json, std::span<const std::string> parts, const Json& value)
    {
        if (parts.empty()) {
            json = value;
        } else if (isStar(parts.front())) {
            if (!json.is_array()) {
                json = Json::array({Json::object()});
            }
            put(json[0], parts.subspan(1), value);
        } else {
            put(json[parts.front()], parts.subspan(1), value);
        }
    }

    const Schema& m_schema;
    const std::vector<std::string> m_kinds;
    std::string m_pointer;
    Json m_whole = Json::array();
    std::map<std::string, Json> m_known;
};

} // namespace

RunColumns::RunColumns(const Schema& schema)
    : m_schema(schema)
{
    for (const OfRow& column : ofRow) {
        m_columns.push_back({column.key, column.title, column.help, column.type, From::Row, {}});
        m_fullNames.emplace_back(column.key);
    }
    for (const OfSummary& column : ofSummary) {
        m_columns.push_back({column.key, column.title, column.help, column.type, From::Summary, column.pointer});
        m_fullNames.emplace_back(column.key);
    }
    addFields(schema.root(), "", 0);
    shortenKeys();
}

void RunColumns::addFields(const Field& parent, const std::string& pointer, int depth)
{
    const auto add = [&](const Field& field) {
        if (depth == 0 && std::find(std::begin(leftOut), std::end(leftOut), field.key) != std::end(leftOut)) {
            return;
        }
        const std::string place = pointer + "/" + field.key;
        switch (field.type) {
        case Field::Type::Object:
            addFields(field, place, depth + 1);
            break;
        case Field::Type::Kind:
            addField(field, place + "/kind", Type::Text);
            addFields(field, place, depth + 1);
            break;
        case Field::Type::List:
            if (!field.item.empty() && field.item.front().type == Field::Type::Kind) {
                addField(field, place + "/*/kind", Type::Text);
                addFields(field.item.front(), place + "/*", depth + 1);
            } else if (!field.item.empty() && field.item.front().type == Field::Type::Object) {
                addFields(field.item.front(), place + "/*", depth + 1);
            } else {
                addField(field, place, typeOf(field));
            }
            break;
        case Field::Type::Experiment: // the teacher's own run has its document
            break;
        default:
            addField(field, place, typeOf(field));
        }
    };
    if (depth > 8) { // kinds that hold kinds of their own sort
        return;
    }
    for (const Field& field : parent.fields) {
        add(field);
    }
    for (const Kind& kind : parent.kinds) {
        for (const Field& field : kind.fields) {
            add(field);
        }
    }
}

void RunColumns::addField(const Field& field, const std::string& pointer, Type type)
{
    const auto known = std::find_if(m_columns.begin(), m_columns.end(), [&](const RunColumn& column) {
        return column.from == From::Document && column.pointer == pointer;
    });
    if (known == m_columns.end()) { // several kinds may have a field of this name
        m_columns.push_back({{}, {}, field.help, type, From::Document, pointer});
        m_fullNames.push_back(fullNameOf(pointer));
    }
}

/// Each field is called by the shortest end of its name that means no other field before it.
void RunColumns::shortenKeys()
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        if (m_columns[i].from == From::Document) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return rankOf(m_columns[a].pointer) < rankOf(m_columns[b].pointer); });
    std::vector<std::string> taken;
    for (const RunColumn& column : m_columns) {
        taken.push_back(column.key);
    }
    for (const auto& [name, meant] : synonyms) {
        taken.push_back(name == "lr" ? std::string() : name);
    }
    for (const std::size_t i : order) {
        const std::string& full = m_fullNames[i];
        std::string key = full;
        for (std::size_t dot = full.rfind('.');; dot = full.rfind('.', dot - 1)) {
            const std::string end = dot == std::string::npos ? full : full.substr(dot + 1);
            if (std::find(taken.begin(), taken.end(), end) == taken.end()) {
                key = end;
                break;
            }
            if (dot == std::string::npos) {
                key = full + ".kind";
                break;
            }
        }
        taken.push_back(key);
        m_columns[i].key = key;
        m_columns[i].title = titleOf(key);
    }
}

std::optional<RunColumn> RunColumns::tryFind(const std::string& name) const
{
    std::string wanted = lower(name);
    const auto matching = [&](const auto& matches) -> std::optional<RunColumn> {
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            if (matches(i)) {
                return m_columns[i];
            }
        }
        return std::nullopt;
    };
    if (name.starts_with('/')) {
        std::string pattern; // the field that this place is one of
        for (const std::string& part : splitPointer(name)) {
            pattern += "/" + (listIndex(part) ? "*" : wording::escaped(part));
        }
        auto column = matching([&](std::size_t i) {
            const std::string& known = m_columns[i].pointer;
            return m_columns[i].from == From::Document
                && (known == name || known == pattern || known == name + "/kind" || known == pattern + "/kind");
        });
        if (column && column->pointer != name && column->pointer != name + "/kind") {
            column->key = name;
            column->title += " at " + name;
            column->pointer = column->pointer.ends_with("/kind") && !name.ends_with("/kind") ? name + "/kind" : name;
        }
        return column;
    }
    if (const auto other = synonyms.find(wanted); other != synonyms.end()) {
        wanted = other->second;
    }
    if (auto column = matching([&](std::size_t i) { return m_columns[i].key == wanted; })) {
        return column;
    }
    std::replace(wanted.begin(), wanted.end(), '/', '.');
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        const std::string& full = m_fullNames[i];
        if (full == wanted || full.ends_with("." + wanted)) {
            found.push_back(i);
        }
    }
    if (found.empty()) {
        return std::nullopt;
    }
    return m_columns[*std::min_element(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
        return m_columns[a].pointer.empty() || m_columns[b].pointer.empty() ? m_columns[a].pointer.size() < m_columns[b].pointer.size()
                                                                            : rankOf(m_columns[a].pointer) < rankOf(m_columns[b].pointer);
    })];
}

RunColumn RunColumns::find(const std::string& name) const
{
    if (auto column = tryFind(name)) {
        return *column;
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < m_columns.size(); ++i) {
        names.push_back(m_columns[i].key);
        names.push_back(m_fullNames[i]);
    }
    const std::string near = wording::didYouMean(name, names);
    throw InputError("Runs have no figure or field " + wording::quoted(name)
                     + (near.empty() ? "; there are accuracy, agreement, time, state, tag and every field of the experiment." : near));
}

Json RunColumns::valueOf(const RunRow& row, const RunColumn& column)
{
    const auto* const found
        = std::find_if(std::begin(ofRow), std::end(ofRow), [&](const OfRow& each) { return column.key == each.key; });
    return found == std::end(ofRow) ? Json() : found->value(row);
}

/// Where the names of the kinds stand that a pointer passes; those that do not go with its values one to one are left out.
std::vector<std::string> RunColumns::kindsOf(const std::string& pointer) const
{
    std::vector<std::string> kinds;
    const std::vector<std::string> parts = splitPointer(pointer);
    const auto stars = std::count_if(parts.begin(), parts.end(), isStar);
    std::string head, example;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        head += "/" + parts[i];
        const bool kind = std::any_of(m_columns.begin(), m_columns.end(), [&](const RunColumn& column) {
            return column.from == From::Document && column.pointer == head + "/kind";
        });
        const auto own = std::count_if(parts.begin(), parts.begin() + std::ptrdiff_t(i) + 1, isStar);
        if (kind && head + "/kind" != pointer && (own == stars || own == 0)) {
            kinds.push_back(head + "/kind");
        }
    }
    return kinds;
}

std::vector<ColumnValues> RunColumns::read(const History& history, std::span<const RunColumn> columns) const
{
    std::vector<ValueSource> sources;
    std::vector<std::vector<std::string>> kindsOfColumns;
    for (const RunColumn& column : columns) {
        const bool document = column.from == From::Document;
        sources.push_back({document ? ValueSource::In::Document : ValueSource::In::Summary, column.pointer});
        kindsOfColumns.push_back(document ? kindsOf(column.pointer) : std::vector<std::string>());
        for (const std::string& kind : kindsOfColumns.back()) {
            sources.push_back({ValueSource::In::Document, kind});
        }
    }
    sources.push_back({ValueSource::In::Document, "/imported/format"}); // curves of another program: no experiment, so no defaults
    const RunValues values = history.values(sources);
    const std::vector<Json>& imported = values.columns.back();
    std::vector<ColumnValues> result(columns.size());
    std::size_t place = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        const std::vector<Json>& own = values.columns[place++];
        const std::size_t firstKind = std::exchange(place, place + kindsOfColumns[c].size());
        result[c].reserve(values.runs.size());
        if (columns[c].from != From::Document) {
            for (std::size_t run = 0; run < values.runs.size(); ++run) {
                result[c].emplace(values.runs[run], own[run]);
            }
            continue;
        }
        Defaults defaults(m_schema, columns[c].pointer, kindsOfColumns[c]);
        const std::vector<std::string> parts = splitPointer(columns[c].pointer);
        const bool several = std::any_of(parts.begin(), parts.end(), isStar);
        std::vector<Json> kinds(kindsOfColumns[c].size());
        const auto orDefault = [&](const Json& value, std::size_t run, std::size_t element) -> Json {
            if (!value.is_null()) {
                return value;
            }
            for (std::size_t k = 0; k < kinds.size(); ++k) {
                const Json& names = values.columns[firstKind + k][run];
                kinds[k] = !names.is_array() ? names : element < names.size() ? names[element] : Json();
            }
            return defaults.of(kinds);
        };
        for (std::size_t run = 0; run < values.runs.size(); ++run) {
            Json value = own[run];
            if (!imported[run].is_null()) {
                value = nullptr;
            } else if (!several) {
                value = orDefault(value, run, 0);
            } else if (!value.is_array() || value.empty()) {
                value = joined(defaults.whole());
            } else {
                for (std::size_t i = 0; i < value.size(); ++i) {
                    value[i] = orDefault(value[i], run, i);
                }
                value = joined(value);
            }
            result[c].emplace(values.runs[run], std::move(value));
        }
    }
    return result;
}

} // namespace distill
