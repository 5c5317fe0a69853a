// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/fieldeditor.h"

#include "ui/editor/numberbox.h"
#include "ui/editor/runchoices.h"
#include "ui/editor/text.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QToolButton>

namespace distill::ui {

namespace {

class InputGuard : public QObject {
public:
    using QObject::QObject;

    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Wheel) {
            auto* widget = qobject_cast<QWidget*>(watched);
            if (widget && !widget->hasFocus()) {
                event->ignore();
                return true;
            }
        } else if (event->type() == QEvent::ShortcutOverride) {
            auto* key = static_cast<QKeyEvent*>(event);
            if (key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo)) {
                event->ignore();
                return true;
            }
        }
        return QObject::eventFilter(watched, event);
    }
};

/// The unit, unless the field's own name says it already: "Epochs 10".
QLabel* unitLabel(const Field& field)
{
    return field.unit.empty() || field.unit == field.key ? nullptr : new QLabel(QString::fromStdString(field.unit));
}

class BooleanEditor : public FieldEditor {
public:
    BooleanEditor(const Field& field, QWidget* parent)
        : FieldEditor(parent)
        , m_box(new QCheckBox)
    {
        adopt(field, m_box);
        connect(m_box, &QCheckBox::clicked, this, [this](bool on) { Q_EMIT edited(on); });
    }
    void setValue(const Json& value) override
    {
        m_box->setTristate(!value.is_boolean());
        m_box->setCheckState(!value.is_boolean()     ? Qt::PartiallyChecked
                                 : value.get<bool>() ? Qt::Checked
                                                     : Qt::Unchecked);
    }

private:
    QCheckBox* m_box;
};

class NumberEditor : public FieldEditor {
public:
    NumberEditor(const Field& field, QWidget* parent)
        : FieldEditor(parent)
        , m_box(new NumberBox(field))
    {
        adopt(field, m_box, unitLabel(field));
        connect(m_box, &NumberBox::edited, this, &FieldEditor::edited);
        connect(m_box, &NumberBox::cleared, this, &FieldEditor::cleared);
    }
    void setValue(const Json& value) override { m_box->setValue(value); }

private:
    NumberBox* m_box;
};

class TextEditor : public FieldEditor {
public:
    TextEditor(const Field& field, QWidget* parent)
        : FieldEditor(parent)
        , m_line(new QLineEdit)
    {
        const bool file = field.key == "file";
        QToolButton* browse = nullptr;
        if (file || field.key == "folder" || field.key == "path") {
            browse = new QToolButton;
            browse->setIcon(QIcon::fromTheme(QStringLiteral("document-open")));
            browse->setText(QStringLiteral("…"));
            const QString what = file ? tr("Choose a file") : tr("Choose a folder");
            browse->setToolTip(what);
            browse->setAccessibleName(what);
            connect(browse, &QToolButton::clicked, this, [this, file, what] { openDialog(file, what); });
        }
        adopt(field, m_line, browse);
        connect(m_line, &QLineEdit::textEdited, this,
                [this](const QString& text) { Q_EMIT edited(text.toStdString()); });
    }
    void setValue(const Json& value) override
    {
        if (m_line->text() != shortText(value)) {
            m_line->setText(shortText(value));
            m_line->setCursorPosition(0);
        }
    }

private:
    void openDialog(bool file, const QString& title)
    {
        auto* dialog = new QFileDialog(this, title, m_line->text());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(file ? QFileDialog::ExistingFile : QFileDialog::Directory);
        connect(dialog, &QFileDialog::fileSelected, this,
                [this](const QString& path) { Q_EMIT edited(path.toStdString()); });
        dialog->open();
    }

    QLineEdit* m_line;
};

class NotesEditor : public FieldEditor {
public:
    NotesEditor(const Field& field, QWidget* parent)
        : FieldEditor(parent)
        , m_text(new QPlainTextEdit)
    {
        m_text->setTabChangesFocus(true);
        m_text->setUndoRedoEnabled(false);
        m_text->setFixedHeight(m_text->fontMetrics().lineSpacing() * 3 + 14);
        adopt(field, m_text);
        connect(m_text, &QPlainTextEdit::textChanged, this, [this] {
            if (m_text->toPlainText() != m_shown) {
                m_shown = m_text->toPlainText();
                Q_EMIT edited(m_shown.toStdString());
            }
        });
    }
    void setValue(const Json& value) override
    {
        if (shortText(value) != m_text->toPlainText()) {
            m_shown = shortText(value);
            m_text->setPlainText(m_shown);
        }
    }

private:
    QPlainTextEdit* m_text;
    QString m_shown;
};

class OptionEditor : public FieldEditor {
public:
    OptionEditor(const Field& field, const std::vector<Field::Option>& options, const std::vector<QString>& titles,
                 QWidget* parent)
        : FieldEditor(parent)
        , m_box(new QComboBox)
        , m_known(static_cast<int>(options.size()))
    {
        for (std::size_t i = 0; i < options.size(); ++i) {
            m_box->addItem(titles[i], QString::fromStdString(options[i].name));
            m_box->setItemData(m_box->count() - 1, QString::fromStdString(options[i].help), Qt::ToolTipRole);
        }
        m_box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        m_box->setMinimumContentsLength(14);
        adopt(field, m_box);
        connect(m_box, &QComboBox::activated, this,
                [this](int index) { Q_EMIT edited(m_box->itemData(index).toString().toStdString()); });
    }
    void setValue(const Json& value) override
    {
        int index = m_box->findData(shortText(value));
        if (index < 0) {
            m_box->addItem(shortText(value), shortText(value));
            index = m_box->count() - 1;
        }
        m_box->setCurrentIndex(index);
        while (m_box->count() > m_known && m_box->count() - 1 > index) {
            m_box->removeItem(m_box->count() - 1);
        }
        if (index < m_known) {
            while (m_box->count() > m_known) {
                m_box->removeItem(m_known);
            }
        }
    }

private:
    QComboBox* m_box;
    int m_known;
};

