// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/inheritancepage.h"

#include "ui/predictions/figurebars.h"
#include "ui/predictions/matrixview.h"
#include "ui/predictions/picturestrip.h"
#include "ui/predictions/robustness.h"
#include "ui/session.h"

#include <QCheckBox>
#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTreeWidget>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QTreeWidget* table(const QString& name, const QStringList& heads)
{
    auto* const tree = new QTreeWidget;
    tree->setAccessibleName(name);
    tree->setRootIsDecorated(false);
    tree->setUniformRowHeights(true);
    tree->setAlternatingRowColors(true);
    tree->setHeaderLabels(heads);
    tree->header()->setSectionResizeMode(QHeaderView::Stretch);
    tree->header()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    tree->headerItem()->setTextAlignment(0, Qt::AlignLeft | Qt::AlignVCenter);
    return tree;
}

} // namespace

InheritancePage::InheritancePage(Session& session, PredictionSource source, QWidget* parent)
    : QScrollArea(parent)
    , m_session(session)
    , m_source(std::move(source))
    , m_message(new QLabel)
    , m_busy(new QProgressBar)
    , m_parts(new QWidget)
    , m_headline(new QLabel)
    , m_inheritance(new QLabel)
    , m_figures(new FigureBars)
    , m_lostText(new QLabel)
    , m_lostButton(new QPushButton)
    , m_lost(new PictureStrip)
    , m_siblings(new MatrixView(tr("Agreement of the teacher's students")))
    , m_similarity(new MatrixView(tr("Similarity of layers")))
    , m_similarityText(new QLabel)
    , m_robustness(new Robustness)
{
    setObjectName(u"inheritancePage"_s);
    setAccessibleName(tr("What the student took over"));
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    build();
    clear({});
}

InheritancePage::~InheritancePage()
{
    m_firstWanted.end();
    m_moreWanted.end();
}

QVBoxLayout* InheritancePage::section(const QString& title, const QString& help, QFrame** frame)
{
    auto* const box = new QFrame;
    auto* const layout = new QVBoxLayout(box);
    layout->setContentsMargins(0, 8, 0, 4);
    layout->setSpacing(4);
    auto* const head = new QLabel(title);
    QFont font = head->font();
    font.setBold(true);
    font.setPointSizeF(font.pointSizeF() * 1.1);
    head->setFont(font);
    layout->addWidget(head);
    if (!help.isEmpty()) {
        auto* const sentence = new QLabel(help);
        sentence->setWordWrap(true);
        sentence->setForegroundRole(QPalette::PlaceholderText);
        layout->addWidget(sentence);
    }
    m_parts->layout()->addWidget(box);
    if (frame) {
        *frame = box;
    }
    return layout;
}

InheritancePage::OnDemand InheritancePage::onDemand(QVBoxLayout* layout, const QString& start, void (InheritancePage::*measure)())
{
    OnDemand part{new QPushButton(start), new QProgressBar, new QLabel, start};
    part.busy->setRange(0, 0);
    part.busy->setTextVisible(false);
    part.busy->setAccessibleName(tr("Measuring"));
    part.busy->hide();
    part.problem->setWordWrap(true);
    part.problem->hide();
    auto* const row = new QHBoxLayout;
    row->addWidget(part.button);
    row->addWidget(part.busy, 1);
    row->addStretch(1);
    layout->addLayout(row);
    layout->addWidget(part.problem);
    connect(part.button, &QPushButton::clicked, this, [this, measure] { (this->*measure)(); });
    return part;
}

