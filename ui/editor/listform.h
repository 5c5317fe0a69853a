// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/kindform.h"

class QToolButton;

namespace distill::ui {

class LossText;

/// A list of objects as cards that can be added, removed and moved. A list may stand in two parts of a form, each with
/// some of its items' fields; then one of them edits the list and the other follows.
class ListForm : public FormNode {
    Q_OBJECT

public:
    enum Mode { Editable, Following };

    ListForm(FormContext& context, const Field& field, const std::string& pointer, FieldFilter filter, Mode mode,
             QWidget* parent);

    void sync(const Json* value, const Json& fallback) override;
    bool refreshVisibility(bool hidden) override;
    void focusEditor() override;

private:
    class Frame;
    struct Card {
        Frame* frame = nullptr;
        QWidget* head = nullptr;
        QToolButton* up = nullptr;
        QToolButton* down = nullptr;
        QToolButton* remove = nullptr;
        FormNode* node = nullptr;
    };

    Card makeCard(std::size_t index);
    void addItem();
    void move(std::size_t index, int by);
    void updateHeads();

    FieldFilter m_filter;
    Mode m_mode;
    std::vector<Card> m_cards;
    QVBoxLayout* m_cardLayout;
    QWidget* m_add = nullptr;
    LossText* m_loss = nullptr; ///< under the terms of an objective
};

} // namespace distill::ui
