// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"
#include "ui/runs/lineageview.h"
#include "ui/runs/runspanel.h"
#include "ui/session.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <gmock/gmock.h>
#include <random>

namespace distill::ui {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Whether an edge goes through a box that it neither leaves nor reaches.
bool crosses(const QPainterPath& path, const QRectF& box)
{
    for (int i = 0; i <= 60; ++i) {
        if (box.contains(path.pointAtPercent(i / 60.0))) {
            return true;
        }
    }
    return false;
}

TEST(LineageLayout, BoxesDoNotTouchAndArrowsGoRightAroundThem)
{
    std::mt19937 random(3);
    for (int round = 0; round < 80; ++round) {
        std::vector<LineageLayout::Box> boxes;
        std::vector<LineageLayout::Edge> edges;
        const std::size_t count = 1 + random() % 14;
        for (std::size_t i = 0; i < count; ++i) {
            boxes.push_back({static_cast<int>(random() % 5) - 2, QSizeF(80 + double(random() % 30), 30 + double(random() % 40))});
        }
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t j = 0; j < count; ++j) {
                if (boxes[i].generation < boxes[j].generation && random() % 4 == 0) {
                    edges.push_back({i, j, false});
                } else if (i != j && random() % 20 == 0) {
                    edges.push_back({i, j, true});
                }
            }
        }
        const LineageLayout layout = LineageLayout::of(boxes, edges, 30, 12);
        ASSERT_EQ(layout.boxes.size(), boxes.size());
        ASSERT_EQ(layout.edges.size(), edges.size());
        const QRectF whole(QPointF(0, 0), layout.size);
        for (std::size_t i = 0; i < count; ++i) {
            EXPECT_EQ(layout.boxes[i].size(), boxes[i].size);
            EXPECT_TRUE(whole.adjusted(-1e-6, -1e-6, 1e-6, 1e-6).contains(layout.boxes[i]));
            for (std::size_t j = 0; j < i; ++j) {
                EXPECT_FALSE(layout.boxes[i].adjusted(-2, -2, 2, 2).intersects(layout.boxes[j])) << round;
                EXPECT_EQ(layout.boxes[i].left() < layout.boxes[j].left(), boxes[i].generation < boxes[j].generation);
            }
        }
        for (std::size_t e = 0; e < edges.size(); ++e) {
            const QRectF& from = layout.boxes[edges[e].from];
            const QRectF& to = layout.boxes[edges[e].to];
            if (edges[e].alone) {
                continue;
            }
            const QPainterPath& path = layout.edges[e];
            EXPECT_LT(from.right(), to.left());
            EXPECT_EQ(path.pointAtPercent(0), QPointF(from.right(), from.center().y()));
            EXPECT_EQ(path.currentPosition(), QPointF(to.left(), to.center().y()));
            for (std::size_t i = 0; i < count; ++i) {
                EXPECT_FALSE(i != edges[e].from && i != edges[e].to && crosses(path, layout.boxes[i])) << round << ": " << e;
            }
        }
    }
}

TEST(LineageLayout, AControlStandsBeneathItsStudentAndAChainIsStraight)
{
    const QSizeF size(100, 40);
    const LineageLayout layout = LineageLayout::of({{-1, size}, {0, size}, {0, size}, {1, size}},
                                                   {{0, 1, false}, {2, 1, true}, {1, 3, false}}, 30, 12);
    EXPECT_EQ(layout.boxes[0].top(), layout.boxes[1].top());
    EXPECT_EQ(layout.boxes[3].top(), layout.boxes[1].top());
    EXPECT_EQ(layout.boxes[2].left(), layout.boxes[1].left());
    EXPECT_GT(layout.boxes[2].top(), layout.boxes[1].bottom());
    EXPECT_EQ(layout.edges[1].boundingRect().width(), 0) << "straight up";
    EXPECT_TRUE(LineageLayout::of({}, {}, 30, 12).boxes.empty());
}

