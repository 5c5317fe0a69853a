// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace distill::ui {

/// What is wrong with the field above, or to think about again: an icon and a sentence, in colours readable on light and dark.
class InlineMessage : public QWidget {
    Q_OBJECT

public:
    enum class Tone { Problem, Advice };

    explicit InlineMessage(QWidget* parent = nullptr, Tone tone = Tone::Problem);
    void setText(const QString& text);
    QString text() const;
    void setIndent(int pixels);
    void addButton(QPushButton* button); ///< below the sentence

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    Tone m_tone;
    QLabel* m_icon;
    QLabel* m_text;
    QVBoxLayout* m_column;
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
/// The same upside down: an i.
QPixmap adviceMark(const QColor& colour, int size, qreal ratio);

} // namespace distill::ui
