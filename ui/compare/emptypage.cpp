// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/emptypage.h"

#include "ui/format.h"
#include "ui/theme.h"

#include <QEvent>
#include <QIcon>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype shownNames = 6; ///< the rest is in the menu

} // namespace

EmptyPage::EmptyPage(QWidget* parent)
    : QWidget(parent)
    , m_text(new QLabel(tr("Choose two runs or more in the table of runs, with Ctrl or Shift held down, and compare them. Curves, figures, "
                           "configuration and the verdict then stand beside one another.")))
    , m_compare(new QPushButton(QIcon::fromTheme(u"view-split-left-right"_s), QString()))
    , m_savedTitle(new QLabel(tr("Saved comparisons")))
    , m_saved(new QVBoxLayout)
{
    auto* title = new QLabel(tr("Nothing is compared yet"));
    QFont large = font();
    large.setPointSizeF(large.pointSizeF() * 1.4);
    large.setBold(true);
    title->setFont(large);
    title->setAlignment(Qt::AlignCenter);
    m_text->setWordWrap(true);
    m_text->setAlignment(Qt::AlignCenter);
    const int width = fontMetrics().averageCharWidth() * 64;
    m_text->setFixedSize(width, m_text->heightForWidth(width)); // a wrapped label that is centred does not find its height
    QFont bold = font();
    bold.setBold(true);
    m_savedTitle->setFont(bold);
    m_savedTitle->setAlignment(Qt::AlignCenter);
    m_saved->setSpacing(2);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(10);
    layout->addStretch(2);
    layout->addWidget(title, 0, Qt::AlignHCenter);
    layout->addWidget(m_text, 0, Qt::AlignHCenter);
    layout->addWidget(m_compare, 0, Qt::AlignHCenter);
    layout->addSpacing(10);
    layout->addWidget(m_savedTitle, 0, Qt::AlignHCenter);
    layout->addLayout(m_saved);
    layout->addStretch(3);
    connect(m_compare, &QPushButton::clicked, this, [this] { Q_EMIT compareRequested(m_chosen); });
    setChosen({});
    setSaved({});
    colour();
}

void EmptyPage::setChosen(const QVector<RunId>& runs)
{
    m_chosen = runs;
    m_compare->setEnabled(!runs.isEmpty());
    m_compare->setText(runs.isEmpty() ? tr("Compare the chosen runs")
                                      : plural(static_cast<int>(runs.size()), tr("Compare the chosen run"), tr("Compare the %1 chosen runs")));
}

void EmptyPage::setSaved(const QStringList& names)
{
    while (QLayoutItem* item = m_saved->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const QString& name : names.mid(0, shownNames)) {
        auto* button = new QPushButton(QIcon::fromTheme(u"document-open"_s), QString(name).replace(u'&', u"&&"_s));
        button->setFlat(true);
        button->setAccessibleName(tr("Open the comparison %1").arg(name));
        connect(button, &QPushButton::clicked, this, [this, name] { Q_EMIT openRequested(name); });
        m_saved->addWidget(button, 0, Qt::AlignHCenter);
    }
    m_savedTitle->setVisible(!names.isEmpty());
}

void EmptyPage::colour()
{
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(palette()));
    m_text->setPalette(quiet);
}

void EmptyPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

} // namespace distill::ui
