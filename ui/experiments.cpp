// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/experiments.h"

#include "experiment/document.h"
#include "experiment/error.h"

#include <QCoreApplication>
#include <QDir>
#include <algorithm>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

QString textAt(const Json& json, const char* key)
{
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? QString::fromStdString(found->get<std::string>()) : QString();
}

} // namespace

QString experimentsFolder()
{
    const QString given = qEnvironmentVariable("DISTILL_EXPERIMENTS");
    const QString installed = QCoreApplication::applicationDirPath() + u"/../share/distill-workbench/experiments"_s;
    for (const QString& folder : {given, installed, QStringLiteral(DISTILL_EXPERIMENTS_DIR)}) {
        if (!folder.isEmpty() && QDir(folder).exists()) {
            return QDir(folder).absolutePath();
        }
    }
    return {};
}

std::vector<ReadyExperiment> readyExperiments(const QString& folder)
{
    std::vector<ReadyExperiment> found;
    if (folder.isEmpty()) {
        return found;
    }
    for (const QFileInfo& file : QDir(folder).entryInfoList({u"*.json"_s}, QDir::Files | QDir::Readable, QDir::Name)) {
        try {
            const Document document = Document::load(file.filePath().toStdString());
            ReadyExperiment experiment;
            experiment.text = QString::fromStdString(document.text());
            experiment.title = textAt(document.json(), "name");
            if (experiment.title.isEmpty()) {
                experiment.title = file.completeBaseName();
            }
            experiment.description = textAt(document.json(), "notes").section(u"\n\n"_s, 0, 0).simplified();
            experiment.quickStart = file.completeBaseName().remove(u'-').remove(u'_').startsWith(u"quickstart"_s);
            found.push_back(std::move(experiment));
        } catch (const InputError&) {
            continue; // `distill check` says what is wrong with it
        }
    }
    std::stable_partition(found.begin(), found.end(), [](const ReadyExperiment& each) { return each.quickStart; });
    return found;
}

} // namespace distill::ui