/// Plain values with commas between them; texts that hold a comma themselves are shown as JSON.
class ListEditor : public FieldEditor {
public:
    ListEditor(const Field& field, QWidget* parent)
        : FieldEditor(parent)
        , m_line(new QLineEdit)
        , m_item(field.item.front().type)
    {
        m_line->setPlaceholderText(tr("none; separate by commas"));
        adopt(field, m_line, unitLabel(field));
        connect(m_line, &QLineEdit::textEdited, this, [this](const QString& text) {
            if (m_item == Field::Type::Text || m_item == Field::Type::Any || !isUnfinishedNumber(text.section(u',', -1))
                || text.trimmed().isEmpty()) {
                Q_EMIT edited(parsed(text));
            }
        });
        connect(m_line, &QLineEdit::editingFinished, this, [this] { Q_EMIT edited(parsed(m_line->text())); });
    }

    void setValue(const Json& value) override
    {
        if (parsed(m_line->text()) != value || (m_line->text().isEmpty() != value.empty())) {
            m_line->setText(textOf(value));
            m_line->setCursorPosition(0);
        }
    }

private:
    /// JSON, or the words themselves where it is none: as `--set` reads it.
    static Json valueFrom(const QString& text)
    {
        Json value = Json::parse(text.toStdString(), nullptr, false);
        return value.is_discarded() ? Json(text.toStdString()) : value;
    }
    QString textOf(const Json& value) const
    {
        if (!value.is_array()) {
            return shortText(value);
        }
        QStringList parts;
        for (const Json& item : value) {
            const QString part = shortText(item);
            if (item.is_structured() || (m_item == Field::Type::Any && valueFrom(part) != item) || part.contains(u',') || part.startsWith(u'[') || part != part.trimmed()
                || part.isEmpty()) {
                return QString::fromStdString(value.dump());
            }
            parts << part;
        }
        return parts.join(QStringLiteral(", "));
    }
    Json parsed(const QString& text) const
    {
        if (text.trimmed().startsWith(u'[')) {
            Json list = Json::parse(text.toStdString(), nullptr, false);
            return list.is_discarded() ? Json(text.toStdString()) : list;
        }
        Json list = Json::array();
        for (const QString& part : text.split(u',', Qt::SkipEmptyParts)) {
            if (part.trimmed().isEmpty()) {
                continue;
            }
            if (m_item == Field::Type::Any) {
                list.push_back(valueFrom(part.trimmed()));
            } else if (m_item == Field::Type::Integer || m_item == Field::Type::Number) {
                list.push_back(numberFrom(part, m_item == Field::Type::Integer));
            } else {
                list.push_back(part.trimmed().toStdString());
            }
        }
        return list;
    }

    QLineEdit* m_line;
    Field::Type m_item;
};

} // namespace

void guardInput(QWidget* widget)
{
    static QPointer<InputGuard> guard;
    if (!guard) {
        guard = new InputGuard(QCoreApplication::instance());
    }
    widget->installEventFilter(guard);
    if (widget->focusPolicy() == Qt::WheelFocus) {
        widget->setFocusPolicy(Qt::StrongFocus);
    }
}

void FieldEditor::adopt(const Field& field, QWidget* widget, QWidget* beside)
{
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(6);
    const bool fixed = qobject_cast<NumberBox*>(widget) || qobject_cast<QCheckBox*>(widget);
    layout->addWidget(widget, fixed ? 0 : 1);
    if (beside) {
        layout->addWidget(beside);
    }
    if (fixed) {
        layout->addStretch(1);
    }
    const QString unit
        = field.unit.empty() ? QString() : QStringLiteral(" (%1)").arg(QString::fromStdString(field.unit));
    widget->setAccessibleName(labelOf(field) + unit);
    widget->setAccessibleDescription(QString::fromStdString(field.help));
    guardInput(widget);
    if (qobject_cast<QLineEdit*>(widget) || qobject_cast<QAbstractSpinBox*>(widget)) {
        widget->setContextMenuPolicy(Qt::NoContextMenu); // the row shows one menu for the text and the field
    }
    for (QLineEdit* line : widget->findChildren<QLineEdit*>()) {
        guardInput(line);
    }
    setFocusProxy(widget);
    setFocusPolicy(widget->focusPolicy());
}

FieldEditor* makeFieldEditor(const Field& field, RunChoices* runs, QWidget* parent)
{
    switch (field.type) {
    case Field::Type::Boolean:
        return new BooleanEditor(field, parent);
    case Field::Type::Integer:
    case Field::Type::Number:
        return new NumberEditor(field, parent);
    case Field::Type::Choice: {
        std::vector<QString> titles;
        for (const Field::Option& option : field.options) {
            titles.push_back(QString::fromStdString(option.name).replace(u'_', u' '));
        }
        return makeOptionEditor(field, field.options, titles, parent);
    }
    case Field::Type::List:
        return new ListEditor(field, parent);
    default:
        if (field.key == "run" && runs) {
            return new RunEditor(field, *runs, parent);
        }
        if (field.key == "notes") {
            return new NotesEditor(field, parent);
        }
        return new TextEditor(field, parent);
    }
}

FieldEditor* makeOptionEditor(const Field& field, const std::vector<Field::Option>& options,
                              const std::vector<QString>& titles, QWidget* parent)
{
    return new OptionEditor(field, options, titles, parent);
}

} // namespace distill::ui
