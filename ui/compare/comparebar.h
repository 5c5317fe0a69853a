// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/quantities.h"
#include "ui/compare/setup.h"

#include <QWidget>

class QActionGroup;
class QComboBox;
class QLineEdit;
class QMenu;
class QToolButton;

namespace distill::ui {

/// What is compared, in one line: saved comparisons and this one's name, what to add, the baseline, and which half is shown.
class CompareBar : public QWidget {
    Q_OBJECT

public:
    explicit CompareBar(QWidget* parent = nullptr);

    /// A run that belongs to those compared and is not among them: a teacher, a student alone.
    struct Companion {
        RunId run;
        QString text; ///< "Student alone: Quick start, alone (seed 1)"
        bool operator==(const Companion&) const = default;
    };
    void setComparison(const Comparison* comparison, QVector<Companion> companions);
    void setChosen(const QVector<RunId>& runs); ///< in the run table
    void setName(const QString& name, bool changed); ///< "" of one that was not saved; changed since
    void setSaved(const QStringList& names);
    void setView(ComparisonSetup::View view);
    void setReadOnly(bool readOnly);
    QString name() const;

Q_SIGNALS:
    void baselineChosen(const distill::RunId& run); ///< "" for none
    void addRequested(const std::vector<distill::RunId>& runs);
    void takeOutRequested(const distill::RunId& run);
    void saveRequested(const QString& name);
    void openRequested(const QString& name);
    void removeRequested(const QString& name);
    void clearRequested();
    void reportRequested();
    void viewChosen(distill::ui::ComparisonSetup::View view);

private:
    void fillComparisons();
    void fillRuns();
    void save();

    QToolButton* m_comparisons;
    QMenu* m_comparisonMenu;
    QLineEdit* m_name;
    QToolButton* m_save;
    QToolButton* m_report;
    QToolButton* m_runs;
    QMenu* m_runMenu;
    QComboBox* m_baseline;
    QActionGroup* m_views;
    QStringList m_saved;
    QString m_savedName;
    std::vector<std::pair<RunId, QString>> m_compared;
    QVector<Companion> m_companions;
    QVector<RunId> m_chosen;
    bool m_readOnly = false;
};

} // namespace distill::ui
