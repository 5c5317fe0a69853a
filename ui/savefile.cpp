// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/savefile.h"

#include "experiment/error.h"

#include <QCoreApplication>
#include <QDir>
#include <QSaveFile>

namespace distill::ui {

void saveFile(const QString& path, QByteArrayView bytes)
{
    QSaveFile file(path);
    // Few bytes wait in a buffer, and commit() does not tell when the disk has no room for them: flush() does.
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes.data(), bytes.size()) != bytes.size() || !file.flush()
        || !file.commit()) {
        throw InputError(QCoreApplication::translate("saveFile", "%1 cannot be written: %2")
                             .arg(QDir::toNativeSeparators(path), file.errorString())
                             .toStdString());
    }
}

} // namespace distill::ui
