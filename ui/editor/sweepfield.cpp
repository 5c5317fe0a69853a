// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/sweepfield.h"

#include "experiment/sweep.h"
#include "ui/editor/text.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QEvent>
#include <QLineEdit>
#include <QStringListModel>
#include <algorithm>
#include <cmath>

namespace distill::ui {

namespace {

/// In two significant digits, so that a third of 0.001 is 0.00033.
double rounded(double value)
{
    return value == 0 ? 0 : std::strtod(QByteArray::number(value, 'g', 2).constData(), nullptr);
}

Json startingValues(const Field& field, const Json& present)
{
    Json values = Json::array();
    const auto add = [&](const Json& value) {
        if (std::find(values.begin(), values.end(), value) == values.end()) {
            values.push_back(value);
        }
    };
    switch (field.type) {
    case Field::Type::Boolean:
        return {false, true};
    case Field::Type::Choice:
        for (const Field::Option& option : field.options) {
            add(option.name);
        }
        return values;
    case Field::Type::Integer:
    case Field::Type::Number: {
        const double value = present.is_number() ? present.get<double>() : 0;
        const double factor = field.logarithmic || (value > 0 && value < 0.1) ? 3 : 2;
        for (const double each : {value / factor, value, value * factor}) {
            const double within = std::clamp(rounded(each), field.minimum, field.maximum);
            field.type == Field::Type::Integer ? add(static_cast<std::int64_t>(std::llround(within))) : add(within);
        }
        return values;
    }
    case Field::Type::Kind: // by its name, where that says all
        add(present.is_object() && present.size() == 1 ? present.at("kind") : present);
        return values;
    default:
        add(present);
        return values;
    }
}

/// The document resolved without its sweep; null where something else is wrong with it.
Json resolvedWithoutSweep(const Schema& schema, Json document)
{
    document.erase("sweep");
    try {
        return schema.resolve(document);
    } catch (const InputError&) {
        return {};
    }
}

} // namespace

SweptEdit sweepField(const Schema& schema, const Json& document, const std::string& pointer)
{
    const Json resolved = resolvedWithoutSweep(schema, document);
    const auto places = resolved.is_null() ? std::vector<std::string>() : sweepableFields(schema, resolved);
    if (std::find(places.begin(), places.end(), pointer) == places.end()) {
        return {};
    }
    Json present = document.value("sweep", Json{{"kind", "none"}});
    Json fields = present.is_object() ? present.value("fields", Json::array()) : Json::array();
    const auto isThis = [&](const Json& field) { return field.is_object() && field.value("field", "") == pointer; };
    if (!fields.is_array() || std::any_of(fields.begin(), fields.end(), isThis)) {
        return {};
    }
    const Json::json_pointer place(pointer);
    const Json& value = document.contains(place) ? document.at(place) : resolved.at(place);
    const Json field{{"field", pointer}, {"values", startingValues(*schema.find(resolved, pointer), value)}};
    const std::string at = "/sweep/fields/" + std::to_string(fields.size());
    if (present.is_object() && present.value("kind", "none") != "none") {
        fields.push_back(field);
        return {{{"/sweep/fields", fields}}, at + "/values"};
    }
    return {{{"/sweep", {{"kind", "grid"}, {"fields", Json::array({field})}}}}, at + "/values"};
}

QStringList sweepablePlaces(const Schema& schema, const Json& document)
{
    const Json resolved = resolvedWithoutSweep(schema, document);
    QStringList places;
    for (const std::string& place : resolved.is_null() ? std::vector<std::string>() : sweepableFields(schema, resolved)) {
        places << QString::fromStdString(place);
    }
    return places;
}

PathEditor::PathEditor(const Field& field, Source source, QWidget* parent)
    : FieldEditor(parent)
    , m_source(std::move(source))
    , m_line(new QLineEdit)
    , m_places(new QStringListModel(this))
{
    auto* const completer = new QCompleter(m_places, this);
    completer->setFilterMode(Qt::MatchContains);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setMaxVisibleItems(12);
    m_line->setCompleter(completer);
    m_line->setPlaceholderText(tr("/stages/0/learning_rate"));
    adopt(field, m_line);
    m_line->installEventFilter(this);
    connect(m_line, &QLineEdit::textEdited, this, [this](const QString& text) { Q_EMIT edited(text.toStdString()); });
    connect(completer, qOverload<const QString&>(&QCompleter::activated), this,
            [this](const QString& text) { Q_EMIT edited(text.toStdString()); });
}

void PathEditor::setValue(const Json& value)
{
    if (m_line->text() != shortText(value)) {
        m_line->setText(shortText(value));
    }
}

bool PathEditor::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::FocusIn) {
        m_places->setStringList(m_source());
    }
    return FieldEditor::eventFilter(watched, event);
}

} // namespace distill::ui
