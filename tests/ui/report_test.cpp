// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include "ui/runs/runreport.h"
#include "ui/session.h"

#include <QAction>
#include <QFile>
#include <QSignalSpy>
#include <QTest>
#include <QWidget>
#include <gmock/gmock.h>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

using test::Workspace;
using testing::HasSubstr;

class Report : public testing::Test {
protected:
    static std::string sentenceOf(const QSignalSpy& spy, int call) { return spy.at(call).at(0).toString().toStdString(); }
    QByteArray contentOf(const QString& name) const
    {
        QFile file(workspace.path(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    Workspace workspace;
    Session session{workspace.history, std::make_unique<Engine>(workspace.history)};
    QWidget window;
};

TEST_F(Report, OfTheChosenRunsIsWrittenBehindTheWindow)
{
    const RunId one = test::add(*workspace.history, test::run("first <run>")), other = test::add(*workspace.history, test::run("second"));
    RunReport report(session, &window);
    QSignalSpy begun(&report, &RunReport::begun), written(&report, &RunReport::written), problems(&session, &Session::problem), failed(&report, &RunReport::failed);
    EXPECT_FALSE(report.action->isEnabled());
    report.setChosen({one, other}, nullptr);
    EXPECT_TRUE(report.action->isEnabled());

    report.write({.runs = {one, other}, .baseline = one, .title = u"it's a <title>"_s}, workspace.path(u"r.html"_s));
    EXPECT_EQ(sentenceOf(begun, 0), "A report on 2 runs is being written.");
    ASSERT_TRUE(written.wait(20000));
    EXPECT_EQ(sentenceOf(written, 0), "The report on 2 runs is in r.html.");
    EXPECT_EQ(written.at(0).at(1).toString(), workspace.path(u"r.html"_s));
    const QByteArray page = contentOf(u"r.html"_s);
    EXPECT_TRUE(page.contains("first &lt;run&gt;"));
    EXPECT_TRUE(page.contains(QByteArray::fromStdString(other)));
    EXPECT_TRUE(page.contains("<h1>it's a &lt;title&gt;</h1>") || page.contains("<h1>it&#39;s a &lt;title&gt;</h1>")) << page.left(3000).toStdString();
    EXPECT_TRUE(page.contains(QByteArray::fromStdString("--baseline " + one + " --title "))) << "the line that makes it again";

    report.write({.runs = {one, other}, .baseline = one, .title = u"it's a <title>"_s}, workspace.path(u"r.pdf"_s));
    ASSERT_TRUE(written.wait(20000));
    EXPECT_TRUE(contentOf(u"r.pdf"_s).startsWith("%PDF-"));
    EXPECT_TRUE(problems.isEmpty());

    report.write({.runs = {one, other}, .baseline = one, .title = u"it's a <title>"_s}, workspace.path(u"no/such/folder/r.html"_s));
    ASSERT_TRUE(QTest::qWaitFor([&] { return problems.size() == 1; }, 20000));
    EXPECT_THAT(sentenceOf(problems, 0), HasSubstr("no/such/folder/r.html"));
    EXPECT_EQ(written.size(), 2);
    ASSERT_TRUE(failed.size() == 1 || failed.wait(20000));
    EXPECT_EQ(sentenceOf(failed, 0), "A report on 2 runs is being written.");

    report.setChosen({}, nullptr);
    EXPECT_FALSE(report.action->isEnabled());
}

} // namespace

} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
