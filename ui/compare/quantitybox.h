// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/compare/quantities.h"

#include <QList>

class QComboBox;
class QWidget;

namespace distill::ui {

/// A box to choose a quantity from: figures first, then the fields that differ, then the rest. Chosen is `key`, or where there is
/// none the first. `none`, where it is given, is an entry of its own above, with the key "".
void fillWith(QComboBox& box, const std::vector<Quantity>& quantities, const std::string& key, const QString& none = {});
std::string keyIn(const QComboBox& box);

/// The box with its label before it, as one item of a line.
QWidget* labelled(const QString& text, QComboBox* box);
/// Lays a pane out: a line of tools that wraps where there is no room, and the plot below.
void layOut(QWidget* pane, const QList<QWidget*>& tools, QWidget* plot);

} // namespace distill::ui