/// A teacher of several seeds with controls, an assistant between, a file that teaches the assistant too.
struct Family {
    explicit Family(int seeds)
    {
        RunRow teacher = test::run("Teacher", "g", RunRole::Teacher);
        RunRow assistant = test::run("Assistant", "g", RunRole::Teacher);
        assistant.teachers = {teacher.id};
        rows = {teacher, assistant};
        for (int seed = 0; seed < seeds; ++seed) {
            const std::string ofSeed = " (seed " + std::to_string(seed) + ")";
            RunRow control = test::run("Student, alone" + ofSeed, "g", RunRole::Control);
            RunRow student = test::run("Student" + ofSeed, "g");
            student.teachers = control.teachers = {assistant.id};
            student.control = control.id;
            student.seed = control.seed = seed;
            student.figures.bestAccuracy = 0.5 + 0.1 * seed;
            rows.push_back(student);
            rows.push_back(control);
        }
    }
    Lineage of(std::size_t row) const
    {
        return lineageOf(rows[row].id, rows, [&](const RunRow& of) {
            LineageTexts texts;
            if (of.id == rows[1].id) {
                texts.document = Json::parse(R"({"teacher": {"kind": "ensemble", "members": [
                    {"kind": "weights", "file": "/far/away/big.safetensors", "model": {"kind": "resnet"}}]}})");
            }
            return texts;
        });
    }
    std::vector<RunRow> rows;
};

std::vector<std::size_t> sizesOf(const LineageBoxes& boxes)
{
    std::vector<std::size_t> sizes;
    for (const auto& box : boxes.boxes) {
        sizes.push_back(box.nodes.size());
    }
    return sizes;
}

TEST(LineageBoxes, FoldSeedsWhereThereAreTooManySideBySide)
{
    EXPECT_THAT(sizesOf(LineageBoxes::of(Family(3).of(0), {})), ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 1)) << "six fit";
    const Family four(4);
    const LineageBoxes folded = LineageBoxes::of(four.of(1), {});
    EXPECT_THAT(sizesOf(folded), ElementsAre(1, 1, 1, 4, 4));
    EXPECT_EQ(folded.edges.size(), 4u) << "teacher, file, the students at once, their controls at once";
    const LineageBoxes opened = LineageBoxes::of(four.of(1), {folded.boxes[3].seeds});
    EXPECT_EQ(opened.boxes.size(), 3u + 4 + 1);
    // The current run is never hidden among others.
    Lineage lineage = four.of(1);
    lineage.current = 4;
    EXPECT_THAT(sizesOf(LineageBoxes::of(lineage, {})), testing::Contains(3));
}

class LineageViewTest : public testing::Test {
protected:
    void show(const Lineage& lineage, const QSize& size = {700, 300})
    {
        view.resize(size);
        view.show();
        view.activateWindow();
        view.setFocus();
        QObject::connect(&view, &LineageView::runChosen, &view, [this](const RunId& run) { chosen = run; });
        view.setLineage(lineage);
    }
    std::string focused() const { return view.sentenceOf(view.focusedBox()).toStdString(); }
    std::size_t boxNamed(const QString& name) const
    {
        for (std::size_t i = 0; i < view.boxes().boxes.size(); ++i) {
            if (view.sentenceOf(i).startsWith(name)) {
                return i;
            }
        }
        ADD_FAILURE() << name.toStdString();
        return 0;
    }

    LineageView view;
    RunId chosen;
};

