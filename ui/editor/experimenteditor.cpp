// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/experimenteditor.h"

#include "experiment/protocol.h"
#include "ui/editor/advicestrip.h"
#include "ui/editor/draft.h"
#include "ui/editor/draftstore.h"
#include "ui/editor/editorservices.h"
#include "ui/editor/formview.h"
#include "ui/editor/jsonview.h"
#include "ui/editor/message.h"
#include "ui/editor/text.h"
#include "ui/savefile.h"
#include "ui/settings.h"
#include "ui/theme.h"

#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QPointer>
#include <QPushButton>
#include <QScrollBar>
#include <QTabWidget>
#include <QToolButton>

namespace distill::ui {

namespace {

constexpr int autosavePause = 500; ///< milliseconds
constexpr qint64 largestFile = 8 << 20;
const QString advancedKey = QStringLiteral("editor/advanced");

QString filter()
{
    return ExperimentEditor::tr("Experiments (*.json);;All files (*)");
}

QString brokenText(const Draft::ParseError& error)
{
    const auto standIn = [&] {
        switch (error.standIn) {
        case Draft::StandIn::Earlier:
            break;
        case Draft::StandIn::File:
            return ExperimentEditor::tr("The JSON cannot be read; the form shows what was last saved.");
        case Draft::StandIn::Empty:
            return ExperimentEditor::tr("The JSON cannot be read; the form shows the defaults, nothing of the text.");
        }
        return ExperimentEditor::tr("The JSON cannot be read; the form shows what it last was.");
    };
    return standIn() + u' ' + QString::fromStdString(error.sentence);
}

} // namespace

class ExperimentEditor::Private {
public:
    Private(ExperimentEditor& editor, const EditorServices& given);

    void makeActions();
    void makeLayout();
    QAction* add(const char* icon, const QString& text, const QKeySequence& keys, const std::function<void()>& act);
    void chooseFile();
    bool save(const QString& path);
    void saveAs();
    void duplicate();
    QString title() const;
    KeptDraft kept() const { return {draft.text(), draft.savedText(), draft.path(), title()}; }
    void autosave();
    void putAside();
    void take(const KeptDraft& replacement);
    void follow();
    void showProblems();
    void reveal(const std::string& pointer, int line);
    void revealNext();
    void say(const QString& sentence) { services.problem(sentence); }
    void sayOfDocument(const QString& sentence);
    void pickLayers(const std::string& term);
    void compareFairly();

