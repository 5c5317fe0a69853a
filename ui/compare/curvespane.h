// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/curvesource.h"
#include "ui/plots/pacer.h"
#include "ui/plots/export.h"

#include <QElapsedTimer>
#include <QTimer>
#include <memory>

class QComboBox;
class QGridLayout;
class QLabel;
class QMenu;
class QScrollArea;
class QToolButton;

namespace distill::ui {

class Legend;
class Session;
class ToolRow;

/// The curves of a comparison: a plot a metric, or a plot a run with the others faint behind; cursor, horizontal axis and legend
/// are one for all. What trains moves on.
class CurvesPane : public QWidget {
    Q_OBJECT

public:
    explicit CurvesPane(Session& session, QWidget* parent = nullptr);
    ~CurvesPane() override;

    /// More are listed and compared, but not drawn.
    static constexpr std::size_t mostRuns = 40;

    /// What to draw: each run by itself, and the same as seeds, where some runs differ in the seed alone.
    void setUnits(std::vector<CurveUnit> runs, std::vector<CurveUnit> groups, const RunId& baseline);
    void setSetup(const ComparisonSetup& setup);
    void storeIn(ComparisonSetup& setup) const;
    void setHighlighted(const RunId& run); ///< "" for none

    /// One series in figures: where it ended, its best, and its value where the cursor is or was last.
    struct SeriesFigures {
        SeriesText text;
        std::vector<double> best, last, atCursor; ///< one a run; NaN where not known
        bool smoothed = false; ///< the last ones and those at the cursor are, as the curves are drawn
    };
    std::vector<SeriesFigures> figures(const std::vector<RunId>& runs) const;
    QString cursorText() const; ///< "step 300", "" while the cursor was nowhere yet

    const CurveFeed& feed() const { return m_feed; }
    PlotView& view() { return m_view; }
    const std::vector<Panel*>& panels() const { return m_panels; }
    Legend& legend() const { return *m_legend; }
    double lastReplotMilliseconds() const { return m_milliseconds; }
    bool isComplete() const; ///< all that is drawn was read

Q_SIGNALS:
    void setupChanged(); ///< by the person
    void figuresChanged();
    void highlighted(const distill::RunId& run);
    void menuRequested(const distill::RunId& run, const QPoint& at);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void build();
    void watch();
    void rebuild();
    void fillMenu();
    void arrange();
    int columnsFor(int count) const;
    void fitLegend();
    void updateExtent();
    void redraw();
    void pointsArrived();
    void viewChanged();
    void highlight();
    std::vector<CurveUnit> units() const; ///< drawn, in this order
    std::vector<std::string> shownSeries() const;
    Panel* panelOf(const QString& key, const QString& title, const SeriesText& text);
    CurveRequest requestFor(const Panel& panel) const;

    Session& m_session;
    PlotView m_view;
    CurveFeed m_feed;
    CurveSource m_source;
    Pacer m_pacer;
    QElapsedTimer m_clock, m_made;
    QTimer m_nextPicture, m_rebuildSoon, m_figuresSoon;
    ComparisonSetup m_setup;
    std::vector<CurveUnit> m_runs, m_groups;
    RunId m_baseline, m_highlighted;
    std::optional<double> m_place; ///< of the cursor, the last one
    std::vector<std::string> m_known;
    QString m_maximised;
    int m_columns = 0;
    bool m_settingUp = false;
    double m_milliseconds = 0;

    ToolRow* m_tools = nullptr;
    Legend* m_legend = nullptr;
    QComboBox* m_layout = nullptr;
    QComboBox* m_seeds = nullptr;
    QAction* m_members = nullptr;
    QToolButton* m_series = nullptr;
    QMenu* m_seriesMenu = nullptr;
    QScrollArea* m_scroll = nullptr;
    QScrollArea* m_legendArea = nullptr;
    QWidget* m_board = nullptr;
    QGridLayout* m_grid = nullptr;
    QLabel* m_note = nullptr;
    std::vector<Panel*> m_panels; ///< shown, in order
    std::map<QString, Panel*> m_pool;
};

} // namespace distill::ui