void InheritancePage::build()
{
    auto* const page = new QWidget;
    auto* const layout = new QVBoxLayout(page);
    layout->setContentsMargins(10, 6, 14, 10);
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->setObjectName(u"inheritanceMessage"_s);
    m_busy->setRange(0, 0);
    m_busy->setTextVisible(false);
    m_busy->setMaximumWidth(fontMetrics().averageCharWidth() * 40);
    m_busy->setAccessibleName(tr("Reading"));
    layout->addWidget(m_message);
    layout->addWidget(m_busy);
    layout->addWidget(m_parts);
    layout->addStretch(1);
    auto* const parts = new QVBoxLayout(m_parts);
    parts->setContentsMargins(0, 0, 0, 0);
    parts->setSpacing(2);

    m_headline->setWordWrap(true);
    m_headline->setTextFormat(Qt::RichText);
    QFont large = m_headline->font();
    large.setPointSizeF(large.pointSizeF() * 1.15);
    m_headline->setFont(large);
    parts->addWidget(m_headline);
    m_inheritance->setObjectName(u"inheritanceVerdict"_s);
    m_inheritance->setWordWrap(true);
    m_inheritance->setTextFormat(Qt::RichText);
    m_inheritance->setFrameShape(QFrame::StyledPanel);
    m_inheritance->setMargin(8);
    m_inheritance->setTextInteractionFlags(Qt::TextSelectableByMouse);
    parts->addWidget(m_inheritance);
    parts->addSpacing(8);
    parts->addWidget(m_figures);

    QVBoxLayout* box = section(tr("What the small model lost"), {}, nullptr);
    m_lostText->setWordWrap(true);
    auto* const lostRow = new QHBoxLayout;
    lostRow->addWidget(m_lostText, 1);
    lostRow->addWidget(m_lostButton);
    box->addLayout(lostRow);
    box->addWidget(m_lost);
    m_lost->setAccessibleName(tr("Pictures of the lost samples; press to see them all"));
    const auto openLost = [this] {
        SampleFilter filter;
        filter.chosen = std::make_shared<const std::vector<std::int64_t>>(m_examination->lost);
        filter.chosenTitle = tr("Lost samples");
        Q_EMIT opened(filter);
    };
    connect(m_lostButton, &QPushButton::clicked, this, openLost);
    connect(m_lost, &PictureStrip::clicked, this, openLost);

    box = section(tr("Class by class"), {}, nullptr);
    m_classes = table(tr("Accuracy by class"),
                      {tr("Class"), tr("Samples"), tr("Teacher"), tr("Student"), tr("Difference"), tr("Agreement")});
    m_classes->setObjectName(u"classTable"_s);
    m_classes->setSortingEnabled(true);
    box->addWidget(m_classes);
    connect(m_classes, &QTreeWidget::itemActivated, this, [this](const QTreeWidgetItem* item) {
        SampleFilter filter;
        filter.label = item->data(0, Qt::UserRole).toInt();
        Q_EMIT opened(filter);
    });

    box = section(tr("Siblings"),
                  tr("On how many test samples the teacher's students choose the same class. One minus it is the churn when one "
                     "takes the other's place."),
                  &m_siblingsFrame);
    m_siblings->setOpens(false);
    m_siblings->setObjectName(u"siblingMatrix"_s);
    box->addWidget(m_siblings);

    box = section(
        tr("Similarity of layers"),
        tr("Linear CKA of what two layers hold, from 0 to 1: 1 where one is a rotation of the other. On 2,000 test samples."),
        nullptr);
    m_similarityPart = onDemand(box, tr("Measure similarity"), &InheritancePage::askSimilarity);
    m_similarity->setOpens(false);
    m_similarity->setObjectName(u"similarityMatrix"_s);
    box->addWidget(m_similarity);
    box->addWidget(m_similarityText);

    box = section(tr("Robustness"), tr("Accuracy on test samples spoilt in several ways. On 2,000 of them."), nullptr);
    m_robustnessPart = onDemand(box, tr("Measure robustness"), &InheritancePage::askCorruption);
    box->addWidget(m_robustness);

    box = section(tr("Cost"), tr("What using and making each network takes, on this machine and now: other work on it shows."),
                  nullptr);
    m_costPart = onDemand(box, tr("Measure cost"), &InheritancePage::askCost);
    m_cost = table(tr("Cost"), {tr("What"), tr("Teacher"), tr("Student"), tr("Student of teacher")});
    m_cost->setObjectName(u"costTable"_s);
    m_costText = new QLabel;
    m_costText->setObjectName(u"costText"_s);
    m_costText->setWordWrap(true);
    m_costText->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_costOfTeacher = new QCheckBox(tr("Count the teacher's training as part of the student's"));
    connect(m_costOfTeacher, &QCheckBox::toggled, this, &InheritancePage::showCost);
    box->addWidget(m_costText);
    box->addWidget(m_costOfTeacher);
    box->addWidget(m_cost);
    setWidget(page);
}

void InheritancePage::clear(const QString& sentence)
{
    m_examination.reset();
    m_costs.reset();
    m_parts->hide();
    m_busy->hide();
    m_message->setText(sentence);
    m_message->setVisible(!sentence.isEmpty());
    for (OnDemand* part : {&m_similarityPart, &m_robustnessPart, &m_costPart}) {
        setBusy(*part, false);
        part->problem->hide();
    }
    m_similarity->hide();
    m_similarityText->hide();
    m_robustness->hide();
    showCost();
}

void InheritancePage::setPredictions(std::shared_ptr<const PredictionSet> set, const std::optional<RunRow>& row)
{
    m_firstWanted.end();
    m_moreWanted.end();
    m_first.forget();
    m_more.forget();
    m_costing.forget();
    m_set = std::move(set);
    m_row = row;
    // Laid against one of its students, the teacher is looked at through that student.
    m_student = m_set && m_set->taught ? m_set->student.run : row ? row->id : RunId();
    m_dirty = m_set != nullptr;
    clear({});
    if (isVisible()) {
        examineFirst();
    }
}

