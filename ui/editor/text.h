// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/field.h"

#include <QString>

namespace distill::ui {

/// "learning_rate" as people read it: "Learning rate".
QString titleOf(const std::string& key);
/// What stands before a field: its title, or the parent's name for it where the key alone says too little.
QString labelOf(const Field& field);
/// One item of a list: "Stage", "Term".
QString itemTitleOf(const Field& list);

/// A value as it stands in a line edit; a number in the fewest digits that give the same number again.
QString shortText(const Json& value);
/// What was typed as a number; the text itself where it is none, so that the document's check can say what is wrong.
Json numberFrom(const QString& typed, bool integer);
/// True for text on its way to a number ("", "-", "1e"): nothing to judge yet.
bool isUnfinishedNumber(const QString& typed);

QString countText(double value); ///< 855,770 or 126 M

/// The bytes as text and back without a change, a byte order mark included. False where they are not UTF-8.
bool decode(const QByteArray& bytes, QString& text);

/// Of a JSON pointer.
std::string childPointer(const std::string& pointer, const std::string& key);
std::string parentPointer(const std::string& pointer);

} // namespace distill::ui
