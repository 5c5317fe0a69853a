// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QMenuBar;

namespace distill::ui {

/// Every shortcut of the menus, as the menus hold them now.
class ShortcutSheet : public QDialog {
    Q_OBJECT

public:
    explicit ShortcutSheet(const QMenuBar& menus, QWidget* parent = nullptr);
};

} // namespace distill::ui
