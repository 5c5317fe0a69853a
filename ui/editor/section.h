// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QToolButton;
class QVBoxLayout;

namespace distill::ui {

/// A titled part of a form that can be folded away; its head says when something inside is wrong.
class SectionBox : public QWidget {
    Q_OBJECT

public:
    enum Look { Panel, Inner }; ///< a framed panel, or a smaller part inside one

    SectionBox(const QString& title, Look look, QWidget* parent = nullptr);
    QVBoxLayout* body() { return m_body; }
    bool isExpanded() const { return m_expanded; }
    void setExpanded(bool on);
    void setProblemCount(int count);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void showProblemCount();

    QString m_title;
    Look m_look;
    QToolButton* m_head;
    QLabel* m_badge;
    QWidget* m_content;
    QVBoxLayout* m_body;
    int m_problems = 0;
    bool m_expanded = true;
};

} // namespace distill::ui
