// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/formnode.h"

class QBoxLayout;

namespace distill::ui {

class SectionBox;

/// A whole experiment: teacher and student side by side, then distillation, data, optimisation, evaluation. An
/// experiment inside another one (a teacher still to be trained) has the same sections, smaller and one under the
/// other.
class ExperimentForm : public FormNode {
    Q_OBJECT

public:
    ExperimentForm(FormContext& context, const Field& field, const std::string& pointer, QWidget* parent);

    void sync(const Json* value, const Json& fallback) override;
    bool refreshVisibility(bool hidden) override;
    void focusEditor() override;

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    SectionBox* addSection(const QString& title, const std::vector<FormNode*>& nodes);
    std::vector<FormNode*> nodesOf(const std::vector<const char*>& keys);
    void addPair(SectionBox* left, SectionBox* right);
    void buildHead();

    const std::vector<Field>& m_fields;
    bool m_inner;
    std::vector<FormNode*> m_nodes;
    std::vector<std::pair<SectionBox*, std::vector<FormNode*>>> m_sections;
    std::vector<QBoxLayout*> m_pairs;
};

} // namespace distill::ui
