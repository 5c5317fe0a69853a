// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QString>

namespace distill::ui {

/// Writes a file whole or not at all. Throws InputError with one sentence where it cannot be written; what was there
/// before then stays.
void saveFile(const QString& path, QByteArrayView bytes);

} // namespace distill::ui