TEST_F(LineageViewTest, IsWalkedByTheArrowKeys)
{
    const Family family(2);
    show(family.of(2));
    EXPECT_THAT(focused(), HasSubstr("Student (seed 0), mlp, Finished, best accuracy 50.0"));
    EXPECT_THAT(focused(), HasSubstr("the current run, taught by Assistant, compared with Student, alone (seed 0)"));
    EXPECT_EQ(view.accessibleDescription().toStdString(), focused());
    QTest::keyClick(&view, Qt::Key_Down);
    EXPECT_THAT(focused(), HasSubstr("Student, alone (seed 0)"));
    QTest::keyClick(&view, Qt::Key_Left);
    EXPECT_THAT(focused(), HasSubstr("Student, alone (seed 0)")) << "nothing taught it";
    QTest::keyClick(&view, Qt::Key_Up);
    QTest::keyClick(&view, Qt::Key_Left);
    EXPECT_THAT(focused(), HasSubstr("Assistant"));
    EXPECT_TRUE(chosen.empty());
    QTest::keyClick(&view, Qt::Key_Return);
    EXPECT_EQ(chosen, family.rows[1].id);
    view.setLineage(family.of(1));
    EXPECT_THAT(focused(), HasSubstr("Assistant"));
    EXPECT_THAT(focused(), HasSubstr("teaches Student (seed 0), Student (seed 1)"));
    QTest::keyClick(&view, Qt::Key_Left);
    QTest::keyClick(&view, Qt::Key_Up); // the file and the teacher, in whichever order
    const std::string above = focused();
    QTest::keyClick(&view, Qt::Key_Down);
    EXPECT_NE(focused(), above);
    const bool fileAbove = above.find("big.safetensors, resnet") != std::string::npos;
    EXPECT_THAT(fileAbove ? focused() : above, HasSubstr("Teacher"));
    EXPECT_THAT(fileAbove ? above : focused(), HasSubstr("big.safetensors, resnet, file, teaches Assistant"));
    QTest::keyClick(&view, fileAbove ? Qt::Key_Up : Qt::Key_Down);
    chosen.clear();
    QTest::keyClick(&view, Qt::Key_Return);
    EXPECT_TRUE(chosen.empty()) << "a file is no run";
}

TEST_F(LineageViewTest, AClickChoosesARunOrTakesSeedsApart)
{
    const Family family(4);
    show(family.of(1), {700, 420});
    ASSERT_EQ(view.boxes().boxes.size(), 5u);
    const auto click = [&](std::size_t box, QPointF offset = {}) {
        const QPointF at = offset.isNull() ? view.placeOf(box).center() : view.placeOf(box).topRight() + offset;
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, at.toPoint());
    };
    click(boxNamed(QStringLiteral("Student, 4 seeds, mean of the best accuracies 65.0")));
    EXPECT_TRUE(chosen.empty());
    ASSERT_EQ(view.boxes().boxes.size(), 3u + 4 + 4) << "with the controls";
    const std::size_t third = boxNamed(QStringLiteral("Student (seed 2)"));
    view.verticalScrollBar()->setValue(int(view.arrangement().boxes[third].center().y() * view.zoom()) - 100);
    click(third);
    EXPECT_EQ(chosen, family.rows[2 + 2 * 2].id);
    click(third, QPointF(-10, 10) * view.zoom());
    EXPECT_EQ(view.boxes().boxes.size(), 5u) << "put together again";
    QTest::keyClick(&view, Qt::Key_Space);
    EXPECT_EQ(view.boxes().boxes.size(), 11u);
    QTest::keyClick(&view, Qt::Key_Space);
    EXPECT_EQ(view.boxes().boxes.size(), 5u);
}

TEST_F(LineageViewTest, FitsScrollsAndZooms)
{
    Family family(3);
    show(family.of(0), {4000, 3000});
    EXPECT_EQ(view.zoom(), 1) << "no larger than the rest of the window";
    const QRect viewport = view.viewport()->rect();
    for (std::size_t i = 0; i < view.boxes().boxes.size(); ++i) {
        EXPECT_TRUE(QRectF(viewport).contains(view.placeOf(i)));
    }
    view.resize(200, 120);
    EXPECT_EQ(view.zoom(), 0.75) << "no smaller than can be read";
    EXPECT_GT(view.horizontalScrollBar()->maximum(), 0);
    QTest::keyClick(&view, Qt::Key_Right);
    QTest::keyClick(&view, Qt::Key_Right);
    EXPECT_TRUE(QRectF(view.viewport()->rect()).contains(view.placeOf(view.focusedBox()))) << "the focus is followed";
    QTest::keyClick(&view, Qt::Key_Plus);
    EXPECT_GT(view.zoom(), 0.75);
    QTest::keyClick(&view, Qt::Key_0);
    EXPECT_EQ(view.zoom(), 0.75);
}

