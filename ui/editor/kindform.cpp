// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/kindform.h"

#include "ui/editor/fieldeditor.h"
#include "ui/editor/message.h"
#include "ui/editor/text.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <algorithm>

namespace distill::ui {

namespace {

const Field* fieldOf(const std::vector<Field>& fields, const std::string& key)
{
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& field) { return field.key == key; });
    return found == fields.end() ? nullptr : &*found;
}

/// The combo box of a selection, seen as a field of its own.
Field kindFieldOf(const Field& field, const Json& defaultKind)
{
    Field choice;
    choice.key = field.key;
    choice.type = Field::Type::Choice;
    choice.help = field.help;
    choice.defaultValue = defaultKind;
    choice.advanced = field.advanced;
    return choice;
}

Json defaultKindOf(const Field& field)
{
    if (field.defaultValue.is_object() && field.defaultValue.contains("kind")) {
        return field.defaultValue.at("kind");
    }
    return field.kinds.empty() ? Json() : Json(field.kinds.front().name);
}

FieldEditor* makeKindEditor(const Field& field, const Field& kindField)
{
    std::vector<Field::Option> options;
    std::vector<QString> titles;
    for (const Kind& kind : field.kinds) {
        options.push_back({kind.name, kind.help});
        titles.push_back(kind.title.empty() ? titleOf(kind.name) : QString::fromStdString(kind.title));
    }
    return makeOptionEditor(kindField, options, titles, nullptr);
}

} // namespace

std::pair<const Json*, const Json*> childOf(const Json* value, const Json& fallback, const Field& child)
{
    if (value && value->is_object()) {
        const auto found = value->find(child.key);
        return {found == value->end() ? nullptr : &*found, &child.defaultValue};
    }
    if (!value && fallback.is_object()) {
        const auto found = fallback.find(child.key);
        if (found != fallback.end()) {
            return {nullptr, &*found};
        }
    }
    return {nullptr, &child.defaultValue};
}

Json switchedKind(const FormContext& context, const Field& field, const Json& object, const std::string& kind)
{
    Json result = {{"kind", kind}};
    const Kind* target = findKind(field.kinds, kind);
    const std::string present
        = object.is_object() && object.contains("kind") ? shortText(object["kind"]).toStdString() : "";
    const Kind* source = findKind(field.kinds, present);
    const std::vector<Field> none;
    for (const auto& [key, value] : object.items()) {
        const Field* common = fieldOf(field.fields, key);
        const Field* before = source ? fieldOf(source->fields, key) : nullptr;
        const Field* after = target ? fieldOf(target->fields, key) : nullptr;
        bool keep = common || (after && before && after->type == before->type);
        if (keep && !common && after->type == Field::Type::Choice) {
            keep = std::any_of(after->options.begin(), after->options.end(),
                               [&, &held = value](const Field::Option& option) { return held == Json(option.name); });
        }
        if (keep && key != "kind") {
            result[key] = value;
        }
    }
    for (const Field& own : target ? target->fields : none) {
        if (own.type == Field::Type::Experiment && !result.contains(own.key)) {
            result[own.key] = context.startOf(own);
        }
    }
    return result;
}

FieldGroup::FieldGroup(FormContext& context, const Field& field, const std::vector<Field>& fields,
                       const std::string& pointer, QWidget* parent, bool titled, const FieldFilter& filter)
    : FormNode(context, field, pointer, parent)
{
    if (titled) {
        auto* title = new QLabel(labelOf(field));
        QFont font = title->font();
        font.setItalic(true);
        title->setFont(font);
        title->setToolTip(QString::fromStdString(field.help));
        title->setContentsMargins(context.labelWidth() + 8, 6, 0, 0);
        column()->addWidget(title);
    }
    for (const Field& child : fields) {
        if (!filter || filter(child)) {
            m_children.push_back(makeFormNode(context, child, childPointer(pointer, child.key), this));
            column()->addWidget(m_children.back());
        }
        if (context.services().picksLayers && (child.key == "teacher_tap" || child.key == "teacher_taps")) {
            addLayerButton();
        }
    }
}

