// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"

#include <QMainWindow>
#include <QPointer>

class QDockWidget;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace distill::ui {

class Banner;
class Closing;
class Compare;
class CurvesImport;
class ExperimentEditor;
class MainMenu;
class Monitor;
class PerfProbe;
class Predictions;
class RunsPanel;
class Session;
class StatusLine;
class SweepPanel;
class Theme;
class Welcome;

/// The window: runs at the side, experiment and monitor in the middle, and what ties them together.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    MainWindow(Session& session, Theme& theme, QWidget* parent = nullptr);
    ~MainWindow() override;

    struct Opening {
        QString file; ///< experiment to open, or empty
        bool start = false; ///< and to start
    };
    /// Decides what stands first: the given file, what a crash left, the welcome, or the quick start in the editor.
    /// Emits ready() when it stands.
    void open(const Opening& opening);

    void launch(const QString& text);
    void openExperiment(const QString& text, const QString& path = {});
    void bringBack(const QString& draft); ///< one that was put aside
    void openAsNew(const RunId& run);
    void showWelcome();
    void leaveWelcome();
    void showMonitor();
    void showCompare();
    void showExperiment();
    void showSweeps();
    void showPredictions();
    void setSideBySide(bool on);
    bool isSideBySide() const;
    void resetLayout();

    PerfProbe& probe() { return *m_probe; }
    const Banner& banner() const { return *m_banner; }

Q_SIGNALS:
    void ready();
    void launched();

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    friend class MainMenu;

    void build();
    void connectParts();
    void connectWelcome();
    void decide(const Opening& opening, const std::vector<RunRow>& rows, const std::vector<RunId>& queued);
    void restoreWindow();
    void storeWindow();
    void showSubmission(const Engine::Submission& submission);
    void setTitle(const QString& title, bool modified);
    void tellOfEnds(const Updates& updates);
    void resume(const RunId& run);
    void continueQueue(const std::vector<RunId>& runs);

    Session& m_session;
    Theme& m_theme;
    Banner* m_banner = nullptr;
    QStackedWidget* m_pages = nullptr;
    QSplitter* m_splitter = nullptr;
    QTabWidget* m_tabs = nullptr;
    QDockWidget* m_runsDock = nullptr;
    ExperimentEditor* m_editor = nullptr;
    Monitor* m_monitor = nullptr;
    Compare* m_compare = nullptr;
    Predictions* m_predictions = nullptr;
    RunsPanel* m_runs = nullptr;
    SweepPanel* m_sweeps = nullptr;
    Welcome* m_welcome = nullptr;
    PerfProbe* m_probe = nullptr;
    StatusLine* m_status = nullptr;
    Closing* m_closing = nullptr;
    CurvesImport* m_import = nullptr;
    MainMenu* m_menu = nullptr;
    QByteArray m_firstState;
    QString m_launchProblem; ///< of the document that was last tried
    bool m_launching = false;
    bool m_runsDockWanted = true;
};

} // namespace distill::ui
