// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/filterbox.h"

#include "ui/theme.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QLineEdit>
#include <QToolButton>

namespace distill::ui {

namespace {

constexpr int pause = 120;

} // namespace

FilterBox::FilterBox(QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit(this))
    , m_hint(new QLabel(this))
{
    m_edit->setPlaceholderText(tr("Filter: words, accuracy>0.9, state:running, tag:\u2026"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setAccessibleName(tr("Filter of the run table"));
    m_edit->setToolTip(
        tr("All words must be found. Conditions: name: tag: state: role: student: teacher: model: notes: "
           "id: and accuracy> last> agreement> time< seed=. A minus turns a part round."));
    m_edit->addAction(QIcon::fromTheme(QStringLiteral("view-filter")), QLineEdit::LeadingPosition);
    m_hint->setWordWrap(true);
    m_hint->setTextFormat(Qt::PlainText);
    m_hint->hide();

    auto* const line = new QHBoxLayout;
    line->setSpacing(4);
    line->addWidget(m_edit, 1);
    m_line = line;
    auto* const layout = new QVBoxLayout(this);
    layout->setContentsMargins(6, 6, 6, 4);
    layout->setSpacing(3);
    layout->addLayout(line);
    layout->addWidget(m_hint);

    m_pause.setSingleShot(true);
    m_pause.setInterval(pause);
    connect(&m_pause, &QTimer::timeout, this, [this] { Q_EMIT filterChanged(RunFilter::parse(m_edit->text())); });
    connect(m_edit, &QLineEdit::textChanged, &m_pause, qOverload<>(&QTimer::start));
    connect(m_edit, &QLineEdit::returnPressed, this, &FilterBox::left);
    colour();
}

void FilterBox::focusBox()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void FilterBox::addButton(QAction* action)
{
    auto* const button = new QToolButton(this);
    button->setDefaultAction(action);
    button->setAutoRaise(true);
    button->setAccessibleName(action->text().remove(QLatin1Char('&')));
    m_line->addWidget(button);
}

void FilterBox::showResult(const RunFilter& filter, int accepted, int all)
{
    QString hint = filter.problem();
    if (hint.isEmpty() && !filter.isEmpty()) {
        hint = tr("%1 of %2 runs").arg(accepted).arg(all);
    }
    m_hint->setText(hint);
    m_hint->setVisible(!hint.isEmpty());
}

void FilterBox::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

void FilterBox::colour()
{
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(quiet));
    m_hint->setPalette(quiet);
}

} // namespace distill::ui
