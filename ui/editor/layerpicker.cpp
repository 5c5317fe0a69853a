// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/layerpicker.h"

#include "ui/editor/message.h"
#include "ui/editor/pairlines.h"
#include "ui/editor/text.h"
#include "ui/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QScreen>
#include <QScrollBar>
#include <QTreeWidget>

namespace distill::ui {

namespace {

constexpr int inspectPause = 60; ///< milliseconds
enum Column { Layer, Gives, Work, Parameters };

QString shapeText(const std::vector<std::int64_t>& shape)
{
    QStringList sides;
    for (const std::int64_t side : shape) {
        sides << QString::number(side);
    }
    return sides.join(QStringLiteral(" × "));
}

QString sentence(const std::string& remark)
{
    QString text = QString::fromStdString(remark);
    if (!text.isEmpty()) {
        text[0] = text[0].toUpper();
    }
    return text;
}

QString shareText(std::int64_t part, std::int64_t whole)
{
    const double percent = whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0;
    return percent > 0 && percent < 0.5 ? LayerPicker::tr("< 1 %") : LayerPicker::tr("%1 %").arg(qRound(percent));
}

bool isQuiet(const QString& layer)
{
    return layer.endsWith(QStringLiteral(".pre"));
}

} // namespace

LayerPicker::LayerPicker(Draft& draft, std::string term, Inspector inspector, QWidget* parent)
    : QDialog(parent)
    , m_draft(draft)
    , m_term(std::move(term))
    , m_inspector(std::move(inspector))
    , m_title(new QLabel)
    , m_hint(new QLabel)
    , m_lines(new PairLines)
    , m_problem(new InlineMessage)
    , m_remarks(new QLabel)
{
    setObjectName(QStringLiteral("layerPicker"));
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Pick layers"));
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    m_hint->setWordWrap(true);
    m_remarks->setWordWrap(true);
    m_remarks->setTextFormat(Qt::PlainText);
    m_remarks->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_problem->hide();
    m_remarks->setObjectName(QStringLiteral("remarks"));

    auto* networks = new QHBoxLayout;
    networks->setSpacing(0);
    networks->addWidget(makeSide(Student), 1);
    networks->addWidget(m_lines);
    networks->addWidget(makeSide(Teacher), 1);
    for (const List& list : m_lists) {
        list.tree->installEventFilter(this);
        list.tree->viewport()->installEventFilter(this);
    }
    auto* buttons = new QHBoxLayout;
    auto* close = new QPushButton(tr("&Close"));
    close->setAutoDefault(false);
    buttons->addStretch(1);
    buttons->addWidget(close);
    connect(close, &QPushButton::clicked, this, &QDialog::close);

    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_title);
    layout->addWidget(m_hint);
    layout->addLayout(networks, 1);
    layout->addWidget(m_problem);
    layout->addWidget(m_remarks);
    layout->addLayout(buttons);
    setTabOrder(m_lists[Student].tree, m_lists[Teacher].tree);
    setTabOrder(m_lists[Teacher].tree, close);
    resize(QSize(960, 480).boundedTo(parent->screen()->availableSize() * 0.95));

    connect(m_lines, &PairLines::clicked, this, &LayerPicker::part);
    m_pause.setSingleShot(true);
    connect(&m_pause, &QTimer::timeout, this, &LayerPicker::ask);
    connect(&m_draft, &Draft::changed, this, &LayerPicker::follow);
    follow();
    ask();
}

