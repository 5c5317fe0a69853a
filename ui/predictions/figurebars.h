// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>
#include <vector>

namespace distill::ui {

/// One figure of several networks.
struct FigureGroup {
    struct Bar {
        QString who;
        QColor colour;
        double value = 0; ///< not drawn where not finite
        QString text;
    };
    QString title;
    QString help; ///< what it says, a sentence
    double most = 1; ///< value of a full bar
    std::vector<Bar> bars;
};

/// Figures as bars beneath one another, in as many columns as fit.
class FigureBars : public QWidget {
    Q_OBJECT

public:
    explicit FigureBars(QWidget* parent = nullptr);

    void setGroups(std::vector<FigureGroup> groups);
    const std::vector<FigureGroup>& groups() const { return m_groups; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    int columnsFor(int width) const;
    std::vector<QRect> areas(int width) const;
    int heightOf(const FigureGroup& group) const;

    std::vector<FigureGroup> m_groups;
};

} // namespace distill::ui
