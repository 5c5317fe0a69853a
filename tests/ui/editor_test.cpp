// SPDX-License-Identifier: GPL-3.0-or-later
#include "fulldisk.h"
#include "ui/editor/advicestrip.h"
#include "ui/editor/draft.h"
#include "ui/editor/editorservices.h"
#include "ui/editor/experimenteditor.h"
#include "ui/editor/fieldeditor.h"
#include "ui/editor/formview.h"
#include "ui/editor/jsonview.h"
#include "ui/editor/layerpicker.h"
#include "ui/editor/losstext.h"
#include "ui/editor/message.h"
#include "ui/editor/pairlines.h"
#include "ui/editor/sweepfield.h"
#include "ui/editor/text.h"

#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QContextMenuEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeWidget>
#include <QWheelEvent>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace distill::ui {

namespace {

struct Perceptron {
    std::vector<std::int64_t> widths = {128};
    double dropout = 0;
    void describe(Binder& b)
    {
        b.integers("widths", widths, {.help = "Units of each hidden layer.", .minimum = 1, .maximum = 65536});
        b.number("dropout", dropout, {.help = "Share of units silenced.", .minimum = 0, .maximum = 0.95});
    }
};
struct Convolutional {
    std::int64_t width = 16;
    double dropout = 0;
    void describe(Binder& b)
    {
        b.integer("width", width, {.help = "Channels of the first layer.", .minimum = 1, .maximum = 1024});
        b.number("dropout", dropout, {.help = "Share of units silenced.", .minimum = 0, .maximum = 0.95});
    }
};
struct Softened {
    double temperature = 4;
    bool scaleByT2 = true;
    void describe(Binder& b)
    {
        b.number("temperature", temperature, {.help = "Softens both outputs.", .minimum = 0.01, .maximum = 1000});
        b.boolean("scale_by_t2", scaleByT2, {.help = "Times the squared temperature.", .advanced = true});
    }
};
struct LayerToLayer {
    std::string student = "stage1", teacher = "stage1";
    void describe(Binder& b)
    {
        b.text("student_tap", student, {.help = "The student's layer.", .minimum = 1});
        b.text("teacher_tap", teacher, {.help = "The teacher's layer.", .minimum = 1});
    }
};
struct LayersToLayers {
    std::vector<std::string> student = {"stage1"}, teacher = {"stage2"};
    void describe(Binder& b)
    {
        b.texts("student_taps", student, {.help = "The student's layers.", .minimum = 1});
        b.texts("teacher_taps", teacher, {.help = "The teacher's layers.", .minimum = 1});
    }
};
struct Plain {
    void describe(Binder&) { }
};

template <class Settings> Kind kindOf(const char* name, const char* title)
{
    Kind kind;
    kind.name = name;
    kind.title = title;
    kind.fields = fieldsOf<Settings>();
    return kind;
}

Catalogue catalogue()
{
    Catalogue made;
    made.datasets = {kindOf<Plain>("fashion-mnist", "Fashion-MNIST"), kindOf<Plain>("moons", "Moons")};
    made.models = {kindOf<Perceptron>("mlp", "Perceptron"), kindOf<Convolutional>("cnn", "Small CNN")};
    made.objectives = {kindOf<Plain>("cross_entropy", "Cross-entropy"), kindOf<Softened>("kd", "Hinton KD")};
    made.objectives.back().needsTeacher = true;
    made.objectives.back().presets = {{"paper", "As published.", {{"temperature", 4.0}, {"scale_by_t2", true}}},
                                      {"twin", "As paper.", {{"temperature", 4.0}, {"scale_by_t2", true}}},
                                      {"plain", "No T^2.", {{"temperature", 1.0}, {"scale_by_t2", false}}}};
    made.objectives.push_back(kindOf<LayerToLayer>("hint", "Hint"));
    made.objectives.push_back(kindOf<LayersToLayers>("at", "Attention"));
    return made;
}

const Schema& testSchema()
{
    static const Schema schema(catalogue());
    return schema;
}

// Spacing of a person, not of a program: only the bytes themselves can give it back.
const QString quick = QStringLiteral(R"({"name":   "Quick\u0020start",
   "student": {"model": {"kind": "mlp", "widths": [64, 32], "dropout": 0.25}},
   "teacher": {"kind": "experiment", "experiment": {"name": "Teacher", "student": {"model": {"kind": "cnn"}}}},
   "stages": [ { "objective": [ {"kind":"kd","weight":0.90}, {"kind":"cross_entropy","weight":1e-1} ],
                 "epochs": 10.0 } ]
}

)");

ModelCost network(const char* label, const std::vector<const char*>& layers)
{
    ModelCost cost{1000, 5000, label, {}};
    for (const char* name : layers) {
        const auto place = static_cast<std::int64_t>(cost.layers.size() + 1);
        cost.layers.push_back({name, {16, 8, 8}, 1000 * place, 100 * place});
    }
    return cost;
}

/// Of two invented networks; the teacher's logits fit nothing.
TermInspection inspected(const Document& document, const std::string& term)
{
    TermInspection result;
    result.student = network("small", {"stem", "stage1", "stage2", "logits"});
    result.teacher = network("large", {"stem", "stage1.pre", "stage1", "stage2", "logits"});
    const Json& json = document.json().at(Json::json_pointer(term));
    const bool several = json["kind"] == "at";
    const Json student = several ? json.value("student_taps", Json({"stage1"})) : Json({json.value("student_tap", "stage1")});
    const Json teacher = several ? json.value("teacher_taps", Json({"stage2"})) : Json({json.value("teacher_tap", "stage1")});
    for (std::size_t i = 0; i < teacher.size(); ++i) {
        if (teacher[i] == "logits") {
            result.problem = "Attention cannot match logits";
            result.studentLayer = student[i];
            result.teacherLayer = "logits";
        }
    }
    if (result.problem.empty()) {
        result.outline.remarks = {"a layer brings " + student.dump() + " to " + teacher.dump()};
    }
    return result;
}

/// Lets the window live until the condition holds; false after ten seconds.
bool until(const std::function<bool()>& condition)
{
    return QTest::qWaitFor(condition, 10000);
}

class EditorTest : public testing::Test {
protected:
    EditorTest() { open(); }

    void open()
    {
        editor.reset();
        EditorServices services{
            .schema = testSchema(),
            .plan =
                [this](const Document& document) {
                    Plan plan;
                    plan.steps = 4321;
                    plan.student.parameters = 98765;
                    plan.learnedParameters = learned;
                    planned.fetch_add(1);
                    if (document.json().value("name", "") == "No plan") {
                        throw InputError("the data cannot be found in /nowhere");
                    }
                    return plan;
                },
            .finishedRuns =
                [](QObject*, RunChoices::Answer answer) {
                    answer({{"01HF8ZK3T6M9Q2R4S5T6V7W8XA", QStringLiteral("Good CNN"), QStringLiteral("cnn"), 0.9134},
                            {"01HF8ZK3T6M9Q2R4S5T6V7W8XB", QStringLiteral("Other"), QStringLiteral("mlp"), 0.88}});
                },
            .watchRuns = [this](QObject*, std::function<void()> changed) { runsChanged = std::move(changed); },
            .problem = [this](const QString& sentence) { sentences << sentence; },
            .draftsFolder = folder.filePath(QStringLiteral("drafts")),
            .lossFormula =
                [](const Json& document, const std::string& stage) {
                    const Json objective = document.value(Json::json_pointer(stage + "/objective"), Json::array({Json::object()}));
                    std::vector<std::string> lines;
                    for (const Json& term : objective) {
                        if (term.contains("temperature") && !term["temperature"].is_number()) {
                            return std::vector<std::string>();
                        }
                        lines.push_back("term < " + term.dump());
                    }
                    return lines;
                },
            .inspectTerm = inspected,
        };
        editor = std::make_unique<ExperimentEditor>(services);
        editor->resize(1100, 700);
        editor->show();
    }

