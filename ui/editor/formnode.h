// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/draft.h"

#include <QVBoxLayout>
#include <QWidget>
#include <map>
#include <set>

class QLabel;

namespace distill::ui {

class FieldEditor;
class FormNode;
class RunChoices;

/// What a form offers beside the document's fields, where it is given.
struct FormServices {
    RunChoices* runs = nullptr;
    /// The loss of a stage (a pointer) in lines of plain text; empty where the stage's objective is not sound.
    std::function<std::vector<std::string>(const Json& document, const std::string& stage)> lossFormula = {};
    bool picksLayers = false; ///< whether somebody answers layersWanted
};

/// What the parts of one form share: the draft they edit and which of them stands for which place of the document.
class FormContext : public QObject {
    Q_OBJECT

public:
    FormContext(Draft& draft, FormServices services, QObject* parent = nullptr);

    Draft& draft() { return m_draft; }
    const Schema& schema() const { return m_draft.schema(); }
    RunChoices* runs() { return m_services.runs; }
    const FormServices& services() const { return m_services; }
    bool showsAdvanced() const { return m_advanced; }
    void setShowsAdvanced(bool on) { m_advanced = on; }
    int labelWidth() const { return m_labelWidth; }

    /// The form's edits; what fails becomes `failed`, never an exception.
    void attempt(const std::function<void(Draft&)>& edit);
    /// Writes a field; the default of a field the saved document does not mention is left out again.
    void write(const Field& field, const std::string& pointer, const Json& value);
    /// What a field that has to be given starts with: an inline teacher takes over the data of the experiment.
    Json startOf(const Field& field) const;

    void add(const std::string& pointer, FormNode* node);
    void forget(FormNode* node);
    /// Takes a part out of the form; it is deleted once the event that led here is over.
    void retire(QWidget* part);
    /// The node of a place, or of its nearest ancestor.
    FormNode* nodeAt(const std::string& pointer) const;
    FormNode* exactNodeAt(const std::string& pointer) const;
    /// Shows each problem where it belongs.
    void showProblems(const std::vector<Problem>& problems);
    /// Shows each advice at the field that it names, where the form has that field.
    void showAdvice(const std::vector<Advice>& advice);

Q_SIGNALS:
    void failed(const QString& sentence);
    void structureChanged(); ///< widgets came or went
    void layersWanted(const std::string& term); ///< a term (a pointer) whose layers somebody wants to pick
    void placeWanted(const std::string& pointer); ///< is to be shown and to have the focus

private:
    Draft& m_draft;
    FormServices m_services;
    bool m_advanced = false;
    int m_labelWidth = 0;
    std::multimap<std::string, FormNode*> m_nodes;
    std::set<FormNode*> m_withMessages;
    std::set<FormNode*> m_withAdvice;
};

/// A part of the form that stands for one place of the document. It builds its widgets once and again only when the
/// structure changes (another kind, more items), so that focus and scroll position survive every edit.
class FormNode : public QWidget {
    Q_OBJECT

public:
    FormNode(FormContext& context, const Field& field, std::string pointer, QWidget* parent);
    ~FormNode() override;

    const Field& field() const { return m_field; }
    const std::string& pointer() const { return m_pointer; }

    /// Shows the document's value, or the fallback where the document does not say (then null).
    virtual void sync(const Json* value, const Json& fallback) = 0;
    /// Hides what is advanced unless asked for, set or wrong. True when anything stays visible.
    virtual bool refreshVisibility(bool hidden) = 0;
    virtual void setMessages(const QStringList& messages);
    bool hasMessages() const { return m_message; }
    virtual void setAdvice(const std::vector<Advice>& advice);
    /// True for the "kind" of the selection this stands for.
    bool isKindOf(const std::string& pointer) const;
    virtual void focusEditor();

protected:
    bool isHiddenHere(bool hidden) const { return hidden || (m_field.advanced && !m_context.showsAdvanced()); }
    QVBoxLayout* column() { return m_column; }

    FormContext& m_context;
    const Field& m_field;
    std::string m_pointer;

private:
    QVBoxLayout* m_column;
    QWidget* m_message = nullptr;
    std::vector<std::string> m_advised; ///< the sentences that stand in m_advice
    QWidget* m_advice = nullptr;
};

/// A label, the editor of one plain value, and the message when something is wrong with it.
class FieldRow : public FormNode {
    Q_OBJECT

public:
    /// `editor` null: the one for the field's type.
    FieldRow(FormContext& context, const Field& field, std::string pointer, QWidget* parent,
             FieldEditor* editor = nullptr);

    void sync(const Json* value, const Json& fallback) override;
    bool refreshVisibility(bool hidden) override;
    void setMessages(const QStringList& messages) override;
    void setAdvice(const std::vector<Advice>& advice) override;
    void focusEditor() override;
    FieldEditor* editor() { return m_editor; }
    QLabel* label() { return m_label; }
    /// What a reset takes away, where that is more than the row's own place.
    void setResetPointer(const std::string& pointer) { m_resetPointer = pointer; }
    /// What an edit does instead of writing the row's own place.
    void setWriter(std::function<void(const Json&)> writer) { m_writer = std::move(writer); }

protected:
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    void commit(const Json& value);
    void reset();
    void sweep();
    std::string sweptPlace() const; ///< a kind is swept as a whole

    QLabel* m_label;
    FieldEditor* m_editor;
    std::optional<Json> m_value;
    Json m_fallback;
    std::string m_resetPointer;
    std::function<void(const Json&)> m_writer;
    bool m_synced = false;
    bool m_differs = false;
    bool m_wrong = false;
    bool m_hasAdvice = false;
    bool m_sticky = false;
};

/// Picks the node for a field: a row, a group, a selection, a list of cards or a whole experiment.
FormNode* makeFormNode(FormContext& context, const Field& field, const std::string& pointer, QWidget* parent);

} // namespace distill::ui
