// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

namespace distill::ui {

class Session;

/// Version, libraries, machine and licence; all of it can be copied.
class AboutDialog : public QDialog {
    Q_OBJECT

public:
    explicit AboutDialog(Session& session, QWidget* parent = nullptr);
};

} // namespace distill::ui
