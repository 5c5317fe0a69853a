// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/formnode.h"

#include "ui/editor/experimentform.h"
#include "ui/editor/fieldeditor.h"
#include "ui/editor/kindform.h"
#include "ui/editor/listform.h"
#include "ui/editor/message.h"
#include "ui/editor/section.h"
#include "ui/editor/sweepfield.h"
#include "ui/editor/text.h"

#include <QContextMenuEvent>
#include <QFontMetrics>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <algorithm>

namespace distill::ui {

namespace {

void widest(const std::vector<Field>& fields, const QFontMetrics& metrics, int& width)
{
    for (const Field& field : fields) {
        width = std::max(width, metrics.horizontalAdvance(labelOf(field)));
        widest(field.fields, metrics, width);
        widest(field.item, metrics, width);
        for (const Kind& kind : field.kinds) {
            widest(kind.fields, metrics, width);
        }
    }
}

} // namespace

FormContext::FormContext(Draft& draft, FormServices services, QObject* parent)
    : QObject(parent)
    , m_draft(draft)
    , m_services(std::move(services))
{
    QFont bold;
    bold.setBold(true);
    const QFontMetrics metrics(bold);
    widest(schema().root().fields, metrics, m_labelWidth);
    m_labelWidth = std::min(m_labelWidth + 4, metrics.averageCharWidth() * 21);
}

void FormContext::attempt(const std::function<void(Draft&)>& edit)
{
    try {
        edit(m_draft);
    } catch (const std::exception& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
}

void FormContext::write(const Field& field, const std::string& pointer, const Json& value)
{
    attempt([&](Draft& draft) {
        const bool known = draft.savedHas(pointer);
        if (value == field.defaultValue && !known && !isRequired(field)) {
            draft.remove(pointer);
        } else {
            draft.setValue(pointer, value);
        }
    });
}

Json FormContext::startOf(const Field& field) const
{
    if (field.type != Field::Type::Experiment) {
        return field.defaultValue;
    }
    Json experiment = {{"name", "Teacher"}};
    if (const Json* data = m_draft.valueAt("/data"); data && data->is_object()) {
        experiment["data"] = *data;
        experiment["data"].erase("transfer");
    }
    return experiment;
}

void FormContext::add(const std::string& pointer, FormNode* node)
{
    m_nodes.emplace(pointer, node);
}

void FormContext::forget(FormNode* node)
{
    std::erase_if(m_nodes, [node](const auto& entry) { return entry.second == node; });
    m_withMessages.erase(node);
    m_withAdvice.erase(node);
}

void FormContext::retire(QWidget* part)
{
    for (FormNode* node : part->findChildren<FormNode*>()) {
        forget(node);
    }
    if (auto* node = qobject_cast<FormNode*>(part)) {
        forget(node);
    }
    part->hide();
    part->deleteLater();
}

FormNode* FormContext::exactNodeAt(const std::string& pointer) const
{
    const auto found = m_nodes.lower_bound(pointer);
    return found != m_nodes.end() && found->first == pointer ? found->second : nullptr;
}

FormNode* FormContext::nodeAt(const std::string& pointer) const
{
    for (std::string place = pointer;; place = parentPointer(place)) {
        FormNode* node = exactNodeAt(place);
        if (node || place.empty()) {
            return node;
        }
    }
}

void FormContext::showProblems(const std::vector<Problem>& problems)
{
    std::map<FormNode*, QStringList> messages;
    std::map<SectionBox*, int> counts;
    for (const Problem& problem : problems) {
        FormNode* node = nodeAt(problem.pointer);
        if (!node) {
            continue;
        }
        QString message = QString::fromStdString(problem.message);
        if (node->pointer() != problem.pointer && !node->isKindOf(problem.pointer)) {
            message = QStringLiteral("%1: %2").arg(QString::fromStdString(problem.pointer), message);
        } else if (!message.isEmpty()) {
            message[0] = message[0].toUpper();
        }
        messages[node] << message;
        for (QWidget* widget = node; widget; widget = widget->parentWidget()) {
            if (auto* section = qobject_cast<SectionBox*>(widget)) {
                ++counts[section];
            }
        }
    }
    const std::set<FormNode*> before = std::exchange(m_withMessages, {});
    for (FormNode* node : before) {
        if (!messages.contains(node)) {
            node->setMessages({});
            for (QWidget* widget = node; widget; widget = widget->parentWidget()) {
                if (auto* section = qobject_cast<SectionBox*>(widget)) {
                    counts.try_emplace(section, 0);
                }
            }
        }
    }
    for (const auto& [node, list] : messages) {
        node->setMessages(list);
        m_withMessages.insert(node);
    }
    for (const auto& [section, count] : counts) {
        section->setProblemCount(count);
    }
}

void FormContext::showAdvice(const std::vector<Advice>& advice)
{
    std::map<FormNode*, std::vector<Advice>> placed;
    for (const Advice& each : advice) {
        FormNode* node = nodeAt(each.pointer);
        if (node && (node->pointer() == each.pointer || node->isKindOf(each.pointer))) {
            placed[node].push_back(each);
        }
    }
    for (FormNode* node : std::exchange(m_withAdvice, {})) {
        if (!placed.contains(node)) {
            node->setAdvice({});
        }
    }
    for (const auto& [node, list] : placed) {
        node->setAdvice(list);
        m_withAdvice.insert(node);
    }
}

FormNode::FormNode(FormContext& context, const Field& field, std::string pointer, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_field(field)
    , m_pointer(std::move(pointer))
    , m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(5);
    setObjectName(QString::fromStdString(m_pointer));
    m_context.add(m_pointer, this);
}

FormNode::~FormNode()
{
    m_context.forget(this);
}

void FormNode::setMessages(const QStringList& messages)
{
    if (messages.isEmpty()) {
        delete std::exchange(m_message, nullptr);
        return;
    }
    auto* message = qobject_cast<InlineMessage*>(m_message);
    if (!message) {
        message = new InlineMessage(this);
        m_message = message;
        // Under a row, but at the head of what holds many rows.
        const bool row = qobject_cast<FieldRow*>(this);
        message->setIndent(row ? m_context.labelWidth() + 8 : 0);
        m_column->insertWidget(row ? -1 : 0, message);
    }
    message->setText(messages.join(u'\n'));
}

void FormNode::setAdvice(const std::vector<Advice>& advice)
{
    std::vector<std::string> sentences;
    for (const Advice& each : advice) {
        sentences.push_back(each.sentence);
    }
    if (sentences == m_advised) {
        return;
    }
    m_advised = std::move(sentences);
    if (QWidget* before = std::exchange(m_advice, nullptr)) {
        m_context.retire(before); // perhaps its own button led here
    }
    if (advice.empty()) {
        return;
    }
    m_advice = new QWidget(this);
    auto* list = new QVBoxLayout(m_advice);
    list->setContentsMargins(0, 0, 0, 0);
    for (const Advice& each : advice) {
        auto* note = new InlineMessage(m_advice, InlineMessage::Tone::Advice);
        note->setIndent(qobject_cast<FieldRow*>(this) ? m_context.labelWidth() + 8 : 0);
        note->setText(QString::fromStdString(each.message));
        if (each.fix) {
            const QString label = QString::fromStdString(each.fix->label);
            auto* button = new QPushButton(label);
            button->setAccessibleDescription(QString::fromStdString(each.message));
            connect(button, &QPushButton::clicked, this, [this, label, edits = each.fix->edits] {
                m_context.attempt([&](Draft& draft) {
                    draft.setValues(edits, label);
                    draft.checkNow();
                });
            });
            note->addButton(button);
        }
        list->addWidget(note);
    }
    m_column->insertWidget(qobject_cast<FieldRow*>(this) ? -1 : 0, m_advice);
    Q_EMIT m_context.structureChanged(); // for the order of the tab key
}

bool FormNode::isKindOf(const std::string& pointer) const
{
    return m_field.type == Field::Type::Kind && pointer == m_pointer + "/kind";
}

void FormNode::focusEditor()
{
    setFocus(Qt::OtherFocusReason);
}

FieldRow::FieldRow(FormContext& context, const Field& field, std::string pointer, QWidget* parent, FieldEditor* editor)
    : FormNode(context, field, std::move(pointer), parent)
    , m_label(new QLabel(labelOf(field)))
    , m_editor(editor ? editor
               : field.key == "field" && m_pointer.starts_with("/sweep/")
                   ? new PathEditor(field, [&context] { return sweepablePlaces(context.schema(), context.draft().json()); }, this)
                   : makeFieldEditor(field, context.runs(), this))
    , m_resetPointer(m_pointer)
{
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    m_label->setFixedWidth(context.labelWidth());
    m_label->setWordWrap(true);
    m_label->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    if (m_editor->focusProxy()->minimumHeight() > 2 * fontMetrics().height()) {
        m_label->setAlignment(Qt::AlignRight | Qt::AlignTop);
        m_label->setContentsMargins(0, 4, 0, 0);
    }
    m_label->setBuddy(m_editor->focusProxy());
    line->addWidget(m_label);
    line->addWidget(m_editor, 1);
    column()->addLayout(line);

    const QString help = QString::fromStdString(field.help);
    const QString tip = help.isEmpty() ? QString() : QStringLiteral("<p>%1</p>").arg(help.toHtmlEscaped());
    m_label->setToolTip(tip);
    m_editor->setToolTip(tip);
    connect(m_editor, &FieldEditor::edited, this, &FieldRow::commit);
    connect(m_editor, &FieldEditor::cleared, this, &FieldRow::reset);
}

void FieldRow::sync(const Json* value, const Json& fallback)
{
    if (m_synced && m_value.has_value() == (value != nullptr)
        && (value ? *m_value == *value : m_fallback == fallback)) {
        // The same value, but perhaps not the same text: what is half typed gives way to an undo.
        m_editor->setValue(value ? *value : fallback);
        return;
    }
    m_synced = true;
    m_value = value ? std::optional(*value) : std::nullopt;
    m_fallback = fallback;
    m_editor->setValue(value ? *value : fallback);
    m_differs = value && *value != m_field.defaultValue;
    m_sticky = m_sticky || m_differs;
    QFont font = m_label->font();
    if (font.bold() != m_differs) {
        font.setBold(m_differs);
        m_label->setFont(font);
    }
}

bool FieldRow::refreshVisibility(bool hidden)
{
    if (m_context.showsAdvanced()) {
        m_sticky = m_differs || m_wrong || m_hasAdvice;
    }
    const bool visible = !isHiddenHere(hidden) || m_sticky;
    setVisible(visible);
    return visible;
}

void FieldRow::setMessages(const QStringList& messages)
{
    FormNode::setMessages(messages);
    m_wrong = !messages.isEmpty();
    m_sticky = m_sticky || m_wrong;
    QWidget* input = m_editor->focusProxy();
    const QString help = QString::fromStdString(m_field.help);
    input->setAccessibleDescription(m_wrong ? tr("Problem: %1. %2").arg(messages.join(QStringLiteral("; ")), help)
                                            : help);
}

void FieldRow::setAdvice(const std::vector<Advice>& advice)
{
    FormNode::setAdvice(advice);
    m_hasAdvice = !advice.empty();
    m_sticky = m_sticky || m_hasAdvice;
}

void FieldRow::focusEditor()
{
    m_editor->focusProxy()->setFocus(Qt::OtherFocusReason);
}

void FieldRow::commit(const Json& value)
{
    if (value == (m_value ? *m_value : m_fallback)) {
        return;
    }
    if (m_writer) {
        m_writer(value);
    } else {
        m_context.write(m_field, m_pointer, value);
    }
}

void FieldRow::reset()
{
    m_context.attempt([this](Draft& draft) { draft.remove(m_resetPointer); });
    m_editor->setValue(m_value ? *m_value : m_fallback);
}

std::string FieldRow::sweptPlace() const
{
    return m_pointer.ends_with("/kind") ? parentPointer(m_pointer) : m_pointer;
}

void FieldRow::sweep()
{
    Draft& draft = m_context.draft();
    const SweptEdit edit = sweepField(m_context.schema(), draft.json(), sweptPlace());
    if (!edit.edits.empty()) {
        m_context.attempt([&](Draft& target) { target.setValues(edit.edits, tr("Sweep %1").arg(labelOf(m_field))); });
        Q_EMIT m_context.placeWanted(edit.values);
    }
}

void FieldRow::contextMenuEvent(QContextMenuEvent* event)
{
    auto* line = m_editor->findChild<QLineEdit*>();
    QMenu* menu
        = line && m_editor->geometry().contains(event->pos()) ? line->createStandardContextMenu() : new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (!menu->isEmpty()) {
        menu->addSeparator();
    }
    QString shown = shortText(m_field.defaultValue);
    if (shown.isEmpty()) {
        shown = tr("empty");
    }
    QAction* action = menu->addAction(tr("Reset to default (%1)").arg(shown.left(40)), this, &FieldRow::reset);
    action->setEnabled(m_value.has_value());
    if (!m_pointer.starts_with("/sweep")) {
        const SweptEdit edit = sweepField(m_context.schema(), m_context.draft().json(), sweptPlace());
        menu->addAction(tr("Sweep this field"), this, &FieldRow::sweep)->setEnabled(!edit.edits.empty());
    }
    menu->popup(event->globalPos());
}

FormNode* makeFormNode(FormContext& context, const Field& field, const std::string& pointer, QWidget* parent)
{
    switch (field.type) {
    case Field::Type::Object:
        return new FieldGroup(context, field, field.fields, pointer, parent);
    case Field::Type::Kind:
        return new KindForm(context, field, pointer, parent);
    case Field::Type::Experiment:
        return new ExperimentForm(context, field, pointer, parent);
    case Field::Type::List: {
        const Field::Type item = field.item.front().type;
        if (item == Field::Type::Object || item == Field::Type::Kind) {
            return new ListForm(context, field, pointer, {}, ListForm::Editable, parent);
        }
        break;
    }
    default:
        break;
    }
    return new FieldRow(context, field, pointer, parent);
}

} // namespace distill::ui