    ExperimentEditor& self;
    EditorServices services;
    Draft draft;
    RunChoices runs;
    DraftStore store;
    QTimer autosaveTimer;
    QList<QAction*> actions;
    QAction *undo = nullptr, *redo = nullptr, *advanced = nullptr, *fair = nullptr;
    QTabWidget* tabs = nullptr;
    QWidget* formPage = nullptr;
    QWidget* brokenBanner = nullptr;
    InlineMessage* brokenMessage = nullptr;
    InlineMessage* jsonMessage = nullptr;
    FormView* form = nullptr;
    JsonView* json = nullptr;
    QToolButton* problemButton = nullptr;
    AdviceStrip* advice = nullptr;
    PlanStrip* strip = nullptr;
    QPointer<LayerPicker> picker;
    std::size_t nextProblem = 0;
    QString saidOfDocument;
    bool untouched = true; ///< nothing was opened yet
};

ExperimentEditor::Private::Private(ExperimentEditor& editor, const EditorServices& given)
    : self(editor)
    , services(given)
    , draft(given.schema)
    , runs(given.finishedRuns)
    , store(given.draftsFolder, &editor, [this](const QString& sentence) { say(sentence); })
{
    autosaveTimer.setSingleShot(true);
    connect(&autosaveTimer, &QTimer::timeout, &self, [this] { autosave(); });
    makeActions();
    makeLayout();
    connect(&draft, &Draft::changed, &self, [this] { follow(); });
    connect(&draft, &Draft::stateChanged, &self, [this] { follow(); });
    connect(&draft, &Draft::problemsChanged, &self, [this] { showProblems(); });
    connect(form, &FormView::failed, &self, [this](const QString& sentence) { say(sentence); });
    connect(form, &FormView::layersWanted, &self, [this](const std::string& term) { pickLayers(term); });
    if (services.watchRuns) {
        services.watchRuns(&self, [this] {
            runs.refresh();
            strip->recount();
        });
    }
    runs.refresh();
}

QAction* ExperimentEditor::Private::add(const char* icon, const QString& text, const QKeySequence& keys,
                                        const std::function<void()>& act)
{
    auto* action = new QAction(QIcon::fromTheme(QString::fromLatin1(icon)), text, &self);
    action->setShortcut(keys);
    if (act) {
        connect(action, &QAction::triggered, &self, act);
    }
    actions << action;
    self.addAction(action);
    return action;
}

void ExperimentEditor::Private::makeActions()
{
    add("document-new", tr("&New experiment"), QKeySequence::New, [this] {
        self.openText(QString::fromStdString(Document::fromJson({{"name", "Untitled"}}).text()), {});
    });
    add("document-open", tr("&Open …"), QKeySequence::Open, [this] { chooseFile(); });
    add("document-save", tr("&Save"), QKeySequence::Save, [this] {
        json->flush();
        if (draft.path().isEmpty()) {
            saveAs();
        } else {
            save(draft.path());
        }
    });
    add("document-save-as", tr("Save &as …"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S), [this] { saveAs(); });
    add("edit-duplicate", tr("&Duplicate"), QKeySequence(Qt::CTRL | Qt::Key_D), [this] { duplicate(); });

    QUndoStack& stack = draft.undoStack();
    undo = add("edit-undo", tr("&Undo"), QKeySequence::Undo, [this] {
        json->flush();
        draft.undoStack().undo();
    });
    redo = add("edit-redo", tr("&Redo"), QKeySequence::Redo, [this] {
        json->flush();
        draft.undoStack().redo();
    });
    undo->setEnabled(false);
    redo->setEnabled(false);
    connect(&stack, &QUndoStack::canUndoChanged, undo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::canRedoChanged, redo, &QAction::setEnabled);
    connect(&stack, &QUndoStack::undoTextChanged, undo,
            [undo = undo](const QString& what) { undo->setText(what.isEmpty() ? tr("&Undo") : tr("&Undo: %1").arg(what)); });
    connect(&stack, &QUndoStack::redoTextChanged, redo,
            [redo = redo](const QString& what) { redo->setText(what.isEmpty() ? tr("&Redo") : tr("&Redo: %1").arg(what)); });

    advanced = add("configure", tr("Show ad&vanced fields"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_A), {});
    advanced->setIconText(tr("Advanced"));
    advanced->setCheckable(true);
    connect(advanced, &QAction::toggled, &self, [this](bool on) {
        form->setShowsAdvanced(on);
        Settings().setValue(advancedKey, on);
    });
    fair = add("kr_comparedirs", tr("Compare &fairly"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F), [this] { compareFairly(); });
    fair->setToolTip(tr("Adds what tells whether the teacher helps: the same student alone, a twin of the teacher, a random teacher, three seeds"));
    fair->setEnabled(false);
}

void ExperimentEditor::Private::compareFairly()
{
    json->flush();
    draft.checkNow();
    const std::vector<Edit> edits = fairProtocol(draft.schema(), draft.document());
    if (edits.empty()) {
        say(tr("This experiment has controls and three seeds already."));
        return;
    }
    try {
        draft.setValues(edits, fair->text().remove(u'&'));
        reveal("/controls", draft.document().lineOf("/controls"));
    } catch (const InputError& error) {
        say(QString::fromUtf8(error.what()));
    }
}

void ExperimentEditor::Private::makeLayout()
{
    form = new FormView(draft, {&runs, services.lossFormula, services.inspectTerm != nullptr});
    brokenMessage = new InlineMessage;
    auto* toError = new QPushButton(tr("Go to the error"));
    brokenBanner = new QWidget;
    auto* banner = new QHBoxLayout(brokenBanner);
    banner->setContentsMargins(12, 6, 12, 6);
    banner->addWidget(brokenMessage, 1);
    banner->addWidget(toError);
    connect(toError, &QPushButton::clicked, &self, [this] { revealNext(); });
    brokenBanner->hide();
    formPage = new QWidget;
    auto* formColumn = new QVBoxLayout(formPage);
    formColumn->setContentsMargins(0, 0, 0, 0);
    formColumn->setSpacing(0);
    formColumn->addWidget(brokenBanner);
    formColumn->addWidget(form, 1);

    json = new JsonView(draft);
    jsonMessage = new InlineMessage;
    jsonMessage->setIndent(10);
    jsonMessage->hide();
    auto* jsonPage = new QWidget;
    auto* jsonColumn = new QVBoxLayout(jsonPage);
    jsonColumn->setContentsMargins(0, 0, 0, 4);
    jsonColumn->setSpacing(4);
    jsonColumn->addWidget(json, 1);
    jsonColumn->addWidget(jsonMessage);

    tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    tabs->addTab(formPage, tr("For&m"));
    tabs->addTab(jsonPage, tr("&JSON"));
    tabs->setAccessibleName(tr("Views of the experiment"));
    connect(tabs, &QTabWidget::currentChanged, &self, [this] { json->flush(); });

    problemButton = new QToolButton;
    problemButton->setAutoRaise(true);
    problemButton->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    problemButton->setToolTip(tr("Go to the next problem"));
    problemButton->hide();
    connect(problemButton, &QToolButton::clicked, &self, [this] { revealNext(); });
    const auto cornerButton = [](QAction* action) {
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setAutoRaise(true);
        button->setIconSize({16, 16});
        return button;
    };
    auto* fairButton = cornerButton(fair);
    auto* advancedButton = cornerButton(advanced);
    auto* corner = new QWidget;
    auto* cornerRow = new QHBoxLayout(corner);
    cornerRow->setContentsMargins(0, 0, 6, 0);
    cornerRow->addWidget(problemButton);
    cornerRow->addWidget(fairButton);
    cornerRow->addWidget(advancedButton);
    tabs->setCornerWidget(corner);

    advice = new AdviceStrip(draft);
    connect(advice, &AdviceStrip::aboutToFix, &self, [this] { json->flush(); });
    // The button goes with what it mended, and the focus with it: undo is to stay at hand.
    connect(advice, &AdviceStrip::applied, &self, [this] { tabs->currentWidget()->setFocus(); });
    connect(advice, &AdviceStrip::failed, &self, [this](const QString& sentence) { say(sentence); });
    connect(advice, &AdviceStrip::placeWanted, &self, [this](const std::string& pointer, int line) { reveal(pointer, line); });
    strip = new PlanStrip(services.plan);
    auto* line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Plain);
    line->setForegroundRole(QPalette::Mid);
    auto* column = new QVBoxLayout(&self);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(tabs, 1);
    column->addWidget(line);
    column->addWidget(advice);
    column->addWidget(strip);
    advanced->setChecked(Settings().value(advancedKey, false).toBool());
}