QWidget* LayerPicker::makeSide(Side side)
{
    List& list = m_lists[side];
    list.title = new QLabel;
    list.tree = new QTreeWidget;
    list.tree->setObjectName(side == Student ? QStringLiteral("studentLayers") : QStringLiteral("teacherLayers"));
    list.tree->setAccessibleName(side == Student ? tr("Layers of the student") : tr("Layers of the teacher"));
    list.tree->setHeaderLabels({tr("Layer"), tr("Gives"), tr("Multiply-adds"), tr("Parameters")});
    list.tree->headerItem()->setToolTip(Work, tr("Of one input, from the start to here, and their share of the network's"));
    list.tree->headerItem()->setToolTip(Parameters, tr("From the start to here"));
    for (const Column column : {Work, Parameters}) {
        list.tree->headerItem()->setTextAlignment(column, Qt::AlignRight | Qt::AlignVCenter);
    }
    list.tree->setSelectionMode(QAbstractItemView::NoSelection); // what is chosen has a colour of its own
    list.tree->setRootIsDecorated(false);
    list.tree->setUniformRowHeights(true);
    list.tree->setAllColumnsShowFocus(true);
    list.tree->header()->setStretchLastSection(false);
    list.tree->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
    list.tree->header()->setSectionResizeMode(Layer, QHeaderView::Stretch);
    connect(list.tree, &QTreeWidget::itemClicked, this,
            [this, side](QTreeWidgetItem* item) { choose(side, item->data(Layer, Qt::UserRole).toString()); });
    connect(list.tree->verticalScrollBar(), &QScrollBar::valueChanged, this, &LayerPicker::refresh);

    auto* column = new QWidget;
    auto* layout = new QVBoxLayout(column);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(list.title);
    layout->addWidget(list.tree, 1);
    list.title->setBuddy(list.tree);
    return column;
}

QString LayerPicker::objectiveTitle() const
{
    const Field* field = m_draft.schema().find(m_draft.json(), m_term);
    const Json* kind = m_draft.valueAt(m_term + "/kind");
    const Kind* known = field && kind ? findKind(field->kinds, shortText(*kind).toStdString()) : nullptr;
    return known ? QString::fromStdString(known->title) : QString();
}

void LayerPicker::follow()
{
    const std::optional<LayerPairs> pairs = layerPairsOf(m_draft, m_term);
    if (!pairs) {
        close(); // the term is gone, or has become another one
        return;
    }
    m_pairs = *pairs;
    m_lines->setClickable(m_pairs.several);
    const int number = QString::fromStdString(m_term.substr(m_term.rfind('/') + 1)).toInt() + 1;
    m_title->setText(tr("Term %1: %2").arg(number).arg(objectiveTitle()));
    m_wrongStudent.clear();
    m_wrongTeacher.clear();
    refresh();
    m_pause.start(inspectPause);
}

void LayerPicker::ask()
{
    m_inspecting.ask([inspector = m_inspector, document = m_draft.document(), term = m_term] { return inspector(document, term); },
                     [this](const std::optional<TermInspection>& inspection, const QString& problem) {
                         if (inspection) {
                             take(*inspection);
                             return;
                         }
                         fill(Student, tr("Student"), std::nullopt);
                         fill(Teacher, tr("Teacher"), std::nullopt);
                         m_problem->setText(problem);
                         m_problem->show();
                         m_remarks->hide();
                         refresh();
                     });
}

void LayerPicker::take(const TermInspection& inspection)
{
    fill(Student, tr("Student"), inspection.student);
    fill(Teacher, tr("Teacher"), inspection.teacher);
    m_wrongStudent = QString::fromStdString(inspection.studentLayer);
    m_wrongTeacher = QString::fromStdString(inspection.teacherLayer);
    m_problem->setText(QString::fromStdString(inspection.problem));
    m_problem->setVisible(!inspection.problem.empty());
    QStringList remarks;
    for (const std::string& remark : inspection.outline.remarks) {
        remarks << sentence(remark);
    }
    m_remarks->setText(remarks.isEmpty() ? tr("The layers fit as they are: nothing is put between them.")
                                         : remarks.join(u'\n'));
    m_remarks->setVisible(inspection.problem.empty());
    refresh();
}

