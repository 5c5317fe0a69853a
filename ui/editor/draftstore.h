// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/draftshelf.h"

#include <QLockFile>
#include <QObject>
#include <QThreadPool>
#include <functional>
#include <memory>

namespace distill::ui {

/// Keeps what was edited and not saved in a file of the workspace, so that a crash loses nothing, and puts aside what
/// another document took the place of. Writing waits for the disk, so one thread of its own does it, in order. Each
/// workbench of a workspace has a file of its own.
class DraftStore {
public:
    /// `failed` is told on the thread of `context`, of the draft once when writing begins to fail; `context` outlives
    /// this.
    DraftStore(const QString& folder, QObject* context, std::function<void(const QString&)> failed);
    ~DraftStore();

    void save(const KeptDraft& draft);
    void remove();
    /// What a session that ended badly left behind; nothing once it was asked for.
    std::optional<KeptDraft> load();

    /// Puts a draft on the shelf; `done` has its id, on the thread of `context`, as soon as it lies there.
    void putAside(const KeptDraft& draft, std::function<void(const QString& id)> done = {});
    QList<DraftShelf::Item> putAsideItems();
    std::optional<KeptDraft> loadPutAside(const QString& id);

private:
    QObject* m_context;
    std::function<void(const QString&)> m_failed;
    DraftShelf m_shelf;
    QString m_file;
    std::unique_ptr<QLockFile> m_lock;
    QThreadPool m_writer;
    std::shared_ptr<bool> m_failing; ///< of the writer's thread
    bool m_mine = false; ///< the file holds what this session edits
};

} // namespace distill::ui
