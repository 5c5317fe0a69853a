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
