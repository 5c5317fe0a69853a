// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/jsonview.h"

#include "ui/editor/fieldeditor.h"
#include "ui/editor/jsonhighlighter.h"
#include "ui/editor/message.h"
#include "ui/theme.h"

#include <QFontDatabase>
#include <QHelpEvent>
#include <QPainter>
#include <QTextBlock>
#include <QToolTip>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr int typingPause = 300; ///< milliseconds

QString withLineFeeds(QString text)
{
    return text.replace(QStringLiteral("\r\n"), QStringLiteral("\n")).replace(u'\r', u'\n');
}

} // namespace

class JsonView::LineNumbers : public QWidget {
public:
    explicit LineNumbers(JsonView& view)
        : QWidget(&view)
        , m_view(view)
    {
    }
    QSize sizeHint() const override { return {m_view.lineNumberWidth(), 0}; }

protected:
    void paintEvent(QPaintEvent* event) override { m_view.paintLineNumbers(event); }

private:
    JsonView& m_view;
};

JsonView::JsonView(Draft& draft, QWidget* parent)
    : QPlainTextEdit(parent)
    , m_draft(draft)
    , m_numbers(new LineNumbers(*this))
    , m_highlighter(new JsonHighlighter(document(), palette()))
{
    setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    setUndoRedoEnabled(false);
    setLineWrapMode(NoWrap);
    setTabChangesFocus(true);
    setFrameShape(NoFrame);
    setAccessibleName(tr("Experiment as JSON"));
    setAccessibleDescription(tr("The same document as the form, as text"));
    guardInput(this);
    setViewportMargins(lineNumberWidth(), 0, 0, 0);

    m_typingTimer.setSingleShot(true);
    connect(&m_typingTimer, &QTimer::timeout, this, &JsonView::flush);
    connect(this, &QPlainTextEdit::blockCountChanged, this, [this] {
        setViewportMargins(lineNumberWidth(), 0, 0, 0);
        m_numbers->setGeometry(QRect(contentsRect().topLeft(), QSize(lineNumberWidth(), contentsRect().height())));
    });
    connect(this, &QPlainTextEdit::updateRequest, this, [this](const QRect& rect, int dy) {
        if (dy) {
            m_numbers->scroll(0, dy);
        } else {
            m_numbers->update(0, rect.y(), m_numbers->width(), rect.height());
        }
    });
    connect(this, &QPlainTextEdit::textChanged, this, [this] {
        // Colouring alone is a change of the document too.
        if (!m_showing && typedText() != m_draft.text()) {
            m_typingTimer.start(typingPause);
        }
    });
    connect(&m_draft, &Draft::changed, this, [this] {
        if (isVisible()) {
            showDraft();
        } else {
            m_stale = true;
        }
    });
    connect(&m_draft, &Draft::problemsChanged, this, &JsonView::markProblems);
    showDraft();
}

QString JsonView::typedText() const
{
    // toPlainText() would turn a no-break space into a space.
    QString text = document()->toRawText().replace(QChar::ParagraphSeparator, u'\n');
    if (m_draft.text().contains(QStringLiteral("\r\n"))) {
        text.replace(u'\n', QStringLiteral("\r\n"));
    }
    return text;
}

void JsonView::flush()
{
    if (m_typingTimer.isActive()) {
        m_typingTimer.stop();
    }
    if (m_stale) {
        return;
    }
    const QString text = typedText();
    if (withLineFeeds(text) != withLineFeeds(m_draft.text())) {
        m_draft.replaceText(text);
    }
}

void JsonView::showDraft()
{
    m_stale = false;
    m_typingTimer.stop();
    const QString wanted = withLineFeeds(m_draft.text());
    const QString shown = document()->toRawText().replace(QChar::ParagraphSeparator, u'\n');
    if (wanted == shown) {
        return;
    }
    // Only what differs is replaced: the cursor and the scroll position stay where they are.
    const auto [left, right] = std::mismatch(shown.begin(), shown.end(), wanted.begin(), wanted.end());
    const qsizetype head = left - shown.begin();
    qsizetype tail = 0;
    while (tail < std::min(shown.size(), wanted.size()) - head
           && shown[shown.size() - 1 - tail] == wanted[wanted.size() - 1 - tail]) {
        ++tail;
    }
    m_showing = true;
    QTextCursor cursor(document());
    cursor.setPosition(static_cast<int>(head));
    cursor.setPosition(static_cast<int>(shown.size() - tail), QTextCursor::KeepAnchor);
    cursor.insertText(wanted.mid(head, wanted.size() - tail - head));
    m_showing = false;
}

