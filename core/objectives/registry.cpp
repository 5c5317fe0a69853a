// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/registry.h"

#include "experiment/error.h"

namespace distill {

namespace {

const std::vector<ObjectiveEntry>& entries()
{
    static const std::vector<ObjectiveEntry> list = {
        crossEntropyEntry(),
        hintonEntry(),
        logitMseEntry(),
        hintEntry(),
        attentionTransferEntry(),
        decoupledEntry(),
        logitStandardisationEntry(),
        distEntry(),
        teacherFreeEntry(),
        mutualLearningEntry(),
        similarityEntry(),
        pktEntry(),
        rkdEntry(),
        correlationEntry(),
        nstEntry(),
        kdSvdEntry(),
        ickdEntry(),
        forwardKlEntry(),
        reverseKlEntry(),
        symmetricKlEntry(),
        jsdEntry(),
        gkdEntry(),
        tvdEntry(),
        skewForwardKlEntry(),
        skewReverseKlEntry(),
        sparseKlEntry(),
        sparseJsdEntry(),
        sparseTvdEntry(),
        hingeRankingEntry(),
        logisticRankingEntry(),
        uldEntry(),
        hiddenMseEntry(),
        hiddenCosineEntry(),
        pkdEntry(),
        attentionMseEntry(),
        attentionCeEntry(),
        miniLmEntry(),
        sequenceCrossEntropyEntry(),
        dpoEntry(),
        vidEntry(),
        fspEntry(),
        ftEntry(),
        abEntry(),
        ofdEntry(),
        reviewKdEntry(),
        hclEntry(),
        crdEntry(),
        srdEntry(),
        mgdEntry(),
    };
    return list;
}

const ObjectiveEntry& entryOf(const std::string& kind)
{
    std::string known;
    for (const ObjectiveEntry& entry : entries()) {
        if (entry.name == kind) {
            return entry;
        }
        known += (known.empty() ? "" : ", ") + std::string(entry.name);
    }
    throw InputError("There is no objective \"" + kind + "\"; known are " + known);
}

Kind kindOf(const ObjectiveEntry& entry)
{
    const std::unique_ptr<Objective> objective = entry.make();
    Kind kind;
    kind.name = entry.name;
    kind.title = entry.title;
    kind.help = entry.help;
    kind.formula = entry.formula;
    kind.paper = entry.paper;
    kind.presets = entry.presets;
    kind.fields = collectFields([&](Binder& binder) { objective->describe(binder); });
    kind.needsTeacher = objective->needsTeacher();
    kind.traits = [make = entry.make](const Json& parameters) {
        const std::unique_ptr<Objective> made = make();
        readFieldsInto(parameters, [&](Binder& binder) { made->describe(binder); });
        return Traits{made->needsLabels(), made->needsOneClass(), made->relatesSamples()};
    };
    return kind;
}

} // namespace

const std::vector<Kind>& objectiveKinds()
{
    static const std::vector<Kind> kinds = [] {
        std::vector<Kind> list;
        for (const ObjectiveEntry& entry : entries()) {
            list.push_back(kindOf(entry));
        }
        return list;
    }();
    return kinds;
}

std::unique_ptr<Objective> makeObjective(const Selection& selection)
{
    std::unique_ptr<Objective> objective = entryOf(selection.kind).make();
    readFieldsInto(selection.parameters, [&](Binder& binder) { objective->describe(binder); });
    return objective;
}

bool objectiveNeedsTeacher(const std::string& kind)
{
    return entryOf(kind).make()->needsTeacher();
}

} // namespace distill
