// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/runquery.h"

#include <QTimer>
#include <QWidget>
#include <functional>

class QCompleter;
class QLabel;
class QLineEdit;
class QStringListModel;

namespace distill::ui {

/// The box a filter is typed into, and beneath it what the filter made of the table or why it could not. Names of columns and known values
/// are offered while one types.
class FilterBox : public QWidget {
    Q_OBJECT

public:
    explicit FilterBox(QWidget* parent = nullptr);

    void focusBox();
    /// Values that runs have in a column ("tag", "student", ...), to be offered; called while one types.
    void setValues(std::function<QStringList(const QString& key)> values) { m_values = std::move(values); }
    /// Says how many of the rows meet the filter, or what is wrong with it. `archived` are left out; `reading`: fields of the documents
    /// are on their way.
    void showResult(const RunQuery& filter, int accepted, int all, int archived, bool reading);
    /// A button at the end of the line.
    void addButton(QAction* action);
    void addButton(QWidget* button);

    /// What could stand for the part of `text` that ends at `cursor`, and where that part begins.
    static QStringList completions(const QString& text, int cursor, int& begin, const std::function<QStringList(const QString&)>& values);

Q_SIGNALS:
    void filterChanged(const distill::RunQuery& filter); ///< when typing pauses
    void left(); ///< Return was pressed

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();
    void offer();

    QLineEdit* m_edit;
    QLabel* m_hint;
    QLayout* m_line = nullptr;
    QTimer m_pause;
    QCompleter* m_completer;
    QStringListModel* m_offers;
    int m_begin = 0; ///< of the part that an offer replaces
    std::function<QStringList(const QString&)> m_values;
};

} // namespace distill::ui
