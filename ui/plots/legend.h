// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QSet>
#include <QVector>
#include <QWidget>
#include <vector>

namespace distill::ui {

class KeyButton;

/// The runs by colour and name, once for all panels. Pressing one hides or shows its curves; the pointer or the
/// keyboard's focus on one brings them out.
class Legend : public QWidget {
    Q_OBJECT

public:
    struct Item {
        RunId run;
        QString name;
        QString toolTip;
        bool operator==(const Item&) const = default;
    };

    explicit Legend(QWidget* parent = nullptr);

    void setItems(const QVector<Item>& items);
    bool isHidden(const RunId& run) const { return m_hidden.contains(QString::fromStdString(run)); }

Q_SIGNALS:
    void hiddenChanged();
    void highlighted(const distill::RunId& run); ///< "" when none is any more
    void menuRequested(const distill::RunId& run, const QPoint& at); ///< on the screen

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    KeyButton* addButton();
    void highlight(const RunId& run);

    QVector<Item> m_items;
    std::vector<KeyButton*> m_buttons; ///< of the items, in their order
    QSet<QString> m_hidden;
    RunId m_highlighted;
};

} // namespace distill::ui
