// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include "interchange/import.h"
#include "ui/curvesimport.h"
#include "ui/editor/editorservices.h"
#include "ui/runs/runexport.h"
#include "ui/session.h"

#include <QAction>
#include <QDir>
#include <QFile>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QWidget>
#include <gmock/gmock.h>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

using test::Workspace;
using testing::HasSubstr;

class Interchange : public testing::Test {
protected:
    QString write(const QString& name, const QByteArray& bytes) const
    {
        QFile file(workspace.path(name));
        EXPECT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        return file.fileName();
    }
    static std::string sentenceOf(const QSignalSpy& spy, int call) { return spy.at(call).at(0).toString().toStdString(); }

    Workspace workspace;
    Session session{workspace.history, std::make_unique<Engine>(workspace.history)};
    QWidget window;
};

TEST_F(Interchange, ABadFileIsAProblemAndKeepsNoOtherOut)
{
    CurvesImport import(session, &window);
    QSignalSpy finished(&import, &CurvesImport::finished), problems(&session, &Session::problem), started(&import, &CurvesImport::started);
    import.bringIn({write(u"bad.csv"_s, "step,loss\n1,x\n2,y\n1,2\nz,3\n"), write(u"good.csv"_s, "step,train_loss,val_acc\n1,2,50\n2,1,75\n"),
                    workspace.path(u"missing.csv"_s)});
    ASSERT_EQ(started.size(), 1);
    ASSERT_TRUE(finished.wait(10000));
    EXPECT_EQ(sentenceOf(finished, 0), "\u201cgood\u201d was imported: train_loss as loss, val_acc (percent) as accuracy/validation.");
    const auto runs = finished.at(0).at(1).value<QVector<RunId>>();
    ASSERT_EQ(runs.size(), 1);
    EXPECT_EQ(workspace.history->run(runs[0])->figures.bestAccuracy, 0.75);
    ASSERT_EQ(problems.size(), 2);
    EXPECT_THAT(sentenceOf(problems, 0), HasSubstr("bad.csv"));
    EXPECT_THAT(sentenceOf(problems, 1), HasSubstr("missing.csv"));

    import.bringIn({workspace.path(u"good.csv"_s)});
    ASSERT_TRUE(finished.wait(10000));
    EXPECT_EQ(sentenceOf(finished, 1), "This run was imported before; nothing was added.");
    import.bringIn({workspace.path(u"missing.csv"_s)});
    ASSERT_TRUE(finished.wait(10000));
    EXPECT_EQ(sentenceOf(finished, 2), "");
    EXPECT_EQ(workspace.history->runs(true).size(), 1U);
}

TEST_F(Interchange, AnImportedRunIsNoTeacherToChoose)
{
    const RunId trained = test::add(*workspace.history, test::run("trained"));
    importRuns(*workspace.history, write(u"log.csv"_s, "step,loss\n1,2\n").toStdString());
    QVector<RunChoice> choices;
    bool answered = false;
    editorServices(session).finishedRuns(&window, [&](QVector<RunChoice> found) {
        choices = std::move(found);
        answered = true;
    });
    ASSERT_TRUE(QTest::qWaitFor([&] { return answered; }, 10000));
    ASSERT_EQ(choices.size(), 1);
    EXPECT_EQ(choices[0].id, trained);
}

TEST_F(Interchange, ChosenRunsLeaveAsTablesAndEventFiles)
{
    const auto imported = importRuns(*workspace.history, write(u"log.csv"_s, "step,a - loss,b - loss\n1,2,3\n2,1,2\n").toStdString());
    ASSERT_EQ(imported.size(), 2U);
    RunExport exports(session, &window);
    QSignalSpy exported(&exports, &RunExport::exported), problems(&session, &Session::problem);
    EXPECT_FALSE(exports.menu->isEnabled());
    EXPECT_EQ(exports.menu->menu()->actions().size(), 3);
    const RunRow row = workspace.history->run(imported[0].id).value();
    exports.setChosen({imported[0].id}, &row);
    EXPECT_TRUE(exports.csv->isEnabled());
    EXPECT_FALSE(exports.torchScript->isEnabled()); // it has no weights
    RunRow trained = test::run("trained");
    exports.setChosen({trained.id}, &trained);
    EXPECT_TRUE(exports.torchScript->isEnabled());
    exports.setChosen({imported[0].id, imported[1].id}, nullptr);
    EXPECT_FALSE(exports.torchScript->isEnabled());

    exports.writeCsv(workspace.path(u"out.csv"_s));
    ASSERT_TRUE(exported.wait(10000));
    EXPECT_EQ(sentenceOf(exported, 0), "The curves of 2 runs were written to out.csv.");
    QFile table(workspace.path(u"out.csv"_s));
    ASSERT_TRUE(table.open(QIODevice::ReadOnly));
    EXPECT_EQ(table.readAll().count('\n'), 5);
    exports.writeTensorBoard(workspace.path(u"board"_s));
    ASSERT_TRUE(exported.wait(10000));
    EXPECT_EQ(QDir(workspace.path(u"board"_s)).entryList(QDir::Dirs | QDir::NoDotAndDotDot).size(), 2);
    EXPECT_TRUE(problems.isEmpty());

    exports.writeCsv(u"/proc/none/out.csv"_s);
    ASSERT_TRUE(QTest::qWaitFor([&] { return problems.size() == 1; }, 10000));
    EXPECT_THAT(sentenceOf(problems, 0), HasSubstr("/proc/none/out.csv"));
    exports.setChosen({imported[0].id}, &row);
    exports.writeTorchScript(workspace.path(u"out.pt"_s));
    ASSERT_TRUE(QTest::qWaitFor([&] { return problems.size() == 2; }, 10000));
    EXPECT_THAT(sentenceOf(problems, 1), HasSubstr("was imported"));
}

} // namespace

} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