TEST_F(LineageViewTest, StatesComeFromTheTableAndTheFocusStays)
{
    Family family(2);
    show(family.of(1));
    QTest::keyClick(&view, Qt::Key_Right);
    const std::size_t box = view.focusedBox();
    RunRow live = family.rows[2];
    live.state = RunState::Running;
    live.figures.bestAccuracy = 0.25;
    view.setLookup([&](const RunId& id) { return id == live.id ? &live : nullptr; });
    view.rowsChanged();
    EXPECT_THAT(view.sentenceOf(boxNamed(QStringLiteral("Student (seed 0)"))).toStdString(),
                HasSubstr("Running, best accuracy 25.0"));
    view.setLineage(family.of(1));
    EXPECT_EQ(view.focusedBox(), box);
    EXPECT_FALSE(view.grab().toImage().isNull());
    view.setLineage({});
    EXPECT_FALSE(view.grab().toImage().isNull());
}

TEST_F(LineageViewTest, PeersStandInTheBoxOfTheirRun)
{
    RunRow row = test::run("Together");
    const auto of = [&](const char* peers) {
        return lineageOf(row.id, {row}, [&](const RunRow&) {
            LineageTexts texts;
            texts.summary = Json::parse(peers);
            return texts;
        });
    };
    show(of(R"({})"));
    const double alone = view.arrangement().boxes[0].height();
    view.setLineage(of(R"({"peers": [{"model": "cnn", "parameters": 5}, {"model": "resnet8"}]})"));
    const double line = view.fontMetrics().height();
    EXPECT_NEAR(view.arrangement().boxes[0].height(), alone + 2 * line, 2);
    EXPECT_FALSE(view.grab().toImage().isNull());
}

TEST(LineagePane, FollowsTheCurrentRunAndChoosesInTheTable)
{
    test::Workspace workspace;
    const Family family(2);
    for (const RunRow& row : family.rows) {
        RunRow queued = row;
        queued.control.clear();
        test::add(*workspace.history, queued);
    }
    Session session(workspace.history, std::make_unique<Engine>(workspace.history));
    const auto lineageAction = [](const RunsPanel& panel) {
        const auto actions = panel.actions();
        return *std::find_if(actions.begin(), actions.end(),
                             [](QAction* each) { return each->text().remove(u'&') == QStringLiteral("Lineage"); });
    };
    {
        RunsPanel panel(session);
        panel.resize(600, 700);
        panel.show();
        auto* const view = panel.findChild<LineageView*>();
        auto* const table = panel.findChild<QTableView*>();
        ASSERT_TRUE(view && table);
        EXPECT_FALSE(view->isVisible());
        RunId current;
        QObject::connect(&panel, &RunsPanel::currentChanged, view, [&](const RunId& run) { current = run; });
        ASSERT_TRUE(QTest::qWaitFor([&] { return table->model()->rowCount() == 6; }, 5000));
        panel.select({family.rows[2].id}, family.rows[2].id);
        lineageAction(panel)->setChecked(true);
        ASSERT_TRUE(QTest::qWaitFor([&] { return view->boxes().boxes.size() == 3; }, 5000));
        EXPECT_EQ(view->lineage().nodes.at(view->lineage().current).run.id, family.rows[2].id);
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, view->placeOf(0).center().toPoint());
        EXPECT_EQ(current, family.rows[0].id);
        EXPECT_EQ(table->currentIndex().siblingAtColumn(0).data().toString(), QStringLiteral("Teacher"));
        EXPECT_TRUE(QTest::qWaitFor([&] { return view->lineage().current == 0 && view->boxes().boxes.size() > 3; }, 5000));
    }
    RunsPanel again(session);
    EXPECT_FALSE(again.findChild<LineageView*>()->isHidden()) << "remembered";
    lineageAction(again)->setChecked(false);
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    return distill::ui::test::runTests(argc, argv);
}
