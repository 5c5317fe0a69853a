// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <string>
#include <vector>

class QLabel;

namespace distill::ui {

/// The loss of a stage as it is computed, a line for the sum and one for each part of it. Its text can be selected.
class LossText : public QWidget {
    Q_OBJECT

public:
    explicit LossText(QWidget* parent = nullptr);
    /// Empty: nothing is known at present; then the last lines stay, dimmed.
    void setLines(const std::vector<std::string>& lines);
    QString text() const { return m_lines.join(u'\n'); }

protected:
    void changeEvent(QEvent* event) override;

private:
    void showLines();

    QLabel* m_caption;
    QLabel* m_text;
    QStringList m_lines;
    bool m_stale = false;
};

} // namespace distill::ui
