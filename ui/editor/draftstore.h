// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLockFile>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <optional>

namespace distill::ui {

/// Keeps what was edited and not saved in a file of the workspace, so that a crash loses nothing. Writing waits for the
/// disk, so one thread of its own does it, in order. Each workbench of a workspace has a file of its own.
class DraftStore {
public:
    struct Kept {
        QString text; ///< as it was edited
        QString original; ///< as the file had it
        QString path; ///< of the file, or empty
    };

    /// `failed` is told once, on the thread of `context`, when writing begins to fail; `context` outlives this.
    DraftStore(const QString& folder, QObject* context, std::function<void(const QString&)> failed);
    ~DraftStore();

    void save(const Kept& draft);
    void remove();
    /// What a session that ended badly left behind.
    std::optional<Kept> load();

private:
    QObject* m_context;
    std::function<void(const QString&)> m_failed;
    QString m_file;
    std::unique_ptr<QLockFile> m_lock;
    QThreadPool m_writer;
    std::shared_ptr<bool> m_failing; ///< of the writer's thread
    bool m_mine = false; ///< the file holds what this session edits
};

} // namespace distill::ui