void ExperimentEditor::Private::chooseFile()
{
    const QString folder = draft.path().isEmpty() ? QDir::currentPath() : QFileInfo(draft.path()).absolutePath();
    auto* dialog = new QFileDialog(&self, tr("Open an experiment"), folder, filter());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, &self, [this](const QString& path) {
        if (self.openFile(path)) {
            form->verticalScrollBar()->setValue(0);
            Q_EMIT self.fileChosen();
        }
    });
    dialog->open();
}

bool ExperimentEditor::Private::save(const QString& path)
{
    try {
        saveFile(path, draft.text().toUtf8());
    } catch (const InputError& error) {
        say(QString::fromUtf8(error.what()));
        return false;
    }
    draft.markSaved(path);
    return true;
}

void ExperimentEditor::Private::saveAs()
{
    json->flush();
    QString proposal = draft.path();
    if (proposal.isEmpty()) {
        const Json* name = draft.valueAt("/name");
        QString base = name ? shortText(*name).toLower().simplified() : QString();
        for (QChar& c : base) {
            c = c.isLetterOrNumber() ? c : QChar(u'-');
        }
        proposal = QDir::current().filePath((base.isEmpty() ? QStringLiteral("experiment") : base)
                                            + QStringLiteral(".json"));
    }
    auto* dialog = new QFileDialog(&self, tr("Save the experiment"), QFileInfo(proposal).absolutePath(), filter());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QStringLiteral("json"));
    dialog->selectFile(QFileInfo(proposal).fileName());
    connect(dialog, &QFileDialog::fileSelected, &self, [this](const QString& path) { save(path); });
    dialog->open();
}

