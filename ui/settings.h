// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSettings>

namespace distill::ui {

/// What the window remembers: window.ini in the folder DISTILL_CONFIG names, else in distill-workbench of the XDG
/// configuration home.
class Settings : public QSettings {
public:
    Settings();
};

} // namespace distill::ui
