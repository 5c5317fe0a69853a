// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/draftstore.h"

#include "experiment/error.h"

#include <QDir>
#include <QFile>

namespace distill::ui {

namespace {

constexpr int mostWorkbenches = 16;

} // namespace

DraftStore::DraftStore(const QString& folder, QObject* context, std::function<void(const QString&)> failed)
    : m_context(context)
    , m_failed(std::move(failed))
    , m_shelf(folder)
    , m_failing(std::make_shared<bool>(false))
{
    m_writer.setMaxThreadCount(1);
    QDir().mkpath(folder);
    for (int i = 1; i <= mostWorkbenches && m_file.isEmpty(); ++i) {
        const QString name = i == 1 ? QStringLiteral("draft") : QStringLiteral("draft-%1").arg(i);
        auto lock = std::make_unique<QLockFile>(QDir(folder).filePath(name + QStringLiteral(".lock")));
        lock->setStaleLockTime(0); // held for as long as its process lives
        if (lock->tryLock(0)) {
            m_lock = std::move(lock);
            m_file = QDir(folder).filePath(name + QStringLiteral(".json"));
        }
    }
}

DraftStore::~DraftStore()
{
    m_writer.waitForDone();
}

void DraftStore::save(const KeptDraft& draft)
{
    if (m_file.isEmpty()) {
        if (!std::exchange(*m_failing, true)) {
            m_failed(QObject::tr("Edits are not kept for the case of a crash: the workspace cannot be written"));
        }
        return;
    }
    if (const std::optional<KeptDraft> left = load(); left && left->isModified()) {
        putAside(*left);
    }
    m_mine = true;
    m_writer.start([file = m_file, draft, context = m_context, failed = m_failed, failing = m_failing] {
        try {
            writeDraft(file, draft);
            *failing = false;
        } catch (const InputError& error) {
            if (!std::exchange(*failing, true)) {
                const QString sentence = QObject::tr("Edits are not kept for the case of a crash: %1")
                                             .arg(QString::fromUtf8(error.what()));
                QMetaObject::invokeMethod(
                    context, [failed, sentence] { failed(sentence); }, Qt::QueuedConnection);
            }
        }
    });
}

void DraftStore::remove()
{
    if (m_mine) {
        m_mine = false;
        m_writer.start([file = m_file, failing = m_failing] {
            if (!*failing) { // else it may be the only copy of what could not be put aside
                QFile::remove(file);
            }
        });
    }
}

std::optional<KeptDraft> DraftStore::load()
{
    if (m_mine) {
        return std::nullopt;
    }
    std::optional<KeptDraft> left = readDraft(m_file);
    m_mine = left.has_value();
    return left;
}

void DraftStore::putAside(const KeptDraft& draft, std::function<void(const QString& id)> done)
{
    m_writer.start([shelf = m_shelf, draft, done, context = m_context, failed = m_failed, failing = m_failing] {
        std::function<void()> told;
        try {
            const QString id = shelf.put(draft);
            told = [done, id] {
                if (done) {
                    done(id);
                }
            };
        } catch (const InputError& error) {
            *failing = true;
            told
                = [failed,
                   sentence
                   = QObject::tr("The unsaved draft could not be put aside: %1").arg(QString::fromUtf8(error.what()))] {
                      failed(sentence);
                  };
        }
        QMetaObject::invokeMethod(context, told, Qt::QueuedConnection);
    });
}

QList<DraftShelf::Item> DraftStore::putAsideItems()
{
    m_writer.waitForDone();
    return m_shelf.items();
}

std::optional<KeptDraft> DraftStore::loadPutAside(const QString& id)
{
    m_writer.waitForDone();
    return m_shelf.load(id);
}

} // namespace distill::ui