    FormView& form() { return *editor->findChild<FormView*>(); }
    JsonView& json() { return *editor->findChild<JsonView*>(); }
    FieldRow* row(const char* pointer) { return form().row(pointer); }
    template <class Widget> Widget* input(const char* pointer)
    {
        FieldRow* found = row(pointer);
        EXPECT_TRUE(found) << pointer;
        return found ? found->editor()->findChild<Widget*>() : nullptr;
    }
    void type(const char* pointer, const char* text)
    {
        auto* line = input<QLineEdit>(pointer);
        line->selectAll();
        QTest::keyClicks(line, QString::fromLatin1(text));
    }
    void choose(const char* pointer, const char* name)
    {
        auto* box = input<QComboBox>(pointer);
        const int index = box->findData(QString::fromLatin1(name));
        ASSERT_GE(index, 0);
        box->setCurrentIndex(index);
        Q_EMIT box->activated(index);
    }
    void click(const char* name)
    {
        auto* button = form().findChild<QToolButton*>(QString::fromLatin1(name));
        ASSERT_TRUE(button) << name;
        button->click();
    }
    QAction* action(const char* icon)
    {
        for (QAction* candidate : editor->actions()) {
            if (candidate->text().contains(QString::fromLatin1(icon))) {
                return candidate;
            }
        }
        return nullptr;
    }
    void undo() { action("&Undo")->trigger(); }
    void redo() { action("&Redo")->trigger(); }
    Json now() { return Json::parse(editor->text().toStdString()); }
    QString message(const char* pointer)
    {
        FieldRow* found = row(pointer);
        auto* shown = found ? found->findChild<InlineMessage*>() : nullptr;
        return shown ? shown->text() : QString();
    }
    AdviceStrip& advice() { return *editor->findChild<AdviceStrip*>(); }
    /// The buttons inside that can be seen, by what they say.
    static QPushButton* button(QWidget& within, const QString& text)
    {
        for (QPushButton* candidate : within.findChildren<QPushButton*>()) {
            if (candidate->isVisible() && candidate->text() == text) {
                return candidate;
            }
        }
        return nullptr;
    }
    static void press(QPushButton* pressed)
    {
        ASSERT_TRUE(pressed);
        pressed->click();
        QTest::qWait(10);
    }
    /// Advice and problems are those of the text as it is, and seen.
    void settle()
    {
        editor->hasProblems();
        QTest::qWait(10);
    }
    QString draftFile() const { return folder.filePath(QStringLiteral("drafts/draft.json")); }

    QTemporaryDir folder;
    QStringList sentences;
    std::atomic<int> planned = 0;
    std::function<void()> runsChanged;
    std::atomic<std::int64_t> learned = 0;
    std::unique_ptr<ExperimentEditor> editor;
};

