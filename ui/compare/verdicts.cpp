// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/compare/verdicts.h"

#include "ui/plots/axislook.h"
#include "ui/plots/colours.h"
#include "ui/plots/flowlayout.h"
#include "ui/theme.h"

#include <QEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace distill::ui {

using namespace Qt::StringLiterals;

GroupRanking::GroupRanking(QWidget* parent)
    : QWidget(parent)
{
    setAccessibleName(tr("Groups by test accuracy"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void GroupRanking::setComparison(const Comparison& comparison)
{
    m_lines.clear();
    std::size_t figure = comparison.figures.size();
    for (const char* key : {"test/accuracy", "validation/accuracy"}) {
        for (std::size_t i = 0; i < comparison.figures.size() && figure == comparison.figures.size(); ++i) {
            figure = comparison.figures[i].key == key ? i : figure;
        }
    }
    for (const ComparedGroup& group : comparison.groups) {
        Line line;
        line.run = comparison.runs[group.runs.front()].row.id;
        line.name = QString::fromStdString(group.name);
        line.low = line.high = std::nan("");
        if (group.accuracy) {
            line.estimate = group.accuracy->estimate;
            line.low = group.accuracy->low;
            line.high = group.accuracy->high;
        } else if (figure < group.means.size() && std::isfinite(group.means[figure])) {
            line.estimate = group.means[figure];
            if (group.runs.size() == 1) {
                const double items = itemsOf(comparison.figures[figure].key, comparison.runs[group.runs.front()].row.summary);
                if (items > 0) {
                    const Range range = shareInterval(line.estimate, items);
                    line.low = range.low;
                    line.high = range.high;
                }
            }
        } else {
            continue;
        }
        const auto seeds = static_cast<int>(group.runs.size());
        QStringList parts = {figureText(line.estimate, ComparedFigure::Unit::Share)};
        if (seeds > 1) {
            parts << tr("%1 seeds").arg(seeds);
        }
        if (group.toBaseline) {
            const auto points = [](double share) { return deltaText(share, ComparedFigure::Unit::Share); };
            parts << tr("%1 (%2 to %3)").arg(points(group.toBaseline->estimate), points(group.toBaseline->low), points(group.toBaseline->high));
        }
        line.text = parts.join(u", ");
        m_lines.append(line);
    }
    std::stable_sort(m_lines.begin(), m_lines.end(), [](const Line& a, const Line& b) { return a.estimate > b.estimate; });
    int ties = 0;
    for (qsizetype i = 1; i < m_lines.size(); ++i) {
        const Line& best = m_lines.first();
        m_lines[i].tied = m_lines[i].high >= best.low && std::isfinite(m_lines[i].high) && std::isfinite(best.low);
        ties += m_lines[i].tied ? 1 : 0;
    }
    QStringList said;
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        const bool first = i == 0 || m_lines[i].tied;
        m_lines[i].rank = first ? (ties > 0 ? tr("1 =") : u"1"_s) : QString::number(i + 1);
        said << tr("%1: %2, %3").arg(m_lines[i].rank, m_lines[i].name, m_lines[i].text);
    }
    setAccessibleDescription(said.join(u"; "));
    updateGeometry();
    update();
}

QSize GroupRanking::sizeHint() const
{
    const int line = fontMetrics().height() + 10;
    return {fontMetrics().averageCharWidth() * 90, static_cast<int>(m_lines.size() + 1) * line};
}

QSize GroupRanking::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 60, sizeHint().height()};
}

