// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/toolrow.h"

#include "ui/plots/flowlayout.h"
#include "ui/plots/view.h"
#include "ui/settings.h"

#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

double ToolRow::weightAt(int place)
{
    return place <= 0 ? 0 : std::min(0.999, 1 - std::pow(10.0, -3.0 * place / 100));
}

int ToolRow::placeOf(double weight)
{
    return weight <= 0 ? 0 : static_cast<int>(std::lround(-std::log10(1 - weight) / 3 * 100));
}

ToolRow::ToolRow(PlotView& view, const QString& group, QWidget* parent)
    : QWidget(parent)
    , m_view(view)
    , m_settings(group)
    , m_smoothing(new QSlider(Qt::Horizontal))
    , m_weight(new QLabel)
    , m_axis(new QComboBox)
    , m_panels(new QToolButton)
{
    const auto toggle = [&](const char* name, const QString& text, const QString& toolTip, const QKeySequence& key,
                            bool on, void (PlotView::*set)(bool)) {
        auto* action = new QAction(text, this);
        action->setObjectName(QString::fromLatin1(name));
        action->setCheckable(true);
        action->setChecked(on);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        action->setToolTip(key.isEmpty() ? toolTip : u"%1 (%2)"_s.arg(toolTip, key.toString(QKeySequence::NativeText)));
        connect(action, &QAction::toggled, &view, set);
        connect(action, &QAction::toggled, this, &ToolRow::remember);
        return action;
    };
    Settings settings;
    settings.beginGroup(m_settings);
    view.setSmoothing(settings.value(u"smoothing"_s, 0.97).toDouble());
    view.setAxis(static_cast<XAxis>(std::clamp(settings.value(u"axis"_s, 0).toInt(), 0, 3)));
    view.setLogY(settings.value(u"log_y"_s, false).toBool());
    view.setLogX(settings.value(u"log_x"_s, false).toBool());
    view.setClipsOutliers(settings.value(u"clip_outliers"_s, true).toBool());
    view.setShowsEvents(settings.value(u"events"_s, true).toBool());

    m_logY = toggle("log_y", tr("Log y"), tr("Loss, KL, learning rate on a logarithmic axis"), QKeySequence(Qt::Key_L),
                    view.logY(), &PlotView::setLogY);
    m_logX = toggle("log_x", tr("Log x"), tr("Steps, epochs or time on a logarithmic axis"), {}, view.logX(),
                    &PlotView::setLogX);
    m_outliers = toggle("outliers", tr("Clip outliers"),
                        tr("Leave outliers outside the vertical axis; the plot says how many"), QKeySequence(Qt::Key_O),
                        view.clipsOutliers(), &PlotView::setClipsOutliers);
    m_events = toggle("events", tr("Events"), tr("Mark checkpoints, tuned values and warnings"), {}, view.showsEvents(),
                      &PlotView::setShowsEvents);
    m_fit = new QAction(QIcon::fromTheme(u"zoom-fit-best"_s), tr("Fit and follow"), this);
    m_fit->setObjectName(u"fit"_s);
    m_fit->setShortcut(QKeySequence(Qt::Key_F));
    m_fit->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_fit->setCheckable(true);
    m_fit->setToolTip(tr("Show everything and follow what comes (F, or double click in a plot)"));
    connect(m_fit, &QAction::triggered, &view, &PlotView::fit);

    m_smoothing->setRange(0, 100);
    m_smoothing->setValue(placeOf(view.smoothing()));
    m_smoothing->setFixedWidth(110);
    m_smoothing->setAccessibleName(tr("Smoothing"));
    m_smoothing->setToolTip(
        tr("Weight of the moving average over values recorded at each step; 0 shows them as they are. "
           "Measurements on validation data are never smoothed"));
    m_weight->setMinimumWidth(fontMetrics().horizontalAdvance(u"0.0000"_s));
    connect(m_smoothing, &QSlider::valueChanged, this, [this](int place) {
        if (place != placeOf(m_view.smoothing())) {
            m_view.setSmoothing(weightAt(place));
            remember();
        }
    });
    m_axis->setAccessibleName(tr("Horizontal axis"));
    m_axis->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_axis->setMinimumContentsLength(14);
    fillAxis();
    connect(m_axis, &QComboBox::currentIndexChanged, this, &ToolRow::chooseAxis);
    connect(&view, &PlotView::changed, this, &ToolRow::showView);
    showView();

    auto* layout = new FlowLayout(this, 4);
    auto* smoothing = new QWidget(this);
    auto* line = new QHBoxLayout(smoothing);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(4);
    line->addWidget(m_smoothing);
    line->addWidget(m_weight);
    addWidget(smoothing, tr("S&moothing"));
    smoothing->setFocusProxy(m_smoothing);
    addWidget(m_axis, tr("Alon&g"));
    for (QAction* action : {m_logX, m_logY, m_outliers, m_events, m_fit}) {
        auto* toolButton = new QToolButton(this);
        toolButton->setDefaultAction(action);
        toolButton->setAutoRaise(true);
        toolButton->setFocusPolicy(Qt::TabFocus);
        toolButton->setAccessibleName(action->text());
        toolButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        connect(action, &QAction::visibleChanged, toolButton, [action, toolButton] { toolButton->setVisible(action->isVisible()); });
        layout->addWidget(toolButton);
    }
    m_panels->setText(tr("Panels"));
    m_panels->setAutoRaise(true);
    m_panels->setFocusPolicy(Qt::TabFocus);
    m_panels->setPopupMode(QToolButton::InstantPopup);
    m_panels->setAccessibleName(tr("Panels shown"));
    m_panels->hide();
    layout->addWidget(m_panels);
}