TEST_F(EditorTest, UnchangedTextKeepsItsBytes)
{
    const QString path = folder.filePath(QStringLiteral("quick.json"));
    for (const QByteArray& bytes :
         {quick.toUtf8(), quick.toUtf8().replace('\n', "\r\n"), "\xEF\xBB\xBF" + quick.toUtf8()}) {
        QFile file(path);
        ASSERT_TRUE(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        ASSERT_TRUE(editor->openFile(path));
        editor->findChild<QTabWidget*>()->setCurrentIndex(1); // looking at it changes nothing either
        QTest::qWait(350);
        editor->findChild<QTabWidget*>()->setCurrentIndex(0);
        EXPECT_EQ(editor->text().toUtf8(), bytes);
        EXPECT_FALSE(editor->isModified());
        EXPECT_FALSE(editor->hasProblems()) << sentences.join(u'\n').toStdString();

        action("&Save")->trigger();
        ASSERT_TRUE(file.open(QIODevice::ReadOnly));
        EXPECT_EQ(file.readAll(), bytes);
    }
}

TEST_F(EditorTest, TextThatIsNotUtf8IsRefused)
{
    const QString path = folder.filePath(QStringLiteral("latin.json"));
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write("{\"name\": \"caf\xE9\"}");
    file.close();
    EXPECT_FALSE(editor->openFile(path));
    ASSERT_EQ(sentences.size(), 1);
    EXPECT_TRUE(sentences[0].contains(path));
}

TEST_F(EditorTest, FormEditsTheDocumentAndUndoGivesTheBytesBack)
{
    editor->openText(quick, QStringLiteral("/x/quick.json"));
    type("/student/model/dropout", "3e-1");
    EXPECT_EQ(now()["student"]["model"]["dropout"], 0.3);
    EXPECT_TRUE(editor->isModified());
    EXPECT_TRUE(row("/student/model/dropout")->label()->font().bold());

    undo(); // the keystrokes of one field are one step
    EXPECT_EQ(editor->text(), quick);
    EXPECT_FALSE(editor->isModified());
    EXPECT_EQ(input<QLineEdit>("/student/model/dropout")->text(), QStringLiteral("0.25"));
    redo();
    EXPECT_EQ(now()["student"]["model"]["dropout"], 0.3);
    EXPECT_EQ(input<QLineEdit>("/student/model/dropout")->text(), QStringLiteral("0.3"));

    type("/student/model/dropout", "0.25"); // typed back: the file's own bytes again
    EXPECT_EQ(editor->text(), quick);
    EXPECT_FALSE(editor->isModified());
}

TEST_F(EditorTest, AFieldTheDocumentLeavesOutStaysLeftOutAtItsDefault)
{
    editor->openText(QStringLiteral("{}"), {});
    EXPECT_EQ(input<QLineEdit>("/stages/0/batch_size")->text(), QStringLiteral("64"));
    type("/stages/0/batch_size", "128");
    EXPECT_EQ(now(), Json::parse(R"({"stages": [{"batch_size": 128}]})"));
    EXPECT_FALSE(editor->hasProblems());
    type("/data/augmentation/shift", "2");
    EXPECT_EQ(now()["data"], Json::parse(R"({"augmentation": {"shift": 2}})"));
    type("/data/augmentation/shift", "0");
    EXPECT_FALSE(now().contains("data"));
    EXPECT_FALSE(row("/data/augmentation/shift")->label()->font().bold());
}

TEST_F(EditorTest, EmptyingANumberBringsTheDefaultBack)
{
    editor->openText(quick, {});
    auto* line = input<QLineEdit>("/student/model/dropout");
    line->selectAll();
    QTest::keyClick(line, Qt::Key_Backspace);
    EXPECT_EQ(now()["student"]["model"]["dropout"], 0.25); // not judged while the text is on its way
    QTest::keyClick(line, Qt::Key_Return);
    EXPECT_FALSE(now()["student"]["model"].contains("dropout"));
    EXPECT_EQ(line->text(), QStringLiteral("0"));
}

TEST_F(EditorTest, WhatIsWrongIsSaidUnderTheField)
{
    editor->openText(quick, {});
    QSignalSpy counts(editor.get(), &ExperimentEditor::problemsChanged);
    type("/student/model/dropout", "7");
    QCoreApplication::processEvents();
    EXPECT_TRUE(message("/student/model/dropout").contains(QStringLiteral("0.95")))
        << message("/student/model/dropout").toStdString();
    ASSERT_FALSE(counts.isEmpty());
    EXPECT_EQ(counts.last().at(0).toInt(), 1);
    EXPECT_EQ(now()["student"]["model"]["dropout"], 7); // kept as typed

    QSignalSpy runs(editor.get(), &ExperimentEditor::runRequested);
    editor->requestRun();
    EXPECT_TRUE(runs.isEmpty());
    EXPECT_EQ(sentences.size(), 1);

    type("/student/model/dropout", "high");
    QCoreApplication::processEvents();
    EXPECT_TRUE(message("/student/model/dropout").contains(QStringLiteral("high")));
    type("/student/model/dropout", "0.5");
    QCoreApplication::processEvents();
    EXPECT_EQ(message("/student/model/dropout"), QString());
    editor->requestRun();
    ASSERT_EQ(runs.size(), 1);
    EXPECT_EQ(runs[0][0].toString(), editor->text());
}

TEST_F(EditorTest, AWrongFieldThatIsHiddenComesIntoSight)
{
    editor->openText(QStringLiteral(R"({"stages": [{"clip_norm": -1}]})"), {});
    QCoreApplication::processEvents();
    EXPECT_FALSE(row("/stages/0/clip_norm")->isHidden());
    EXPECT_FALSE(message("/stages/0/clip_norm").isEmpty());
    EXPECT_TRUE(row("/stages/0/steps")->isHidden());
    action("vanced")->setChecked(true);
    EXPECT_FALSE(row("/stages/0/steps")->isHidden());
    action("vanced")->setChecked(false);
    EXPECT_TRUE(row("/stages/0/steps")->isHidden());
}

TEST_F(EditorTest, StartWithAProblemShowsFieldAndSentence)
{
    editor->resize(900, 420);
    QString wrong = quick;
    wrong.replace(QStringLiteral("\"epochs\": 10.0"), QStringLiteral("\"learning_rate\": -1"));
    editor->openText(wrong, {});
    QSignalSpy mended(editor.get(), &ExperimentEditor::problemMended);
    const auto isInSight = [this](QWidget* widget) {
        const QRect place(widget->mapTo(form().viewport(), QPoint()), widget->size());
        return widget->isVisible() && form().viewport()->rect().contains(place);
    };
    FieldRow* field = row("/stages/0/learning_rate");
    for (const int height : {420, 360}) { // as when a banner takes its room
        editor->requestRun();
        QTest::qWait(50);
        editor->resize(900, height);
        QTest::qWait(50);
        EXPECT_TRUE(isInSight(field->editor()));
        EXPECT_TRUE(isInSight(field->findChild<InlineMessage*>())) << height;
    }
    ASSERT_FALSE(sentences.isEmpty());
    EXPECT_TRUE(mended.isEmpty());
    type("/stages/0/learning_rate", "0.1");
    QCoreApplication::processEvents();
    ASSERT_EQ(mended.size(), 1);
    EXPECT_EQ(mended[0][0].toString(), sentences.last());
}

TEST_F(EditorTest, AnotherKindKeepsWhatBothHave)
{
    editor->openText(quick, {});
    choose("/student/model/kind", "cnn");
    EXPECT_EQ(now()["student"]["model"], Json::parse(R"({"kind": "cnn", "dropout": 0.25})"));
    ASSERT_TRUE(row("/student/model/width"));
    EXPECT_FALSE(row("/student/model/widths"));
    EXPECT_EQ(input<QLineEdit>("/student/model/dropout")->text(), QStringLiteral("0.25"));
    undo();
    EXPECT_EQ(editor->text(), quick);
    ASSERT_TRUE(row("/student/model/widths"));
    EXPECT_EQ(input<QLineEdit>("/student/model/widths")->text(), QStringLiteral("64, 32"));
    type("/student/model/widths", "64, 16, 8");
    EXPECT_EQ(now()["student"]["model"]["widths"], Json({64, 16, 8}));
}

TEST_F(EditorTest, AnInlineTeacherIsEditedWhereItStands)
{
    editor->openText(quick, {});
    type("/teacher/experiment/student/model/width", "48");
    EXPECT_EQ(now()["teacher"]["experiment"]["student"]["model"]["width"], 48);
    type("/teacher/experiment/stages/0/epochs", "3");
    EXPECT_EQ(now()["teacher"]["experiment"]["stages"], Json::parse(R"([{"epochs": 3}])"));
    EXPECT_FALSE(editor->hasProblems());

    choose("/teacher/kind", "none");
    EXPECT_EQ(now()["teacher"], Json::parse(R"({"kind": "none"})"));
    choose("/teacher/kind", "experiment");
    EXPECT_TRUE(now()["teacher"]["experiment"].is_object());
    EXPECT_TRUE(row("/teacher/experiment/student/model/kind"));
}

TEST_F(EditorTest, AFinishedRunIsChosenFromTheHistory)
{
    editor->openText(quick, {});
    choose("/teacher/kind", "run");
    auto* box = input<QComboBox>("/teacher/run");
    EXPECT_EQ(box->count(), 3); // the two, and the invitation to choose
    EXPECT_TRUE(box->itemText(1).contains(QStringLiteral("Good CNN")));
    choose("/teacher/run", "01HF8ZK3T6M9Q2R4S5T6V7W8XA");
    EXPECT_EQ(now()["teacher"], Json::parse(R"({"kind": "run", "run": "01HF8ZK3T6M9Q2R4S5T6V7W8XA"})"));
    EXPECT_FALSE(editor->hasProblems());
}

TEST_F(EditorTest, ItemsOfAListAreAddedMovedAndRemoved)
{
    editor->openText(quick, {});
    click("/stages/0/objective/add");
    EXPECT_EQ(now()["stages"][0]["objective"].size(), 3U);
    EXPECT_TRUE(row("/stages/0/objective/2/weight"));
    choose("/stages/0/objective/2/kind", "kd");
    type("/stages/0/objective/2/temperature", "9");
    click("/stages/0/objective/2/up");
    EXPECT_EQ(now()["stages"][0]["objective"][1], Json::parse(R"({"kind": "kd", "temperature": 9})"));
    EXPECT_EQ(input<QLineEdit>("/stages/0/objective/1/temperature")->text(), QStringLiteral("9"));
    EXPECT_FALSE(row("/stages/0/objective/2/temperature"));
    click("/stages/0/objective/0/remove");
    const Json left = now()["stages"][0]["objective"];
    ASSERT_EQ(left.size(), 2U);
    EXPECT_EQ(left[0]["temperature"], 9);
    EXPECT_EQ(left[1]["kind"], "cross_entropy");

    click("/stages/add"); // both parts of the form that show stages follow
    EXPECT_EQ(now()["stages"].size(), 2U);
    EXPECT_TRUE(row("/stages/1/epochs"));
    EXPECT_TRUE(row("/stages/1/objective/0/kind"));
    while (action("&Undo")->isEnabled()) {
        undo();
    }
    EXPECT_EQ(editor->text(), quick);
    EXPECT_FALSE(row("/stages/1/epochs"));
}

TEST_F(EditorTest, JsonEditsReachTheFormAndNothingTypedIsLost)
{
    editor->openText(quick, {});
    auto* tabs = editor->findChild<QTabWidget*>();
    tabs->setCurrentIndex(1);
    QString edited = quick;
    edited.replace(QStringLiteral("0.25"), QStringLiteral("0.75"));
    json().setPlainText(edited);
    EXPECT_TRUE(until([&] { return editor->isModified(); }));
    tabs->setCurrentIndex(0);
    EXPECT_EQ(editor->text(), edited);
    EXPECT_EQ(input<QLineEdit>("/student/model/dropout")->text(), QStringLiteral("0.75"));
    QTest::qWait(1050); // edits later than a second are a step of their own

    tabs->setCurrentIndex(1);
    QString broken = edited;
    broken.replace(QStringLiteral("\"stages\": ["), QStringLiteral("\"stages\": [,"));
    json().setPlainText(broken);
    tabs->setCurrentIndex(0);
    QCoreApplication::processEvents();
    EXPECT_EQ(editor->text(), broken);
    EXPECT_TRUE(editor->hasProblems());
    EXPECT_FALSE(form().widget()->isEnabled()); // or a form edit would overwrite what was typed
    QSignalSpy runs(editor.get(), &ExperimentEditor::runRequested);
    editor->requestRun();
    EXPECT_TRUE(runs.isEmpty());
    EXPECT_EQ(tabs->currentIndex(), 1);
    EXPECT_EQ(json().textCursor().blockNumber(), 3);
    ASSERT_FALSE(sentences.isEmpty());
    EXPECT_TRUE(sentences.last().contains(QStringLiteral("line 4"))) << sentences.last().toStdString();

    undo();
    EXPECT_EQ(editor->text(), edited);
    EXPECT_EQ(json().toPlainText(), edited);
    QCoreApplication::processEvents();
    EXPECT_TRUE(form().widget()->isEnabled());
    undo();
    EXPECT_EQ(editor->text(), quick);
}

TEST_F(EditorTest, OpeningIsAStepThatCanBeUndone)
{
    editor->openText(quick, QStringLiteral("/x/one.json"));
    EXPECT_FALSE(action("&Undo")->isEnabled()); // nothing was there before
    type("/student/model/dropout", "0.1");
    editor->openText(QStringLiteral("{\"name\": \"Two\"}"), QStringLiteral("/x/two.json"));
    EXPECT_FALSE(editor->isModified());
    undo();
    EXPECT_EQ(editor->path(), QStringLiteral("/x/one.json"));
    EXPECT_TRUE(editor->isModified());
    EXPECT_EQ(now()["student"]["model"]["dropout"], 0.1);
    undo();
    EXPECT_EQ(editor->text(), quick);
    editor->openText(QStringLiteral("{}"), {});
    undo(); // also where nothing had been changed
    EXPECT_EQ(editor->text(), quick);
}

TEST_F(EditorTest, AValueOfTheWrongTypeIsCorrectedNotCrashedOver)
{
    editor->openText(QStringLiteral(R"({"student": {"model": "mlp"}, "stages": 5, "seeds": {"a": 1}, "teacher": []})"),
                     {});
    EXPECT_TRUE(editor->hasProblems());
    type("/student/model/dropout", "0.5");
    ASSERT_FALSE(sentences.isEmpty());
    EXPECT_TRUE(sentences[0].contains(QStringLiteral("/student/model/dropout")));
    choose("/student/model/kind", "cnn");
    EXPECT_EQ(now()["student"], Json::parse(R"({"model": {"kind": "cnn"}})"));
    type("/student/model/dropout", "0.5");
    EXPECT_EQ(now()["student"]["model"]["dropout"], 0.5);
    type("/seeds", "4, 5");
    EXPECT_EQ(now()["seeds"], Json({4, 5}));
}

TEST_F(EditorTest, WhatACrashLeavesIsRestored)
{
    const QString broken = QStringLiteral("{\"name\": \"half typed");
    for (const bool parses : {true, false}) {
        editor->openText(quick, QStringLiteral("/x/quick.json"));
        QString wanted;
        if (parses) {
            type("/student/model/dropout", "0.125");
            wanted = editor->text();
        } else {
            editor->findChild<QTabWidget*>()->setCurrentIndex(1);
            json().setPlainText(broken);
            wanted = broken;
        }
        EXPECT_TRUE(until([&] { return QFile::exists(draftFile()); }));
        QTest::qWait(1000);
        // What a killed process leaves: the file as it is now. A tidy end must not be needed.
        QFile file(draftFile());
        ASSERT_TRUE(file.open(QIODevice::ReadOnly));
        const QByteArray left = file.readAll();
        file.close();
        editor.reset();
        ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write(left);
        file.close();

        open();
        ASSERT_TRUE(editor->restoreDraft());
        EXPECT_EQ(editor->text(), wanted);
        EXPECT_EQ(editor->path(), QStringLiteral("/x/quick.json"));
        EXPECT_TRUE(editor->isModified());
        editor->openText(quick, QStringLiteral("/x/quick.json"));
        EXPECT_TRUE(until([&] { return !QFile::exists(draftFile()); }));
        open();
        EXPECT_FALSE(editor->restoreDraft());
    }
}

TEST_F(EditorTest, SavingRemovesTheDraftAndClosingKeepsWhatIsUnsaved)
{
    const QString path = folder.filePath(QStringLiteral("saved.json"));
    editor->openText(quick, path);
    type("/student/model/dropout", "0.5");
    open();
    EXPECT_TRUE(QFile::exists(draftFile()));
    ASSERT_TRUE(editor->restoreDraft());
    action("&Save")->trigger();
    EXPECT_FALSE(editor->isModified());
    open();
    EXPECT_FALSE(QFile::exists(draftFile()));
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    EXPECT_EQ(Json::parse(file.readAll().toStdString())["student"]["model"]["dropout"], 0.5);
}

TEST_F(EditorTest, AFullDiskLeavesTheFileAndIsSaid)
{
    const QString path = folder.filePath(QStringLiteral("precious.json"));
    QFile file(path);
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(quick.toUtf8());
    file.close();
    ASSERT_TRUE(editor->openFile(path));
    type("/student/model/dropout", "0.5");
    {
        const test::FullDisk full;
        action("&Save")->trigger();
        EXPECT_TRUE(editor->isModified());
        ASSERT_EQ(sentences.size(), 1);
        EXPECT_TRUE(sentences[0].contains(path)) << sentences[0].toStdString();
        ASSERT_TRUE(file.open(QIODevice::ReadOnly));
        EXPECT_EQ(file.readAll(), quick.toUtf8());
        file.close();

        EXPECT_TRUE(until([&] { return sentences.size() == 2; })); // and of the draft, once
        type("/student/model/dropout", "0.6");
        QTest::qWait(800);
        EXPECT_EQ(sentences.size(), 2);
    }
    action("&Save")->trigger();
    EXPECT_FALSE(editor->isModified());
}

TEST_F(EditorTest, AnUnsavedDraftThatIsReplacedCanBeBroughtBack)
{
    QSignalSpy announced(editor.get(), &ExperimentEditor::draftPutAside);
    editor->openText(quick, QStringLiteral("/x/quick.json"));
    type("/student/model/dropout", "0.5");
    const QString edited = editor->text();
    action("&New")->trigger();
    EXPECT_TRUE(until([&] { return announced.size() == 1 && !QFile::exists(draftFile()); }));
    editor->openText(QStringLiteral("{}"), {}); // nothing was edited: nothing to keep
    EXPECT_FALSE(announced.wait(200));

    open(); // also when the window was closed meanwhile
    EXPECT_FALSE(editor->restoreDraft());
    const QList<DraftShelf::Item> items = editor->draftsPutAside();
    ASSERT_EQ(items.size(), 1);
    EXPECT_EQ(items[0].name, QStringLiteral("quick.json"));
    editor->bringBack(items[0].id);
    EXPECT_EQ(editor->text(), edited);
    EXPECT_EQ(editor->path(), QStringLiteral("/x/quick.json"));
    EXPECT_TRUE(editor->isModified());
    editor->openText(QStringLiteral("{}"), {});
    EXPECT_EQ(editor->draftsPutAside().size(), 1); // the same draft is kept once
    editor->bringBack(QStringLiteral("aside-none"));
    EXPECT_EQ(sentences.size(), 1);
}

TEST_F(EditorTest, WhatACrashLeftIsPutAsideWhereAFileIsOpened)
{
    editor->openText(quick, {});
    type("/student/model/dropout", "0.5");
    const QString edited = editor->text();
    open();
    QSignalSpy announced(editor.get(), &ExperimentEditor::draftPutAside);
    editor->openText(QStringLiteral("{\"name\": \"Other\"}"), QStringLiteral("/x/other.json"));
    EXPECT_TRUE(until([&] { return announced.size() == 1 && !QFile::exists(draftFile()); }));
    EXPECT_FALSE(editor->isModified());
    editor->bringBack(announced[0][1].toString());
    EXPECT_EQ(editor->text(), edited);
}

TEST_F(EditorTest, ADraftThatCannotBePutAsideStaysWhereItIs)
{
    editor->openText(quick, {});
    type("/student/model/dropout", "0.5");
    const QString edited = editor->text();
    EXPECT_TRUE(until([&] { return QFile::exists(draftFile()); }));
    {
        const test::FullDisk full;
        action("&New")->trigger();
        EXPECT_TRUE(until([&] { return !sentences.isEmpty(); }));
        QTest::qWait(800);
        editor.reset();
    }
    open();
    ASSERT_TRUE(editor->restoreDraft());
    EXPECT_EQ(editor->text(), edited);
}

TEST(DraftShelf, KeepsTheLastTen)
{
    const QTemporaryDir folder;
    const DraftShelf shelf(folder.path());
    for (int i = 0; i < 15; ++i) {
        shelf.put({QString::number(i), {}, {}, QStringLiteral("Draft %1").arg(i)});
    }
    const QList<DraftShelf::Item> items = shelf.items();
    ASSERT_EQ(items.size(), 10);
    EXPECT_EQ(items.first().name, QStringLiteral("Draft 14"));
    EXPECT_EQ(items.last().name, QStringLiteral("Draft 5"));
}

TEST_F(EditorTest, AWorkspaceThatCannotBeWrittenIsSaidOnce)
{
    editor.reset();
    QDir(folder.filePath(QStringLiteral("drafts"))).removeRecursively();
    QFile inTheWay(folder.filePath(QStringLiteral("drafts")));
    ASSERT_TRUE(inTheWay.open(QIODevice::WriteOnly));
    open();
    editor->openText(quick, {});
    type("/student/model/dropout", "0.5");
    EXPECT_TRUE(until([&] { return !sentences.isEmpty(); }));
    type("/student/model/dropout", "0.6");
    QTest::qWait(700);
    EXPECT_EQ(sentences.size(), 1);
    EXPECT_EQ(now()["student"]["model"]["dropout"], 0.6);
}

TEST_F(EditorTest, TheWheelLeavesUnfocusedFieldsAlone)
{
    editor->openText(quick, {});
    form().widget()->setFocusPolicy(Qt::StrongFocus);
    form().widget()->setFocus();
    for (QWidget* widget : {static_cast<QWidget*>(input<QComboBox>("/student/model/kind")),
                            static_cast<QWidget*>(input<QAbstractSpinBox>("/student/model/dropout"))}) {
        QWheelEvent wheel(QPointF(3, 3), widget->mapToGlobal(QPointF(3, 3)), {}, QPoint(0, -120), Qt::NoButton,
                          Qt::NoModifier, Qt::NoScrollPhase, false);
        QApplication::sendEvent(widget, &wheel);
    }
    EXPECT_EQ(editor->text(), quick);
}

TEST_F(EditorTest, AnEditKeepsFocusAndScrollAndIsShownInTime)
{
    editor->openText(quick, {});
    QCoreApplication::processEvents();
    auto* bar = form().verticalScrollBar();
    bar->setValue(bar->maximum());
    const int place = bar->value();
    ASSERT_GT(place, 0);
    auto* line = input<QLineEdit>("/stages/0/learning_rate");
    QWidget* box = row("/stages/0/learning_rate")->editor()->focusProxy();
    box->setFocus();
    std::vector<qint64> times;
    for (int i = 0; i < 15; ++i) {
        QSignalSpy checked(editor.get(), &ExperimentEditor::problemsChanged);
        QElapsedTimer timer;
        timer.start();
        line->selectAll();
        QTest::keyClick(line, static_cast<char>('1' + i % 9));
        while (checked.isEmpty() && timer.elapsed() < 1000) {
            QCoreApplication::processEvents();
        }
        QCoreApplication::processEvents(); // and painted
        times.push_back(timer.nsecsElapsed() / 1000);
        EXPECT_EQ(now()["stages"][0]["learning_rate"], 1 + i % 9);
        EXPECT_FALSE(checked.isEmpty());
    }
    std::sort(times.begin(), times.end());
    RecordProperty("edit_median_us", static_cast<int>(times[times.size() / 2]));
    EXPECT_LT(times[times.size() / 2], 50000);
    EXPECT_EQ(bar->value(), place);
    EXPECT_EQ(input<QLineEdit>("/stages/0/learning_rate"), line); // not built anew
    EXPECT_TRUE(box->hasFocus());
}

TEST_F(EditorTest, FitsBesideOneAnotherOnASmallScreen)
{
    editor->openText(quick, {});
    EXPECT_LE(form().widget()->minimumSizeHint().width(), 900);
}

TEST_F(EditorTest, EveryInputHasAName)
{
    editor->openText(quick, {});
    action("vanced")->setChecked(true);
    int inputs = 0;
    for (FieldEditor* field : form().findChildren<FieldEditor*>()) {
        EXPECT_FALSE(field->focusProxy()->accessibleName().isEmpty());
        EXPECT_TRUE(field->focusProxy()->focusPolicy() & Qt::TabFocus);
        ++inputs;
    }
    EXPECT_GT(inputs, 60);
    for (QToolButton* button : form().findChildren<QToolButton*>()) {
        EXPECT_FALSE(button->accessibleName().isEmpty());
    }
    action("vanced")->setChecked(false);
}

// The learning rate is 0, and T^2 is left out.
const QString strange = QStringLiteral(R"({"name": "Strange", "teacher": {"kind": "run", "run": "01HF8ZK3T6M9Q2R4S5T6V7W8XA"},
  "stages": [{"learning_rate": 0,
              "objective": [{"kind": "cross_entropy"}, {"kind": "kd", "scale_by_t2": false}]}]})");

