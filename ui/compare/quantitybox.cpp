// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/quantitybox.h"

#include <QComboBox>
#include <QSignalBlocker>
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

} // namespace distill::ui
