// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/latestwork.h"
#include "ui/predictions/samplefilter.h"
#include "ui/predictions/source.h"

#include <QScrollArea>

class QFrame;
class QCheckBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QTreeWidget;
class QVBoxLayout;

namespace distill::ui {

class FigureBars;
class MatrixView;
class PictureStrip;
class Robustness;
class Session;

/// What the student took over from its teacher and what it lost: fidelity beside the twin's, inherited errors, classes, lost
/// samples, siblings; and, when asked for, similarity of layers, robustness and cost.
class InheritancePage : public QScrollArea {
    Q_OBJECT

public:
    InheritancePage(Session& session, PredictionSource source, QWidget* parent = nullptr);
    ~InheritancePage() override;

    /// The set of the samples' page, for pictures; `row` is the run looked at.
    void setPredictions(std::shared_ptr<const PredictionSet> set, const std::optional<RunRow>& row);
    const std::optional<Examination>& examination() const { return m_examination; }

Q_SIGNALS:
    void opened(const distill::ui::SampleFilter& filter);
    void examined(); ///< what was asked for is in sight, or the sentence that says why not

protected:
    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    struct Found {
        Examination examination;
        QStringList siblings; ///< their names
    };
    struct Costs {
        std::optional<Cost> student, teacher;
        QString teacherProblem;
    };
    /// A part of the page that takes a network's forward passes: measured when asked for, ended when asked for.
    struct OnDemand {
        QPushButton* button = nullptr;
        QProgressBar* busy = nullptr;
        QLabel* problem = nullptr;
        QString start;
    };

    QVBoxLayout* section(const QString& title, const QString& help, QFrame** frame);
    OnDemand onDemand(QVBoxLayout* layout, const QString& start, void (InheritancePage::*measure)());
    void build();
    void examineFirst();
    void ask(OnDemand& part, const ExaminationOptions& options);
    void askSimilarity();
    void askCorruption();
    void askCost();
    void setBusy(OnDemand& part, bool on);
    void take(Found found, const ExaminationOptions& options);
    void clear(const QString& sentence);
    void showExamination();
    void showInheritance();
    void showFigures();
    void showClasses();
    void showLost();
    void showSiblings();
    void showSimilarity();
    void showRobustness();
    void showCost();

    Session& m_session;
    PredictionSource m_source;
    std::shared_ptr<const PredictionSet> m_set;
    std::optional<RunRow> m_row;
    RunId m_student;
    bool m_dirty = false;
    std::optional<Examination> m_examination;
    QStringList m_siblingNames;
    std::optional<Costs> m_costs;

    QLabel* m_message;
    QProgressBar* m_busy;
    QWidget* m_parts;
    QLabel* m_headline;
    QLabel* m_inheritance;
    FigureBars* m_figures;
    QLabel* m_lostText;
    QPushButton* m_lostButton;
    PictureStrip* m_lost;
    QTreeWidget* m_classes;
    QFrame* m_siblingsFrame = nullptr;
    MatrixView* m_siblings;
    OnDemand m_similarityPart, m_robustnessPart, m_costPart;
    MatrixView* m_similarity;
    QLabel* m_similarityText;
    Robustness* m_robustness;
    QTreeWidget* m_cost;
    QLabel* m_costText;
    QCheckBox* m_costOfTeacher; ///< its training counts as part of the student's

    Wanted m_firstWanted, m_moreWanted;
    LatestWork<Found> m_first{this};
    LatestWork<Found> m_more{this};
    LatestWork<Costs> m_costing{this};
};

} // namespace distill::ui