void FieldGroup::addLayerButton()
{
    auto* button = new QToolButton;
    button->setObjectName(QString::fromStdString(m_pointer) + QStringLiteral("/layers"));
    button->setText(tr("Pick layers …"));
    button->setToolTip(tr("Shows both networks layer by layer, and pairs them by a click"));
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, [this] { Q_EMIT m_context.layersWanted(m_pointer); });
    auto* line = new QHBoxLayout;
    line->setContentsMargins(m_context.labelWidth() + 8, 0, 0, 0);
    line->addWidget(button);
    line->addStretch(1);
    column()->addLayout(line);
}

void FieldGroup::sync(const Json* value, const Json& fallback)
{
    for (FormNode* child : m_children) {
        const auto [held, otherwise] = childOf(value, fallback, child->field());
        child->sync(held, *otherwise);
    }
}

bool FieldGroup::refreshVisibility(bool hidden)
{
    bool any = false;
    for (FormNode* child : m_children) {
        any = child->refreshVisibility(isHiddenHere(hidden)) || any;
    }
    setVisible(any || hasMessages());
    return any || hasMessages();
}

void FieldGroup::focusEditor()
{
    for (FormNode* child : m_children) {
        if (!child->isHidden()) {
            child->focusEditor();
            return;
        }
    }
}

KindForm::KindForm(FormContext& context, const Field& field, const std::string& pointer, QWidget* parent)
    : FormNode(context, field, pointer, parent)
    , m_help(new HelpText(context.labelWidth() + 8))
    , m_defaultKind(defaultKindOf(field))
    , m_kindField(kindFieldOf(field, m_defaultKind))
{
    m_row = new FieldRow(context, m_kindField, childPointer(pointer, "kind"), this, makeKindEditor(field, m_kindField));
    m_row->setWriter([this](const Json& kind) { choose(kind.get<std::string>()); });
    // An item of a list or what must be given cannot be taken away, only changed.
    if (!field.key.empty()) {
        m_row->setResetPointer(pointer);
    }
    column()->addWidget(m_row);
    column()->addWidget(m_help);
    if (!field.fields.empty()) {
        m_common = new FieldGroup(context, field, field.fields, pointer, this, false);
        column()->addWidget(m_common);
    }
}

void KindForm::choose(const std::string& kind)
{
    m_context.attempt([&](Draft& draft) {
        const Json* held = draft.valueAt(m_pointer);
        Json object = held && held->is_object() ? *held : Json::object();
        if (!object.contains("kind")) {
            object["kind"] = m_defaultKind;
        }
        draft.setValue(m_pointer, switchedKind(m_context, m_field, object, kind));
    });
}

void KindForm::build(const std::string& kind)
{
    if (m_own) {
        m_context.retire(std::exchange(m_own, nullptr));
    }
    for (QWidget* part : {static_cast<QWidget*>(std::exchange(m_convention, nullptr)),
                          static_cast<QWidget*>(std::exchange(m_conventionHelp, nullptr))}) {
        if (part) {
            m_context.retire(part);
        }
    }
    m_kind = kind;
    const Kind* known = findKind(m_field.kinds, kind);
    m_help->setText(QString::fromStdString(known ? known->help : ""),
                    QString::fromStdString(known ? known->formula : ""),
                    QString::fromStdString(known ? known->paper : ""));
    if (known && !known->presets.empty()) {
        buildConventions(*known);
    }
    if (known && !known->fields.empty()) {
        m_own = new FieldGroup(m_context, m_field, known->fields, m_pointer, this, false);
        column()->addWidget(m_own);
    }
    Q_EMIT m_context.structureChanged();
}

void KindForm::buildConventions(const Kind& kind)
{
    m_chosenConvention.clear();
    m_conventionField = {};
    m_conventionField.key = "convention";
    m_conventionField.type = Field::Type::Choice;
    m_conventionField.help = tr("The published code whose parameters these are; choosing one sets them all.").toStdString();
    std::vector<QString> titles;
    for (const Preset& preset : kind.presets) {
        m_conventionField.options.push_back({preset.name, preset.help});
        titles.push_back(QString::fromStdString(preset.name));
    }
    m_convention = new FieldRow(m_context, m_conventionField, childPointer(m_pointer, m_conventionField.key), this,
                                makeOptionEditor(m_conventionField, m_conventionField.options, titles, nullptr));
    m_convention->setWriter([this](const Json& name) { chooseConvention(name.get<std::string>()); });
    m_conventionHelp = new HelpText(m_context.labelWidth() + 8);
    column()->addWidget(m_convention);
    column()->addWidget(m_conventionHelp);
}

