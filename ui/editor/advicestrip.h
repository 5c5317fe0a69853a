// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/draft.h"

#include <QFrame>

class QGridLayout;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace distill::ui {

/// What to think about again in a draft: one quiet line that unfolds to a list, a fix beside each. Hidden where there is
/// nothing to say.
class AdviceStrip : public QFrame {
    Q_OBJECT

public:
    explicit AdviceStrip(Draft& draft, QWidget* parent = nullptr);

Q_SIGNALS:
    void applied(); ///< a fix was
    void aboutToFix(); ///< the draft has to hold now what was typed
    void failed(const QString& sentence);
    void placeWanted(const std::string& pointer, int line);

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void follow();
    void addRow(QGridLayout& rows, const Advice& advice);
    QPushButton* makeFixButton(const Advice& advice);
    void fix(const Advice& advice);
    void fixAll();
    void apply(const std::vector<Edit>& edits, const QString& what);
    void arrange();

    Draft& m_draft;
    std::vector<Advice> m_advice;
    bool m_unfolded;
    QHBoxLayout* m_line;
    QToolButton* m_head;
    QLabel* m_first; ///< the first message, while the list is folded away
    QPushButton* m_onlyFix = nullptr; ///< where there is but one
    QPushButton* m_all;
    QScrollArea* m_scroll;
};

} // namespace distill::ui
