// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/quantities.h"

#include <QFrame>
#include <QScrollArea>
#include <memory>

class QLabel;
class QVBoxLayout;

namespace distill::ui {

/// An interval as a bar against zero, with a dot at the estimate.
class IntervalBar : public QWidget {
    Q_OBJECT

public:
    explicit IntervalBar(QWidget* parent = nullptr);
    /// `reach` is where the axis ends on both sides, so that several bars can be read against each other.
    void setInterval(const Interval& interval, double reach, const QColor& colour);

    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Interval m_interval;
    double m_reach = 1;
    QColor m_colour;
};

/// Whether a teacher helped: the word, the effect with its interval, what it rests on, and what would settle it.
class VerdictCard : public QFrame {
    Q_OBJECT

public:
    VerdictCard(const ComparedVerdict& verdict, const QString& group, double reach, QWidget* parent = nullptr);

    QString word() const; ///< "Helps", "No evidence", "Hurts"

protected:
    void changeEvent(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    QColor colour() const;
    void applyColours();

    ComparedVerdict m_verdict;
    double m_reach;
    QLabel* m_word;
    QLabel* m_effect;
    QLabel* m_details;
    IntervalBar* m_bar;
};

/// Groups by test accuracy, best first, their intervals on one axis. Those whose interval overlaps the best one's are tied with it.
class GroupRanking : public QWidget {
    Q_OBJECT

public:
    explicit GroupRanking(QWidget* parent = nullptr);

    struct Line {
        RunId run; ///< whose colour it has
        QString name, rank, text;
        double estimate = 0;
        double low = 0, high = 0; ///< NaN without an interval
        bool tied = false; ///< with the best
    };
    void setComparison(const Comparison& comparison);
    const QVector<Line>& lines() const { return m_lines; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    void runActivated(const distill::RunId& run);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

private:
    QVector<Line> m_lines;
};

/// All that can be concluded: a card a verdict, the ranking, and what makes the comparison unfair.
class VerdictPane : public QScrollArea {
    Q_OBJECT

public:
    explicit VerdictPane(QWidget* parent = nullptr);

    /// `complete` once the verdicts were read: until then the page says that they are being worked out.
    void setComparison(std::shared_ptr<const Comparison> comparison, bool complete);
    const std::vector<VerdictCard*>& cards() const { return m_cards; }
    const GroupRanking& ranking() const { return *m_ranking; }
    QString message() const;

Q_SIGNALS:
    void runActivated(const distill::RunId& run);

protected:
    void changeEvent(QEvent* event) override;

private:
    void colour();

    QWidget* m_page;
    QWidget* m_cardBox;
    QLabel* m_message;
    QLabel* m_rankingTitle;
    GroupRanking* m_ranking;
    QLabel* m_remarksTitle;
    QLabel* m_remarks;
    std::vector<VerdictCard*> m_cards;
};

} // namespace distill::ui
