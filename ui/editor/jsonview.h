// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/draft.h"

#include <QPlainTextEdit>
#include <map>

namespace distill::ui {

class JsonHighlighter;

/// The draft's text, with line numbers and the lines that have a problem marked. What is typed becomes the draft's text
/// after a pause of 300 ms; undo and redo are the draft's.
class JsonView : public QPlainTextEdit {
    Q_OBJECT

public:
    explicit JsonView(Draft& draft, QWidget* parent = nullptr);

    /// Hands what was typed to the draft now.
    void flush();
    void goToLine(int line);

protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;

private:
    class LineNumbers;

    QString typedText() const;
    void showDraft();
    void markProblems();
    int lineNumberWidth() const;
    void paintLineNumbers(QPaintEvent* event);

    Draft& m_draft;
    LineNumbers* m_numbers;
    JsonHighlighter* m_highlighter;
    QTimer m_typingTimer;
    std::map<int, QStringList> m_problemLines;
    bool m_stale = false;
    bool m_showing = false;
};

} // namespace distill::ui