TEST_F(EditorTest, AdviceIsGivenAndNothingIsHeldUp)
{
    EXPECT_FALSE(advice().isVisible());
    editor->openText(strange, {});
    settle();
    EXPECT_FALSE(editor->hasProblems());
    ASSERT_TRUE(advice().isVisible());
    auto* head = advice().findChild<QToolButton*>(QStringLiteral("adviceHead"));
    EXPECT_EQ(head->text(), QStringLiteral("2 pieces of advice"));
    EXPECT_FALSE(button(advice(), QStringLiteral("Show"))); // folded away
    EXPECT_TRUE(message("/stages/0/learning_rate").contains(QStringLiteral("learning rate is 0")));
    EXPECT_FALSE(row("/stages/0/objective/1/scale_by_t2")->isHidden()); // advanced, but spoken of
    EXPECT_TRUE(message("/stages/0/objective/1/scale_by_t2").contains(QStringLiteral("1/16")));

    QSignalSpy runs(editor.get(), &ExperimentEditor::runRequested);
    editor->requestRun();
    EXPECT_EQ(runs.size(), 1);

    head->click();
    EXPECT_TRUE(button(advice(), QStringLiteral("Show")));
    editor->findChild<QTabWidget*>()->setCurrentIndex(1);
    EXPECT_TRUE(advice().isVisible());
    press(button(advice(), QStringLiteral("Show")));
    EXPECT_EQ(json().textCursor().blockNumber(), 1); // the first is in line 2
    head->click();
    open(); // remembers that it is folded
    editor->openText(strange, {});
    settle();
    EXPECT_FALSE(button(advice(), QStringLiteral("Show")));
}

