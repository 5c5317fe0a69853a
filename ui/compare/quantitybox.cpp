// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/quantitybox.h"

#include "ui/plots/flowlayout.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

namespace distill::ui {

void fillWith(QComboBox& box, const std::vector<Quantity>& quantities, const std::string& key, const QString& none)
{
    const QSignalBlocker quiet(box);
    box.clear();
    box.setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box.setMinimumContentsLength(22);
    box.setMaxVisibleItems(24);
    if (!none.isNull()) {
        box.addItem(none, QString());
    }
    const auto add = [&](const auto& belongs) {
        bool first = true;
        for (const Quantity& quantity : quantities) {
            if (belongs(quantity)) {
                if (first && box.count() > 0) {
                    box.insertSeparator(box.count());
                }
                first = false;
                box.addItem(quantity.title, QString::fromStdString(quantity.key));
                if (quantity.isField) {
                    box.setItemData(box.count() - 1, QString::fromStdString(quantity.key), Qt::ToolTipRole);
                }
            }
        }
    };
    add([](const Quantity& quantity) { return !quantity.isField; });
    add([](const Quantity& quantity) { return quantity.isField && quantity.differs; });
    add([](const Quantity& quantity) { return quantity.isField && !quantity.differs; });
    box.setCurrentIndex(std::max(0, box.findData(QString::fromStdString(key))));
}

std::string keyIn(const QComboBox& box)
{
    return box.currentData().toString().toStdString();
}

QWidget* labelled(const QString& text, QComboBox* box)
{
    auto* group = new QWidget;
    auto* line = new QHBoxLayout(group);
    line->setContentsMargins(0, 0, 6, 0);
    line->setSpacing(4);
    auto* label = new QLabel(text);
    label->setBuddy(box);
    line->addWidget(label);
    line->addWidget(box);
    return group;
}

void layOut(QWidget* pane, const QList<QWidget*>& tools, QWidget* plot)
{
    auto* line = new QWidget;
    auto* flow = new FlowLayout(line, 4);
    for (QWidget* tool : tools) {
        flow->addWidget(tool);
    }
    auto* layout = new QVBoxLayout(pane);
    layout->setContentsMargins(6, 4, 6, 4);
    layout->setSpacing(4);
    layout->addWidget(line);
    layout->addWidget(plot, 1);
}

} // namespace distill::ui