void ExperimentEditor::Private::duplicate()
{
    json->flush();
    QString text = draft.text();
    if (!draft.parseError()) {
        try {
            const Json* name = draft.valueAt("/name");
            const QString copy = tr("%1 copy").arg(name ? shortText(*name) : tr("Untitled"));
            text = QString::fromStdString(draft.document().with("/name", copy.toStdString()).text());
        } catch (const InputError& error) {
            say(QString::fromUtf8(error.what()));
        }
    }
    draft.open(text, {}, {});
}

QString ExperimentEditor::Private::title() const
{
    const Json* name = draft.valueAt("/name");
    return !draft.path().isEmpty() ? QFileInfo(draft.path()).fileName() : name ? shortText(*name) : tr("Untitled");
}

void ExperimentEditor::Private::autosave()
{
    if (draft.isModified()) {
        store.save(kept());
    } else {
        store.remove();
    }
}

/// What is edited and not saved, or was when a session ended badly, stays within reach when a document takes its place.
void ExperimentEditor::Private::putAside()
{
    const std::optional<KeptDraft> replaced = draft.isModified() ? kept() : store.load();
    if (replaced && replaced->isModified()) {
        store.putAside(*replaced,
                       [this, name = replaced->name](const QString& id) { Q_EMIT self.draftPutAside(name, id); });
    }
}

void ExperimentEditor::Private::take(const KeptDraft& replacement)
{
    json->flush();
    putAside();
    const bool first = std::exchange(untouched, false) && !draft.isModified();
    draft.open(replacement.text, replacement.path, replacement.original);
    if (first) {
        draft.undoStack().clear(); // nobody asked for the empty document before it
    }
    if (draft.parseError()) {
        draft.checkNow();
        reveal({}, draft.problems().front().line);
    }
}

void ExperimentEditor::Private::follow()
{
    autosaveTimer.start(autosavePause);
    Q_EMIT self.titleChanged(title(), draft.isModified());
}

/// It stands until the document changes and the sentence is not true of it any more.
void ExperimentEditor::Private::sayOfDocument(const QString& sentence)
{
    saidOfDocument = sentence;
    say(sentence);
}

void ExperimentEditor::Private::showProblems()
{
    const std::vector<Problem>& problems = draft.problems();
    const bool holds = std::any_of(problems.begin(), problems.end(), [this](const Problem& problem) {
        return QString::fromStdString(problem.sentence) == saidOfDocument;
    });
    if (!saidOfDocument.isEmpty() && !holds) {
        Q_EMIT self.problemMended(std::exchange(saidOfDocument, {}));
    }
    const bool broken = draft.parseError().has_value();
    const int count = static_cast<int>(problems.size());
    nextProblem = 0;
    problemButton->setVisible(count > 0);
    if (count > 0) {
        const QColor red = Theme::bad(self.palette());
        problemButton->setText(count == 1 ? tr("1 problem") : tr("%1 problems").arg(count));
        problemButton->setIcon(problemMark(red, 16, self.devicePixelRatioF()));
        problemButton->setAccessibleDescription(QString::fromStdString(problems.front().sentence));
        jsonMessage->setText(QString::fromStdString(problems.front().sentence));
    }
    jsonMessage->setVisible(count > 0);
    brokenBanner->setVisible(broken);
    form->widget()->setEnabled(!broken);
    if (broken) {
        brokenMessage->setText(brokenText(*draft.parseError()));
    }
    const Json* const teacher = count == 0 ? draft.valueAt("/teacher/kind") : nullptr;
    fair->setEnabled(teacher && *teacher != "none");
    strip->setDocument(draft.document(), count);
    Q_EMIT self.problemsChanged(count);
}

