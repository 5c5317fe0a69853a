// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shortcuts.h"

#include "ui/theme.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QScrollArea>
#include <QVBoxLayout>

namespace distill::ui {

namespace {

struct Line {
    QString text;
    QString keys;
};

void collect(const QList<QAction*>& actions, QList<Line>& lines)
{
    for (const QAction* action : actions) {
        if (action->menu()) {
            collect(action->menu()->actions(), lines);
        } else if (!action->shortcut().isEmpty() && action->isVisible()) {
            QStringList keys;
            for (const QKeySequence& sequence : action->shortcuts()) {
                keys << sequence.toString(QKeySequence::NativeText);
            }
            keys.removeDuplicates();
            lines.append({action->text().remove(QLatin1Char('&')).remove(QStringLiteral("\u2026")),
                          keys.join(QStringLiteral("  or  "))});
        }
    }
}

QWidget* section(const QString& title, const QList<Line>& lines, QWidget* parent)
{
    auto* const box = new QWidget(parent);
    auto* const grid = new QGridLayout(box);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(18);
    grid->setVerticalSpacing(5);
    auto* const head = new QLabel(title, box);
    QFont bold = head->font();
    bold.setBold(true);
    head->setFont(bold);
    grid->addWidget(head, 0, 0, 1, 2);
    int row = 1;
    for (const Line& line : lines) {
        auto* const keys = new QLabel(line.keys, box);
        QPalette palette = keys->palette();
        palette.setColor(QPalette::WindowText, Theme::muted(palette));
        keys->setPalette(palette);
        keys->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
        grid->addWidget(new QLabel(line.text, box), row, 0);
        grid->addWidget(keys, row, 1);
        ++row;
    }
    grid->setColumnStretch(0, 1);
    return box;
}

} // namespace

ShortcutSheet::ShortcutSheet(const QMenuBar& menus, QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Keyboard shortcuts"));
    auto* const area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    auto* const page = new QWidget(area);
    area->setWidget(page);
    QVBoxLayout* const columns[] = {new QVBoxLayout, new QVBoxLayout};
    auto* const row = new QHBoxLayout(page);
    row->setSpacing(40);
    row->addLayout(columns[0], 1);
    row->addLayout(columns[1], 1);

    qsizetype heights[] = {0, 0};
    for (const QAction* action : menus.actions()) {
        QList<Line> lines;
        if (action->menu()) {
            collect(action->menu()->actions(), lines);
        }
        if (!lines.isEmpty()) {
            const int shorter = heights[0] <= heights[1] ? 0 : 1;
            columns[shorter]->addWidget(section(action->text().remove(QLatin1Char('&')), lines, page));
            columns[shorter]->addSpacing(14);
            heights[shorter] += lines.size() + 2;
        }
    }
    columns[0]->addStretch(1);
    columns[1]->addStretch(1);

    auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* const layout = new QVBoxLayout(this);
    layout->addWidget(area, 1);
    layout->addWidget(buttons);
    resize(fontMetrics().averageCharWidth() * 110, fontMetrics().height() * 30);
}

} // namespace distill::ui