void GroupRanking::paintEvent(QPaintEvent*)
{
    if (m_lines.isEmpty()) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFontMetrics metrics = fontMetrics();
    const int line = metrics.height() + 10;
    const int rank = metrics.horizontalAdvance(u"00 = "_s);
    int names = 0;
    int texts = 0;
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const Line& each : m_lines) {
        names = std::max(names, metrics.horizontalAdvance(each.name) + 26);
        texts = std::max(texts, metrics.horizontalAdvance(each.text));
        low = std::min({low, each.estimate, std::isfinite(each.low) ? each.low : each.estimate});
        high = std::max({high, each.estimate, std::isfinite(each.high) ? each.high : each.estimate});
    }
    names = std::min(names, width() * 4 / 10);
    const double pad = std::max(0.002, 0.06 * (high - low));
    low -= pad;
    high += pad;
    const int left = rank + names + 12;
    const int right = width() - texts - 16;
    if (right - left < 40) {
        return;
    }
    const auto place = [&](double value) { return left + (right - left) * (value - low) / (high - low); };
    const QColor muted = Theme::muted(palette());
    const QColor text = palette().color(QPalette::WindowText);

    // Where the best one's interval lies: what reaches into it is tied with it.
    if (std::isfinite(m_lines.first().low)) {
        QColor shade = mixed(palette().color(QPalette::Window), text, 0.07);
        painter.fillRect(QRectF(QPointF(place(m_lines.first().low), 0), QPointF(place(m_lines.first().high), height() - line)), shade);
    }
    QFont bold = font();
    bold.setBold(true);
    for (qsizetype i = 0; i < m_lines.size(); ++i) {
        const Line& each = m_lines[i];
        const int top = static_cast<int>(i) * line;
        const double middle = top + line / 2.0;
        const bool first = i == 0 || each.tied;
        painter.setPen(first ? text : muted);
        painter.setFont(first ? bold : font());
        painter.drawText(QRect(0, top, rank - 4, line), Qt::AlignRight | Qt::AlignVCenter, each.rank);
        const QColor colour = colourOf(each.run, palette());
        painter.setPen(QPen(colour, 3));
        painter.drawLine(QPointF(rank + 4, middle), QPointF(rank + 20, middle));
        painter.setPen(text);
        painter.drawText(QRect(rank + 26, top, names - 26, line), Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetrics(painter.font()).elidedText(each.name, Qt::ElideMiddle, names - 26));
        painter.setFont(font());
        painter.setPen(QPen(mixed(palette().color(QPalette::Window), text, 0.12), 1));
        painter.drawLine(QPointF(left, middle), QPointF(right, middle));
        if (std::isfinite(each.low)) {
            painter.setPen(QPen(colour, 2));
            painter.drawLine(QPointF(place(each.low), middle), QPointF(place(each.high), middle));
            for (const double end : {each.low, each.high}) {
                painter.drawLine(QPointF(place(end), middle - 4), QPointF(place(end), middle + 4));
            }
        }
        painter.setPen(QPen(palette().color(QPalette::Window), 1));
        painter.setBrush(colour);
        painter.drawEllipse(QPointF(place(each.estimate), middle), 5, 5);
        painter.setPen(text);
        painter.drawText(QRect(right + 12, top, texts + 4, line), Qt::AlignLeft | Qt::AlignVCenter, each.text);
    }
    // The axis: three values are enough to read the bars by.
    const int top = static_cast<int>(m_lines.size()) * line;
    painter.setPen(QPen(mixed(palette().color(QPalette::Window), text, 0.35), 1));
    painter.drawLine(QPointF(left, top + 1), QPointF(right, top + 1));
    QFont small = font();
    small.setPointSizeF(small.pointSizeF() * 0.88);
    painter.setFont(small);
    painter.setPen(muted);
    for (const double share : {0.0, 0.5, 1.0}) {
        const double value = low + share * (high - low);
        const int x = static_cast<int>(place(value));
        const int flags = share == 0 ? Qt::AlignLeft : share == 1 ? Qt::AlignRight : Qt::AlignHCenter;
        const QRect box(share == 0 ? x : share == 1 ? x - 120 : x - 60, top + 2, 120, line - 2);
        painter.drawText(box, flags | Qt::AlignVCenter, figureText(value, ComparedFigure::Unit::Share));
    }
}

void GroupRanking::mouseReleaseEvent(QMouseEvent* event)
{
    const auto row = static_cast<qsizetype>(event->position().y()) / (fontMetrics().height() + 10);
    if (row >= 0 && row < m_lines.size()) {
        Q_EMIT runActivated(m_lines[row].run);
    }
}

