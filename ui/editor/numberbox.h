// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <QAbstractSpinBox>

namespace distill::ui {

/// A number as people write it, 3e-4 included. Unlike QDoubleSpinBox it rounds nothing and takes any text: the
/// document's check says what is wrong with it, so that a typed value is never lost or silently clamped. Arrows step by
/// one in the second digit, over a logarithmic field by 1, 2, 5, 10; Page Up and Down ten times as far.
class NumberBox : public QAbstractSpinBox {
    Q_OBJECT

public:
    explicit NumberBox(const Field& field, QWidget* parent = nullptr);

    void setValue(const Json& value);
    void stepBy(int steps) override;
    QValidator::State validate(QString& text, int& position) const override;
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

Q_SIGNALS:
    void edited(const distill::Json& value);
    void cleared();

protected:
    StepEnabled stepEnabled() const override;

private:
    void commit(bool finished);
    double stepped(double value, bool up) const;

    const Field& m_field;
    bool m_integer;
};

} // namespace distill::ui
