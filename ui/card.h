// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

class QToolButton;

namespace distill::ui {

/// A large button that offers one thing to start: a title, what it is about, how long it takes.
class Card : public QAbstractButton {
    Q_OBJECT

public:
    enum class Size { Large, Normal, Small };

    Card(Size size, const QString& title, const QString& description, const QString& call, QWidget* parent = nullptr);

    void setFooter(const QString& footer); ///< "about 40 s on this machine"
    /// A second, quieter way beside the call.
    QToolButton* addAlternative(const QString& text, const QString& help);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int padding() const;
    int lines() const;
    QFont titleFont() const;
    int callHeight() const;
    void placeAlternative();

    Size m_size;
    QString m_description;
    QString m_call;
    QString m_footer;
    QToolButton* m_alternative = nullptr;
};

} // namespace distill::ui
