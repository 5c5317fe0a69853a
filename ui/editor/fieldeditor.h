// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <QWidget>

namespace distill::ui {

class RunChoices;

/// The widget in which one plain value is edited: a number, a choice, a text, a list of plain values ...
/// It shows what it is given and never writes back by itself: only what a person does is `edited`.
class FieldEditor : public QWidget {
    Q_OBJECT

public:
    using QWidget::QWidget;
    virtual void setValue(const Json& value) = 0;

Q_SIGNALS:
    void edited(const distill::Json& value);
    void cleared(); ///< emptied: the default is wanted

protected:
    /// Fills this widget with one that has the focus and the field's help.
    void adopt(const Field& field, QWidget* widget, QWidget* beside = nullptr);
};

/// The editor for a field of a plain type. `runs` may be null.
FieldEditor* makeFieldEditor(const Field& field, RunChoices* runs, QWidget* parent);
/// A combo box over named alternatives; an unknown name is shown as it stands.
FieldEditor* makeOptionEditor(const Field& field, const std::vector<Field::Option>& options,
                              const std::vector<QString>& titles, QWidget* parent);

/// Combo boxes and spin boxes under the mouse do not take the wheel from the page unless they have the focus, and leave
/// undo and redo to the document.
void guardInput(QWidget* widget);

} // namespace distill::ui