void ExperimentEditor::Private::pickLayers(const std::string& term)
{
    delete picker;
    picker = new LayerPicker(draft, term, services.inspectTerm, &self);
    for (QAction* action : {undo, redo}) {
        picker->addAction(action); // a window has its own shortcuts
    }
    connect(picker, &LayerPicker::failed, &self, [this](const QString& sentence) { say(sentence); });
    picker->show();
}

void ExperimentEditor::Private::reveal(const std::string& pointer, int line)
{
    if (draft.parseError()) {
        tabs->setCurrentIndex(1);
    }
    if (tabs->currentIndex() == 1) {
        json->goToLine(line);
    } else {
        form->reveal(pointer);
    }
}

void ExperimentEditor::Private::revealNext()
{
    const std::vector<Problem>& problems = draft.problems();
    if (!problems.empty()) {
        nextProblem %= problems.size();
        const Problem& problem = problems[nextProblem++];
        reveal(problem.pointer, problem.line);
    }
}

ExperimentEditor::ExperimentEditor(const EditorServices& services, QWidget* parent)
    : QWidget(parent)
    , m(std::make_unique<Private>(*this, services))
{
    setObjectName(QStringLiteral("experimentEditor"));
    setAccessibleName(tr("Experiment editor"));
    m->draft.checkNow();
}

ExperimentEditor::~ExperimentEditor()
{
    m->json->flush();
    m->autosave();
    // Views take leave of the draft, which is a member and would be gone before the children are.
    m->draft.disconnect();
    m->draft.undoStack().disconnect();
    delete m->picker;
    delete m->tabs;
    delete m->advice;
    delete m->strip;
}

void ExperimentEditor::openText(const QString& text, const QString& path)
{
    m->take({text, text, path, {}});
}

bool ExperimentEditor::openFile(const QString& path)
{
    QFile file(path);
    QString text;
    if (!file.open(QIODevice::ReadOnly)) {
        m->sayOfDocument(tr("%1 cannot be read: %2").arg(path, file.errorString()));
        return false;
    }
    if (file.size() > largestFile) {
        m->sayOfDocument(tr("%1 is larger than 8 MiB, too large for an experiment").arg(path));
        return false;
    }
    if (!decode(file.readAll(), text)) {
        m->sayOfDocument(tr("%1 is not text in UTF-8, as an experiment has to be").arg(path));
        return false;
    }
    openText(text, path);
    return true;
}

bool ExperimentEditor::restoreDraft()
{
    const std::optional<KeptDraft> kept = m->store.load();
    if (!kept || !kept->isModified()) {
        return false;
    }
    m->untouched = false;
    m->draft.open(kept->text, kept->path, kept->original);
    m->draft.undoStack().clear();
    return true;
}

QList<DraftShelf::Item> ExperimentEditor::draftsPutAside() const
{
    return m->store.putAsideItems();
}

void ExperimentEditor::bringBack(const QString& id)
{
    if (const std::optional<KeptDraft> draft = m->store.loadPutAside(id)) {
        m->take(*draft);
    } else {
        m->say(tr("This draft cannot be read any more: its file is gone from %1").arg(m->services.draftsFolder));
    }
}

QString ExperimentEditor::text() const
{
    m->json->flush();
    return m->draft.text();
}

QString ExperimentEditor::path() const
{
    return m->draft.path();
}

bool ExperimentEditor::isModified() const
{
    m->json->flush();
    return m->draft.isModified();
}

bool ExperimentEditor::hasProblems() const
{
    m->json->flush();
    m->draft.checkNow();
    return !m->draft.problems().empty();
}

QList<QAction*> ExperimentEditor::actions() const
{
    return m->actions;
}

void ExperimentEditor::requestRun()
{
    m->json->flush();
    m->draft.checkNow();
    if (m->draft.problems().empty()) {
        Q_EMIT runRequested(m->draft.text());
        return;
    }
    const Problem problem = m->draft.problems().front();
    m->reveal(problem.pointer, problem.line);
    m->sayOfDocument(QString::fromStdString(problem.sentence));
}

} // namespace distill::ui
