// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/engine.h"
#include "ui/latestwork.h"
#include "ui/editor/layerpairs.h"

#include <QDialog>
#include <QTimer>
#include <array>

class QLabel;
class QTreeWidget;
class QTreeWidgetItem;

namespace distill::ui {

class InlineMessage;
class PairLines;

/// Both networks layer by layer, and lines between the layers that a term of the objective pairs. A click on a layer of each
/// pairs the two, a click on a line parts them; by keyboard Return chooses a layer and Delete parts it. Everything is written
/// to the draft at once, each change one step, and the draft's other edits are followed. What the objective says of the pairs
/// stands below: what it puts between them, or why it cannot serve them.
class LayerPicker : public QDialog {
    Q_OBJECT

public:
    using Inspector = std::function<TermInspection(const Document&, const std::string& term)>; ///< on another thread

    /// `draft` must outlive this. `term` is the term's pointer.
    LayerPicker(Draft& draft, std::string term, Inspector inspector, QWidget* parent);

    const std::string& term() const { return m_term; }

Q_SIGNALS:
    void failed(const QString& sentence);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    enum Side { Student, Teacher };
    struct List {
        QLabel* title = nullptr;
        QTreeWidget* tree = nullptr;
        std::vector<LayerOutline> layers;
        QString chosen; ///< waits for a layer of the other network
    };

    QWidget* makeSide(Side side);
    void follow();
    void ask();
    void take(const TermInspection& inspection);
    void fill(Side side, const QString& network, const std::optional<ModelCost>& cost);
    void choose(Side side, const QString& layer);
    void write(const LayerPairs& pairs);
    void part(qsizetype pair);
    void partCurrent(Side side);
    void refresh();
    QString objectiveTitle() const;

    Draft& m_draft;
    std::string m_term;
    Inspector m_inspector;
    LayerPairs m_pairs;
    std::array<List, 2> m_lists;
    QLabel* m_title;
    QLabel* m_hint;
    PairLines* m_lines;
    InlineMessage* m_problem;
    QLabel* m_remarks;
    QTimer m_pause;
    QString m_wrongStudent, m_wrongTeacher; ///< the pair that the problem is about
    LatestWork<TermInspection> m_inspecting{this};
};

} // namespace distill::ui
