// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <vector>

namespace distill::ui {

/// A ready-made experiment of the experiments folder.
struct ReadyExperiment {
    QString text; ///< the document, byte for byte
    QString title; ///< its `name`
    QString description; ///< first paragraph of its `notes`
    bool quickStart = false;
};

/// Where they lie: DISTILL_EXPERIMENTS, beside an installed program, or in the source tree; empty where there is none.
QString experimentsFolder();
/// The quick start first, then by file name. A file that is no document is left out.
std::vector<ReadyExperiment> readyExperiments(const QString& folder = experimentsFolder());

} // namespace distill::ui
