// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/paneplan.h"
#include "ui/plots/picture.h"

#include <QFrame>
#include <QSet>

class QBoxLayout;
class QToolButton;

namespace distill::ui {

/// One panel of the monitor: a title, a key that switches kinds of curves, its plots one above another, and buttons to
/// save, maximise and hide it.
class Panel : public QFrame {
    Q_OBJECT

public:
    Panel(PlannedPanel plan, PlotView& view, QWidget* parent = nullptr);

    const QString& key() const { return m_plan.key; }
    const QString& title() const { return m_plan.title; }
    const QVector<CurvePlot*>& plots() const { return m_plots; }
    CurvePlot* plot(const QString& key) const;

    struct Placed {
        SeriesPlace place;
        PlotCurve curve;
    };
    /// The curves of all its plots; those of groups that are switched off are left out.
    void setCurves(const QVector<Placed>& curves);
    /// Whether it is to take room: it has curves, or shows where they will be.
    bool takesRoom() const { return !m_plan.whenAny || !m_curves.isEmpty(); }
    void setMaximised(bool maximised);
    void setBottomLabel(const QString& label) { m_axisLabel = label; }
    Picture picture() const;

    QStringList groupsOff() const;
    void setGroupsOff(const QStringList& groups);

Q_SIGNALS:
    void maximiseRequested();
    void hideRequested();
    void pictureRequested();
    void copyRequested();
    void csvRequested();
    void groupsChanged();

private:
    void rebuildKey();

    PlannedPanel m_plan;
    QVector<CurvePlot*> m_plots;
    QVector<Placed> m_curves;
    QSet<QString> m_off;
    QStringList m_groups;
    QBoxLayout* m_key = nullptr;
    QToolButton* m_maximise = nullptr;
    QString m_axisLabel;
};

} // namespace distill::ui
