// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProgressBar>

namespace distill::ui {

/// A progress bar of two rectangles and its text. The style's own draws antialiased stripes, which Qt hands to a pool of
/// threads in strips: some thirty of them were woken for every step shown, each pushing a trainer from its core.
class ProgressLine : public QProgressBar {
public:
    using QProgressBar::QProgressBar;

protected:
    void paintEvent(QPaintEvent* event) override;
};

} // namespace distill::ui