TEST_F(EditorTest, AFixIsOneStepOfItsOwn)
{
    editor->openText(strange, QStringLiteral("/x/strange.json"));
    type("/stages/0/objective/1/temperature", "2");
    settle();
    FieldRow* field = row("/stages/0/objective/1/scale_by_t2");
    press(button(*field, QStringLiteral("Scale by T^2")));
    EXPECT_EQ(now()["stages"][0]["objective"][1], Json::parse(R"({"kind": "kd", "scale_by_t2": true, "temperature": 2})"));
    EXPECT_EQ(message("/stages/0/objective/1/scale_by_t2"), QString());
    EXPECT_EQ(advice().findChild<QToolButton*>()->text(), QStringLiteral("1 piece of advice"));
    undo();
    EXPECT_EQ(now()["stages"][0]["objective"][1]["scale_by_t2"], false);
    EXPECT_EQ(now()["stages"][0]["objective"][1]["temperature"], 2);
    settle();
    EXPECT_TRUE(button(*row("/stages/0/objective/1/scale_by_t2"), QStringLiteral("Scale by T^2")));

    press(button(advice(), QStringLiteral("Fix all")));
    EXPECT_EQ(now()["stages"][0]["learning_rate"], 0.001);
    EXPECT_EQ(now()["stages"][0]["objective"][1]["scale_by_t2"], true);
    EXPECT_FALSE(advice().isVisible());
    undo();
    EXPECT_EQ(now()["stages"][0]["learning_rate"], 0);
    EXPECT_EQ(now()["stages"][0]["objective"][1]["scale_by_t2"], false);
    undo();
    EXPECT_EQ(editor->text(), strange);

    type("/stages/0/learning_rate", "0.1");
    settle();
    press(button(advice(), QStringLiteral("Scale by T^2"))); // the only one stands in the line itself
    EXPECT_FALSE(advice().isVisible());
}

