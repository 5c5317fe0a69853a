// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QVector>
#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace distill::ui {

/// What stands in Compare while nothing is compared: what to do, and the comparisons that were saved.
class EmptyPage : public QWidget {
    Q_OBJECT

public:
    explicit EmptyPage(QWidget* parent = nullptr);

    void setChosen(const QVector<RunId>& runs);
    void setSaved(const QStringList& names);

Q_SIGNALS:
    void compareRequested(const QVector<distill::RunId>& runs);
    void openRequested(const QString& name);

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    QVector<RunId> m_chosen;
    QLabel* m_text;
    QPushButton* m_compare;
    QLabel* m_savedTitle;
    QVBoxLayout* m_saved;
};

} // namespace distill::ui
