// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/formview.h"

#include "ui/editor/experimentform.h"
#include "ui/editor/section.h"

#include <QEvent>
#include <QLayout>
#include <QScrollBar>
#include <algorithm>

namespace distill::ui {

namespace {

void collectInOrder(QLayout* layout, std::vector<QWidget*>& into);

void collectInOrder(QWidget* widget, std::vector<QWidget*>& into)
{
    if (widget->focusProxy()) {
        into.push_back(widget->focusProxy());
        for (QObject* child : widget->children()) {
            auto* beside = qobject_cast<QWidget*>(child);
            if (beside && beside != widget->focusProxy() && beside->focusPolicy() != Qt::NoFocus) {
                into.push_back(beside);
            }
        }
    } else if (widget->layout()) {
        collectInOrder(widget->layout(), into);
    } else if (widget->focusPolicy() != Qt::NoFocus) {
        into.push_back(widget);
    }
}

void collectInOrder(QLayout* layout, std::vector<QWidget*>& into)
{
    for (int i = 0; i < layout->count(); ++i) {
        QLayoutItem* item = layout->itemAt(i);
        if (item->widget()) {
            collectInOrder(item->widget(), into);
        } else if (item->layout()) {
            collectInOrder(item->layout(), into);
        }
    }
}

} // namespace

FormView::FormView(Draft& draft, const FormServices& services, QWidget* parent)
    : QScrollArea(parent)
    , m_draft(draft)
    , m_context(draft, services)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setFocusPolicy(Qt::NoFocus);
    m_root.key = "experiment";
    m_root.type = Field::Type::Experiment;
    m_form = new ExperimentForm(m_context, m_root, {}, nullptr);
    m_form->layout()->setContentsMargins(8, 8, 8, 8);
    setWidget(m_form);

    m_orderTimer.setSingleShot(true);
    connect(&m_orderTimer, &QTimer::timeout, this, &FormView::orderTabs);
    connect(&m_context, &FormContext::structureChanged, this, [this] { m_orderTimer.start(0); });
    connect(&m_context, &FormContext::failed, this, &FormView::failed);
    connect(&m_context, &FormContext::layersWanted, this, &FormView::layersWanted);
    connect(&m_context, &FormContext::placeWanted, this, &FormView::reveal);
    connect(verticalScrollBar(), &QScrollBar::actionTriggered, this, [this] { m_sought = nullptr; });
    connect(&m_draft, &Draft::changed, this, [this] {
        m_sought = nullptr;
        if (isVisible()) {
            sync();
        } else {
            m_stale = true;
        }
    });
    connect(&m_draft, &Draft::problemsChanged, this, &FormView::showProblems);
    connect(&m_draft, &Draft::adviceChanged, this, &FormView::showAdvice);
    sync();
    showProblems();
}

FormView::~FormView()
{
    // The nodes take leave of the context, which is a member and would be gone before the children are.
    delete takeWidget();
}

void FormView::sync()
{
    m_stale = false;
    static const Json nothing = Json::object();
    m_form->sync(&m_draft.json(), nothing);
    m_form->refreshVisibility(false);
}

void FormView::showProblems()
{
    m_context.showProblems(m_draft.parseError() ? std::vector<Problem>() : m_draft.problems());
    m_form->refreshVisibility(false);
}

void FormView::showAdvice()
{
    m_context.showAdvice(m_draft.advice());
    m_form->refreshVisibility(false);
}

void FormView::setShowsAdvanced(bool on)
{
    m_context.setShowsAdvanced(on);
    m_form->refreshVisibility(false);
}

void FormView::reveal(const std::string& pointer)
{
    FormNode* node = m_context.nodeAt(pointer);
    if (!node) {
        return;
    }
    for (QWidget* widget = node; widget && widget != this; widget = widget->parentWidget()) {
        if (auto* section = qobject_cast<SectionBox*>(widget)) {
            section->setExpanded(true);
        }
    }
    node->focusEditor();
    m_sought = node;
    // Unfolded parts and messages take their places with the next events, and a banner may take some of the view.
    QTimer::singleShot(0, this, &FormView::scrollToSought);
}

void FormView::scrollToSought()
{
    if (m_sought) {
        m_form->layout()->activate();
        const int room = (viewport()->height() - m_sought->height()) / 2; // around it, in a low window
        ensureWidgetVisible(m_sought, 20, std::clamp(room, 0, 60));
    }
}

void FormView::resizeEvent(QResizeEvent* event)
{
    QScrollArea::resizeEvent(event);
    scrollToSought();
}

/// What stands above the field that was sought may grow after it came into sight: the loss is written out a moment later.
bool FormView::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_form && event->type() == QEvent::Resize) {
        QTimer::singleShot(0, this, &FormView::scrollToSought);
    }
    return QScrollArea::eventFilter(watched, event);
}

FieldRow* FormView::row(const std::string& pointer) const
{
    return qobject_cast<FieldRow*>(m_context.exactNodeAt(pointer));
}

void FormView::showEvent(QShowEvent* event)
{
    if (m_stale) {
        sync();
        showProblems();
        showAdvice();
    }
    QScrollArea::showEvent(event);
}

void FormView::orderTabs()
{
    std::vector<QWidget*> widgets;
    collectInOrder(m_form, widgets);
    for (std::size_t i = 1; i < widgets.size(); ++i) {
        setTabOrder(widgets[i - 1], widgets[i]);
    }
}

} // namespace distill::ui