void LayerPicker::fill(Side side, const QString& network, const std::optional<ModelCost>& cost)
{
    List& list = m_lists[side];
    list.title->setText(cost ? tr("%1: %2, %3 parameters")
                                   .arg(network, QString::fromStdString(cost->label),
                                        countText(static_cast<double>(cost->parameters)))
                             : tr("%1: its layers are not known here").arg(network));
    const std::vector<LayerOutline> layers = cost ? cost->layers : std::vector<LayerOutline>();
    const auto isSame = [](const LayerOutline& a, const LayerOutline& b) {
        return a.name == b.name && a.shape == b.shape && a.multiplyAdds == b.multiplyAdds && a.parameters == b.parameters;
    };
    if (std::equal(layers.begin(), layers.end(), list.layers.begin(), list.layers.end(), isSame)) {
        return; // keeps where the keyboard is
    }
    list.layers = layers;
    list.chosen.clear();
    list.tree->clear();
    for (const LayerOutline& layer : layers) {
        const QString name = QString::fromStdString(layer.name);
        auto* item = new QTreeWidgetItem(
            {name, shapeText(layer.shape),
             QStringLiteral("%1 (%2)").arg(countText(static_cast<double>(layer.multiplyAdds)),
                                           shareText(layer.multiplyAdds, cost->multiplyAdds)),
             countText(static_cast<double>(layer.parameters))});
        item->setData(Layer, Qt::UserRole, name);
        item->setSizeHint(Layer, {0, list.tree->fontMetrics().height() + 8});
        item->setTextAlignment(Work, Qt::AlignRight | Qt::AlignVCenter);
        item->setTextAlignment(Parameters, Qt::AlignRight | Qt::AlignVCenter);
        if (isQuiet(name)) {
            item->setToolTip(Layer, tr("What goes into the last ReLU of this stage; for methods that compare before activations"));
        }
        list.tree->addTopLevelItem(item);
    }
    if (!layers.empty()) {
        list.tree->setCurrentItem(list.tree->topLevelItem(0));
    }
}

/// Fonts, colours, lines and the hint, from the pairs and what is chosen.
void LayerPicker::refresh()
{
    const auto rowOf = [this](Side side, const QString& layer) -> QTreeWidgetItem* {
        QTreeWidget* tree = m_lists[side].tree;
        for (int i = 0; i < tree->topLevelItemCount(); ++i) {
            if (tree->topLevelItem(i)->data(Layer, Qt::UserRole).toString() == layer) {
                return tree->topLevelItem(i);
            }
        }
        return nullptr;
    };
    const auto height = [this](Side side, QTreeWidgetItem* item) {
        QTreeWidget* tree = m_lists[side].tree;
        const QRect row = tree->visualItemRect(item);
        const int y = std::clamp(row.center().y(), 0, tree->viewport()->height());
        return qreal(m_lines->mapFromGlobal(tree->viewport()->mapToGlobal(QPoint(0, y))).y());
    };
    QColor chosenColour = Theme::accent(palette());
    chosenColour.setAlphaF(0.25F);
    std::array<qreal, 2> waiting{-1, -1};
    for (const Side side : {Student, Teacher}) {
        const QStringList& paired = side == Student ? m_pairs.student : m_pairs.teacher;
        List& list = m_lists[side];
        for (int i = 0; i < list.tree->topLevelItemCount(); ++i) {
            QTreeWidgetItem* item = list.tree->topLevelItem(i);
            const QString layer = item->data(Layer, Qt::UserRole).toString();
            const bool isPaired = paired.contains(layer), quiet = isQuiet(layer) && !isPaired;
            QFont font = list.tree->font();
            font.setBold(isPaired);
            item->setFont(Layer, font);
            const QBrush text = quiet ? QBrush(Theme::muted(palette())) : palette().brush(QPalette::Text);
            for (int column = 0; column < item->columnCount(); ++column) {
                item->setForeground(column, text);
                item->setBackground(column, layer == list.chosen ? QBrush(chosenColour) : QBrush());
            }
        }
        if (QTreeWidgetItem* item = rowOf(side, list.chosen)) {
            waiting[side] = height(side, item);
        }
    }
    std::vector<PairLines::Line> lines;
    for (qsizetype i = 0; i < m_pairs.size(); ++i) {
        QTreeWidgetItem* student = rowOf(Student, m_pairs.student[i]);
        QTreeWidgetItem* teacher = rowOf(Teacher, m_pairs.teacher[i]);
        if (student && teacher) {
            const bool wrong = m_pairs.student[i] == m_wrongStudent && m_pairs.teacher[i] == m_wrongTeacher;
            lines.push_back({height(Student, student), height(Teacher, teacher), wrong, i});
        }
    }
    m_lines->setLines(std::move(lines));
    m_lines->setWaiting(waiting[Student], waiting[Teacher]);

    const QString student = m_lists[Student].chosen, teacher = m_lists[Teacher].chosen;
    const QString several
        = tr("Choose a layer of each network to pair them, by a click or Return. A click on a line or Delete parts them.");
    const QString one = tr("Choose a layer of each network to pair them instead, by a click or Return.");
    m_hint->setText(!student.isEmpty()       ? tr("Now choose the teacher's layer for the student's %1. Esc chooses anew.").arg(student)
                        : !teacher.isEmpty() ? tr("Now choose the student's layer for the teacher's %1. Esc chooses anew.").arg(teacher)
                        : m_pairs.several    ? several
                                             : one);
}

