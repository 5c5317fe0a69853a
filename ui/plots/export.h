// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/plots/panel.h"
#include "ui/plots/csv.h"

namespace distill::ui {

class Session;

/// Asks where to, without blocking, then saves. Problems go to the session's banner.
void askAndSavePicture(Session& session, Panel& panel);
void copyPicture(const Panel& panel);

/// The curves of a panel: those in memory as copies, those of runs still loading by name.
struct CurveRequest {
    std::vector<CurveCopy> copies;
    std::vector<std::pair<RunId, QString>> unread; ///< run and key of the plot
    QString suggestedName;
};
void askAndSaveCurves(Session& session, QWidget* parent, CurveRequest request);
/// All curves of one run as the history holds them.
void askAndSaveRun(Session& session, QWidget* parent, const RunId& run, const QString& name);

/// Written beside the path first, then renamed over it; throws InputError.
void writeFile(const QString& path, const std::function<void(std::ostream&)>& write);
/// By the suffix; PNG where there is none known.
PictureFormat formatOf(const QString& path);

} // namespace distill::ui
