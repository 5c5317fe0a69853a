// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/parallel.h"

#include "ui/compare/quantitybox.h"
#include "ui/theme.h"

#include <QAction>
#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t mostAxes = 9; ///< at first; more can be chosen

} // namespace

ParallelPane::ParallelPane(QWidget* parent)
    : QWidget(parent)
    , m_axes(new QToolButton)
    , m_menu(new QMenu(this))
    , m_colour(new QComboBox)
    , m_count(new QLabel)
    , m_clear(new QPushButton(tr("Clear brushes")))
    , m_keep(new QPushButton(tr("Keep only these")))
    , m_plot(new ParallelPlot)
{
    m_axes->setText(tr("Axes"));
    m_axes->setToolTip(tr("Which figures and fields have an axis"));
    m_axes->setAutoRaise(true);
    m_axes->setFocusPolicy(Qt::TabFocus);
    m_axes->setPopupMode(QToolButton::InstantPopup);
    m_axes->setMenu(m_menu);
    m_colour->setAccessibleName(tr("Colour of the lines"));
    m_keep->setToolTip(tr("Take the runs that are brushed out out of the comparison"));
    layOut(this, {m_axes, labelled(tr("C&olour"), m_colour), m_count, m_clear, m_keep}, m_plot);

    connect(m_menu, &QMenu::aboutToShow, this, &ParallelPane::fillMenu);
    connect(m_colour, &QComboBox::activated, this, [this] {
        m_setup.colouredBy = keyIn(*m_colour);
        fill();
        Q_EMIT setupChanged();
    });
    connect(m_clear, &QPushButton::clicked, this, [this] {
        m_plot->setBrushes({});
        m_setup.brushes.clear();
        count();
        Q_EMIT setupChanged();
    });
    connect(m_keep, &QPushButton::clicked, this, [this] { Q_EMIT keepRequested(m_plot->left()); });
    connect(m_plot, &ParallelPlot::brushed, this, [this] {
        m_setup.brushes = m_plot->brushes();
        count();
        Q_EMIT setupChanged();
    });
    connect(m_plot, &ParallelPlot::axesMoved, this, [this] {
        m_setup.axes.clear();
        for (const Quantity& quantity : m_plot->axes()) {
            m_setup.axes.push_back(quantity.key);
        }
        Q_EMIT setupChanged();
    });
    connect(m_plot, &ParallelPlot::runHovered, this, &ParallelPane::runHovered);
    connect(m_plot, &ParallelPlot::runActivated, this, &ParallelPane::runActivated);
    count();
}

void ParallelPane::setComparison(std::shared_ptr<const Comparison> comparison)
{
    m_comparison = std::move(comparison);
    m_quantities = m_comparison ? quantitiesOf(*m_comparison) : std::vector<Quantity>();
    fill();
}

void ParallelPane::setSetup(const ComparisonSetup& setup)
{
    m_setup = setup;
    fill();
}

void ParallelPane::storeIn(ComparisonSetup& setup) const
{
    setup.axes = m_setup.axes;
    setup.colouredBy = m_setup.colouredBy;
    setup.brushes = m_setup.brushes;
}

std::vector<std::string> ParallelPane::shownAxes() const
{
    std::vector<std::string> shown;
    for (const std::string& key : m_setup.axes) {
        if (quantityOf(m_quantities, key)) {
            shown.push_back(key);
        }
    }
    if (!shown.empty()) {
        return shown;
    }
    // The fields that differ, then what came out of them.
    std::vector<std::string> figures;
    for (const char* key : {"parameters", "test/agreement", "validation/accuracy", "test/accuracy"}) {
        const Quantity* quantity = quantityOf(m_quantities, key);
        if (quantity && quantity->differs) {
            figures.push_back(key);
        }
    }
    // Teachers and controls differ in much that nobody asks about: what differs among the students comes first.
    const auto amongStudents = [this](const Quantity& quantity) {
        std::optional<double> first;
        for (std::size_t i = 0; i < quantity.values.size(); ++i) {
            if (m_comparison->runs[i].row.role == RunRole::Student && std::isfinite(quantity.values[i])) {
                if (first && *first != quantity.values[i]) {
                    return true;
                }
                first = quantity.values[i];
            }
        }
        return false;
    };
    for (const bool students : {true, false}) {
        for (const Quantity& quantity : m_quantities) {
            const bool wanted = quantity.isField && quantity.differs && quantity.key != "/seed" && amongStudents(quantity) == students;
            if (wanted && shown.size() + figures.size() < mostAxes) {
                shown.push_back(quantity.key);
            }
        }
    }
    shown.insert(shown.end(), figures.begin(), figures.end());
    return shown;
}

void ParallelPane::fill()
{
    fillWith(*m_colour, m_quantities, m_setup.colouredBy, tr("A colour a run"));
    std::vector<RunId> runs;
    QStringList names;
    if (m_comparison) {
        names = namesOf(m_comparison->runs);
        for (const Comparison::Run& run : m_comparison->runs) {
            runs.push_back(run.row.id);
        }
    }
    m_plot->setRuns(std::move(runs), names);
    std::vector<Quantity> axes;
    for (const std::string& key : shownAxes()) {
        axes.push_back(*quantityOf(m_quantities, key));
    }
    m_plot->setAxes(std::move(axes));
    m_plot->setBrushes(m_setup.brushes);
    const Quantity* colour = quantityOf(m_quantities, keyIn(*m_colour));
    m_plot->setColouredBy(colour ? std::optional(*colour) : std::nullopt);
    count();
}

void ParallelPane::fillMenu()
{
    m_menu->clear();
    const std::vector<std::string> shown = shownAxes();
    const auto add = [&](const auto& belongs) {
        for (const Quantity& quantity : m_quantities) {
            if (!belongs(quantity)) {
                continue;
            }
            QAction* action = m_menu->addAction(quantity.title);
            action->setCheckable(true);
            action->setChecked(std::find(shown.begin(), shown.end(), quantity.key) != shown.end());
            connect(action, &QAction::toggled, this, [this, key = quantity.key](bool on) {
                m_setup.axes = shownAxes();
                std::erase(m_setup.axes, key);
                if (on) {
                    m_setup.axes.push_back(key);
                }
                fill();
                Q_EMIT setupChanged();
            });
        }
        m_menu->addSeparator();
    };
    add([](const Quantity& quantity) { return !quantity.isField; });
    add([](const Quantity& quantity) { return quantity.isField && quantity.differs; });
    if (m_menu->isEmpty()) {
        m_menu->addAction(tr("Nothing to put on an axis"))->setEnabled(false);
    }
}

void ParallelPane::count()
{
    const bool any = m_comparison && !m_comparison->runs.empty();
    const std::size_t all = any ? m_comparison->runs.size() : 0;
    const std::size_t left = any ? m_plot->left().size() : 0;
    const bool brushed = !m_plot->brushes().empty();
    m_count->setText(!any          ? QString()
                         : brushed ? tr("%1 of %2 runs").arg(left).arg(all)
                                   : tr("Drag on an axis to keep a range"));
    QPalette quiet = palette();
    if (!brushed) {
        quiet.setColor(QPalette::WindowText, Theme::muted(palette()));
    }
    m_count->setPalette(quiet);
    m_clear->setEnabled(brushed);
    m_keep->setEnabled(brushed && left > 0 && left < all);
}

void ParallelPane::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        count();
    }
}

} // namespace distill::ui
