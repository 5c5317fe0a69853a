// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QStringList>
#include <functional>

class QLabel;
class QPushButton;
class QToolButton;

namespace distill::ui {

/// One sentence beside what it concerns, with at most one action. It stays until it is closed or its cause is gone,
/// never takes the focus, and however many sentences arrive there is one banner: the newest, with the number of others.
class Banner : public QFrame {
    Q_OBJECT

public:
    enum class Kind { Note, Problem };

    explicit Banner(QWidget* parent = nullptr);

    void showSentence(Kind kind, const QString& sentence, const QString& action = {},
                      std::function<void()> onAction = {});
    void dismiss();
    void retract(const QString& sentence); ///< its cause is gone
    QString sentence() const;
    int waiting() const { return static_cast<int>(m_earlier.size()); } ///< problems covered by the present one

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void refresh();

    Kind m_kind = Kind::Note;
    QString m_sentence;
    QStringList m_earlier;
    QLabel* m_icon;
    QLabel* m_label;
    QLabel* m_more;
    QPushButton* m_action;
    QToolButton* m_close;
    std::function<void()> m_onAction;
};

} // namespace distill::ui