TEST_F(EditorTest, AFixOfWhatIsTypedAsJsonLosesNothing)
{
    editor->openText(strange, {});
    editor->findChild<QTabWidget*>()->setCurrentIndex(1);
    settle();
    json().moveCursor(QTextCursor::Start);
    ASSERT_TRUE(json().find(QStringLiteral("Strange")));
    QTest::keyClicks(&json(), QStringLiteral("Typed")); // not in the draft yet
    press(button(advice(), QStringLiteral("Fix all")));
    EXPECT_EQ(now()["name"], "Typed");
    EXPECT_EQ(now()["stages"][0]["objective"][1].value("scale_by_t2", true), true);
}

TEST_F(EditorTest, ADocumentWithAProblemGetsNoAdvice)
{
    editor->openText(strange, {});
    EXPECT_FALSE(advice().isVisible()); // not while one may still be typing
    EXPECT_TRUE(until([&] { return advice().isVisible(); }));
    EXPECT_FALSE(message("/stages/0/learning_rate").isEmpty());
    type("/seed", "-1");
    QTest::qWait(10);
    EXPECT_FALSE(advice().isVisible());
    EXPECT_EQ(message("/stages/0/learning_rate"), QString());
}

TEST_F(EditorTest, OneActionMakesAComparisonFair)
{
    editor->openText(QStringLiteral(R"({"name": "Alone"})"), {});
    settle();
    EXPECT_FALSE(action("Compare &fairly")->isEnabled()) << "nothing teaches";
    editor->openText(QStringLiteral(R"({"seed": 4, "teacher": {"kind": "run", "run": "a"}})"), {});
    settle();
    ASSERT_TRUE(action("Compare &fairly")->isEnabled());
    const QString before = editor->text();
    action("Compare &fairly")->trigger();
    EXPECT_EQ(now()["controls"], Json::parse(R"({"student_alone": true, "twin": true, "random_teacher": true})"));
    EXPECT_EQ(now()["seeds"], Json::parse("[4, 5, 6]"));
    action("&Undo")->trigger(); // one step
    EXPECT_EQ(editor->text(), before);
}

TEST_F(EditorTest, AConventionIsNamedAndSetsItsParameters)
{
    const QString text = QStringLiteral(R"({"teacher": {"kind": "run", "run": "01HF8ZK3T6M9Q2R4S5T6V7W8XA"},
  "stages": [{"objective": [{"kind": "kd", "weight": 0.9}, {"kind": "cross_entropy"}]}]})");
    editor->openText(text, {});
    const char* place = "/stages/0/objective/0/convention";
    const auto shown = [&] { return input<QComboBox>(place)->currentText(); };
    const auto helpIsShown = [&](const QString& help) {
        const QList<QLabel*> labels = form().findChildren<QLabel*>();
        return std::any_of(labels.begin(), labels.end(),
                           [&](QLabel* label) { return label->isVisible() && label->text() == help; });
    };
    EXPECT_FALSE(row("/stages/0/objective/1/convention")); // the labels' cross-entropy has none
    EXPECT_EQ(shown(), QStringLiteral("paper"));           // the defaults are what it is
    EXPECT_TRUE(helpIsShown(QStringLiteral("As published.")));
    choose(place, "twin"); // alike: nothing changes, and the choice stays
    EXPECT_EQ(editor->text(), text);
    EXPECT_EQ(shown(), QStringLiteral("twin"));

    choose(place, "plain");
    EXPECT_EQ(now()["stages"][0]["objective"][0],
              Json::parse(R"({"kind": "kd", "weight": 0.9, "temperature": 1, "scale_by_t2": false})"));
    EXPECT_EQ(shown(), QStringLiteral("plain"));
    EXPECT_TRUE(helpIsShown(QStringLiteral("No T^2.")));
    EXPECT_FALSE(editor->hasProblems());
    type("/stages/0/objective/0/temperature", "3");
    EXPECT_EQ(shown(), QStringLiteral("own"));
    EXPECT_FALSE(helpIsShown(QStringLiteral("No T^2.")));
    EXPECT_EQ(input<QComboBox>(place)->count(), 4);
    undo();
    EXPECT_EQ(shown(), QStringLiteral("plain"));
    EXPECT_EQ(input<QComboBox>(place)->count(), 3);
    undo(); // all its parameters at once
    EXPECT_EQ(editor->text(), text);
    EXPECT_EQ(shown(), QStringLiteral("paper"));

    choose("/stages/0/objective/1/kind", "kd");
    ASSERT_TRUE(row("/stages/0/objective/1/convention"));
    choose("/stages/0/objective/0/kind", "cross_entropy");
    EXPECT_FALSE(row(place));
}

TEST_F(EditorTest, AConventionSetsATermThatTheDocumentLeavesOut)
{
    editor->openText(QStringLiteral(R"({"teacher": {"kind": "run", "run": "a"}})"), {});
    choose("/stages/0/objective/0/kind", "kd");
    choose("/stages/0/objective/0/convention", "plain");
    EXPECT_EQ(now()["stages"], Json::parse(R"([{"objective": [{"kind": "kd", "temperature": 1, "scale_by_t2": false}]}])"));
    choose("/stages/0/objective/0/convention", "paper");
    EXPECT_EQ(now()["stages"], Json::parse(R"([{"objective": [{"kind": "kd"}]}])")); // defaults are left out again
}

TEST_F(EditorTest, TheStripSaysWhatWillHappen)
{
    editor->openText(quick, {});
    auto* strip = editor->findChild<PlanStrip*>();
    const auto said = [strip](const QString& text) {
        for (QLabel* label : strip->findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().contains(text)) {
                return true;
            }
        }
        return false;
    };
    EXPECT_TRUE(until([&] { return said(QLocale().toString(98765)); }));
    EXPECT_TRUE(said(QLocale().toString(4321)));
    const int before = planned;
    for (int i = 1; i <= 5; ++i) {
        type("/stages/0/epochs", std::to_string(i).c_str());
    }
    QTest::qWait(700);
    EXPECT_EQ(planned, before + 1); // edits in a row are counted once
    runsChanged();
    EXPECT_TRUE(until([&] { return planned == before + 2; })) << "a teacher that is there by now is no run any more";
    type("/name", "No plan");
    EXPECT_TRUE(until([&] { return said(QStringLiteral("/nowhere")); }));
}

TEST_F(EditorTest, ThePlanCountsWhatIsLearnedBesideTheStudent)
{
    auto* strip = editor->findChild<PlanStrip*>();
    const auto third = [&]() -> QLabel* {
        for (auto* label : strip->findChildren<QLabel*>()) {
            if (label->isVisible() && label->text().contains(QStringLiteral("in regressors"))) {
                return label;
            }
        }
        return nullptr;
    };
    learned = 12416;
    editor->openText(quick, {});
    ASSERT_TRUE(until([&] { return third() != nullptr; }));
    EXPECT_TRUE(third()->text().contains(QLocale().toString(12416)));
    learned = 0;
    type("/name", "Nothing learned");
    EXPECT_TRUE(until([&] { return third() == nullptr && planned > 1; }));
}