void InheritancePage::showEvent(QShowEvent* event)
{
    QScrollArea::showEvent(event);
    if (m_dirty) {
        examineFirst();
    }
}

void InheritancePage::examineFirst()
{
    if (!m_set) {
        return;
    }
    m_dirty = false;
    m_message->setText(tr("Comparing what the networks answer\u2026"));
    m_message->show();
    m_busy->show();
    m_first.ask(
        [history = m_session.history(), source = m_source, student = m_student, keepGoing = m_firstWanted.begin()] {
            Found found{source.examine(*history, student, {}, keepGoing), {}};
            for (const RunId& sibling : found.examination.siblings) {
                const auto row = history->run(sibling);
                const QString seed = row ? tr("seed %1").arg(row->seed) : QString();
                const QString name = row ? text(row->name) : text(sibling).right(6);
                found.siblings << (seed.isEmpty() || name.contains(seed) ? name : tr("%1, %2").arg(name, seed));
            }
            return found;
        },
        [this](const std::optional<Found>& found, const QString& problem) {
            if (found) {
                m_examination = found->examination;
                m_siblingNames = found->siblings;
                m_message->hide();
                m_busy->hide();
                m_parts->show();
                showExamination();
            } else {
                clear(problem.section(u'\n', 0, 0));
            }
            Q_EMIT examined();
        });
}

void InheritancePage::setBusy(OnDemand& part, bool on)
{
    part.button->setText(on ? tr("End") : part.start);
    part.busy->setVisible(on);
}

void InheritancePage::ask(OnDemand& part, const ExaminationOptions& options)
{
    const bool ending = part.busy->isVisibleTo(this);
    m_moreWanted.end();
    m_more.forget();
    setBusy(m_similarityPart, false); // one at a time: they would share the cores
    setBusy(m_robustnessPart, false);
    if (ending) {
        return;
    }
    setBusy(part, true);
    part.problem->hide();
    m_more.ask(
        [history = m_session.history(), source = m_source, student = m_student, options, keepGoing = m_moreWanted.begin()] {
            return Found{source.examine(*history, student, options, keepGoing), {}};
        },
        [this, &part, options](const std::optional<Found>& found, const QString& problem) {
            setBusy(part, false);
            if (found) {
                take(*found, options);
            } else {
                part.problem->setText(problem.section(u'\n', 0, 0));
                part.problem->show();
            }
            Q_EMIT examined();
        });
}

void InheritancePage::take(Found found, const ExaminationOptions& options)
{
    if (!m_examination) {
        return;
    }
    if (options.similarity) {
        m_examination->similarity = std::move(found.examination.similarity);
        showSimilarity();
    }
    if (options.corruption) {
        m_examination->student.corrupted = std::move(found.examination.student.corrupted);
        m_examination->teacher.corrupted = std::move(found.examination.teacher.corrupted);
        if (m_examination->alone && found.examination.alone) {
            m_examination->alone->corrupted = std::move(found.examination.alone->corrupted);
        }
        showRobustness();
    }
}

void InheritancePage::askSimilarity()
{
    ask(m_similarityPart, {true, false});
}

void InheritancePage::askCorruption()
{
    ask(m_robustnessPart, {false, true});
}

void InheritancePage::askCost()
{
    if (m_costPart.busy->isVisibleTo(this)) {
        m_costing.forget();
        setBusy(m_costPart, false);
        return;
    }
    setBusy(m_costPart, true);
    m_costPart.problem->hide();
    m_costing.ask(
        [history = m_session.history(), source = m_source, student = m_student, teacher = m_examination->teacher.run] {
            Costs costs;
            costs.student = source.cost(*history, student);
            costs.teacher = source.cost(*history, teacher);
            return costs;
        },
        [this](const std::optional<Costs>& costs, const QString& problem) {
            setBusy(m_costPart, false);
            if (costs) {
                m_costs = costs;
                showCost();
            } else {
                m_costPart.problem->setText(problem.section(u'\n', 0, 0));
                m_costPart.problem->show();
            }
            Q_EMIT examined();
        });
}

void InheritancePage::showExamination()
{
    showInheritance();
    showFigures();
    showLost();
    showClasses();
    showSiblings();
    showSimilarity();
    showRobustness();
    showCost();
}

void InheritancePage::changeEvent(QEvent* event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_examination) {
        showExamination();
    }
}

} // namespace distill::ui
