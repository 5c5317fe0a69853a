// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/panel.h"

#include "ui/plots/keybutton.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace distill::ui {

namespace {

/// A sample of how curves of a kind are drawn, in the colour of text: colour is for runs.
KeyButton::Sample sampleOf(Look look, const QWidget* widget)
{
    return [look, widget](QPainter& painter, const QSizeF& size) {
        QColor colour = widget->palette().color(QPalette::Text);
        colour.setAlpha(look == Look::Faint ? 110 : 220);
        const double y = size.height() / 2;
        QPen pen(colour, look == Look::Dense || look == Look::Measured || look == Look::Exact ? 2 : 1.2);
        pen.setStyle(look == Look::Probe ? Qt::DashLine : look == Look::Thin ? Qt::DotLine : Qt::SolidLine);
        painter.setPen(pen);
        painter.drawLine(QPointF(1, y), QPointF(size.width() - 1, y));
        if (look == Look::Measured) {
            painter.setBrush(colour);
            painter.drawEllipse(QPointF(size.width() / 2, y), 2, 2);
        }
    };
}

/// Ends in an ellipsis where there is no room, as one plot of many often has none.
class Title : public QLabel {
public:
    using QLabel::QLabel;
    QSize minimumSizeHint() const override { return {fontMetrics().averageCharWidth() * 4, QLabel::minimumSizeHint().height()}; }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setPen(palette().color(foregroundRole()));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, fontMetrics().elidedText(text(), Qt::ElideRight, width()));
    }
};

QToolButton* button(const char* icon, const QString& text, QWidget* parent)
{
    auto* result = new QToolButton(parent);
    result->setAutoRaise(true);
    result->setIcon(QIcon::fromTheme(QString::fromLatin1(icon)));
    result->setIconSize(QSize(16, 16));
    result->setToolTip(text);
    result->setAccessibleName(text);
    result->setFocusPolicy(Qt::TabFocus);
    return result;
}

} // namespace

Panel::Panel(PlannedPanel plan, PlotView& view, QWidget* parent)
    : QFrame(parent)
    , m_plan(std::move(plan))
{
    setObjectName(m_plan.key);
    setAccessibleName(m_plan.title);
    setFrameShape(QFrame::StyledPanel);
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);

    auto* title = new Title(m_plan.title, this);
    title->setToolTip(m_plan.title);
    QFont bold = title->font();
    bold.setBold(true);
    title->setFont(bold);
    auto* keyBox = new QWidget(this);
    m_key = new QHBoxLayout(keyBox);
    m_key->setContentsMargins(0, 0, 0, 0);
    m_key->setSpacing(0);
    keyBox->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);

    auto* save = button("document-save", tr("Save %1").arg(m_plan.title), this);
    auto* menu = new QMenu(save);
    menu->addAction(tr("Save as picture (PNG, SVG, PDF)..."), this, &Panel::pictureRequested);
    menu->addAction(tr("Copy picture"), this, &Panel::copyRequested);
    menu->addAction(tr("Save curves as CSV, every sample..."), this, &Panel::csvRequested);
    save->setMenu(menu);
    save->setPopupMode(QToolButton::InstantPopup);
    m_maximise = button("view-fullscreen", tr("Maximise %1").arg(m_plan.title), this);
    m_maximise->setCheckable(true);
    auto* hide = button("view-hidden", tr("Hide %1").arg(m_plan.title), this);
    connect(m_maximise, &QToolButton::clicked, this, &Panel::maximiseRequested);
    connect(hide, &QToolButton::clicked, this, &Panel::hideRequested);

    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 2, 2, 0);
    head->setSpacing(0);
    head->addWidget(title);
    head->addSpacing(8);
    head->addWidget(keyBox, 1);
    for (QToolButton* each : {save, m_maximise, hide}) {
        head->addWidget(each);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(1, 1, 1, 1);
    layout->setSpacing(0);
    layout->addLayout(head);
    for (const PlannedPlot& planned : m_plan.plots) {
        auto* plot = new CurvePlot(view, planned.options, this);
        plot->setObjectName(planned.key);
        plot->setAxisLabelsVisible(&planned == &m_plan.plots.last());
        m_plots.append(plot);
        layout->addWidget(plot, 1);
    }
}

CurvePlot* Panel::plot(const QString& key) const
{
    const auto found
        = std::find_if(m_plots.begin(), m_plots.end(), [&](const CurvePlot* p) { return p->objectName() == key; });
    return found == m_plots.end() ? nullptr : *found;
}

void Panel::setCurves(const QVector<Placed>& curves)
{
    m_curves = curves;
    rebuildKey();
    for (CurvePlot* plot : m_plots) {
        QVector<PlotCurve> own;
        for (const Placed& placed : curves) {
            if (placed.place.plot == plot->objectName() && !m_off.contains(placed.place.group)) {
                own.append(placed.curve);
            }
        }
        plot->setCurves(std::move(own));
    }
}

void Panel::rebuildKey()
{
    QStringList groups;
    QVector<Look> looks;
    for (const Placed& placed : m_curves) {
        if (!groups.contains(placed.place.group)) {
            groups << placed.place.group;
            looks << placed.place.look;
        }
    }
    if (groups == m_groups) {
        return;
    }
    m_groups = groups;
    while (QLayoutItem* item = m_key->takeAt(0)) {
        if (item->widget()) {
            item->widget()->deleteLater();
        }
        delete item;
    }
    // A single kind per plot needs no key, and more kinds than these would not fit beside the title.
    constexpr qsizetype most = 8;
    if (groups.size() > m_plots.size() && groups.size() <= most) {
        for (qsizetype i = 0; i < groups.size(); ++i) {
            auto* toggle = new KeyButton(groups[i], sampleOf(looks[i], this), this);
            toggle->setChecked(!m_off.contains(groups[i]));
            toggle->setAccessibleName(tr("Show %1 in %2").arg(groups[i], m_plan.title));
            connect(toggle, &QToolButton::toggled, this, [this, group = groups[i]](bool on) {
                if (on) {
                    m_off.remove(group);
                } else {
                    m_off.insert(group);
                }
                setCurves(m_curves);
                Q_EMIT groupsChanged();
            });
            m_key->addWidget(toggle);
        }
    }
    m_key->addStretch();
}

void Panel::setMaximised(bool maximised)
{
    m_maximise->setChecked(maximised);
    const QString text = maximised ? tr("Show all panels") : tr("Maximise %1").arg(m_plan.title);
    m_maximise->setIcon(
        QIcon::fromTheme(maximised ? QStringLiteral("view-restore") : QStringLiteral("view-fullscreen")));
    m_maximise->setToolTip(text);
    m_maximise->setAccessibleName(text);
}

Picture Panel::picture() const
{
    Picture picture;
    picture.title = m_plan.title;
    picture.axisLabel = m_axisLabel;
    for (CurvePlot* plot : m_plots) {
        const auto& curves = plot->curves();
        if (m_plots.size() == 1
            || std::any_of(curves.begin(), curves.end(), [](const PlotCurve& c) { return !c.curve->empty(); })) {
            picture.plots.append(plot);
        }
    }
    return picture;
}

QStringList Panel::groupsOff() const
{
    return {m_off.begin(), m_off.end()};
}

void Panel::setGroupsOff(const QStringList& groups)
{
    m_off = {groups.begin(), groups.end()};
}

} // namespace distill::ui
