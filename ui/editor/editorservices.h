// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/formnode.h"
#include "ui/editor/layerpicker.h"
#include "ui/editor/planstrip.h"
#include "ui/editor/runchoices.h"

namespace distill::ui {

class Session;

/// What the editor needs of the program around it.
struct EditorServices {
    const Schema& schema;
    PlanStrip::Planner plan;
    RunChoices::Source finishedRuns;
    /// Calls back on the window's thread whenever the history's runs have changed, for as long as `context` lives.
    std::function<void(QObject* context, std::function<void()> changed)> watchRuns;
    std::function<void(const QString& sentence)> problem; ///< shows a sentence in the window
    QString draftsFolder;
    decltype(FormServices::lossFormula) lossFormula = {}; ///< none: the form shows no formula
    LayerPicker::Inspector inspectTerm = {}; ///< none: layers are named, not picked
};

EditorServices editorServices(Session& session);

} // namespace distill::ui
