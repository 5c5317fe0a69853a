// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "ui/mainwindow.h"
#include "ui/perfprobe.h"
#include "ui/session.h"
#include "ui/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QMessageBox>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <optional>

using namespace distill;
using namespace distill::ui;

namespace {

/// The last net: what a slot lets through is said and the window lives on.
class Application : public QApplication {
public:
    using QApplication::QApplication;

    Session* session = nullptr;

    bool notify(QObject* receiver, QEvent* event) override
    {
        try {
            return QApplication::notify(receiver, event);
        } catch (const std::exception& exception) {
            std::fprintf(stderr, "distill-workbench: %s\n", exception.what());
            if (session) {
                Q_EMIT session->problem(QString::fromUtf8(exception.what()).section(QLatin1Char('\n'), 0, 0));
            }
        }
        return false;
    }
};

struct Arguments {
    MainWindow::Opening opening;
    QString workspace;
    std::optional<int> exitAfter; ///< milliseconds after the window is usable
    double measure = 0; ///< seconds
};

Arguments parse(const QCoreApplication& application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QCoreApplication::translate("main", "Distil a small model from a large one and watch it live."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("file"), QCoreApplication::translate("main", "Experiment to open."),
                                 QStringLiteral("[FILE]"));
    const QCommandLineOption workspace(QStringLiteral("workspace"),
                                       QCoreApplication::translate("main", "Folder that holds the history."),
                                       QStringLiteral("DIR"));
    const QCommandLineOption start(QStringLiteral("start"),
                                   QCoreApplication::translate("main", "Start the experiment at once."));
    const QCommandLineOption exitAfter(
        QStringLiteral("exit-after-startup"),
        QCoreApplication::translate("main", "Print the milliseconds to a usable window and quit MS later."),
        QStringLiteral("MS"));
    const QCommandLineOption measure(
        QStringLiteral("measure"),
        QCoreApplication::translate("main", "Measure how fluent the window is, print one line of JSON and quit."),
        QStringLiteral("SECONDS"));
    parser.addOptions({workspace, start, exitAfter, measure});
    parser.process(application);

    Arguments arguments;
    arguments.opening.file = parser.positionalArguments().value(0);
    arguments.opening.start = parser.isSet(start);
    arguments.workspace = parser.value(workspace);
    if (parser.isSet(exitAfter)) {
        arguments.exitAfter = parser.value(exitAfter).toInt();
    }
    arguments.measure = parser.value(measure).toDouble();
    return arguments;
}

bool asksForHelp(int argc, char** argv)
{
    static const QStringList asking = {QStringLiteral("-h"), QStringLiteral("--help"), QStringLiteral("--help-all"),
                                       QStringLiteral("-v"), QStringLiteral("--version")};
    return std::any_of(argv + 1, argv + argc,
                       [](const char* argument) { return asking.contains(QString::fromLocal8Bit(argument)); });
}

void whenReady(Application& application, MainWindow& window, const Arguments& arguments)
{
    if (arguments.exitAfter) {
        std::printf("%.0f\n", secondsSinceProcessStart() * 1000);
        std::fflush(stdout);
        QTimer::singleShot(*arguments.exitAfter, &application, [] { QCoreApplication::exit(); }); // asks nobody
    }
    if (arguments.measure > 0) {
        window.probe().start();
        QTimer::singleShot(static_cast<int>(arguments.measure * 1000), &window, [&window] {
            std::printf("%s\n", PerfProbe::json(window.probe().figures()).constData());
            std::fflush(stdout);
            QCoreApplication::exit();
        });
    }
}

} // namespace

int main(int argc, char** argv)
{
    QCoreApplication::setApplicationName(QStringLiteral("distill-workbench"));
    QCoreApplication::setApplicationVersion(QStringLiteral(DISTILL_VERSION));
    if (asksForHelp(argc, argv)) {
        const QCoreApplication withoutDisplay(argc, argv);
        parse(withoutDisplay);
    }
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    Application application(argc, argv);
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Distill Workbench"));
    QGuiApplication::setDesktopFileName(QStringLiteral("distill-workbench"));
    const Arguments arguments = parse(application);
    Theme theme;

    std::shared_ptr<History> history;
    try {
        history = History::open(workspaceFolder(arguments.workspace.toStdString()));
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "distill-workbench: %s\n", exception.what());
        if (!arguments.exitAfter) {
            QMessageBox::critical(nullptr, QGuiApplication::applicationDisplayName(),
                                  QString::fromUtf8(exception.what()));
        }
        return 2;
    }
    Session session(history, std::make_unique<Engine>(history));
    application.session = &session;
    MainWindow window(session, theme);
    QObject::connect(&window, &MainWindow::ready, &application, [&] { whenReady(application, window, arguments); });
    window.show();
    window.open(arguments.opening);
    const int status = QApplication::exec();
    application.session = nullptr;
    return status;
}
