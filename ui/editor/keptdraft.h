// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

namespace distill::ui {

/// What was edited and not saved, as a file of the workspace holds it.
struct KeptDraft {
    QString text; ///< as it was edited
    QString original; ///< as the file had it
    QString path; ///< of the file, or empty
    QString name; ///< as the window's title had it

    bool isModified() const { return text != original; }
    bool operator==(const KeptDraft&) const = default;
};

void writeDraft(const QString& file, const KeptDraft& draft); ///< throws InputError
std::optional<KeptDraft> readDraft(const QString& file); ///< nothing where there is none that can be read

} // namespace distill::ui
