// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/run.h"
#include "ui/editor/fieldeditor.h"

#include <QVector>
#include <functional>

class QComboBox;

namespace distill::ui {

/// A finished run that may be named as a teacher or as where to start from.
struct RunChoice {
    RunId id;
    QString name;
    QString model;
    double accuracy = 0; ///< on validation, best, 0 to 1; NaN where unknown
};

/// The finished runs of the history, newest first, read in the background and shared by all boxes that offer them.
class RunChoices : public QObject {
    Q_OBJECT

public:
    using Answer = std::function<void(QVector<RunChoice>)>;
    /// Starts reading; calls the answer later on this thread unless `context` was destroyed.
    using Source = std::function<void(QObject* context, Answer answer)>;

    explicit RunChoices(Source source, QObject* parent = nullptr);
    const QVector<RunChoice>& runs() const { return m_runs; }
    void refresh();

Q_SIGNALS:
    void changed();

private:
    Source m_source;
    QVector<RunChoice> m_runs;
    bool m_reading = false;
    bool m_again = false;
};

/// A combo box over the finished runs; a run that is not among them (any unique part of an id may stand in a document)
/// is shown as it is written.
class RunEditor : public FieldEditor {
    Q_OBJECT

public:
    RunEditor(const Field& field, RunChoices& runs, QWidget* parent);
    void setValue(const Json& value) override;

private:
    void fill();

    RunChoices& m_runs;
    QComboBox* m_box;
    QString m_value;
};

} // namespace distill::ui
