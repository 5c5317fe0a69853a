// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/runcolumn.h"

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace distill::ui {

/// All that is known of runs, to choose columns from: what stands in the row, figures of the summary, fields of the experiment.
class ColumnChooser : public QDialog {
    Q_OBJECT

public:
    /// `leftOut` are keys of columns that the table has anyway.
    ColumnChooser(const RunColumns& columns, const std::vector<RunColumn>& chosen, const QStringList& leftOut, QWidget* parent = nullptr);

    std::vector<RunColumn> chosen() const; ///< in the order of the choosing

Q_SIGNALS:
    void changed(); ///< at each tick

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void search(const QString& text);

    QLineEdit* m_search;
    QListWidget* m_list;
    std::vector<RunColumn> m_columns;
    std::vector<RunColumn> m_chosen;
};

} // namespace distill::ui
