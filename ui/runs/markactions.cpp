// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/markactions.h"

#include "ui/format.h"
#include "ui/plots/colours.h"
#include "ui/runs/runmodel.h"
#include "ui/session.h"

#include <QIcon>
#include <QInputDialog>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <algorithm>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

bool has(const RunMarks& marks, RunMark mark)
{
    switch (mark) {
    case RunMark::Starred:
        return marks.starred;
    case RunMark::Pinned:
        return marks.pinned;
    case RunMark::Hidden:
        return marks.hidden;
    case RunMark::Archived:
        return marks.archived;
    case RunMark::Colour:
        break;
    }
    return false;
}

QIcon colourIcon(const QColor& colour)
{
    QPixmap pixmap(32, 32);
    pixmap.setDevicePixelRatio(2);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRoundedRect(QRectF(1, 4, 14, 8), 2.5, 2.5);
    return QIcon(pixmap);
}

} // namespace

MarkActions::MarkActions(Session& session, RunModel& model, QWidget* panel)
    : QObject(panel), m_session(session), m_model(model), m_panel(panel), m_colours(new QMenu(tr("C&olour"), panel))
{
    star = make(tr("&Star"), u"rating"_s, QKeySequence(Qt::Key_Asterisk), tr("Star the chosen runs, or take the stars away"));
    pin = make(tr("&Pin to the top"), u"pin"_s, QKeySequence(Qt::Key_P), tr("Keep the chosen runs at the top of the table, however it is sorted"));
    hide = make(tr("&Hide curves"), u"visibility"_s, QKeySequence(Qt::Key_H), tr("Draw no curves of the chosen runs; their rows stay"));
    archive = make(tr("&Archive"), u"archive-insert"_s, QKeySequence(Qt::Key_A), tr("Put the chosen runs away; they can be shown again"));
    tag = make(tr("&Tags\u2026"), u"tag"_s, QKeySequence(u"Ctrl+T"_s), tr("Put tags on the chosen runs, or take them off with a minus"));
    for (QAction* action : {star, pin, hide, archive}) {
        action->setCheckable(true);
    }
    const std::pair<QAction*, RunMark> toggles[]
        = {{star, RunMark::Starred}, {pin, RunMark::Pinned}, {hide, RunMark::Hidden}, {archive, RunMark::Archived}};
    for (const auto& [action, mark] : toggles) {
        connect(action, &QAction::triggered, this, [this, which = mark] { toggle(which); });
    }
    connect(tag, &QAction::triggered, this, &MarkActions::askForTags);
    fillColours(panel->palette());
    refresh();
}

QAction* MarkActions::make(const QString& text, const QString& icon, const QKeySequence& shortcut, const QString& help)
{
    auto* const action = new QAction(QIcon::fromTheme(icon), text, this);
    action->setShortcut(shortcut);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut); // a letter means itself where text is edited
    action->setStatusTip(help);
    action->setToolTip(tr("%1 (%2)").arg(help, shortcut.toString(QKeySequence::NativeText)));
    return action;
}

void MarkActions::setPalette(const QPalette& palette)
{
    fillColours(palette);
}

void MarkActions::fillColours(const QPalette& palette)
{
    m_colours->clear();
    const auto add = [this](const QString& name, const QIcon& icon, int place) {
        QAction* const action = m_colours->addAction(icon, name);
        connect(action, &QAction::triggered, this, [this, place] { mark(m_chosen, RunMark::Colour, place); });
    };
    add(tr("Automatic"), {}, -1);
    m_colours->addSeparator();
    for (int place = 0; place < colourCount(); ++place) {
        add(paletteColourName(place), colourIcon(paletteColour(place, palette)), place);
    }
}

void MarkActions::setChosen(const std::vector<RunId>& chosen)
{
    m_chosen = chosen;
    refresh();
}

void MarkActions::setReadOnly(bool readOnly)
{
    m_readOnly = readOnly;
    refresh();
}

bool MarkActions::allHave(RunMark mark) const
{
    return !m_chosen.empty() && std::all_of(m_chosen.begin(), m_chosen.end(), [&](const RunId& run) {
        const int index = m_model.indexOf(run);
        return index >= 0 && has(m_model.row(index).marks, mark);
    });
}

void MarkActions::refresh()
{
    const bool usable = !m_readOnly && !m_chosen.empty();
    for (QAction* action : all()) {
        action->setEnabled(usable);
    }
    m_colours->setEnabled(usable);
    star->setChecked(allHave(RunMark::Starred));
    pin->setChecked(allHave(RunMark::Pinned));
    hide->setChecked(allHave(RunMark::Hidden));
    archive->setChecked(allHave(RunMark::Archived));
}

void MarkActions::toggle(RunMark which)
{
    const bool on = !allHave(which);
    const std::vector<RunId> runs = m_chosen;
    if (runs.empty()) {
        return;
    }
    mark(runs, which, on ? 1 : 0);
    if (which == RunMark::Archived && on) {
        m_archived = runs;
        const int index = m_model.indexOf(runs.front());
        const QString name = index < 0 ? QString() : QString::fromStdString(m_model.row(index).name);
        Q_EMIT archivedRuns(runs.size() == 1 ? tr("\u201c%1\u201d was archived.").arg(name) : tr("%1 runs were archived.").arg(runs.size()));
    }
}

void MarkActions::undoArchive()
{
    mark(std::exchange(m_archived, {}), RunMark::Archived, 0);
}

void MarkActions::mark(const std::vector<RunId>& runs, RunMark which, int value)
{
    if (runs.empty()) {
        return;
    }
    m_model.setMark(runs, which, value);
    m_session.perform(
        this, [runs, which, value](History& history, Engine&) { history.setMark(runs, which, value); }, {}, [this] { Q_EMIT refused(); });
    refresh();
    Q_EMIT marked(which);
}

void MarkActions::askForTags()
{
    auto* const dialog = new QInputDialog(m_panel);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Tags"));
    dialog->setLabelText(plural(static_cast<int>(m_chosen.size()), tr("Tags for the chosen run, with commas between; -tag takes one off:"),
                                tr("Tags for %1 chosen runs, with commas between; -tag takes one off:")));
    connect(dialog, &QInputDialog::textValueSelected, this, [this, runs = m_chosen](const QString& given) {
        std::vector<std::string> add, remove;
        for (const QString& part : given.split(u',')) {
            const QString word = part.trimmed();
            const bool off = word.startsWith(u'-');
            if (const QString own = off ? word.mid(1).trimmed() : word; !own.isEmpty()) {
                (off ? remove : add).push_back(own.toStdString());
            }
        }
        if (add.empty() && remove.empty()) {
            return;
        }
        m_model.changeTags(runs, add, remove);
        m_session.perform(
            this, [runs, add, remove](History& history, Engine&) { history.changeTags(runs, add, remove); }, {}, [this] { Q_EMIT refused(); });
    });
    dialog->open();
}

} // namespace distill::ui
