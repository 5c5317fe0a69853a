// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

namespace distill::ui {

/// Whether somebody is at the window: pressed, moved, scrolled or typed in the last ten seconds.
class Attention : public QObject {
    Q_OBJECT

public:
    /// Watches the events of all of the application's windows.
    explicit Attention(int patience = 10'000, QObject* parent = nullptr);

    bool isThere() const { return m_patience.isActive(); } ///< at first, too

Q_SIGNALS:
    void came();
    void went();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QTimer m_patience;
};

} // namespace distill::ui
