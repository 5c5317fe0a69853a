// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/export.h"

#include "experiment/error.h"
#include "interchange/curves.h"
#include "ui/session.h"
#include "ui/settings.h"

#include <QClipboard>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QStandardPaths>
#include <filesystem>
#include <fstream>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString tr(const char* text)
{
    return QCoreApplication::translate("Export", text);
}

QString fileName(QString name)
{
    for (QChar& c : name) {
        if (!c.isLetterOrNumber() && c != u'-' && c != u'_' && c != u'.') {
            c = u'-';
        }
    }
    return name;
}

void ask(QWidget* parent, const QString& title, const QString& name, const QStringList& filters, const QString& suffix,
         std::function<void(const QString&)> done)
{
    Settings settings;
    const QString home = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    const QString folder = settings.value(u"monitor/export_folder"_s, home).toString();
    auto* dialog = new QFileDialog(parent, title, folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilters(filters);
    dialog->setDefaultSuffix(suffix);
    dialog->selectFile(fileName(name) + u'.' + suffix);
    // A filter chosen in the dialog is a format chosen.
    QObject::connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString& filter) {
        const QString chosen = filter.section(u"*."_s, 1).section(u')', 0, 0);
        dialog->setDefaultSuffix(chosen);
        const QStringList files = dialog->selectedFiles();
        if (!files.isEmpty()) {
            const QFileInfo info(files.first());
            dialog->selectFile(info.completeBaseName() + u'.' + chosen);
        }
    });
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
                     [done = std::move(done)](const QString& path) { done(path); });
    dialog->open();
}

/// Where the next one is proposed, once something was written there.
void rememberFolder(const QString& path)
{
    Settings().setValue(u"monitor/export_folder"_s, QFileInfo(path).absolutePath());
}

} // namespace

PictureFormat formatOf(const QString& path)
{
    const QString suffix = QFileInfo(path).suffix().toLower();
    return suffix == "svg"_L1 ? PictureFormat::Svg : suffix == "pdf"_L1 ? PictureFormat::Pdf : PictureFormat::Png;
}

void writeFile(const QString& path, const std::function<void(std::ostream&)>& write)
{
    const std::filesystem::path target(path.toStdU16String());
    std::filesystem::path beside = target;
    beside += ".part";
    std::ofstream out(beside, std::ios::binary | std::ios::trunc);
    if (out) {
        write(out);
        out.close();
    }
    std::error_code error;
    if (out) {
        std::filesystem::rename(beside, target, error);
    }
    if (!out || error) {
        std::error_code ignored;
        std::filesystem::remove(beside, ignored);
        throw InputError(tr("%1 cannot be written: choose a folder that may be written to and has room")
                             .arg(QDir::toNativeSeparators(path))
                             .toStdString());
    }
}

void askAndSavePicture(Session& session, Panel& panel)
{
    ask(&panel, tr("Save %1 as a picture").arg(panel.title()), panel.title(),
        {tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)"), tr("PDF page (*.pdf)")}, u"png"_s,
        [&session, &panel](const QString& path) {
            QGuiApplication::setOverrideCursor(Qt::WaitCursor);
            session.attempt([&] {
                savePicture(panel.picture(), formatOf(path), path);
                rememberFolder(path);
            });
            QGuiApplication::restoreOverrideCursor();
        });
}

void copyPicture(const Panel& panel)
{
    QGuiApplication::clipboard()->setImage(imageOf(panel.picture(), 2, paperPalette()));
}

void askAndSaveCurves(Session& session, QWidget* parent, CurveRequest request)
{
    const QString name = request.suggestedName;
    auto shared = std::make_shared<CurveRequest>(std::move(request));
    ask(parent, tr("Save curves as CSV"), name, {tr("Comma-separated values (*.csv)")}, u"csv"_s,
        [&session, parent, shared](const QString& path) {
            session.read<bool>(
                parent,
                [shared, path](const History& history) {
                    for (const auto& [run, plot] : shared->unread) {
                        for (const std::string& series : history.seriesOf(run)) {
                            const auto place = placeOf(series);
                            if (!place || place->plot != plot) {
                                continue;
                            }
                            CurveCopy copy{run, series, {}};
                            for (const Point& point : history.curve(run, series)) {
                                copy.samples.push_back({point.step, point.epoch, point.seconds, point.value});
                            }
                            shared->copies.push_back(std::move(copy));
                        }
                    }
                    shared->unread.clear();
                    writeFile(path, [&](std::ostream& out) { writeCsv(shared->copies, out); });
                    return true;
                },
                [path](bool) { rememberFolder(path); });
        });
}

void askAndSaveRun(Session& session, QWidget* parent, const RunId& run, const QString& name)
{
    ask(parent, tr("Save all curves of %1 as CSV").arg(name), name + u"-curves"_s,
        {tr("Comma-separated values (*.csv)")}, u"csv"_s, [&session, parent, run](const QString& path) {
            session.read<bool>(
                parent,
                [run, path](const History& history) {
                    writeFile(path, [&](std::ostream& out) { writeCurves(history, {run}, {}, out); });
                    return true;
                },
                [path](bool) { rememberFolder(path); });
        });
}

} // namespace distill::ui
