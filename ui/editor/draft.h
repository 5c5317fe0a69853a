// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/advice.h"

#include <QObject>
#include <QTimer>
#include <QUndoStack>
#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace distill::ui {

/// The document being edited, with its undo history. Every change passes through here; views follow `changed`.
///
/// The text is always kept as it was typed. While it cannot be parsed, `parseError()` says why and `document()` stays
/// what it last was, or of a text opened like this is what its file holds, or empty. Text whose content is that of the
/// file again is the file's text byte for byte.
class Draft : public QObject {
    Q_OBJECT

public:
    enum class StandIn { Earlier, File, Empty };
    struct ParseError {
        int line = 0;
        std::string sentence;
        StandIn standIn = StandIn::Earlier; ///< what document() is meanwhile
    };

    explicit Draft(const Schema& schema, QObject* parent = nullptr);
    ~Draft() override;

    const Schema& schema() const { return m_schema; }
    const Document& document() const;
    const Json& json() const { return document().json(); }
    /// The value at a pointer, or null where the document does not say.
    const Json* valueAt(const std::string& pointer) const;
    QString text() const;
    const std::optional<ParseError>& parseError() const;
    const std::vector<Problem>& problems() const { return m_problems; }
    /// Brought up to date once nothing was edited for half a second; empty while there is a problem.
    const std::vector<Advice>& advice() const { return m_advice; }
    QString path() const;
    /// True where the document in the file says something at this pointer.
    bool savedHas(const std::string& pointer) const;
    /// What the file holds; empty for a document that has none.
    QString savedText() const;
    bool isModified() const;
    QUndoStack& undoStack() { return m_stack; }

    /// Takes another document as one undoable step. `saved` is what its file holds (as a rule the same text).
    void open(const QString& text, const QString& path, const QString& saved);
    /// The text as typed; edits within a second of one another become one step.
    void replaceText(const QString& text);
    /// The edits of a form. What a pointer passes through and the document leaves to its defaults is written out first.
    /// Edits of one field within a second become one step. Throw InputError for a pointer that leads nowhere.
    void setValue(const std::string& pointer, const Json& value);
    /// Several values as one step of its own. A default that the file does not mention is left out, not written.
    void setValues(const std::vector<Edit>& edits, const QString& what);
    /// Takes a key away, and the objects that this leaves empty.
    void remove(const std::string& pointer);
    void insertItem(const std::string& list, std::size_t index, const Json& value);
    void removeItem(const std::string& list, std::size_t index);
    void moveItem(const std::string& list, std::size_t from, std::size_t to);
    /// The present text now lies in this file.
    void markSaved(const QString& path);
    /// Brings problems() and advice() up to date at once.
    void checkNow();

Q_SIGNALS:
    void changed();
    void problemsChanged();
    void adviceChanged();
    /// Path or modified state.
    void stateChanged();

private:
    struct Origin;
    struct State;
    class Step;
    using StatePointer = std::shared_ptr<const State>;

    StatePointer parsed(const QString& text, const StatePointer& before) const;
    void edit(const std::string& pointer, const QString& what, const std::string& mergeKey,
              const std::function<Json(const Json&)>& change);
    Json without(Json json, const std::string& pointer) const;
    void take(const Json& json, const QString& what, const std::string& mergeKey);
    void push(StatePointer after, const QString& what, const std::string& mergeKey);
    void show(const StatePointer& state);
    void check();
    void consider();

    const Schema& m_schema;
    StatePointer m_state;
    QUndoStack m_stack;
    QTimer m_checkTimer;
    QTimer m_adviceTimer;
    std::vector<Problem> m_problems;
    std::vector<Advice> m_advice;
};

/// The list at a pointer as the document has it, or by default.
Json listAt(const Schema& schema, const Json& document, const std::string& pointer);

} // namespace distill::ui