void LayerPicker::choose(Side side, const QString& layer)
{
    List& other = m_lists[side == Student ? Teacher : Student];
    m_lists[side].chosen = layer;
    if (other.chosen.isEmpty()) {
        refresh();
        return;
    }
    QStringList order;
    for (const LayerOutline& outline : m_lists[Student].layers) {
        order << QString::fromStdString(outline.name);
    }
    const LayerPairs pairs = m_pairs.with(m_lists[Student].chosen, m_lists[Teacher].chosen, order);
    for (List& list : m_lists) {
        list.chosen.clear();
    }
    if (pairs != m_pairs) {
        write(pairs);
    }
    refresh();
}

void LayerPicker::write(const LayerPairs& pairs)
{
    try {
        setLayerPairs(m_draft, m_term, pairs);
    } catch (const std::exception& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
    }
}

void LayerPicker::part(qsizetype pair)
{
    if (m_pairs.several && pair < m_pairs.size()) {
        write(m_pairs.without(pair));
    }
}

/// Parts the layer under the keyboard from all that it is paired with.
void LayerPicker::partCurrent(Side side)
{
    const QTreeWidgetItem* item = m_lists[side].tree->currentItem();
    if (!item || !m_pairs.several) {
        return;
    }
    const QString layer = item->data(Layer, Qt::UserRole).toString();
    LayerPairs left = m_pairs;
    for (qsizetype i = left.size() - 1; i >= 0; --i) {
        if ((side == Student ? left.student : left.teacher)[i] == layer) {
            left = left.without(i);
        }
    }
    if (left != m_pairs) {
        write(left);
    }
}

bool LayerPicker::eventFilter(QObject* watched, QEvent* event)
{
    for (const Side side : {Student, Teacher}) {
        QTreeWidget* tree = m_lists[side].tree;
        if (watched == tree->viewport() && event->type() == QEvent::Resize) {
            QTimer::singleShot(0, this, &LayerPicker::refresh);
        }
        if (watched != tree || event->type() != QEvent::KeyPress) {
            continue;
        }
        switch (static_cast<QKeyEvent*>(event)->key()) {
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Space:
            if (const QTreeWidgetItem* item = tree->currentItem()) {
                choose(side, item->data(Layer, Qt::UserRole).toString());
                if (!m_lists[side].chosen.isEmpty()) {
                    m_lists[side == Student ? Teacher : Student].tree->setFocus(Qt::TabFocusReason);
                }
            }
            return true;
        case Qt::Key_Delete:
        case Qt::Key_Backspace:
            partCurrent(side);
            return true;
        case Qt::Key_Escape:
            if (m_lists[Student].chosen.isEmpty() && m_lists[Teacher].chosen.isEmpty()) {
                break; // closes the window
            }
            for (List& list : m_lists) {
                list.chosen.clear();
            }
            refresh();
            return true;
        case Qt::Key_Left:
        case Qt::Key_Right:
            m_lists[static_cast<QKeyEvent*>(event)->key() == Qt::Key_Left ? Student : Teacher].tree->setFocus(Qt::TabFocusReason);
            return true;
        default:
            break;
        }
    }
    return QDialog::eventFilter(watched, event);
}

void LayerPicker::changeEvent(QEvent* event)
{
    QDialog::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        refresh();
    }
}

} // namespace distill::ui
