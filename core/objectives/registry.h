// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "objectives/objective.h"

namespace distill {

/// How a method's file puts it into the registry: one entry in registry.cpp's list, nothing else.
struct ObjectiveEntry {
    const char* name;
    const char* title;
    const char* help;
    const char* formula;
    const char* paper;
    std::unique_ptr<Objective> (*make)();
    std::vector<Preset> presets = {};
};

template <class Method> std::unique_ptr<Objective> makeOne()
{
    return std::make_unique<Method>();
}

ObjectiveEntry crossEntropyEntry();
ObjectiveEntry hintonEntry();
ObjectiveEntry logitMseEntry();
ObjectiveEntry hintEntry();
ObjectiveEntry attentionTransferEntry();
ObjectiveEntry decoupledEntry();
ObjectiveEntry logitStandardisationEntry();
ObjectiveEntry distEntry();
ObjectiveEntry teacherFreeEntry();
ObjectiveEntry mutualLearningEntry();
ObjectiveEntry similarityEntry();
ObjectiveEntry pktEntry();
ObjectiveEntry rkdEntry();
ObjectiveEntry correlationEntry();
ObjectiveEntry nstEntry();
ObjectiveEntry kdSvdEntry();
ObjectiveEntry ickdEntry();
ObjectiveEntry forwardKlEntry();
ObjectiveEntry reverseKlEntry();
ObjectiveEntry symmetricKlEntry();
ObjectiveEntry jsdEntry();
ObjectiveEntry gkdEntry();
ObjectiveEntry tvdEntry();
ObjectiveEntry skewForwardKlEntry();
ObjectiveEntry skewReverseKlEntry();
ObjectiveEntry sparseKlEntry();
ObjectiveEntry sparseJsdEntry();
ObjectiveEntry sparseTvdEntry();
ObjectiveEntry hingeRankingEntry();
ObjectiveEntry logisticRankingEntry();
ObjectiveEntry uldEntry();
ObjectiveEntry hiddenMseEntry();
ObjectiveEntry hiddenCosineEntry();
ObjectiveEntry pkdEntry();
ObjectiveEntry attentionMseEntry();
ObjectiveEntry attentionCeEntry();
ObjectiveEntry miniLmEntry();
ObjectiveEntry sequenceCrossEntropyEntry();
ObjectiveEntry dpoEntry();
ObjectiveEntry vidEntry();
ObjectiveEntry fspEntry();
ObjectiveEntry ftEntry();
ObjectiveEntry abEntry();
ObjectiveEntry ofdEntry();
ObjectiveEntry reviewKdEntry();
ObjectiveEntry hclEntry();
ObjectiveEntry crdEntry();
ObjectiveEntry srdEntry();
ObjectiveEntry mgdEntry();

} // namespace distill
