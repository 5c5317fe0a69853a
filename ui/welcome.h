// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"
#include "ui/experiments.h"

#include <QWidget>
#include <atomic>
#include <memory>

class QGridLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace distill::ui {

class Card;
class Session;

/// What a person sees first: the quick start, the other ready experiments, and runs that were interrupted.
class Welcome : public QWidget {
    Q_OBJECT

public:
    explicit Welcome(Session& session, QWidget* parent = nullptr);
    ~Welcome() override;

    void setExperiments(const std::vector<ReadyExperiment>& experiments);
    void setInterrupted(const std::vector<RunRow>& runs);
    /// Starts working out how long each experiment takes here; only the first call does.
    void estimate();

Q_SIGNALS:
    void startRequested(const QString& text);
    void openRequested(const QString& text);
    void resumeRequested(const distill::RunId& run);
    void newRequested();
    void fileRequested();
    void leaveRequested();

protected:
    void changeEvent(QEvent* event) override;

private:
    void clear(QLayout* layout);
    void colour();

    Session& m_session;
    QVBoxLayout* m_quick;
    QGridLayout* m_others;
    QGridLayout* m_continue;
    QLabel* m_lead;
    QLabel* m_othersTitle;
    QLabel* m_continueTitle;
    QPushButton* m_continueAll;
    std::vector<RunId> m_interrupted;
    std::vector<std::pair<Card*, QString>> m_toEstimate;
    std::shared_ptr<std::atomic<bool>> m_stopEstimating;
};

} // namespace distill::ui
