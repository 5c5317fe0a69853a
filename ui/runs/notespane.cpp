// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/notespane.h"

#include "ui/theme.h"

#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QVBoxLayout>
#include <utility>

namespace distill::ui {

namespace {

constexpr int saveDelay = 600;

QStringList tagsIn(const QString& text)
{
    QStringList tags;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        if (const QString tag = part.simplified(); !tag.isEmpty() && !tags.contains(tag)) {
            tags << tag;
        }
    }
    return tags;
}

} // namespace

NotesPane::NotesPane(QWidget* parent)
    : QWidget(parent)
    , m_title(new QLabel(this))
    , m_message(new QLabel(this))
    , m_tags(new QLineEdit(this))
    , m_notes(new QPlainTextEdit(this))
{
    QFont bold = font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->hide();
    m_tags->setPlaceholderText(tr("Tags, separated by commas"));
    m_tags->setAccessibleName(tr("Tags of the current run"));
    m_notes->setPlaceholderText(tr("Notes: what you tried, what you saw"));
    m_notes->setAccessibleName(tr("Notes on the current run"));
    m_notes->setTabChangesFocus(true);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 6);
    layout->addWidget(m_title);
    layout->addWidget(m_message);
    layout->addWidget(m_tags);
    layout->addWidget(m_notes, 1);

    m_save.setSingleShot(true);
    m_save.setInterval(saveDelay);
    connect(&m_save, &QTimer::timeout, this, &NotesPane::flush);
    connect(m_tags, &QLineEdit::textEdited, this, [this] {
        m_tagsDirty = true;
        m_save.start();
    });
    connect(m_tags, &QLineEdit::editingFinished, this, &NotesPane::flush);
    connect(m_notes, &QPlainTextEdit::textChanged, this, [this] {
        m_notesDirty = true;
        m_save.start();
    });
    setRun(std::nullopt);
}

NotesPane::~NotesPane() = default;

void NotesPane::setRun(const std::optional<RunRow>& row)
{
    const bool sameRun = row && row->id == m_run;
    if (!sameRun) {
        flush();
    }
    m_run = row ? row->id : RunId();
    setEnabled(row.has_value());
    m_title->setText(row ? QString::fromStdString(row->name) : tr("No run chosen"));
    m_message->setText(row ? QString::fromStdString(row->message) : QString());
    m_message->setVisible(row && !row->message.empty());
    if (m_notesDirty || m_tagsDirty || (sameRun && (m_notes->hasFocus() || m_tags->hasFocus()))) {
        return;
    }
    QStringList tags;
    QString notes;
    if (row) {
        notes = QString::fromStdString(row->notes);
        for (const std::string& tag : row->tags) {
            tags << QString::fromStdString(tag);
        }
    }
    m_tags->setText(tags.join(QStringLiteral(", ")));
    if (m_notes->toPlainText() != notes) {
        m_notes->setPlainText(notes);
        m_notesDirty = false;
        m_save.stop();
    }
}

void NotesPane::setEditable(bool editable)
{
    m_tags->setReadOnly(!editable);
    m_notes->setReadOnly(!editable);
}

void NotesPane::keep(const RunId& run)
{
    if (run == m_run) {
        m_notesDirty = m_tagsDirty = true;
    }
}

void NotesPane::focusNotes()
{
    m_notes->setFocus(Qt::ShortcutFocusReason);
}

void NotesPane::flush()
{
    m_save.stop();
    if (m_run.empty()) {
        return;
    }
    if (std::exchange(m_notesDirty, false)) {
        Q_EMIT notesEdited(m_run, m_notes->toPlainText());
    }
    if (std::exchange(m_tagsDirty, false)) {
        Q_EMIT tagsEdited(m_run, tagsIn(m_tags->text()));
    }
}

} // namespace distill::ui
