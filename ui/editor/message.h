// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;

namespace distill::ui {

/// What is wrong with the field above: an icon and a sentence, in a colour readable on light and dark.
class InlineMessage : public QWidget {
    Q_OBJECT

public:
    explicit InlineMessage(QWidget* parent = nullptr);
    void setText(const QString& text);
    QString text() const;
    void setIndent(int pixels);

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    QLabel* m_icon;
    QLabel* m_text;
};

/// A paragraph of help, quieter than the fields.
class HelpText : public QWidget {
    Q_OBJECT

public:
    explicit HelpText(int indent, QWidget* parent = nullptr);
    void setText(const QString& help, const QString& formula, const QString& paper);
    bool hasText() const;

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    QLabel* m_help;
    QLabel* m_formula;
};

/// An exclamation mark in a disc, drawn in a colour; the same on every theme.
QPixmap problemMark(const QColor& colour, int size, qreal ratio);

} // namespace distill::ui