VerdictPane::VerdictPane(QWidget* parent)
    : QScrollArea(parent)
    , m_page(new QWidget)
    , m_cardBox(new QWidget)
    , m_message(new QLabel)
    , m_rankingTitle(new QLabel(tr("Groups by test accuracy with 95 % intervals, and their difference to the baseline. “=”: tied with the best, the intervals overlap")))
    , m_ranking(new GroupRanking)
    , m_remarksTitle(new QLabel(tr("What to keep in mind")))
    , m_remarks(new QLabel)
{
    setAccessibleName(tr("Verdict"));
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    new FlowLayout(m_cardBox, 10);
    QFont bold = font();
    bold.setBold(true);
    for (QLabel* label : {m_rankingTitle, m_remarksTitle}) {
        label->setFont(bold);
    }
    for (QLabel* label : {m_message, m_remarks, m_rankingTitle}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
    }
    m_remarks->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    auto* layout = new QVBoxLayout(m_page);
    layout->setContentsMargins(10, 8, 10, 8);
    layout->setSpacing(8);
    layout->addWidget(m_message);
    layout->addWidget(m_cardBox);
    layout->addWidget(m_remarksTitle);
    layout->addWidget(m_remarks);
    layout->addWidget(m_rankingTitle);
    layout->addWidget(m_ranking);
    layout->addStretch(1);
    setWidget(m_page);
    connect(m_ranking, &GroupRanking::runActivated, this, &VerdictPane::runActivated);
    setComparison(nullptr, true);
    colour();
}

QString VerdictPane::message() const
{
    return m_message->isHidden() ? QString() : m_message->text();
}

void VerdictPane::setComparison(std::shared_ptr<const Comparison> comparison, bool complete)
{
    for (VerdictCard* card : m_cards) {
        delete card;
    }
    m_cards.clear();
    const bool any = comparison && !comparison->runs.empty();
    double reach = 0;
    if (any) {
        for (const ComparedVerdict& each : comparison->verdicts) {
            const Interval& effect = each.verdict.effect;
            reach = std::max({reach, std::abs(effect.low), std::abs(effect.high), std::abs(effect.estimate)});
        }
        for (const ComparedVerdict& each : comparison->verdicts) {
            const QString group = each.group < comparison->groups.size() ? QString::fromStdString(comparison->groups[each.group].name) : QString();
            auto* card = new VerdictCard(each, group, 1.15 * reach, m_cardBox);
            m_cardBox->layout()->addWidget(card);
            card->show();
            m_cards.push_back(card);
        }
        int height = 0; // wrapped text has none of its own; side by side they are to be equal
        for (const VerdictCard* card : m_cards) {
            height = std::max(height, card->layout()->totalHeightForWidth(card->maximumWidth()));
        }
        for (VerdictCard* card : m_cards) {
            card->setFixedHeight(height);
        }
    }
    m_message->setVisible(m_cards.empty());
    m_message->setText(!any ? tr("Choose runs to compare.")
                           : !complete ? tr("The verdict is being worked out from what the runs answer on the test set…")
                                       : tr("There is no verdict: it needs a finished run with a teacher and the same student trained alone. "
                                            "Switch the controls of the experiment on and run it with three seeds."));
    m_cardBox->setVisible(!m_cards.empty());
    QStringList remarks;
    if (any) {
        for (const std::string& remark : comparison->remarks) {
            remarks << u"\u2022 "_s + QString::fromStdString(remark);
        }
        m_ranking->setComparison(*comparison);
    }
    m_remarks->setText(remarks.join(u'\n'));
    m_remarksTitle->setVisible(!remarks.isEmpty());
    m_remarks->setVisible(!remarks.isEmpty());
    const bool ranked = any && m_ranking->lines().size() > 1;
    m_rankingTitle->setVisible(ranked);
    m_ranking->setVisible(ranked);
}

void VerdictPane::colour()
{
    QPalette warned = palette();
    warned.setColor(QPalette::WindowText, Theme::warning(palette()));
    m_remarksTitle->setPalette(warned);
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, Theme::muted(palette()));
    m_message->setPalette(quiet);
}

void VerdictPane::changeEvent(QEvent* event)
{
    QScrollArea::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        colour();
    }
}

} // namespace distill::ui
