// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/terms.h"

#include "experiment/series.h"
#include "training/optimiser.h"

#include <ATen/core/grad_mode.h>
#include <algorithm>
#include <torch/csrc/autograd/autograd.h>

namespace distill {

namespace {

void merge(std::vector<std::string>& into, const std::vector<std::string>& names)
{
    for (const std::string& name : names) {
        if (std::find(into.begin(), into.end(), name) == into.end()) {
            into.push_back(name);
        }
    }
}

bool isLabels(const TermSettings& term)
{
    return term.objective.kind == "cross_entropy";
}

std::size_t unmuted(const StageSettings& settings)
{
    return static_cast<std::size_t>(std::count_if(settings.objective.begin(), settings.objective.end(),
                                                  [](const TermSettings& term) { return !term.muted; }));
}

/// Gradients of a term by the parameters, those that it does not reach left out; empty where it reaches none.
struct Gradients {
    std::vector<at::Tensor> all; ///< undefined where it does not reach the parameter
    std::vector<at::Tensor> reached;

    Gradients(const at::Tensor& value, const std::vector<at::Tensor>& parameters)
    {
        if (!value.requires_grad()) {
            return;
        }
        all = torch::autograd::grad({value}, parameters, {}, /*retain_graph=*/true, /*create_graph=*/false, /*allow_unused=*/true);
        std::copy_if(all.begin(), all.end(), std::back_inserter(reached), [](const at::Tensor& each) { return each.defined(); });
    }
    at::Tensor norm(const at::Tensor& like) const
    {
        return reached.empty() ? at::zeros({}, like.options().requires_grad(false)) : at::stack(at::_foreach_norm(reached)).norm();
    }
    /// All in one row; zeros for a parameter without one.
    at::Tensor flat(const std::vector<at::Tensor>& parameters) const
    {
        std::vector<at::Tensor> rows;
        for (std::size_t i = 0; i < all.size(); ++i) {
            rows.push_back((all[i].defined() ? all[i] : at::zeros_like(parameters[i])).reshape({-1}));
        }
        return at::cat(rows);
    }
};

} // namespace

Terms::Terms(const StageSettings& settings, const std::string& pointer, const ObjectiveSetting& setting, bool hasTeacher,
             at::Device device)
    : m_balance(settings.balance, unmuted(settings), device)
{
    for (std::size_t i = 0; i < settings.objective.size(); ++i) {
        if (settings.objective[i].muted) {
            continue;
        }
        Term term;
        term.settings = settings.objective[i];
        term.place = i;
        const Selection& selection = term.settings.objective;
        const std::string place = pointer + "/objective/" + std::to_string(i);
        term.objective = prepareObjective(selection, setting, hasTeacher, place);
        term.pointer = place + "/";
        const std::string name = std::to_string(i) + " " + selection.kind;
        term.lossSeries = series::termPrefix + name;
        term.gradientSeries = series::gradientPrefix + name;
        term.cosineSeries = series::cosinePrefix + name;
        term.balanceSeries = series::balancePrefix + name;
        for (const Field& field : findKind(objectiveKinds(), selection.kind)->fields) {
            if (field.key == "temperature") {
                term.coldest = field.minimum;
            }
            if (field.tunable && field.type == Field::Type::Number) {
                term.tunableFields.push_back(field);
            }
        }
        if (Module* learned = term.objective->learned()) {
            learned->to(device);
        }
        merge(m_studentTaps, term.objective->studentTaps());
        merge(m_teacherTaps, term.objective->teacherTaps());
        m_terms.push_back(std::move(term));
    }
}

bool Terms::asksTeacher() const
{
    return std::any_of(m_terms.begin(), m_terms.end(), [](const Term& term) { return term.objective->needsTeacher(); });
}

bool Terms::asksIndices() const
{
    return std::any_of(m_terms.begin(), m_terms.end(), [](const Term& term) { return term.objective->needsIndices(); });
}

std::vector<at::Tensor> Terms::learnedParameters() const
{
    std::vector<at::Tensor> parameters;
    for (const Term& term : m_terms) {
        if (Module* learned = term.objective->learned()) {
            for (const NamedTensor& parameter : learned->parameters()) {
                parameters.push_back(parameter.tensor);
            }
        }
    }
    return parameters;
}

std::vector<Terms::Outline> Terms::outlines() const
{
    std::vector<Outline> all;
    for (const Term& term : m_terms) {
        all.push_back({term.pointer.substr(0, term.pointer.size() - 1),
                       "Term " + std::to_string(term.place + 1) + ", " + term.settings.objective.kind,
                       term.objective->learnedParameters(), term.objective->remarks()});
    }
    return all;
}

void Terms::setTemperature(Term& term, double position)
{
    if (term.settings.temperatureSchedule.kind == "constant") {
        return;
    }
    const double temperature = std::max(term.coldest, term.settings.objective.parameters.at("temperature").get<double>()
                                            * scheduleFactor(term.settings.temperatureSchedule, position));
    readFieldsInto(Json{{"temperature", temperature}}, [&](Binder& binder) { term.objective->describe(binder); });
}

std::vector<at::Tensor> Terms::values(std::span<const StepInputs> views, double position)
{
    std::vector<at::Tensor> values;
    for (Term& term : m_terms) {
        setTemperature(term, position);
        at::Tensor value = term.objective->loss(views.front());
        if (term.objective->needsTeacher() && views.size() > 1) {
            for (const StepInputs& view : views.subspan(1)) {
                value = value + term.objective->loss(view);
            }
            value = value / static_cast<double>(views.size());
        }
        values.push_back(std::move(value));
    }
    return values;
}

double Terms::weight(const Term& term, double position) const
{
    return term.settings.weight * scheduleFactor(term.settings.weightSchedule, position);
}

at::Tensor Terms::weighted(const std::vector<at::Tensor>& values, std::size_t index, double position) const
{
    const at::Tensor value = values[index] * weight(m_terms[index], position);
    return m_balance.isOn() ? value * m_balance.factor(index).to(value.scalar_type()) : value;
}

at::Tensor Terms::loss(const std::vector<at::Tensor>& values, double position, Which which) const
{
    at::Tensor sum;
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        if (which == Which::All || m_terms[i].objective->needsTeacher() == (which == Which::FromTeacher)) {
            const at::Tensor value = weighted(values, i, position);
            sum = sum.defined() ? sum + value : value;
        }
    }
    return sum;
}

