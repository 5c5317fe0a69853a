// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor/panelgrid.h"

#include "ui/plots/export.h"
#include "ui/settings.h"

#include <QApplication>
#include <QGridLayout>
#include <QMenu>

namespace distill::ui {

using namespace Qt::StringLiterals;

PanelGrid::PanelGrid(PlotView& view, QWidget* parent)
    : QWidget(parent)
    , m_menu(new QMenu(this))
    , m_layout(new QGridLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(4);
    Settings settings;
    settings.beginGroup(u"monitor"_s);
    for (const PlannedPanel& plan : panePlan()) {
        auto* panel = new Panel(plan, view, this);
        panel->setGroupsOff(settings.value(u"off_"_s + plan.key).toStringList());
        auto* shown = m_menu->addAction(plan.title);
        shown->setCheckable(true);
        shown->setChecked(settings.value(u"shown_"_s + plan.key, plan.shown).toBool());
        auto* large = new QAction(tr("Maximise %1").arg(plan.title), this);
        const auto number = static_cast<int>(m_panels.size());
        large->setShortcut(QKeySequence(Qt::CTRL | Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + number)));
        m_panels.append(panel);
        m_shown.append(shown);
        m_maximiseActions.append(large);
        connect(shown, &QAction::toggled, this, [this] {
            m_maximised.clear();
            arrange();
            remember();
        });
        connect(large, &QAction::triggered, this, [this, panel] { maximise(panel->key()); });
        connect(panel, &Panel::maximiseRequested, this, [this, panel] { maximise(panel->key()); });
        connect(panel, &Panel::hideRequested, shown, [shown] { shown->setChecked(false); });
        connect(panel, &Panel::groupsChanged, this, &PanelGrid::remember);
        connect(panel, &Panel::pictureRequested, this, [this, panel] { Q_EMIT pictureRequested(panel); });
        connect(panel, &Panel::copyRequested, this, [panel] { copyPicture(*panel); });
        connect(panel, &Panel::csvRequested, this, [this, panel] { Q_EMIT csvRequested(panel); });
    }
    m_menu->addSeparator();
    m_menu->addMenu(tr("Maximise"))->addActions(m_maximiseActions);
    arrange();
}

void PanelGrid::setCurves(const QMap<Panel*, QVector<Panel::Placed>>& curves)
{
    bool changed = false;
    for (Panel* panel : m_panels) {
        const bool before = panel->takesRoom();
        panel->setCurves(curves.value(panel));
        changed = changed || panel->takesRoom() != before;
    }
    if (changed) {
        arrange();
    }
}

void PanelGrid::maximise(const QString& key)
{
    m_maximised = m_maximised == key ? QString() : key;
    arrange();
}

void PanelGrid::arrange()
{
    QVector<Panel*> visible;
    for (qsizetype i = 0; i < m_panels.size(); ++i) {
        Panel* panel = m_panels[i];
        const bool large = panel->key() == m_maximised;
        panel->setMaximised(large);
        m_layout->removeWidget(panel);
        if (m_maximised.isEmpty() ? m_shown[i]->isChecked() && panel->takesRoom() : large) {
            visible.append(panel);
        } else {
            panel->hide();
        }
    }
    const int count = static_cast<int>(visible.size());
    const int columns = count > 1 ? 2 : 1;
    for (int i = 0; i < static_cast<int>(m_panels.size()) + 1; ++i) {
        m_layout->setRowStretch(i, i * columns < count ? 1 : 0);
        m_layout->setColumnStretch(i, i < columns ? 1 : 0);
    }
    for (int i = 0; i < count; ++i) {
        const bool alone = i + 1 == count && i % columns == 0; // the last one takes the whole line
        m_layout->addWidget(visible[i], i / columns, i % columns, 1, alone ? columns : 1);
        visible[i]->show();
    }
}

Panel* PanelGrid::chosen() const
{
    Panel* first = nullptr;
    for (Panel* panel : m_panels) {
        if (panel->isAncestorOf(QApplication::focusWidget()) || panel->key() == m_maximised) {
            return panel;
        }
        if (!first && panel->isVisible()) {
            first = panel;
        }
    }
    return first ? first : m_panels.first();
}

void PanelGrid::remember() const
{
    Settings settings;
    settings.beginGroup(u"monitor"_s);
    for (qsizetype i = 0; i < m_panels.size(); ++i) {
        settings.setValue(u"shown_"_s + m_panels[i]->key(), m_shown[i]->isChecked());
        settings.setValue(u"off_"_s + m_panels[i]->key(), m_panels[i]->groupsOff());
    }
}

} // namespace distill::ui
