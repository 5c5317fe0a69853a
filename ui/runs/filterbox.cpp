// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/filterbox.h"

#include "ui/runs/runmodel.h"
#include "ui/theme.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QEvent>
#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QLineEdit>
#include <QStringListModel>
#include <QToolButton>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr int pause = 120;

} // namespace

FilterBox::FilterBox(QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit(this))
    , m_hint(new QLabel(this))
    , m_completer(new QCompleter(this))
    , m_offers(new QStringListModel(this))
{
    m_edit->setPlaceholderText(tr("Filter: words, accuracy>0.9, temperature:4, state:running, tag:seed*\u2026"));
    m_edit->setClearButtonEnabled(true);
    m_edit->setAccessibleName(tr("Filter of the run table"));
    m_edit->setToolTip(
        tr("All words must be found. Conditions: state:failed|diverged, tag:seed*, accuracy>90%, time<10m, created<7d, is:starred, and "
           "any field of the experiment or figure of the result: temperature:4, learning_rate<=0.01, test_accuracy>0.9, parameters<1M. "
           "A minus turns a part round; quotes keep words together."));
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
    connect(&m_pause, &QTimer::timeout, this, [this] { 
        Q_EMIT filterChanged(RunQuery::parse(m_edit->text().toStdString(), RunModel::columns()));
    });
    connect(m_edit, &QLineEdit::textChanged, &m_pause, qOverload<>(&QTimer::start));
    connect(m_edit, &QLineEdit::returnPressed, this, &FilterBox::left);
    m_completer->setModel(m_offers);
    m_completer->setWidget(m_edit);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    connect(m_edit, &QLineEdit::textEdited, this, &FilterBox::offer);
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this, [this](const QString& chosen) {
        const int end = m_edit->cursorPosition();
        const QString before = m_edit->text();
        m_edit->setText(before.left(m_begin) + chosen + before.mid(end));
        m_edit->setCursorPosition(m_begin + static_cast<int>(chosen.size()));
    });
    colour();
}

QStringList FilterBox::completions(const QString& text, int cursor, int& begin, const std::function<QStringList(const QString&)>& values)
{
    begin = cursor;
    while (begin > 0 && !text[begin - 1].isSpace()) {
        --begin;
    }
    if (begin < cursor && text[begin] == u'-') {
        ++begin;
    }
    const QString part = text.mid(begin, cursor - begin);
    const auto sign = std::find_if(part.begin(), part.end(), [](QChar c) { return c == u':' || c == u'=' || c == u'<' || c == u'>' || c == u'!'; });
    QStringList found;
    constexpr int mostOffers = 12;
    if (sign == part.end()) {
        if (part.isEmpty()) {
            return {};
        }
        QStringList within;
        const auto add = [&](const QString& key, const QString& written) {
            if (key.startsWith(part, Qt::CaseInsensitive)) {
                found << written;
            } else if (part.size() > 2 && key.contains(part, Qt::CaseInsensitive)) {
                within << written;
            }
        };
        add(QStringLiteral("is"), QStringLiteral("is:"));
        for (const RunColumn& column : RunModel::columns().all()) {
            const QString key = QString::fromStdString(column.key);
            const bool words = column.type == RunColumn::Type::Text || column.type == RunColumn::Type::Flag;
            add(key, key + (words ? u':' : u'>')); // a key alone is a word to look for
        }
        const auto shorter = [](const QString& one, const QString& other) { return one.size() < other.size(); };
        std::stable_sort(found.begin(), found.end(), shorter);
        std::stable_sort(within.begin(), within.end(), shorter);
        found += within;
        if (found.size() == 1 && found.front() == part) {
            return {};
        }
        return found.mid(0, mostOffers);
    }
    const QString name = part.left(sign - part.begin());
    const QString tail = part.mid(sign - part.begin() + 1);
    const qsizetype last = tail.lastIndexOf(u'|'); // one of several
    const QString typed = tail.mid(last + 1);
    QStringList known;
    if (name.compare(u"is", Qt::CaseInsensitive) == 0) {
        known = {QStringLiteral("starred"), QStringLiteral("pinned"), QStringLiteral("archived"), QStringLiteral("hidden"), QStringLiteral("live")};
        known += values ? values(QStringLiteral("state")) : QStringList();
    } else if (const auto column = RunModel::columns().tryFind(name.toStdString())) {
        if (column->type == RunColumn::Type::Flag) {
            known = {QStringLiteral("yes"), QStringLiteral("no")};
        } else if (column->type == RunColumn::Type::Moment) {
            known = {QStringLiteral("today"), QStringLiteral("yesterday"), QStringLiteral("7d"), QStringLiteral("30d")};
        } else if (values) {
            known = values(QString::fromStdString(column->key));
        }
    }
    begin += static_cast<int>(sign - part.begin()) + 1 + static_cast<int>(last + 1);
    for (const QString& value : known) {
        if (value.startsWith(typed, Qt::CaseInsensitive) && value != typed && found.size() < mostOffers) {
            found << (value.contains(u' ') ? u'"' + value + u'"' : value);
        }
    }
    return found;
}

void FilterBox::offer()
{
    const QStringList offers = completions(m_edit->text(), m_edit->cursorPosition(), m_begin, m_values);
    m_offers->setStringList(offers);
    if (offers.isEmpty()) {
        m_completer->popup()->hide();
    } else {
        m_completer->complete();
        m_completer->popup()->setCurrentIndex({}); // Return is for what was typed
    }
}

void FilterBox::focusBox()
{
    m_edit->setFocus(Qt::ShortcutFocusReason);
    m_edit->selectAll();
}

void FilterBox::addButton(QWidget* button)
{
    m_line->addWidget(button);
}

void FilterBox::addButton(QAction* action)
{
    auto* const button = new QToolButton(this);
    button->setDefaultAction(action);
    button->setAutoRaise(true);
    button->setAccessibleName(action->text().remove(QLatin1Char('&')));
    m_line->addWidget(button);
}

void FilterBox::showResult(const RunQuery& filter, int accepted, int all, int archived, bool reading)
{
    QStringList hints;
    if (!filter.problem().empty()) {
        hints << QString::fromStdString(filter.problem());
    } else if (reading) {
        hints << tr("Reading the experiments\u2026");
    } else if (!filter.empty()) {
        hints << tr("%1 of %2 runs").arg(accepted).arg(all);
    }
    if (archived > 0) {
        hints << tr("%1 archived, not shown").arg(archived);
    }
    m_hint->setText(hints.join(QStringLiteral(" \u00b7 ")));
    m_hint->setVisible(!hints.isEmpty());
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
