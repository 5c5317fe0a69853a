// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/samplespage.h"

#include "ui/format.h"
#include "ui/predictions/filterpanel.h"
#include "ui/predictions/look.h"
#include "ui/predictions/sampledetail.h"
#include "ui/predictions/samplegrid.h"
#include "ui/predictions/samplepoints.h"
#include "ui/settings.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <iterator>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr auto sizeKey = "predictions/pictureSize";
constexpr auto captionsKey = "predictions/captions";

} // namespace

SamplesPage::SamplesPage(QWidget* parent)
    : QWidget(parent)
    , m_filter(new FilterPanel)
    , m_count(new QLabel)
    , m_captions(new QCheckBox(tr("Ca&ptions")))
    , m_size(new QSlider(Qt::Horizontal))
    , m_stack(new QStackedWidget)
    , m_grid(new SampleGrid)
    , m_points(new SamplePoints)
    , m_detail(new SampleDetail)
    , m_middle(new QWidget)
{
    m_size->setRange(0, static_cast<int>(std::size(SampleGrid::sizes)) - 1);
    m_size->setPageStep(1);
    m_size->setMaximumWidth(fontMetrics().averageCharWidth() * 12);
    m_size->setAccessibleName(tr("Size of the pictures"));
    m_size->setToolTip(tr("Size of the pictures (+ and \u2212, or Ctrl and the wheel)"));
    m_captions->setToolTip(tr("Label and choices under each picture; without them a letter marks who is wrong"));

    auto* const tools = new QHBoxLayout;
    tools->addWidget(m_count, 1);
    tools->addWidget(m_captions);
    tools->addWidget(m_size);
    m_stack->addWidget(m_grid);
    m_stack->addWidget(m_points);
    auto* const middle = new QVBoxLayout(m_middle);
    middle->setContentsMargins(0, 4, 0, 0);
    middle->addLayout(tools);
    middle->addWidget(m_stack, 1);

    auto* const side = new QScrollArea;
    side->setWidget(m_filter);
    side->setWidgetResizable(true);
    side->setFrameShape(QFrame::NoFrame);
    side->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    side->setMinimumWidth(m_filter->minimumSizeHint().width() + 2);
    side->setFocusPolicy(Qt::NoFocus);
    m_side = side;
    auto* const splitter = new QSplitter(Qt::Horizontal);
    splitter->setObjectName(u"samplesSplitter"_s);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(side);
    splitter->addWidget(m_middle);
    splitter->addWidget(m_detail);
    splitter->setStretchFactor(0, 0);
    splitter->setStretchFactor(1, 1);
    splitter->setStretchFactor(2, 0);
    const int character = fontMetrics().averageCharWidth();
    splitter->setSizes({character * 30, 10'000, character * 40});
    auto* const layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);

    const Settings settings;
    m_size->setValue(settings.value(QLatin1String(sizeKey), 2).toInt());
    m_grid->setPictureSize(m_size->value());
    m_captions->setChecked(settings.value(QLatin1String(captionsKey), true).toBool());
    m_grid->setCaptions(m_captions->isChecked());

    connect(m_size, &QSlider::valueChanged, m_grid, &SampleGrid::setPictureSize);
    connect(m_grid, &SampleGrid::pictureSizeChanged, this, [this](int place) {
        m_size->setValue(place);
        Settings().setValue(QLatin1String(sizeKey), place);
    });
    connect(m_captions, &QCheckBox::toggled, this, [this](bool on) {
        m_grid->setCaptions(on);
        Settings().setValue(QLatin1String(captionsKey), on);
    });
    connect(m_filter, &FilterPanel::changed, this, &SamplesPage::refill);
    for (SampleView* view : {static_cast<SampleView*>(m_grid), static_cast<SampleView*>(m_points)}) {
        connect(view, &SampleView::currentChanged, this,
                [this](int sample) { m_detail->setSample(m_set, sample < 0 ? std::nullopt : std::optional(sample)); });
        connect(view, &SampleView::activated, this, [this] { setEnlarged(true); });
    }
    connect(m_detail, &SampleDetail::enlargeRequested, this, &SamplesPage::setEnlarged);
    connect(m_detail, &SampleDetail::moveRequested, this,
            [this](int places) { samples().setCurrent(samples().current() + places); });
}

SampleView& SamplesPage::samples()
{
    return m_stack->currentIndex() == 1 ? static_cast<SampleView&>(*m_points) : *m_grid;
}

void SamplesPage::setPredictions(std::shared_ptr<const PredictionSet> set)
{
    m_set = std::move(set);
    m_detail->setSample(m_set, std::nullopt);
    const bool points = m_set && arePoints(*m_set->test);
    m_stack->setCurrentIndex(points ? 1 : 0);
    m_grid->setPredictions(points ? nullptr : m_set);
    m_points->setPredictions(points ? m_set : nullptr);
    const bool pictures = m_set && !m_set->test->images.empty();
    m_captions->setVisible(pictures);
    m_size->setVisible(pictures);
    setFocusProxy(&samples());
    m_filter->setPredictions(m_set);
}

void SamplesPage::setFilter(const SampleFilter& filter)
{
    setEnlarged(false);
    m_filter->setFilter(filter);
    samples().setCurrent(0);
    samples().setFocus(Qt::OtherFocusReason);
}

void SamplesPage::refill()
{
    if (!m_set) {
        m_count->clear();
        return;
    }
    std::vector<std::int32_t> found = samplesOf(*m_set, m_filter->filter());
    const auto count = static_cast<qint64>(found.size());
    m_count->setText(tr("%1 of %2 samples").arg(stepsText(count), stepsText(m_set->samples())));
    samples().setSamples(std::move(found));
}

void SamplesPage::setEnlarged(bool on)
{
    if (on == m_detail->isEnlarged()) {
        return;
    }
    m_detail->setEnlarged(on);
    m_side->setVisible(!on);
    m_middle->setVisible(!on);
    if (on) {
        m_detail->setFocus(Qt::OtherFocusReason);
    } else {
        samples().setFocus(Qt::OtherFocusReason);
    }
}

} // namespace distill::ui
