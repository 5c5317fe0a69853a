// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/advice.h"

#include "experiment/advicerules.h"
#include "experiment/pointer.h"
#include "experiment/wording.h"

#include <algorithm>
#include <cmath>

namespace distill {

namespace advice {

Look::Look(const Schema& schema, const Document& document, const Experiment& experiment, const SweepSettings& sweep,
           std::string prefix, std::vector<Advice>& into)
    : m_schema(schema)
    , m_document(document)
    , m_experiment(experiment)
    , m_sweep(sweep)
    , m_prefix(std::move(prefix))
    , m_into(into)
{
}

bool Look::isSwept(const std::string& pointer) const
{
    return std::any_of(m_sweep.fields.begin(), m_sweep.fields.end(), [&](const SweptField& swept) {
        return isWithin(swept.field, m_prefix + pointer) || isWithin(m_prefix + pointer, swept.field);
    });
}

std::vector<double> Look::valuesOf(const std::string& pointer, double value) const
{
    for (const SweptField& swept : m_sweep.fields) {
        if (swept.field != m_prefix + pointer) {
            continue;
        }
        std::vector<double> values;
        for (const Json& each : swept.values) {
            values.push_back(each.get<double>());
        }
        return values.empty() ? std::vector{swept.minimum, swept.maximum} : values;
    }
    return {value};
}

void Look::say(const std::string& rule, const std::string& pointer, const std::string& message, std::vector<Advice::Fix> fixes)
{
    Advice advice;
    advice.pointer = m_prefix + pointer;
    advice.line = m_document.lineOf(advice.pointer);
    advice.rule = rule;
    advice.message = message;
    advice.sentence = wording::placed(m_document.source(), advice.line, advice.pointer, message);
    for (Advice::Fix& fix : fixes) {
        for (Edit& edit : fix.edits) {
            edit.pointer = m_prefix + edit.pointer;
        }
        if (m_schema.check(withFix(m_schema, m_document, fix)).empty()) {
            advice.fix = std::move(fix);
            break;
        }
    }
    m_into.push_back(std::move(advice));
}

std::optional<double> Term::number(const std::string& key) const
{
    const auto found = parameters().find(key);
    return found != parameters().end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::string Term::text(const std::string& key) const
{
    const auto found = parameters().find(key);
    return found != parameters().end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool Term::isOff(const std::string& key) const
{
    const auto found = parameters().find(key);
    return found != parameters().end() && *found == false;
}

std::string Term::convention(const std::string& key) const
{
    std::string names;
    int count = 0;
    for (auto preset = kind.presets.rbegin(); preset != kind.presets.rend(); ++preset) {
        // Numbers are what one sets; flags and choices make the convention.
        bool agrees = preset->parameters.contains(key);
        for (const auto& [name, value] : preset->parameters.items()) {
            agrees = agrees && (value.is_number() || value == parameters().value(name, Json()));
        }
        if (agrees) {
            names = preset->name + (count == 0 ? "" : count == 1 ? " and " : ", ") + names;
            ++count;
        }
    }
    return count == 0 ? "" : " That is the convention of " + names + ".";
}

std::vector<Term> termsOf(const Look& look, std::size_t stage)
{
    std::vector<Term> terms;
    const std::vector<TermSettings>& all = look.experiment().stages[stage].objective;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Kind* kind = findKind(look.catalogue().objectives, all[i].objective.kind);
        if (kind && !all[i].muted) {
            const Traits traits = kind->traits ? kind->traits(all[i].objective.parameters) : Traits();
            terms.push_back({"/stages/" + std::to_string(stage) + "/objective/" + std::to_string(i), all[i], *kind, traits, stage});
        }
    }
    return terms;
}

std::pair<DataSettings, std::string> dataOf(const Look& look, std::size_t stage)
{
    const StageSettings& settings = look.experiment().stages[stage];
    return {distill::dataOf(look.experiment().data, settings),
            settings.data.kind == "own" ? "/stages/" + std::to_string(stage) + "/data" : "/data"};
}

Advice::Fix fixOf(std::string label, std::vector<Edit> edits)
{
    return {std::move(label), std::move(edits)};
}

double lastFactor(const ScheduleSettings& schedule)
{
    if (schedule.kind == "step") {
        return std::pow(schedule.factor, static_cast<double>(schedule.milestones.size()));
    }
    return schedule.kind == "constant" ? 1 : schedule.final;
}

bool isZeroThroughout(const ScheduleSettings& schedule)
{
    return schedule.kind == "step" && schedule.factor == 0 && !schedule.milestones.empty() && schedule.milestones.front() <= 0;
}

namespace {

void lookAt(const Schema& schema, const Document& document, const Json& resolved, const SweepSettings& sweep,
            const std::string& prefix, std::vector<Advice>& into)
{
    Experiment experiment;
    readFields(resolved, experiment);
    Look look(schema, document, experiment, sweep, prefix, into);
    ofExperiment(look);
    for (std::size_t i = 0; i < experiment.stages.size(); ++i) {
        const std::vector<Term> terms = termsOf(look, i);
        ofStage(look, i, terms);
        for (const Term& term : terms) {
            ofTerm(look, term);
        }
    }
    for (const std::string& inner : inlineTeachers(experiment.teacher)) {
        lookAt(schema, document, resolved.at(Json::json_pointer(inner)), sweep, prefix + inner, into);
    }
}

} // namespace

} // namespace advice

std::vector<Advice> advise(const Schema& schema, const Document& document)
{
    std::vector<Advice> result;
    if (schema.check(document).empty()) {
        const Json resolved = schema.resolve(document.json());
        Experiment experiment;
        readFields(resolved, experiment);
        advice::lookAt(schema, document, resolved, sweepOf(experiment.sweep), {}, result);
        std::stable_sort(result.begin(), result.end(), [](const Advice& a, const Advice& b) { return a.line < b.line; });
    }
    return result;
}

Document withFix(const Schema& schema, Document document, const Advice::Fix& fix)
{
    for (const Edit& edit : fix.edits) {
        document = schema.with(document, edit.pointer, edit.value);
    }
    return document;
}

FixedDocument withEveryFix(const Schema& schema, Document document)
{
    FixedDocument result{std::move(document), {}};
    const auto isNew = [&](const Advice& advice) {
        return std::none_of(result.fixed.begin(), result.fixed.end(), [&](const Advice& before) {
            return before.rule == advice.rule && before.pointer == advice.pointer; // so that it ends whatever the fixes do
        });
    };
    while (true) {
        const std::vector<Advice> advice = advise(schema, result.document);
        const auto next = std::find_if(advice.begin(), advice.end(), [&](const Advice& each) { return each.fix && isNew(each); });
        if (next == advice.end()) {
            return result;
        }
        result.document = withFix(schema, result.document, *next->fix);
        result.fixed.push_back(*next);
    }
}

} // namespace distill
