// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/predictions.h"

#include "ui/predictions/calibrationpage.h"
#include "ui/predictions/confusionpage.h"
#include "ui/predictions/inheritancepage.h"
#include "ui/predictions/loader.h"
#include "ui/predictions/samplegrid.h"
#include "ui/predictions/samplespage.h"
#include "ui/session.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QProgressBar>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>
#include <algorithm>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int slow = 150; ///< milliseconds after which it is said that something is being read

} // namespace

class Predictions::Private {
public:
    Private(Predictions& owner, Session& forSession, const PredictionSource& source)
        : self(owner)
        , session(forSession)
        , loader(forSession.history(), source)
        , inheritance(new InheritancePage(forSession, source))
    {
    }

    void build();
    void load(bool anew = false);
    void show(const LoadedPredictions& loaded);
    void fillPartners(const LoadedPredictions& loaded);
    void say(const QString& sentence, bool busy);

    Predictions& self;
    Session& session;
    PredictionLoader loader;
    RunId run;
    QVector<RunId> shown;
    std::optional<RunId> against; ///< as chosen for this run
    RunId laidAgainst; ///< whom it was laid against last
    bool stale = true;
    bool anew = false;
    QTimer waiting;

    QLabel* name = new QLabel;
    QComboBox* partner = new QComboBox;
    QLabel* note = new QLabel;
    QStackedWidget* stack = new QStackedWidget;
    QLabel* message = new QLabel;
    QProgressBar* busy = new QProgressBar;
    QTabWidget* tabs = new QTabWidget;
    SamplesPage* samples = new SamplesPage;
    ConfusionPage* confusion = new ConfusionPage;
    CalibrationPage* calibration = new CalibrationPage;
    InheritancePage* inheritance;
};

void Predictions::Private::build()
{
    self.setObjectName(u"predictions"_s);
    self.setAccessibleName(tr("Predictions"));
    QFont bold = self.font();
    bold.setBold(true);
    name->setFont(bold);
    name->setTextFormat(Qt::PlainText);
    name->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    auto* const beside = new QLabel(tr("b&eside"));
    beside->setBuddy(partner);
    partner->setObjectName(u"partner"_s);
    partner->setAccessibleName(tr("Run that it is laid against"));
    partner->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    partner->setMinimumContentsLength(20);
    partner->setMaxVisibleItems(20);
    auto* const head = new QHBoxLayout;
    head->addWidget(name);
    head->addWidget(beside);
    head->addWidget(partner, 1);
    note->setObjectName(u"predictionsNote"_s);
    note->setWordWrap(true);
    note->setTextFormat(Qt::PlainText);
    note->hide();

    tabs->setDocumentMode(true);
    tabs->setAccessibleName(tr("Views of the predictions"));
    tabs->addTab(samples, QIcon::fromTheme(u"view-list-icons"_s), tr("Sa&mples"));
    tabs->addTab(confusion, QIcon::fromTheme(u"view-grid"_s), tr("Con&fusion"));
    tabs->addTab(calibration, QIcon::fromTheme(u"office-chart-bar"_s), tr("Ca&libration"));
    tabs->addTab(inheritance, QIcon::fromTheme(u"distribute-graph-directed"_s), tr("W&hat it took over"));

    auto* const messagePage = new QWidget;
    auto* const centre = new QVBoxLayout(messagePage);
    message->setObjectName(u"predictionsMessage"_s);
    message->setAlignment(Qt::AlignCenter);
    message->setWordWrap(true);
    message->setTextFormat(Qt::PlainText);
    message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    busy->setRange(0, 0);
    busy->setMaximumWidth(self.fontMetrics().averageCharWidth() * 40);
    busy->setTextVisible(false);
    busy->setAccessibleName(tr("Reading"));
    centre->addStretch(1);
    centre->addWidget(message);
    centre->addWidget(busy, 0, Qt::AlignHCenter);
    centre->addStretch(2);
    stack->addWidget(messagePage);
    stack->addWidget(tabs);
    auto* const layout = new QVBoxLayout(&self);
    layout->setContentsMargins(6, 6, 6, 2);
    layout->setSpacing(4);
    layout->addLayout(head);
    layout->addWidget(note);
    layout->addWidget(stack, 1);
    self.setFocusProxy(samples);
    say(tr("Choose a run in the table."), false);

    waiting.setSingleShot(true);
    waiting.setInterval(slow);
    connect(&waiting, &QTimer::timeout, &self, [this] { say(tr("Reading what the networks answer\u2026"), true); });
    connect(&loader, &PredictionLoader::loaded, &self, [this](const auto& loaded) { show(*loaded); });
    connect(partner, &QComboBox::activated, &self, [this](int index) {
        against = partner->itemData(index).toString().toStdString();
        load();
    });
    const auto open = [this](const SampleFilter& filter) {
        tabs->setCurrentWidget(samples);
        samples->setFilter(filter);
    };
    connect(confusion, &ConfusionPage::opened, &self, open);
    connect(inheritance, &InheritancePage::opened, &self, open);
    connect(&session, &Session::updated, &self, [this](const Updates& updates) {
        const bool ended = std::any_of(updates.statuses.begin(), updates.statuses.end(), [this](const RunStatus& status) {
            return (status.id == run || status.id == laidAgainst) && !isLive(status.state);
        });
        if (ended) {
            load(true);
        }
    });
}