void KindForm::chooseConvention(const std::string& name)
{
    const Kind* kind = findKind(m_field.kinds, m_kind);
    const auto chosen = std::find_if(kind->presets.begin(), kind->presets.end(),
                                     [&](const Preset& preset) { return preset.name == name; });
    if (chosen == kind->presets.end()) {
        return;
    }
    m_chosenConvention = name;
    std::vector<Edit> edits;
    for (const auto& [key, value] : chosen->parameters.items()) {
        edits.push_back({childPointer(m_pointer, key), value});
    }
    const QString what = tr("Choose convention %1").arg(QString::fromStdString(name));
    m_context.attempt([&](Draft& draft) { draft.setValues(edits, what); });
    syncConvention(m_context.draft().valueAt(m_pointer), m_field.defaultValue); // one that is alike left the document as it was
}

void KindForm::syncConvention(const Json* value, const Json& fallback)
{
    const Kind* kind = findKind(m_field.kinds, m_kind);
    if (!m_convention || !kind) {
        return;
    }
    const auto fits = [&](const Preset& preset) {
        for (const auto& [key, wanted] : preset.parameters.items()) {
            const Field* field = fieldOf(kind->fields, key);
            const auto [held, otherwise] = field ? childOf(value, fallback, *field) : std::pair<const Json*, const Json*>();
            if (!field || (held ? *held : *otherwise) != wanted) {
                return false;
            }
        }
        return true;
    };
    const Preset* shown = nullptr;
    for (const Preset& preset : kind->presets) {
        if (fits(preset) && (!shown || preset.name == m_chosenConvention)) {
            shown = &preset;
        }
    }
    m_convention->sync(nullptr, shown ? Json(shown->name) : Json(tr("own").toStdString()));
    m_conventionHelp->setText(shown ? QString::fromStdString(shown->help) : QString(), {}, {});
    m_conventionHelp->setVisible(shown && !m_convention->isHidden());
}

void KindForm::sync(const Json* value, const Json& fallback)
{
    const Json* kind = nullptr;
    if (value && value->is_object() && value->contains("kind")) {
        kind = &value->at("kind");
    }
    const bool inherited = !value && fallback.is_object() && fallback.contains("kind");
    const Json& otherwise = inherited ? fallback.at("kind") : m_defaultKind;
    m_row->sync(kind, otherwise);
    const std::string name = shortText(kind ? *kind : otherwise).toStdString();
    if (name != m_kind) {
        build(name);
    }
    for (FieldGroup* group : {m_common, m_own}) {
        if (group) {
            group->sync(value, fallback);
        }
    }
    syncConvention(value, fallback);
}

bool KindForm::refreshVisibility(bool hidden)
{
    const bool inner = isHiddenHere(hidden);
    bool any = m_row->refreshVisibility(inner);
    bool parts = false;
    for (FieldGroup* group : {m_common, m_own}) {
        parts = (group && group->refreshVisibility(inner)) || parts;
    }
    if (parts && !any) {
        m_row->show(); // fields without the kind they belong to would make no sense
        any = true;
    }
    m_help->setVisible(any && m_help->hasText());
    if (m_convention) {
        m_convention->refreshVisibility(inner);
        m_conventionHelp->setVisible(!m_convention->isHidden() && m_conventionHelp->hasText());
    }
    setVisible(any);
    return any;
}

void KindForm::setMessages(const QStringList& messages)
{
    m_row->setMessages(messages);
}

void KindForm::setAdvice(const std::vector<Advice>& advice)
{
    m_row->setAdvice(advice);
}

void KindForm::focusEditor()
{
    m_row->focusEditor();
}

} // namespace distill::ui
