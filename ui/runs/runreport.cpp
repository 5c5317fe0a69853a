// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runreport.h"

#include "engine/reporting.h"
#include "interchange/curves.h"
#include "ui/format.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QIcon>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr auto folderKey = "runs/reportFolder";
constexpr auto suffixKey = "runs/reportSuffix";

} // namespace

RunReport::RunReport(Session& session, QWidget* panel)
    : QObject(panel)
    , action(new QAction(QIcon::fromTheme(u"document-print"_s), tr("Repor&t\u2026"), this))
    , m_session(session)
    , m_panel(panel)
{
    const QString help = tr("Write what the chosen runs show as a web page, a PDF or a Markdown text");
    const QKeySequence keys(u"Ctrl+Shift+E"_s);
    action->setShortcut(keys);
    action->setStatusTip(help);
    action->setToolTip(tr("%1 (%2)").arg(help, keys.toString(QKeySequence::NativeText)));
    connect(action, &QAction::triggered, this, [this] { ask(m_chosen); });
    setChosen({}, nullptr);
}

void RunReport::setChosen(const std::vector<RunId>& runs, const RunRow* only)
{
    m_chosen = {.runs = runs, .file = only ? tr("%1-report").arg(QString::fromStdString(folderNameOf(*only))) : QString()};
    action->setEnabled(!runs.empty());
}

void RunReport::ask(const Subject& subject)
{
    if (subject.runs.empty()) {
        return;
    }
    const QString own = subject.title.isEmpty() ? subject.file : QString(subject.title).replace(u'/', u'-');
    const QString name = own.isEmpty() ? tr("comparison") : own;
    const QString start = Settings().value(QLatin1String(folderKey), QDir::homePath()).toString();
    const QList<std::pair<QString, QString>> kinds
        = {{tr("Web page (*.html)"), u"html"_s}, {tr("PDF (*.pdf)"), u"pdf"_s}, {tr("Markdown (*.md)"), u"md"_s}};
    const QString last = Settings().value(QLatin1String(suffixKey), u"html"_s).toString();
    auto* const dialog = new QFileDialog(m_panel, tr("Write a report"), start);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    QStringList filters;
    for (const auto& [filter, suffix] : kinds) {
        filters << filter;
    }
    dialog->setNameFilters(filters);
    const auto choose = [dialog, kinds, name](const QString& filter) {
        for (const auto& [each, suffix] : kinds) {
            if (each == filter) {
                dialog->setDefaultSuffix(suffix);
                dialog->selectFile(name + u'.' + suffix);
            }
        }
    };
    connect(dialog, &QFileDialog::filterSelected, this, choose);
    for (const auto& [filter, suffix] : kinds) {
        if (suffix == last) {
            dialog->selectNameFilter(filter);
            choose(filter);
        }
    }
    connect(dialog, &QFileDialog::fileSelected, this, [this, subject](const QString& file) { write(subject, file); });
    dialog->open();
}

void RunReport::write(const Subject& subject, const QString& file)
{
    const QFileInfo info(file);
    Settings().setValue(QLatin1String(folderKey), info.absolutePath());
    Settings().setValue(QLatin1String(suffixKey), info.suffix().toLower());
    const int count = static_cast<int>(subject.runs.size());
    const QString sentence = plural(count, tr("A report on a run is being written."), tr("A report on %1 runs is being written."));
    Q_EMIT begun(sentence);
    m_session.perform(
        this,
        [subject, path = file.toStdString()](History& history, Engine&) {
            writeReport(history, subject.runs, {.baseline = subject.baseline, .title = subject.title.toStdString()}, path);
        },
        [this, file, count, name = info.fileName()] {
            Q_EMIT written(plural(count, tr("The report on a run is in %2."), tr("The report on %1 runs is in %2.")).arg(name), file);
        },
        [this, sentence] { Q_EMIT failed(sentence); });
}

} // namespace distill::ui
