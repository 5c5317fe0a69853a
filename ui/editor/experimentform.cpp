// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/experimentform.h"

#include "ui/editor/kindform.h"
#include "ui/editor/listform.h"
#include "ui/editor/section.h"

#include <QBoxLayout>
#include <QResizeEvent>
#include <algorithm>
#include <array>
#include <string_view>

namespace distill::ui {

namespace {

constexpr int narrowestPair = 800; ///< pixels; below, the columns go under one another
constexpr std::array<std::string_view, 6> sectionKeys
    = {"teacher", "student", "stages", "data", "evaluation", "compute"};

bool isObjective(const Field& field)
{
    return field.key == "objective" || field.key == "name";
}

} // namespace

ExperimentForm::ExperimentForm(FormContext& context, const Field& field, const std::string& pointer, QWidget* parent)
    : FormNode(context, field, pointer, parent)
    , m_fields(context.schema().root().fields)
    , m_inner(!pointer.empty())
{
    column()->setSpacing(m_inner ? 2 : 8);
    buildHead();
    SectionBox* teacher = addSection(tr("Teacher"), nodesOf({"teacher"}));
    SectionBox* student = addSection(m_inner ? tr("Model") : tr("Student"), nodesOf({"student"}));

    std::vector<FormNode*> objectives;
    std::vector<FormNode*> training;
    for (const Field& child : m_fields) {
        if (child.key == "stages") {
            const std::string place = pointer + "/stages";
            objectives.push_back(new ListForm(context, child, place, isObjective, ListForm::Editable, this));
            training.push_back(new ListForm(
                context, child, place, [](const Field& f) { return !isObjective(f); }, ListForm::Following, this));
        }
    }
    SectionBox* distillation = addSection(m_inner ? tr("Objective") : tr("Distillation"), objectives);
    SectionBox* samples = addSection(tr("Data"), nodesOf({"data"}));
    SectionBox* optimisation = addSection(tr("Optimisation"), training);
    SectionBox* evaluation = addSection(tr("Evaluation and compute"), nodesOf({"evaluation", "compute"}));
    if (m_inner) {
        for (SectionBox* section : {student, distillation, samples, optimisation, evaluation, teacher}) {
            column()->addWidget(section);
            section->setExpanded(section == student);
        }
    } else {
        addPair(teacher, student);
        addPair(distillation, samples);
        addPair(optimisation, evaluation);
        column()->addStretch(1);
    }
}

void ExperimentForm::buildHead()
{
    std::vector<const Field*> rest;
    for (const Field& field : m_fields) {
        if (std::find(sectionKeys.begin(), sectionKeys.end(), field.key) == sectionKeys.end()) {
            rest.push_back(&field);
        }
    }
    const auto make = [this](const Field& field) {
        m_nodes.push_back(makeFormNode(m_context, field, m_pointer + "/" + field.key, this));
        return m_nodes.back();
    };
    if (m_inner) {
        for (const Field* field : rest) {
            // An inner experiment is one run: what makes several of it has no meaning there, and what is said about it
            // is said about the whole.
            if (field->key == "name" || field->key == "seed") {
                column()->addWidget(make(*field));
            }
        }
        return;
    }
    auto* section = new SectionBox(tr("Experiment"), SectionBox::Panel);
    auto* columns = new QBoxLayout(QBoxLayout::LeftToRight);
    columns->setSpacing(20);
    std::array<QVBoxLayout*, 2> sides = {new QVBoxLayout, new QVBoxLayout};
    const auto isText = [](const Field& field) {
        return field.type == Field::Type::Text
            || (field.type == Field::Type::List && field.item.front().type == Field::Type::Text);
    };
    for (const Field* field : rest) {
        sides[isText(*field) ? 0 : 1]->addWidget(make(*field));
    }
    for (QVBoxLayout* side : sides) {
        side->setSpacing(5);
        side->addStretch(1);
        columns->addLayout(side, 1);
    }
    section->body()->addLayout(columns);
    m_pairs.push_back(columns);
    m_sections.emplace_back(section, m_nodes);
    column()->addWidget(section);
}

std::vector<FormNode*> ExperimentForm::nodesOf(const std::vector<const char*>& keys)
{
    std::vector<FormNode*> nodes;
    for (const Field& field : m_fields) {
        if (std::find(keys.begin(), keys.end(), field.key) == keys.end()) {
            continue;
        }
        const std::string place = m_pointer + "/" + field.key;
        nodes.push_back(field.type == Field::Type::Object
                            ? new FieldGroup(m_context, field, field.fields, place, this, keys.size() > 1)
                            : makeFormNode(m_context, field, place, this));
    }
    return nodes;
}

SectionBox* ExperimentForm::addSection(const QString& title, const std::vector<FormNode*>& nodes)
{
    auto* section = new SectionBox(title, m_inner ? SectionBox::Inner : SectionBox::Panel, this);
    for (FormNode* node : nodes) {
        section->body()->addWidget(node);
        m_nodes.push_back(node);
    }
    section->body()->addStretch(1);
    m_sections.emplace_back(section, nodes);
    return section;
}

void ExperimentForm::addPair(SectionBox* left, SectionBox* right)
{
    auto* pair = new QBoxLayout(QBoxLayout::LeftToRight);
    pair->setSpacing(8);
    pair->addWidget(left, 1);
    pair->addWidget(right, 1);
    column()->addLayout(pair);
    m_pairs.push_back(pair);
}

void ExperimentForm::sync(const Json* value, const Json& fallback)
{
    for (FormNode* node : m_nodes) {
        const auto [held, otherwise] = childOf(value, fallback, node->field());
        node->sync(held, *otherwise);
    }
}

bool ExperimentForm::refreshVisibility(bool hidden)
{
    for (FormNode* node : m_nodes) {
        node->refreshVisibility(hidden);
    }
    for (const auto& [section, nodes] : m_sections) {
        section->setVisible(std::any_of(nodes.begin(), nodes.end(), [](FormNode* node) { return !node->isHidden(); }));
    }
    setVisible(true);
    return true;
}

void ExperimentForm::focusEditor()
{
    if (!m_nodes.empty()) {
        m_nodes.front()->focusEditor();
    }
}

void ExperimentForm::resizeEvent(QResizeEvent* event)
{
    FormNode::resizeEvent(event);
    const auto direction = width() < narrowestPair ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight;
    for (QBoxLayout* pair : m_pairs) {
        if (pair->direction() != direction) {
            pair->setDirection(direction);
        }
    }
}

} // namespace distill::ui
