// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/editor/formnode.h"

#include <QPointer>
#include <QScrollArea>

namespace distill::ui {

class ExperimentForm;

/// The form of a draft: made from the schema, kept in step with the document.
class FormView : public QScrollArea {
    Q_OBJECT

public:
    FormView(Draft& draft, const FormServices& services, QWidget* parent = nullptr);
    ~FormView() override;

    void setShowsAdvanced(bool on);
    /// Brings the field of a pointer into sight and gives it the focus.
    void reveal(const std::string& pointer);
    /// The row of a place; null where the form has none at present.
    FieldRow* row(const std::string& pointer) const;

Q_SIGNALS:
    void failed(const QString& sentence);
    void layersWanted(const std::string& term);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void sync();
    void showProblems();
    void showAdvice();
    void orderTabs();
    void scrollToSought();

    Draft& m_draft;
    FormContext m_context;
    Field m_root;
    ExperimentForm* m_form;
    QTimer m_orderTimer;
    QPointer<FormNode> m_sought; ///< what was revealed last and nothing done since
    bool m_stale = false;
};

} // namespace distill::ui