void JsonView::markProblems()
{
    m_problemLines.clear();
    for (const Problem& problem : m_draft.problems()) {
        m_problemLines[std::max(1, problem.line)] << QString::fromStdString(problem.sentence);
    }
    QColor tint = Theme::bad(palette());
    tint.setAlphaF(0.16F);
    QList<QTextEdit::ExtraSelection> selections;
    for (const auto& [line, sentences] : m_problemLines) {
        const QTextBlock block = document()->findBlockByNumber(line - 1);
        if (block.isValid()) {
            QTextEdit::ExtraSelection selection;
            selection.cursor = QTextCursor(block);
            selection.format.setBackground(tint);
            selection.format.setProperty(QTextFormat::FullWidthSelection, true);
            selections << selection;
        }
    }
    setExtraSelections(selections);
    m_numbers->update();
}

void JsonView::goToLine(int line)
{
    const QTextBlock block = document()->findBlockByNumber(std::max(1, line) - 1);
    if (block.isValid()) {
        QTextCursor cursor(block);
        const QString text = block.text();
        const auto indent = std::find_if(text.begin(), text.end(), [](QChar c) { return !c.isSpace(); }) - text.begin();
        cursor.movePosition(QTextCursor::Right, QTextCursor::MoveAnchor, static_cast<int>(indent));
        setTextCursor(cursor);
        centerCursor();
    }
    setFocus(Qt::OtherFocusReason);
}

int JsonView::lineNumberWidth() const
{
    const int digits = std::max(3, static_cast<int>(QString::number(blockCount()).size()));
    return fontMetrics().horizontalAdvance(u'9') * digits + fontMetrics().height() + 14;
}

void JsonView::paintLineNumbers(QPaintEvent* event)
{
    QPainter painter(m_numbers);
    painter.fillRect(event->rect(), palette().color(QPalette::Window));
    const int height = fontMetrics().height();
    const QPixmap mark = problemMark(Theme::bad(palette()), height - 4, devicePixelRatioF());
    QTextBlock block = firstVisibleBlock();
    qreal top = blockBoundingGeometry(block).translated(contentOffset()).top();
    while (block.isValid() && top <= event->rect().bottom()) {
        const int line = block.blockNumber() + 1;
        const bool current = line == textCursor().blockNumber() + 1;
        painter.setPen(current ? palette().color(QPalette::WindowText) : Theme::muted(palette()));
        painter.drawText(QRectF(0, top, m_numbers->width() - 8, height), Qt::AlignRight, QString::number(line));
        if (m_problemLines.contains(line)) {
            painter.drawPixmap(QPointF(4, top + 2), mark);
        }
        top += blockBoundingRect(block).height();
        block = block.next();
    }
}

void JsonView::resizeEvent(QResizeEvent* event)
{
    QPlainTextEdit::resizeEvent(event);
    m_numbers->setGeometry(QRect(contentsRect().topLeft(), QSize(lineNumberWidth(), contentsRect().height())));
}

void JsonView::showEvent(QShowEvent* event)
{
    if (m_stale) {
        showDraft();
        markProblems();
    }
    QPlainTextEdit::showEvent(event);
}

void JsonView::changeEvent(QEvent* event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        m_highlighter->setPalette(palette());
        markProblems();
    }
}

void JsonView::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        const QString line = textCursor().block().text().left(textCursor().positionInBlock());
        qsizetype indent = 0;
        while (indent < line.size() && line[indent] == u' ') {
            ++indent;
        }
        const QString trimmed = line.trimmed();
        const bool opens = trimmed.endsWith(u'{') || trimmed.endsWith(u'[');
        textCursor().insertText(u'\n' + QString(indent + (opens ? 2 : 0), u' '));
        ensureCursorVisible();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

bool JsonView::event(QEvent* event)
{
    if (event->type() == QEvent::FocusOut) {
        flush();
    }
    return QPlainTextEdit::event(event);
}

bool JsonView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const auto found = m_problemLines.find(cursorForPosition(help->pos()).blockNumber() + 1);
        if (found != m_problemLines.end()) {
            QToolTip::showText(help->globalPos(), found->second.join(u'\n'), this);
        } else {
            QToolTip::hideText();
        }
        return true;
    }
    return QPlainTextEdit::viewportEvent(event);
}

} // namespace distill::ui
