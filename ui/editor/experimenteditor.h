// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/schema.h"
#include "ui/editor/draftshelf.h"

#include <QAction>
#include <QWidget>
#include <memory>

namespace distill::ui {

class Session;
struct EditorServices;

/// Edits one experiment document, as a form and as JSON, both views of the same draft. The draft is undoable, autosaved
/// to the workspace and restored after a crash; what a run was started with is never touched.
class ExperimentEditor : public QWidget {
    Q_OBJECT

public:
    explicit ExperimentEditor(Session& session, QWidget* parent = nullptr);
    explicit ExperimentEditor(const EditorServices& services, QWidget* parent = nullptr);
    ~ExperimentEditor() override;

    /// Replaces the draft (one undoable step); what was not saved of it is put aside. `path` is where Save writes;
    /// empty: asks.
    void openText(const QString& text, const QString& path);
    bool openFile(const QString& path);
    /// Brings back what a crashed session left; false where there is nothing.
    bool restoreDraft();
    QList<DraftShelf::Item> draftsPutAside() const; ///< newest first
    void bringBack(const QString& id); ///< opens a draft that was put aside
    QString text() const; ///< byte for byte what was opened while nothing was changed
    QString path() const;
    bool isModified() const;
    bool hasProblems() const;

    /// New, open, save, save as, duplicate, undo, redo, advanced fields: for the menu and the tool bar, with shortcuts.
    QList<QAction*> actions() const;

public Q_SLOTS:
    void requestRun(); ///< emits runRequested when the document has no problem, else shows the first one

Q_SIGNALS:
    void runRequested(const QString& text);
    void fileChosen(); ///< and opened
    void titleChanged(const QString& title, bool modified);
    void problemsChanged(int count);
    void problemMended(const QString& sentence); ///< what was said of the document holds no more
    void draftPutAside(const QString& name, const QString& id);

private:
    class Private;
    std::unique_ptr<Private> m;
};

} // namespace distill::ui