void ToolRow::setPanelsMenu(QMenu* menu)
{
    m_panels->setMenu(menu);
    m_panels->show();
}

void ToolRow::addWidget(QWidget* widget, const QString& text)
{
    if (text.isEmpty()) {
        layout()->addWidget(widget);
        return;
    }
    auto* group = new QWidget(this);
    auto* line = new QHBoxLayout(group);
    line->setContentsMargins(0, 0, 6, 0);
    line->setSpacing(4);
    auto* label = new QLabel(text, group);
    label->setBuddy(widget);
    line->addWidget(label);
    line->addWidget(widget);
    layout()->addWidget(group);
}

void ToolRow::setMetrics(const QVector<Metric>& metrics)
{
    if (metrics != m_metrics) {
        m_metrics = metrics;
        fillAxis();
        showView();
    }
}

void ToolRow::fillAxis()
{
    const QSignalBlocker quiet(m_axis);
    m_axis->clear();
    m_axis->addItems({tr("Step"), tr("Epoch"), tr("Time"), tr("Samples seen")});
    int widest = 0;
    for (const Metric& metric : m_metrics) {
        m_axis->addItem(metric.title);
        widest = std::max(widest, fontMetrics().horizontalAdvance(metric.title) + 40);
    }
    m_axis->view()->setMinimumWidth(widest);
}

void ToolRow::chooseAxis(int index)
{
    constexpr int axes = 4;
    if (index >= axes && index - axes < m_metrics.size()) {
        const Metric& metric = m_metrics[index - axes];
        m_view.setMetric(metric.series, metric.title, metric.numbers);
    } else if (index >= 0 && index < axes) {
        m_view.setAxis(static_cast<XAxis>(index));
        remember();
    }
}

void ToolRow::showView()
{
    m_fit->setChecked(m_view.follows());
    m_weight->setText(QLocale().toString(m_view.smoothing(), 'g', 3));
    const QSignalBlocker quiet(m_smoothing);
    m_smoothing->setValue(placeOf(m_view.smoothing()));
    int axis = static_cast<int>(m_view.axis());
    if (m_view.axis() == XAxis::Metric) {
        const auto found = std::find_if(m_metrics.begin(), m_metrics.end(),
                                        [this](const Metric& metric) { return metric.series == m_view.metric(); });
        axis = found == m_metrics.end() ? -1 : 4 + static_cast<int>(found - m_metrics.begin());
    }
    const QSignalBlocker still(m_axis);
    m_axis->setCurrentIndex(axis);
    m_logX->setChecked(m_view.logX());
    m_logY->setChecked(m_view.logY());
    m_outliers->setChecked(m_view.clipsOutliers());
    m_events->setChecked(m_view.showsEvents());
}

void ToolRow::remember()
{
    Settings settings;
    settings.beginGroup(m_settings);
    settings.setValue(u"smoothing"_s, m_view.smoothing());
    if (m_view.axis() != XAxis::Metric) {
        settings.setValue(u"axis"_s, static_cast<int>(m_view.axis()));
    }
    settings.setValue(u"log_y"_s, m_view.logY());
    settings.setValue(u"log_x"_s, m_view.logX());
    settings.setValue(u"clip_outliers"_s, m_view.clipsOutliers());
    settings.setValue(u"events"_s, m_view.showsEvents());
}

} // namespace distill::ui