TEST_F(EditorTest, TheLossIsWrittenUnderItsTermsAndFollowsThem)
{
    editor->openText(quick, {});
    LossText* loss = nullptr;
    for (auto* each : form().findChildren<LossText*>()) {
        loss = each->isVisible() && each->text().contains(QStringLiteral("0.9")) ? each : loss;
    }
    ASSERT_TRUE(loss);
    auto* label = loss->findChild<QLabel*>(QStringLiteral("loss"));
    ASSERT_TRUE(label);
    EXPECT_TRUE(label->textInteractionFlags() & Qt::TextSelectableByMouse);
    EXPECT_TRUE(label->text().contains(QStringLiteral("term &lt; "))); // nothing in it is markup
    EXPECT_TRUE(label->wordWrap());
    type("/stages/0/objective/0/temperature", "7");
    EXPECT_TRUE(loss->text().contains(QStringLiteral("\"temperature\":7"))) << loss->text().toStdString();
    const QString sound = loss->text();
    const QColor colour = label->palette().color(QPalette::WindowText);
    type("/stages/0/objective/0/temperature", "high"); // what was known stays, dimmed
    EXPECT_EQ(loss->text(), sound);
    EXPECT_NE(label->palette().color(QPalette::WindowText), colour);
    type("/stages/0/objective/0/temperature", "3");
    EXPECT_EQ(label->palette().color(QPalette::WindowText), colour);
    click("/stages/0/objective/0/remove");
    EXPECT_FALSE(loss->text().contains(QStringLiteral("\"kd\"")));
}

const QString paired = QStringLiteral(
    R"({"teacher": {"kind": "experiment", "experiment": {}},
        "stages": [{"objective": [{"kind": "hint", "student_tap": "stage1"}, {"kind": "at", "weight": 2}]}]})");

class PickerTest : public EditorTest {
protected:
    PickerTest() { editor->openText(paired, {}); }

    void pick(const char* term)
    {
        click((std::string(term) + "/layers").c_str());
        ASSERT_TRUE(until([&] { return picker() && studentLayers()->topLevelItemCount() == 4; }));
    }
    LayerPicker* picker() { return editor->findChild<LayerPicker*>(); }
    QTreeWidget* studentLayers() { return picker()->findChild<QTreeWidget*>(QStringLiteral("studentLayers")); }
    QTreeWidget* teacherLayers() { return picker()->findChild<QTreeWidget*>(QStringLiteral("teacherLayers")); }
    static void clickRow(QTreeWidget* tree, const char* layer)
    {
        const auto rows = tree->findItems(QString::fromLatin1(layer), Qt::MatchExactly, 0);
        ASSERT_EQ(rows.size(), 1) << layer;
        tree->scrollToItem(rows[0]);
        QTest::mouseClick(tree->viewport(), Qt::LeftButton, {}, tree->visualItemRect(rows[0]).center());
    }
    void pair(const char* student, const char* teacher)
    {
        clickRow(studentLayers(), student);
        clickRow(teacherLayers(), teacher);
    }
    QString said()
    {
        auto* problem = picker()->findChild<InlineMessage*>();
        return problem->isVisible() ? problem->text() : picker()->findChild<QLabel*>(QStringLiteral("remarks"))->text();
    }
    const std::vector<PairLines::Line>& lines() { return picker()->findChild<PairLines*>()->lines(); }
    Json term(int place) { return now()["stages"][0]["objective"][static_cast<std::size_t>(place)]; }
};

TEST_F(PickerTest, OnePairIsReplacedInOneStep)
{
    pick("/stages/0/objective/0");
    EXPECT_FALSE(picker()->isModal());
    EXPECT_EQ(lines().size(), 1U);
    const QString before = editor->text();
    pair("stage2", "stem");
    EXPECT_EQ(term(0)["student_tap"], "stage2");
    EXPECT_EQ(term(0)["teacher_tap"], "stem");
    EXPECT_EQ(input<QLineEdit>("/stages/0/objective/0/student_tap")->text(), QStringLiteral("stage2"));
    EXPECT_TRUE(until([&] { return said().contains(QStringLiteral("A layer brings [\"stage2\"] to [\"stem\"]")); }))
        << said().toStdString();
    undo();
    EXPECT_EQ(editor->text(), before);
    EXPECT_EQ(lines().size(), 1U);
    clickRow(teacherLayers(), "logits"); // in the other order, too
    clickRow(studentLayers(), "logits");
    EXPECT_EQ(term(0)["student_tap"], "logits");
    EXPECT_TRUE(until([&] { return said() == QStringLiteral("Attention cannot match logits"); }));
}

TEST_F(PickerTest, PairsAreAddedInTheStudentsOrderAndPartedByTheirLine)
{
    pick("/stages/0/objective/1");
    EXPECT_EQ(lines().size(), 1U); // the default's
    pair("stage2", "stage2");
    pair("stem", "stage1.pre");
    EXPECT_EQ(term(1), Json::parse(R"({"kind": "at", "weight": 2, "student_taps": ["stem", "stage1", "stage2"],
                                       "teacher_taps": ["stage1.pre", "stage2", "stage2"]})"));
    EXPECT_EQ(lines().size(), 3U);
    pair("stem", "stage1.pre"); // is there already
    EXPECT_EQ(term(1)["student_taps"].size(), 3U);

    auto* canvas = picker()->findChild<PairLines*>();
    const PairLines::Line line = lines()[0];
    EXPECT_NE(line.left, line.right);
    QTest::mouseClick(canvas, Qt::LeftButton, {}, QPoint(canvas->width() / 2, qRound((line.left + line.right) / 2)));
    EXPECT_EQ(term(1)["student_taps"], Json({"stage1", "stage2"}));
    EXPECT_EQ(term(1)["teacher_taps"], Json({"stage2", "stage2"}));
    undo();
    EXPECT_EQ(term(1)["student_taps"].size(), 3U);
    undo();
    undo();
    EXPECT_EQ(editor->text(), paired);
    EXPECT_EQ(lines().size(), 1U);
}

TEST_F(PickerTest, APairThatCannotBeIsMarkedWithTheMethodsSentence)
{
    pick("/stages/0/objective/1");
    pair("stage2", "logits");
    ASSERT_TRUE(until([&] { return said() == QStringLiteral("Attention cannot match logits"); })) << said().toStdString();
    ASSERT_EQ(lines().size(), 2U);
    EXPECT_FALSE(lines()[0].wrong);
    EXPECT_TRUE(lines()[1].wrong);
    undo();
    EXPECT_TRUE(until([&] { return said().startsWith(QStringLiteral("A layer brings")); }));
    EXPECT_FALSE(lines()[0].wrong);
}

TEST_F(PickerTest, TheKeyboardPairsAndParts)
{
    pick("/stages/0/objective/1");
    QTreeWidget *student = studentLayers(), *teacher = teacherLayers();
    picker()->activateWindow();
    student->setFocus();
    QTest::keyClick(student, Qt::Key_Down);
    QTest::keyClick(student, Qt::Key_Down);
    QTest::keyClick(student, Qt::Key_Return);
    EXPECT_EQ(picker()->focusWidget(), teacher);
    QTest::keyClick(teacher, Qt::Key_End);
    QTest::keyClick(teacher, Qt::Key_Escape); // not this one: the picker stays
    ASSERT_TRUE(picker()->isVisible());
    QTest::keyClick(teacher, Qt::Key_Up);
    QTest::keyClick(teacher, Qt::Key_Space);
    QTest::keyClick(student, Qt::Key_Return);
    EXPECT_EQ(term(1)["student_taps"], Json({"stage1", "stage2"}));
    EXPECT_EQ(term(1)["teacher_taps"], Json({"stage2", "stage2"}));
    QTest::keyClick(student, Qt::Key_Delete);
    EXPECT_FALSE(term(1).contains("student_taps")) << "only the default pair is left, which the document need not name";
    QTest::keyClick(student, Qt::Key_Escape);
    EXPECT_TRUE(until([&] { return !picker(); }));
}

