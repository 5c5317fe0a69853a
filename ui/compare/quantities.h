// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "engine/comparison.h"
#include "ui/plots/numbers.h"
#include "ui/plots/outliers.h"

#include <QStringList>

namespace distill::ui {

/// What can stand on an axis: a figure or a field of the compared runs, as one number a run.
struct Quantity {
    std::string key; ///< of a figure, or the pointer of a field
    QString title;
    ComparedFigure::Unit unit = ComparedFigure::Unit::Count;
    ComparedFigure::Better better = ComparedFigure::Better::Neither;
    bool isField = false;
    bool differs = false; ///< among the runs that have it
    std::vector<double> values = {}; ///< one a run; NaN where not known
    QStringList categories = {}; ///< of a field whose values are no numbers: a value is a place here

    Range range() const; ///< of the known values
    QString text(double value) const;
};

/// The figures, then the fields with at least one value; fields that name or describe the run are left out.
std::vector<Quantity> quantitiesOf(const Comparison& comparison);
const Quantity* quantityOf(const std::vector<Quantity>& quantities, const std::string& key);

/// "79.98 %", "824,458", "3.1 MiB", "1 min 05 s", "4.2 ms", "51,228 a second"; a dash where not known.
QString figureText(double value, ComparedFigure::Unit unit);
/// "+2.73", "−773,568": signed, in the same unit, shares in points.
QString deltaText(double delta, ComparedFigure::Unit unit);
Numbers numbersOf(ComparedFigure::Unit unit);
/// A document's value as people read it, without quotation marks.
QString valueText(const Json& value);

/// 1: the change is for the better, -1: for the worse, 0: neither or none.
int judged(double delta, ComparedFigure::Better better);

/// 95 % interval of a share of `items` independent trials, after Wilson.
Range shareInterval(double share, double items);
/// Test or validation samples that a figure of this key was measured on, by the run's summary; 0 where not known or where the
/// figure is no share of samples.
double itemsOf(const std::string& key, const Json& summary);

/// Names that tell the runs apart: namesakes by role and seed, then by the end of the id.
QStringList namesOf(const std::vector<Comparison::Run>& runs);

} // namespace distill::ui
