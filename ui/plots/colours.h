// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"

#include <QColor>
#include <QString>
#include <QVector>
#include <unordered_map>
#include <vector>

class QPalette;

namespace distill::ui {

/// The colour of a run's curves: Okabe and Ito's colours, safe for the colour-blind, the same for a run wherever and
/// whenever it is shown. Runs made one after another get different ones. Lightened on a dark palette to keep contrast.
QColor colourOf(const RunId& run, const QPalette& palette);
/// A second channel beside colour: line style number 0 to 3, changes when the colours begin anew.
int lineStyleOf(const RunId& run);
/// Of many runs that are about to be shown, at once: a colour given to one is written to the settings, which takes half a millisecond.
void giveColours(const std::vector<RunId>& runs);

/// The colours that a person may choose from for a run, as they look on a palette. RunMarks::colour is a place among them.
int colourCount();
QColor paletteColour(int place, const QPalette& palette);
QString paletteColourName(int place);
/// Colours that people chose for runs; those of other runs are automatic. Replaces what was chosen before.
void setChosenColours(const std::unordered_map<RunId, int>& places);
/// To be called with the runs that are about to be drawn together: gives one that would look like another a colour of its own, as long as
/// there are colours, then a line style; one that is alone in its colour gets a solid line. Chosen colours stay, and so do those of the runs
/// that come first. True where the look of one changed.
bool keepColoursApart(const QVector<RunId>& runs);

bool isDark(const QPalette& palette);

} // namespace distill::ui
