// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/editorservices.h"

#include "ui/editor/experimenteditor.h"
#include "ui/session.h"

#include <QDir>

namespace distill::ui {

namespace {

QVector<RunChoice> finishedRunsOf(const History& history)
{
    QVector<RunChoice> choices;
    for (const RunRow& row : history.runs()) {
        if (row.state == RunState::Finished && !row.isImported()) { // these have no weights to teach with
            choices.push_back({row.id, QString::fromStdString(row.name), QString::fromStdString(row.studentModel),
                               row.figures.bestAccuracy});
        }
    }
    return choices;
}

} // namespace

EditorServices editorServices(Session& session)
{
    const std::shared_ptr<History> history = session.history();
    return {
        .schema = schema(),
        .plan = [history](const Document& document) { return plan(document, history.get()); },
        .finishedRuns =
            [&session](QObject* context, RunChoices::Answer answer) {
                session.read<QVector<RunChoice>>(context, finishedRunsOf, std::move(answer));
            },
        .watchRuns =
            [&session](QObject* context, std::function<void()> changed) {
                QObject::connect(&session, &Session::rowsChanged, context, changed);
                QObject::connect(&session, &Session::updated, context, [changed](const Updates& updates) {
                    for (const RunStatus& status : updates.statuses) {
                        if (status.state == RunState::Finished) {
                            changed();
                            return;
                        }
                    }
                });
            },
        .problem = [&session](const QString& sentence) { Q_EMIT session.problem(sentence); },
        .draftsFolder = QDir(QString::fromStdString(history->workspace())).filePath(QStringLiteral("drafts")),
        .lossFormula = lossFormula,
        .inspectTerm = [history](const Document& document,
                                 const std::string& term) { return inspectTerm(document, term, history.get()); },
    };
}

ExperimentEditor::ExperimentEditor(Session& session, QWidget* parent)
    : ExperimentEditor(editorServices(session), parent)
{
}

} // namespace distill::ui
