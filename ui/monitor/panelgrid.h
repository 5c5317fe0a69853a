// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/panel.h"

#include <QMap>

class QAction;
class QGridLayout;
class QMenu;

namespace distill::ui {

/// The panels in two columns. Each can be hidden, or take the whole room for a while. Which are shown is remembered.
class PanelGrid : public QWidget {
    Q_OBJECT

public:
    explicit PanelGrid(PlotView& view, QWidget* parent = nullptr);

    const QVector<Panel*>& panels() const { return m_panels; }
    QMenu* menu() const { return m_menu; } ///< which panels are shown, and one to maximise
    QList<QAction*> maximiseActions() const { return m_maximiseActions; }
    /// The panel that has the focus or is maximised, else the first in view.
    Panel* chosen() const;
    void maximise(const QString& key); ///< again: back to all
    void setCurves(const QMap<Panel*, QVector<Panel::Placed>>& curves); ///< of all panels; those without any have none

Q_SIGNALS:
    void pictureRequested(distill::ui::Panel* panel);
    void csvRequested(distill::ui::Panel* panel);

private:
    void arrange();
    void remember() const;

    QVector<Panel*> m_panels;
    QList<QAction*> m_shown;
    QList<QAction*> m_maximiseActions;
    QMenu* m_menu;
    QGridLayout* m_layout;
    QString m_maximised;
};

} // namespace distill::ui
