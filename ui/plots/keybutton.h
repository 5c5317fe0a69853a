// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>
#include <functional>

namespace distill::ui {

/// A switch that looks like an entry of a legend: a sample of a line and a name, faint while off, without a frame.
class KeyButton : public QToolButton {
    Q_OBJECT

public:
    /// `paint` draws the sample of a given size; the button fades it while off.
    using Sample = std::function<void(QPainter&, const QSizeF&)>;

    KeyButton(const QString& text, Sample sample, QWidget* parent = nullptr);
    void setSample(Sample sample);

protected:
    void initStyleOption(QStyleOptionToolButton* option) const override;

private:
    Sample m_sample;
};

} // namespace distill::ui
