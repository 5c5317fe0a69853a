// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/draftshelf.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

namespace distill::ui {

namespace {

constexpr qsizetype mostDrafts = 10;
const QString prefix = QStringLiteral("aside-");

/// Milliseconds since 1970, 13 digits until 2286: the order of names is that of time.
qint64 timeOf(const QString& id)
{
    return id.section(u'-', 1, 1).toLongLong();
}

} // namespace

DraftShelf::DraftShelf(const QString& folder)
    : m_folder(folder)
{
}

QString DraftShelf::put(const KeptDraft& draft) const
{
    const QStringList before = ids();
    const qint64 last = before.isEmpty() ? 0 : timeOf(before.first());
    const QString id = QStringLiteral("%1%2-%3")
                           .arg(prefix)
                           .arg(std::max(QDateTime::currentMSecsSinceEpoch(), last + 1))
                           .arg(QCoreApplication::applicationPid());
    writeDraft(fileOf(id), draft);
    for (qsizetype i = 0; i < before.size(); ++i) {
        if (i + 1 >= mostDrafts || load(before[i]) == draft) {
            QFile::remove(fileOf(before[i]));
        }
    }
    return id;
}

QList<DraftShelf::Item> DraftShelf::items() const
{
    QList<Item> items;
    for (const QString& id : ids()) {
        if (const std::optional<KeptDraft> draft = load(id)) {
            items.append({id, draft->name, QDateTime::fromMSecsSinceEpoch(timeOf(id))});
        }
    }
    return items;
}

std::optional<KeptDraft> DraftShelf::load(const QString& id) const
{
    return readDraft(fileOf(id));
}

QStringList DraftShelf::ids() const
{
    QStringList names
        = QDir(m_folder).entryList({prefix + QStringLiteral("*.json")}, QDir::Files, QDir::Name | QDir::Reversed);
    for (QString& name : names) {
        name.chop(5);
    }
    return names;
}

QString DraftShelf::fileOf(const QString& id) const
{
    return QDir(m_folder).filePath(id + QStringLiteral(".json"));
}

} // namespace distill::ui
