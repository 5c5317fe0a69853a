// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/formnode.h"

namespace distill::ui {

class HelpText;

/// Which fields of an object a part of the form shows; empty: all.
using FieldFilter = std::function<bool(const Field&)>;

/// The fields of one object, one under the other.
class FieldGroup : public FormNode {
    Q_OBJECT

public:
    /// `fields` must outlive this. A title stands above unless the group is the whole of something that has one.
    FieldGroup(FormContext& context, const Field& field, const std::vector<Field>& fields, const std::string& pointer,
               QWidget* parent, bool titled = true, const FieldFilter& filter = {});

    void sync(const Json* value, const Json& fallback) override;
    bool refreshVisibility(bool hidden) override;
    void focusEditor() override;

private:
    void addLayerButton();

    std::vector<FormNode*> m_children;
};

/// A combo box of kinds and the fields of the kind that is chosen. Another kind keeps what both have in common. Where published
/// codes compute it in ways of their own, a second box names the one whose parameters these are, and sets them.
class KindForm : public FormNode {
    Q_OBJECT

public:
    KindForm(FormContext& context, const Field& field, const std::string& pointer, QWidget* parent);

    void sync(const Json* value, const Json& fallback) override;
    bool refreshVisibility(bool hidden) override;
    void setMessages(const QStringList& messages) override;
    void setAdvice(const std::vector<Advice>& advice) override;
    void focusEditor() override;

private:
    void choose(const std::string& kind);
    void build(const std::string& kind);
    void buildConventions(const Kind& kind);
    void chooseConvention(const std::string& name);
    void syncConvention(const Json* value, const Json& fallback);

    FieldRow* m_row;
    HelpText* m_help;
    FieldGroup* m_common = nullptr;
    FieldGroup* m_own = nullptr;
    std::string m_kind;
    Json m_defaultKind;
    Field m_kindField;
    Field m_conventionField;
    FieldRow* m_convention = nullptr; ///< null where the kind has none
    HelpText* m_conventionHelp = nullptr;
    std::string m_chosenConvention; ///< by hand: several may be alike
};

/// The value of `key` in a document's object (null where it does not say) and what then holds instead.
std::pair<const Json*, const Json*> childOf(const Json* value, const Json& fallback, const Field& child);
/// An object of another kind with what the kinds have in common kept. Fields that must be given get a start.
Json switchedKind(const FormContext& context, const Field& field, const Json& object, const std::string& kind);

} // namespace distill::ui
