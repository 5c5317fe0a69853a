// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"
#include "ui/latestwork.h"

#include <QFrame>
#include <QTimer>

class QLabel;

namespace distill::ui {

class InlineMessage;

/// What the experiment would do, before it runs: sizes of the models, samples, steps, runs, time. Counting builds the
/// models and reads the data's headers, so it happens on a thread of its own, 400 ms after the last change; the latest
/// wins.
class PlanStrip : public QFrame {
    Q_OBJECT

public:
    using Planner = std::function<Plan(const Document&)>; ///< called on another thread; throws what is wrong

    explicit PlanStrip(Planner planner, QWidget* parent = nullptr);

    /// The document to count; while it has problems there is nothing to count.
    void setDocument(const Document& document, int problems);
    void recount(); ///< of the same document: the history holds other runs now, a teacher among them perhaps

protected:
    void changeEvent(QEvent* event) override;

private:
    struct Cell {
        QLabel* caption = nullptr;
        QLabel* first = nullptr;
        QLabel* second = nullptr;
        QLabel* third = nullptr; ///< hidden where it says nothing
    };

    Cell addCell(const QString& caption);
    static void setCell(const Cell& cell, const QString& first, const QString& second, const QString& third = {});
    void start();
    void finish(const std::optional<Plan>& plan, const QString& problem);
    void show(const Plan& plan);
    void setDimmed(bool dimmed);

    Planner m_planner;
    QTimer m_timer;
    std::optional<Document> m_document;
    bool m_dimmed = false;
    std::vector<Cell> m_cells;
    QWidget* m_figures;
    InlineMessage* m_message;
    QLabel* m_note;
    LatestWork<Plan> m_counting{this};
};

} // namespace distill::ui
