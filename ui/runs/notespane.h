// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QTimer>
#include <QWidget>
#include <optional>

class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace distill::ui {

/// Tags and notes of one run. What is typed is announced after a pause, when another run is shown, and at the end.
class NotesPane : public QWidget {
    Q_OBJECT

public:
    explicit NotesPane(QWidget* parent = nullptr);
    ~NotesPane() override;

    /// Shows a run, or nothing. Text that is being typed for the same run is not replaced.
    void setRun(const std::optional<RunRow>& row);
    void setEditable(bool editable);
    void keep(const RunId& run); ///< what was told could not be stored: it stays and is told again
    void focusNotes();
    void flush();

Q_SIGNALS:
    void notesEdited(const distill::RunId& run, const QString& notes);
    void tagsEdited(const distill::RunId& run, const QStringList& tags);

private:
    QLabel* m_title;
    QLabel* m_message;
    QLineEdit* m_tags;
    QPlainTextEdit* m_notes;
    QTimer m_save;
    RunId m_run;
    bool m_notesDirty = false;
    bool m_tagsDirty = false;
};

} // namespace distill::ui