void Terms::record(const std::vector<at::Tensor>& values, Measurements& measurements) const
{
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        measurements.add(m_terms[i].lossSeries, values[i]);
    }
}

void Terms::measure(const std::vector<at::Tensor>& values, double position, std::int64_t step, bool records,
                    const std::vector<at::Tensor>& parameters, Measurements& measurements)
{
    const bool balances = m_balance.isDue(step);
    if (parameters.empty() || (!records && !balances)) {
        return;
    }
    std::vector<Gradients> gradients;
    std::vector<at::Tensor> norms;
    if (records || m_balance.byGradients()) {
        for (const at::Tensor& value : values) {
            gradients.emplace_back(value, parameters);
            norms.push_back(gradients.back().norm(value));
        }
    }
    if (balances) {
        m_balance.see(m_balance.byGradients() ? norms : values);
        for (std::size_t i = 1; i < m_terms.size(); ++i) {
            measurements.add(m_terms[i].balanceSeries, m_balance.factor(i));
        }
    }
    if (!records) {
        return;
    }
    const auto labels = std::find_if(m_terms.begin(), m_terms.end(), [](const Term& term) { return isLabels(term.settings); });
    const auto place = static_cast<std::size_t>(labels - m_terms.begin());
    const at::Tensor fromLabels = m_terms.size() > 1 && labels != m_terms.end() && !gradients[place].reached.empty()
        ? gradients[place].flat(parameters)
        : at::Tensor();
    for (std::size_t i = 0; i < m_terms.size(); ++i) {
        if (gradients[i].reached.empty()) {
            continue;
        }
        const at::Tensor norm = norms[i] * weight(m_terms[i], position);
        measurements.add(m_terms[i].gradientSeries, m_balance.isOn() ? norm * m_balance.factor(i).to(norm.scalar_type()) : norm, true);
        if (fromLabels.defined() && i != place) {
            const at::Tensor flat = gradients[i].flat(parameters);
            measurements.add(m_terms[i].cosineSeries, flat.dot(fromLabels) / (norms[i] * norms[place]).clamp_min(1e-30), true);
        }
    }
}

std::vector<Tuning> Terms::tunables() const
{
    std::vector<Tuning> found;
    for (const Term& term : m_terms) {
        found.push_back({term.pointer + "weight", term.settings.weight});
        for (const Field& field : term.tunableFields) {
            found.push_back({term.pointer + field.key, term.settings.objective.parameters.at(field.key).get<double>()});
        }
    }
    return found;
}

void Terms::tune(const Tuning& tuning)
{
    for (Term& term : m_terms) {
        if (!tuning.pointer.starts_with(term.pointer)) {
            continue;
        }
        const std::string key = tuning.pointer.substr(term.pointer.size());
        if (key == "weight") {
            term.settings.weight = tuning.value;
        } else {
            term.settings.objective.parameters[key] = tuning.value;
            readFieldsInto(Json{{key, tuning.value}}, [&](Binder& binder) { term.objective->describe(binder); });
        }
    }
}

std::size_t Terms::takeOver(const Terms& before)
{
    const at::NoGradGuard noGradients;
    std::size_t taken = 0;
    for (const Term& term : m_terms) {
        Module* learned = term.objective->learned();
        const auto earlier = std::find_if(before.m_terms.begin(), before.m_terms.end(), [&](const Term& other) {
            return other.settings.objective.kind == term.settings.objective.kind && other.objective->learned();
        });
        if (!learned || earlier == before.m_terms.end()) {
            continue;
        }
        std::map<std::string, at::Tensor> known;
        for (const NamedTensor& part : earlier->objective->learned()->state()) {
            known.emplace(part.name, part.tensor);
        }
        bool any = false;
        for (const NamedTensor& part : learned->state()) {
            const auto found = known.find(part.name);
            if (found != known.end() && found->second.sizes() == part.tensor.sizes()) {
                at::Tensor target = part.tensor;
                target.copy_(found->second);
                any = true;
            }
        }
        taken += any ? 1 : 0;
    }
    return taken;
}

void Terms::save(Checkpoint& into, const std::string& prefix) const
{
    for (const Term& term : m_terms) {
        if (Module* learned = term.objective->learned()) {
            for (const NamedTensor& part : learned->state()) {
                into.tensors.insert_or_assign(prefix + "learned/" + std::to_string(term.place) + "/" + part.name, part.tensor);
            }
        }
    }
    if (m_balance.isOn()) {
        into.tensors.insert_or_assign(prefix + "balance", m_balance.state());
    }
}

void Terms::restore(const Checkpoint& from, const std::string& prefix)
{
    for (const Term& term : m_terms) {
        if (Module* learned = term.objective->learned()) {
            loadState(*learned, from.part(prefix + "learned/" + std::to_string(term.place) + "/"), "the checkpoint");
        }
    }
    if (m_balance.isOn()) {
        m_balance.restore(from.tensors.at(prefix + "balance"));
    }
}

} // namespace distill