TEST_F(PickerTest, LayersBeforeTheActivationAreQuieterUnlessPaired)
{
    pick("/stages/0/objective/1");
    const auto colour = [&](const char* layer) {
        return teacherLayers()->findItems(QString::fromLatin1(layer), Qt::MatchExactly, 0).at(0)->foreground(0).color();
    };
    EXPECT_NE(colour("stage1.pre"), colour("stage1"));
    pair("stem", "stage1.pre");
    EXPECT_EQ(colour("stage1.pre"), colour("stage1"));
}

TEST_F(PickerTest, ItGoesWithItsTerm)
{
    pick("/stages/0/objective/1");
    choose("/stages/0/objective/1/kind", "hint"); // has one pair: the picker follows
    EXPECT_TRUE(picker()->isVisible());
    pair("stem", "stem");
    EXPECT_EQ(term(1)["student_tap"], "stem");
    choose("/stages/0/objective/1/kind", "kd");
    EXPECT_TRUE(until([&] { return !picker(); }));
    pick("/stages/0/objective/0");
    editor.reset(); // while it may still be asking
}

TEST(Draft, ATextThatCannotBeReadSaysWhatStandsInForIt)
{
    Draft draft(testSchema());
    draft.open(quick, {}, quick);
    draft.replaceText(QStringLiteral("{\"name"));
    EXPECT_EQ(draft.parseError()->standIn, Draft::StandIn::Earlier);
    EXPECT_EQ(*draft.valueAt("/name"), "Quick start");
    draft.open(QStringLiteral("{\"name"), {}, QStringLiteral("{\"name\": \"Saved\"}"));
    EXPECT_EQ(draft.parseError()->standIn, Draft::StandIn::File);
    EXPECT_EQ(*draft.valueAt("/name"), "Saved");
    draft.open(QStringLiteral("{\"name"), {}, {});
    draft.replaceText(QStringLiteral("{\"nam"));
    EXPECT_EQ(draft.parseError()->standIn, Draft::StandIn::Empty);
    EXPECT_FALSE(draft.valueAt("/name"));
}

TEST(Draft, MergedEditsThatComeBackLeaveNoStep)
{
    Draft draft(testSchema());
    draft.open(quick, {}, quick);
    const int steps = draft.undoStack().count();
    draft.setValue("/student/model/dropout", 0.5);
    EXPECT_EQ(draft.undoStack().count(), steps + 1);
    draft.setValue("/student/model/dropout", 0.25);
    EXPECT_EQ(draft.undoStack().count(), steps);
    EXPECT_EQ(draft.text(), quick);
    EXPECT_THROW(draft.setValue("/no/such/place", 1), InputError);
    EXPECT_EQ(draft.text(), quick);
}

TEST(Draft, SeveralValuesAreOneStepThatMergesWithNone)
{
    Draft draft(testSchema());
    draft.open(quick, {}, quick);
    const int steps = draft.undoStack().count();
    draft.setValue("/student/model/dropout", 0.5);
    draft.setValues({{"/student/model/dropout", 0.6}, {"/data/augmentation/shift", 2}, {"/stages/0/objective/-", {{"kind", "kd"}}}},
                    QStringLiteral("Several"));
    EXPECT_EQ(draft.undoStack().undoText(), QStringLiteral("Several"));
    draft.setValue("/student/model/dropout", 0.7);
    EXPECT_EQ(draft.undoStack().count(), steps + 3);
    EXPECT_EQ(draft.json()["stages"][0]["objective"].size(), 3U);
    draft.undoStack().undo();
    draft.undoStack().undo();
    EXPECT_FALSE(draft.valueAt("/data"));
    draft.setValues({{"/data/augmentation/shift", 0}, {"/student/model/dropout", 0.25}}, QStringLiteral("Back"));
    EXPECT_EQ(draft.text(), quick); // defaults the file does not mention are not written
    EXPECT_THROW(draft.setValues({{"/no/such/place", 1}}, {}), InputError);
    EXPECT_EQ(draft.text(), quick);
}

TEST(EditorText, NumbersAreReadAndShown)
{
    EXPECT_EQ(numberFrom(QStringLiteral("3e-4"), false), Json(3e-4));
    EXPECT_EQ(numberFrom(QStringLiteral("5e3"), true).dump(), "5000");
    EXPECT_EQ(numberFrom(QStringLiteral("2.5"), true), Json(2.5)); // for the check to refuse
    EXPECT_EQ(numberFrom(QStringLiteral("nan"), false), Json("nan"));
    EXPECT_EQ(shortText(Json(0.1)), QStringLiteral("0.1"));
    EXPECT_EQ(shortText(Json(1e-8)), QStringLiteral("1e-8"));
    EXPECT_EQ(shortText(Json(1.5e300)), QStringLiteral("1.5e300"));
    EXPECT_EQ(shortText(Json(1e-10)), QStringLiteral("1e-10"));
    EXPECT_TRUE(isUnfinishedNumber(QStringLiteral("1e-")));
    EXPECT_FALSE(isUnfinishedNumber(QStringLiteral("1e-3")));
}

} // namespace

TEST_F(EditorTest, aFieldIsSweptFromItsMenu)
{
    editor->openText(QStringLiteral("{\"name\": \"x\", \"student\": {\"model\": {\"kind\": \"mlp\"}}}"), {});
    const auto menuOf = [&](const char* pointer) {
        FieldRow* const found = row(pointer);
        QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(2, 2), found->mapToGlobal(QPoint(2, 2)));
        QApplication::sendEvent(found, &event);
        QAction* action = nullptr;
        for (QMenu* menu : found->findChildren<QMenu*>()) {
            for (QAction* each : menu->actions()) {
                action = each->text() == QStringLiteral("Sweep this field") ? each : action;
            }
            menu->hide();
        }
        return action;
    };
    ASSERT_TRUE(menuOf("/stages/0/learning_rate"));
    menuOf("/stages/0/learning_rate")->trigger();
    const Json first = now()["sweep"];
    EXPECT_EQ(first["kind"], "grid");
    EXPECT_EQ(first["fields"][0]["field"], "/stages/0/learning_rate");
    EXPECT_THAT(first["fields"][0]["values"].get<std::vector<double>>(), testing::ElementsAre(0.00033, 0.001, 0.003));
    QTest::qWait(20);
    menuOf("/student/model/kind")->trigger(); // as a whole
    EXPECT_EQ(now()["sweep"]["fields"][1], (Json{{"field", "/student/model"}, {"values", {"mlp"}}}));
    EXPECT_FALSE(menuOf("/student/model/kind")->isEnabled()); // it is already
    type("/sweep/fields/1/values", "mlp, cnn");
    EXPECT_EQ(now()["sweep"]["fields"][1]["values"], Json({"mlp", "cnn"}));
    type("/sweep/fields/0/values", "1e-3, 0.1");
    EXPECT_EQ(now()["sweep"]["fields"][0]["values"], Json({1e-3, 0.1}));
    type("/sweep/fields/1/values", "[{\"kind\": \"mlp\", \"widths\": [8]}]");
    EXPECT_EQ(now()["sweep"]["fields"][1]["values"][0]["widths"], Json({8}));
    EXPECT_TRUE(sweepablePlaces(testSchema(), now()).contains(QStringLiteral("/student/model/dropout")));
}

} // namespace distill::ui

int main(int argc, char** argv)
{
    const QTemporaryDir settings;
    qputenv("DISTILL_CONFIG", settings.path().toUtf8());
    QApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
