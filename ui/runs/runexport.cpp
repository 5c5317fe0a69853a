// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/runexport.h"

#include "interchange/curves.h"
#include "ui/format.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QAction>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QIcon>
#include <QMenu>
#include <memory>

using namespace Qt::StringLiterals;

namespace distill::ui {

namespace {

constexpr auto folderKey = "runs/exportFolder";

QString lastFolder()
{
    return Settings().value(QLatin1String(folderKey), QDir::homePath()).toString();
}

} // namespace

RunExport::RunExport(Session& session, QWidget* panel)
    : QObject(panel)
    , menu(new QAction(QIcon::fromTheme(u"document-export"_s), tr("Export &as"), this))
    , torchScript(make(tr("Network as &TorchScript\u2026"), tr("Write the run's network into a file that PyTorch loads without this program")))
    , csv(make(tr("Curves as &CSV\u2026"), tr("Write every point of the chosen runs' curves into one table")))
    , tensorBoard(make(tr("Curves for Tensor&Board\u2026"), tr("Write the chosen runs' curves as event files, a folder a run")))
    , m_session(session)
    , m_panel(panel)
{
    auto* const items = new QMenu(panel);
    items->addActions({torchScript, csv, tensorBoard});
    menu->setMenu(items);
    connect(torchScript, &QAction::triggered, this, [this] {
        askForFile(tr("Export the network as TorchScript"), tr("TorchScript (*.pt)"), u"pt"_s, &RunExport::writeTorchScript);
    });
    connect(csv, &QAction::triggered, this, [this] {
        askForFile(tr("Export curves as CSV"), tr("Comma-separated values (*.csv)"), u"csv"_s, &RunExport::writeCsv);
    });
    connect(tensorBoard, &QAction::triggered, this, &RunExport::askForFolder);
    setChosen({}, nullptr);
}

QAction* RunExport::make(const QString& text, const QString& help)
{
    auto* const action = new QAction(text, this);
    action->setStatusTip(help);
    action->setToolTip(help);
    return action;
}

void RunExport::setChosen(const std::vector<RunId>& runs, const RunRow* only)
{
    m_chosen = runs;
    m_name = only ? QString::fromStdString(folderNameOf(*only)) : u"curves"_s;
    for (QAction* action : {menu, csv, tensorBoard}) {
        action->setEnabled(!runs.empty());
    }
    torchScript->setEnabled(only && only->state == RunState::Finished && !only->isImported());
}

void RunExport::askForFile(const QString& title, const QString& filter, const QString& suffix, void (RunExport::*write)(const QString&))
{
    if (m_chosen.empty()) {
        return;
    }
    auto* const dialog = new QFileDialog(m_panel, title, lastFolder(), filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffix);
    dialog->selectFile(m_name + u'.' + suffix);
    connect(dialog, &QFileDialog::fileSelected, this, write);
    dialog->open();
}

void RunExport::askForFolder()
{
    auto* const dialog = new QFileDialog(m_panel, tr("Export event files for TensorBoard"), lastFolder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    dialog->setAcceptMode(QFileDialog::AcceptOpen);
    dialog->setLabelText(QFileDialog::Accept, tr("Export here"));
    connect(dialog, &QFileDialog::fileSelected, this, &RunExport::writeTensorBoard);
    dialog->open();
}

void RunExport::tell(const QString& sentence, const QString& folder)
{
    Settings().setValue(QLatin1String(folderKey), folder);
    Q_EMIT exported(sentence, folder);
}

void RunExport::writeTorchScript(const QString& file)
{
    if (m_chosen.empty()) {
        return;
    }
    const auto difference = std::make_shared<double>(0);
    m_session.perform(
        this,
        [difference, id = m_chosen.front(), path = file.toStdString()](History& history, Engine&) {
            *difference = exportTorchScript(history, id, path);
        },
        [this, difference, file] {
            tell(tr("The network was written to %1; read again, its logits differ by at most %2.")
                     .arg(QFileInfo(file).fileName(), QString::number(*difference, 'g', 2)),
                 QFileInfo(file).absolutePath());
        });
}

void RunExport::writeCsv(const QString& file)
{
    m_session.perform(
        this, [runs = m_chosen, path = file.toStdString()](History& history, Engine&) { writeCurvesFile(history, runs, path); },
        [this, file, count = static_cast<int>(m_chosen.size())] {
            tell(plural(count, tr("The curves of a run were written to %2."), tr("The curves of %1 runs were written to %2."))
                     .arg(QFileInfo(file).fileName()),
                 QFileInfo(file).absolutePath());
        });
}

void RunExport::writeTensorBoard(const QString& folder)
{
    m_session.perform(
        this, [runs = m_chosen, path = folder.toStdString()](History& history, Engine&) { exportTensorBoard(history, runs, path); },
        [this, folder, count = static_cast<int>(m_chosen.size())] {
            tell(plural(count, tr("The curves of a run were written for TensorBoard to %2."),
                        tr("The curves of %1 runs were written for TensorBoard to %2."))
                     .arg(QDir::toNativeSeparators(folder)),
                 folder);
        });
}

} // namespace distill::ui
