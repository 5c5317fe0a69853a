// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/curvesimport.h"

#include "experiment/error.h"
#include "ui/format.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <memory>
#include <set>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr auto folderKey = "import/folder";
constexpr int renamedShown = 3;

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QString translated(const char* source)
{
    return QCoreApplication::translate("CurvesImport", source);
}

struct Result {
    std::vector<ImportedRun> runs;
    QStringList problems;
};

} // namespace

QString importSentence(const std::vector<ImportedRun>& runs)
{
    std::vector<const ImportedRun*> fresh;
    std::set<QString> renamed;
    for (const ImportedRun& run : runs) {
        if (run.wasThere) {
            continue;
        }
        fresh.push_back(&run);
        for (const ImportedCurve& curve : run.curves) {
            if (curve.name != curve.series) {
                renamed.insert((curve.fromPercent ? translated("%1 (percent) as %2") : translated("%1 as %2"))
                                   .arg(text(curve.name), text(curve.series)));
            }
        }
    }
    QString sentence = fresh.empty() ? plural(static_cast<int>(runs.size()), translated("This run was imported before; nothing was added."),
                                              translated("These %1 runs were imported before; nothing was added."))
        : fresh.size() == 1          ? translated("\u201c%1\u201d was imported").arg(text(fresh.front()->name))
                                     : translated("%1 runs were imported").arg(fresh.size());
    if (fresh.empty()) {
        return sentence;
    }
    if (!renamed.empty()) {
        QStringList names(renamed.begin(), renamed.end());
        const auto more = names.size() - renamedShown;
        names = names.mid(0, renamedShown);
        sentence += u": "_s + names.join(u", "_s);
        sentence += more > 0 ? translated(" and %1 more").arg(more) : QString();
    }
    return sentence + u'.';
}

CurvesImport::CurvesImport(Session& session, QWidget* window)
    : QObject(window)
    , m_session(session)
    , m_window(window)
{
}

void CurvesImport::askForFiles()
{
    ask(tr("Import curves"), false);
}

void CurvesImport::askForFolder()
{
    ask(tr("Import a folder of TensorBoard event files"), true);
}

void CurvesImport::ask(const QString& title, bool folder)
{
    auto* const dialog = new QFileDialog(m_window, title, Settings().value(QLatin1String(folderKey), QDir::homePath()).toString());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptOpen);
    dialog->setLabelText(QFileDialog::Accept, tr("Import"));
    if (folder) {
        dialog->setFileMode(QFileDialog::Directory);
        dialog->setOption(QFileDialog::ShowDirsOnly);
    } else {
        dialog->setFileMode(QFileDialog::ExistingFiles);
        dialog->setNameFilters({tr("Curves (*.csv *.tsv *.jsonl *.json *.txt *tfevents*)"), tr("All files (*)")});
    }
    connect(dialog, &QFileDialog::filesSelected, this, &CurvesImport::bringIn);
    dialog->open();
}

void CurvesImport::bringIn(const QStringList& paths)
{
    if (paths.isEmpty()) {
        return;
    }
    Q_EMIT started(paths.size() == 1 ? tr("Importing %1\u2026").arg(QFileInfo(paths.front()).fileName())
                                     : tr("Importing %1 files\u2026").arg(paths.size()));
    const auto result = std::make_shared<Result>();
    const auto tell = [this, result, paths] {
        if (!result->runs.empty()) {
            Settings().setValue(QLatin1String(folderKey), QFileInfo(paths.front()).absolutePath());
        }
        QVector<RunId> ids;
        for (const ImportedRun& run : result->runs) {
            ids << run.id;
        }
        Q_EMIT finished(result->runs.empty() ? QString() : importSentence(result->runs), ids);
        for (const QString& problem : result->problems) { // last, so that they stand in front
            Q_EMIT m_session.problem(problem);
        }
    };
    m_session.perform(
        this,
        [result, paths](History& history, Engine&) {
            for (const QString& path : paths) {
                try {
                    for (ImportedRun& run : importRuns(history, path.toStdString())) {
                        result->runs.push_back(std::move(run));
                    }
                } catch (const InputError& error) {
                    result->problems << text(error.what());
                }
            }
        },
        tell, tell); // a disk that refuses is a problem told already; what came in before it is there
}

} // namespace distill::ui
