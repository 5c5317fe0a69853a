// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/draftstore.h"

#include "experiment/field.h"

#include <QDir>
#include <QFile>
#include <QSaveFile>

namespace distill::ui {

namespace {

constexpr int mostWorkbenches = 16;

} // namespace

DraftStore::DraftStore(const QString& folder, QObject* context, std::function<void(const QString&)> failed)
    : m_context(context)
    , m_failed(std::move(failed))
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

void DraftStore::save(const Kept& draft)
{
    if (m_file.isEmpty()) {
        if (!std::exchange(*m_failing, true)) {
            m_failed(QObject::tr("Edits are not kept for the case of a crash: the workspace cannot be written"));
        }
        return;
    }
    if (!m_mine && QFile::exists(m_file)) {
        // Somebody else's edits, not taken up: they are set aside, not overwritten.
        const QString aside = m_file + QStringLiteral(".previous");
        m_writer.start([file = m_file, aside] {
            QFile::remove(aside);
            QFile::rename(file, aside);
        });
    }
    m_mine = true;
    m_writer.start([file = m_file, draft, context = m_context, failed = m_failed, failing = m_failing] {
        const Json kept = {{"path", draft.path.toStdString()},
                           {"original", draft.original.toStdString()},
                           {"text", draft.text.toStdString()}};
        const std::string bytes = kept.dump(1, ' ', false, Json::error_handler_t::replace);
        QSaveFile out(file);
        const bool written = out.open(QIODevice::WriteOnly)
            && out.write(bytes.data(), static_cast<qint64>(bytes.size())) == static_cast<qint64>(bytes.size())
            && out.commit();
        if (!written && !*failing) {
            const QString sentence = QObject::tr("%1 cannot be written: %2").arg(file, out.errorString());
            QMetaObject::invokeMethod(
                context, [failed, sentence] { failed(sentence); }, Qt::QueuedConnection);
        }
        *failing = !written;
    });
}

void DraftStore::remove()
{
    if (m_mine) {
        m_mine = false;
        m_writer.start([file = m_file] { QFile::remove(file); });
    }
}

std::optional<DraftStore::Kept> DraftStore::load()
{
    QFile in(m_file);
    if (m_file.isEmpty() || !in.open(QIODevice::ReadOnly)) {
        return std::nullopt;
    }
    const Json kept = Json::parse(in.readAll().toStdString(), nullptr, false);
    const auto text = [&](const char* key) {
        return QString::fromStdString(kept.contains(key) && kept[key].is_string() ? kept[key].get<std::string>() : "");
    };
    if (!kept.is_object() || text("text").isEmpty()) {
        return std::nullopt;
    }
    m_mine = true;
    return Kept{text("text"), text("original"), text("path")};
}

} // namespace distill::ui
