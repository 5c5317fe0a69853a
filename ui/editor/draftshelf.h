// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/keptdraft.h"

#include <QDateTime>
#include <QList>

namespace distill::ui {

/// The last unsaved drafts that another document took the place of, each a file in the drafts folder.
class DraftShelf {
public:
    struct Item {
        QString id;
        QString name;
        QDateTime at;
    };

    explicit DraftShelf(const QString& folder);

    /// Returns the draft's id. One that lies here already moves to the front; of many the oldest goes. Throws
    /// InputError where the file cannot be written.
    QString put(const KeptDraft& draft) const;
    QList<Item> items() const; ///< newest first
    std::optional<KeptDraft> load(const QString& id) const;

private:
    QStringList ids() const;
    QString fileOf(const QString& id) const;

    QString m_folder;
};

} // namespace distill::ui
