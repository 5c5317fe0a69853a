// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/listform.h"

#include "ui/editor/losstext.h"
#include "ui/editor/text.h"

#include <QHBoxLayout>
#include <QIcon>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

namespace distill::ui {

/// A thin frame around the fields of one item; none around the only item of a list that is not numbered.
class ListForm::Frame : public QWidget {
public:
    using QWidget::QWidget;
    void setFramed(bool on)
    {
        m_framed = on;
        layout()->setContentsMargins(on ? QMargins(8, 4, 8, 8) : QMargins());
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        if (!m_framed) {
            return;
        }
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        QColor line = palette().color(QPalette::WindowText);
        line.setAlphaF(0.16F);
        painter.setPen(line);
        QColor fill = palette().color(QPalette::WindowText);
        fill.setAlphaF(0.03F);
        painter.setBrush(fill);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }

private:
    bool m_framed = true;
};

namespace {

QToolButton* makeButton(const char* icon, const QString& text, const QString& name)
{
    auto* button = new QToolButton;
    button->setIcon(QIcon::fromTheme(QString::fromLatin1(icon)));
    button->setText(text);
    button->setAutoRaise(true);
    button->setIconSize({16, 16});
    button->setFocusPolicy(Qt::StrongFocus);
    button->setToolTip(name);
    button->setAccessibleName(name);
    return button;
}

} // namespace

ListForm::ListForm(FormContext& context, const Field& field, const std::string& pointer, FieldFilter filter, Mode mode,
                   QWidget* parent)
    : FormNode(context, field, pointer, parent)
    , m_filter(std::move(filter))
    , m_mode(mode)
    , m_cardLayout(new QVBoxLayout)
{
    m_cardLayout->setSpacing(8);
    column()->addLayout(m_cardLayout);
    if (mode == Editable) {
        auto* add = makeButton("list-add", QStringLiteral("+"), tr("Add %1").arg(itemTitleOf(field).toLower()));
        add->setText(add->accessibleName());
        add->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        add->setAutoRaise(false);
        add->setObjectName(QString::fromStdString(pointer) + QStringLiteral("/add"));
        connect(add, &QToolButton::clicked, this, &ListForm::addItem);
        column()->addWidget(add, 0, Qt::AlignRight);
        m_add = add;
    }
    if (field.key == "objective" && context.services().lossFormula) {
        m_loss = new LossText(this);
        column()->addWidget(m_loss);
    }
}

ListForm::Card ListForm::makeCard(std::size_t index)
{
    Card card;
    card.frame = new Frame(this);
    auto* layout = new QVBoxLayout(card.frame);
    layout->setSpacing(4);

    const QString title = QStringLiteral("%1 %2").arg(itemTitleOf(m_field)).arg(index + 1);
    card.head = new QWidget;
    auto* head = new QHBoxLayout(card.head);
    head->setContentsMargins(0, 0, 0, 0);
    head->setSpacing(2);
    auto* label = new QLabel(title);
    QFont bold = label->font();
    bold.setBold(true);
    label->setFont(bold);
    head->addWidget(label);
    head->addStretch(1);
    const QString place = QString::fromStdString(childPointer(m_pointer, std::to_string(index)));
    if (m_mode == Editable) {
        card.up = makeButton("go-up", QStringLiteral("↑"), tr("Move %1 up").arg(title.toLower()));
        card.down = makeButton("go-down", QStringLiteral("↓"), tr("Move %1 down").arg(title.toLower()));
        card.remove = makeButton("list-remove", QStringLiteral("−"), tr("Remove %1").arg(title.toLower()));
        card.up->setObjectName(place + QStringLiteral("/up"));
        card.down->setObjectName(place + QStringLiteral("/down"));
        card.remove->setObjectName(place + QStringLiteral("/remove"));
        connect(card.up, &QToolButton::clicked, this, [this, index] { move(index, -1); });
        connect(card.down, &QToolButton::clicked, this, [this, index] { move(index, 1); });
        connect(card.remove, &QToolButton::clicked, this,
                [this, index] { m_context.attempt([&](Draft& draft) { draft.removeItem(m_pointer, index); }); });
        for (QToolButton* button : {card.up, card.down, card.remove}) {
            head->addWidget(button);
        }
    }
    layout->addWidget(card.head);

    const Field& item = m_field.item.front();
    const std::string pointer = childPointer(m_pointer, std::to_string(index));
    card.node = item.type == Field::Type::Object
        ? new FieldGroup(m_context, item, item.fields, pointer, card.frame, false, m_filter)
        : makeFormNode(m_context, item, pointer, card.frame);
    layout->addWidget(card.node);
    return card;
}

void ListForm::sync(const Json* value, const Json& fallback)
{
    const bool held = value && value->is_array();
    const Json empty = Json::array();
    const Json& items = held ? *value : !value && fallback.is_array() ? fallback : empty;
    const std::size_t before = m_cards.size();
    while (m_cards.size() > items.size()) {
        m_context.retire(m_cards.back().frame);
        m_cards.pop_back();
    }
    while (m_cards.size() < items.size()) {
        m_cards.push_back(makeCard(m_cards.size()));
        m_cardLayout->addWidget(m_cards.back().frame);
    }
    const Field& item = m_field.item.front();
    for (std::size_t i = 0; i < m_cards.size(); ++i) {
        m_cards[i].node->sync(held ? &items.at(i) : nullptr, held ? item.defaultValue : items.at(i));
    }
    if (m_cards.size() != before) {
        updateHeads();
        Q_EMIT m_context.structureChanged();
    }
    if (m_loss) {
        m_loss->setLines(m_context.services().lossFormula(m_context.draft().json(), parentPointer(m_pointer)));
    }
}

void ListForm::updateHeads()
{
    // One stage is the rule: it needs no number and cannot be the one too many.
    const bool numbered = m_cards.size() > 1 || m_field.item.front().type == Field::Type::Kind;
    for (std::size_t i = 0; i < m_cards.size(); ++i) {
        const Card& card = m_cards[i];
        card.head->setVisible(numbered);
        card.frame->setFramed(numbered);
        if (card.up) {
            card.up->setEnabled(i > 0);
            card.down->setEnabled(i + 1 < m_cards.size());
            card.remove->setEnabled(m_cards.size() > 1);
        }
    }
}

void ListForm::addItem()
{
    m_context.attempt([this](Draft& draft) {
        const Json items = listAt(draft.schema(), draft.json(), m_pointer);
        const Field& item = m_field.item.front();
        Json fresh = Json::object();
        if (item.type == Field::Type::Kind) {
            fresh["kind"] = item.defaultValue.is_object() ? item.defaultValue.value("kind", Json()) : Json();
        } else if (!items.empty()) {
            fresh = items.back(); // as a rule the next one differs in a few fields only
            fresh.erase("name");
        }
        draft.insertItem(m_pointer, items.size(), fresh);
    });
    if (!m_cards.empty()) {
        m_cards.back().node->focusEditor();
    }
}

void ListForm::move(std::size_t index, int by)
{
    const std::size_t to = index + static_cast<std::size_t>(by);
    m_context.attempt([&](Draft& draft) { draft.moveItem(m_pointer, index, to); });
    if (to < m_cards.size()) {
        QToolButton* button = by < 0 ? m_cards[to].up : m_cards[to].down;
        (button->isEnabled() ? button : by < 0 ? m_cards[to].down : m_cards[to].up)->setFocus(Qt::OtherFocusReason);
    }
}

bool ListForm::refreshVisibility(bool hidden)
{
    bool any = hasMessages();
    for (const Card& card : m_cards) {
        any = card.node->refreshVisibility(isHiddenHere(hidden)) || any;
    }
    const bool visible = any || !isHiddenHere(hidden);
    setVisible(visible);
    return visible;
}

void ListForm::focusEditor()
{
    if (!m_cards.empty()) {
        m_cards.front().node->focusEditor();
    } else if (m_add) {
        m_add->setFocus(Qt::OtherFocusReason);
    }
}

} // namespace distill::ui
