// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings.h"

#include <QDir>
#include <QStandardPaths>

namespace distill::ui {

namespace {

QString file()
{
    QString folder = qEnvironmentVariable("DISTILL_CONFIG");
    if (folder.isEmpty()) {
        folder = QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation)
            + QStringLiteral("/distill-workbench");
    }
    return QDir(folder).filePath(QStringLiteral("window.ini"));
}

} // namespace

Settings::Settings()
    : QSettings(file(), QSettings::IniFormat)
{
}

} // namespace distill::ui