void Predictions::Private::say(const QString& sentence, bool isBusy)
{
    message->setText(sentence);
    busy->setVisible(isBusy);
    stack->setCurrentIndex(0);
}

void Predictions::Private::load(bool afterTraining)
{
    stale = true;
    anew = anew || afterTraining;
    if (!self.isVisible() || run.empty()) {
        return;
    }
    stale = false;
    waiting.start();
    loader.load({run, against, shown, std::exchange(anew, false)});
}

void Predictions::Private::fillPartners(const LoadedPredictions& loaded)
{
    const QSignalBlocker blocked(partner);
    partner->clear();
    partner->addItem(tr("nobody: alone"), QString());
    for (const Partner& each : loaded.partners) {
        partner->addItem(each.label, QString::fromStdString(each.run));
        partner->setItemData(partner->count() - 1, QString::fromStdString(each.run), Qt::ToolTipRole);
    }
    partner->setCurrentIndex(std::max(0, partner->findData(QString::fromStdString(loaded.against))));
    partner->setToolTip(partner->currentText());
}

void Predictions::Private::show(const LoadedPredictions& loaded)
{
    waiting.stop();
    laidAgainst = loaded.against;
    name->setText(loaded.row ? QString::fromStdString(loaded.row->name) : QString());
    fillPartners(loaded);
    note->setText(loaded.note);
    note->setVisible(!loaded.note.isEmpty());
    samples->setPredictions(loaded.set);
    confusion->setPredictions(loaded.set);
    calibration->setPredictions(loaded.set);
    inheritance->setPredictions(loaded.set, loaded.row);
    if (loaded.set) {
        stack->setCurrentIndex(1);
    } else {
        say(loaded.problem, false);
    }
    Q_EMIT self.shownRun();
}

Predictions::Predictions(Session& session, PredictionSource source, QWidget* parent)
    : QWidget(parent)
    , m(std::make_unique<Private>(*this, session, source))
{
    m->build();
}

Predictions::~Predictions() = default;

void Predictions::setCurrent(const RunId& run)
{
    if (run == m->run) {
        return;
    }
    m->run = run;
    m->against.reset();
    if (run.empty()) {
        m->loader.forget();
        m->waiting.stop();
        m->show({{}, {}, {}, false, nullptr, tr("Choose a run in the table."), {}});
        return;
    }
    m->load();
}

void Predictions::setShown(const QVector<RunId>& runs)
{
    m->shown = runs;
}

SamplesPage& Predictions::samples() const
{
    return *m->samples;
}

ConfusionPage& Predictions::confusion() const
{
    return *m->confusion;
}

CalibrationPage& Predictions::calibration() const
{
    return *m->calibration;
}

InheritancePage& Predictions::inheritance() const
{
    return *m->inheritance;
}

void Predictions::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    if (m->stale) {
        m->load();
    }
}

} // namespace distill::ui
