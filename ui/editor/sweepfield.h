// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/advice.h"
#include "ui/editor/fieldeditor.h"

#include <QStringList>
#include <functional>

class QLineEdit;
class QStringListModel;

namespace distill::ui {

/// What makes a field of a document part of its sweep: a grid where there is none yet, else one field more. The values are a start:
/// the present one and some about it. `values` is where they stand then. Empty edits where the field cannot be swept or is already.
struct SweptEdit {
    std::vector<Edit> edits;
    std::string values;
};
SweptEdit sweepField(const Schema& schema, const Json& document, const std::string& pointer);

/// Pointers of all that a sweep of this document can move, whatever is wrong with its sweep; empty where more is.
QStringList sweepablePlaces(const Schema& schema, const Json& document);

/// A path into the document, completed from any part of it.
class PathEditor : public FieldEditor {
    Q_OBJECT

public:
    using Source = std::function<QStringList()>;
    PathEditor(const Field& field, Source source, QWidget* parent);
    void setValue(const Json& value) override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    Source m_source;
    QLineEdit* m_line;
    QStringListModel* m_places;
};

} // namespace distill::ui
