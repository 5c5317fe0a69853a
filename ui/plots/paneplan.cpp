// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/plots/paneplan.h"

#include "experiment/series.h"

#include <QCoreApplication>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

QString text(const char* source)
{
    return QCoreApplication::translate("Panels", source);
}

QString tail(const std::string& series)
{
    return QString::fromStdString(series).section(u'/', 1);
}

/// Of the series that our runs' panels are made for.
std::optional<SeriesPlace> plannedPlaceOf(const std::string& name)
{
    if (name == series::loss) {
        return SeriesPlace{u"loss"_s, text("loss"), text("loss"), Look::Dense};
    }
    if (name == series::learningRate) {
        return SeriesPlace{u"rate"_s, text("learning rate"), text("learning rate"), Look::Exact};
    }
    if (name == series::throughput) {
        return SeriesPlace{u"speed"_s, text("images per second"), text("images per second"), Look::Dense};
    }
    if (name.starts_with(series::gradientPrefix)) {
        return SeriesPlace{u"gradient"_s, text("gradient norms"), tail(name), Look::Probe, true};
    }
    if (name.starts_with(series::cosinePrefix)) {
        return SeriesPlace{u"cosine"_s, text("cosines"), tail(name), Look::Probe, true};
    }
    const QString head = QString::fromStdString(name).section(u'/', 0, 0);
    if (head != "loss"_L1 && head != "accuracy"_L1 && head != "agreement"_L1 && head != "kl"_L1) {
        return std::nullopt;
    }
    const QString rest = tail(name);
    if (rest == "validation"_L1) {
        return SeriesPlace{head, text("validation"), text("validation"), Look::Measured};
    }
    if (rest == "probe"_L1) {
        return SeriesPlace{head, text("probe"), text("probe"), Look::Probe};
    }
    if (name.find("/" + series::peerPrefix) != std::string::npos) {
        return SeriesPlace{head, text("peers"), rest, head == "loss"_L1 ? Look::Thin : Look::Probe, true};
    }
    if (rest == "batch"_L1) {
        return SeriesPlace{head, text("batch"), text("batch"), Look::Faint};
    }
    if (head == "loss"_L1) {
        return SeriesPlace{head, text("terms"), rest, Look::Thin, true};
    }
    return SeriesPlace{head, rest, rest, Look::Probe};
}

QString otherTitleOf(const std::string& name)
{
    return name.starts_with(series::timePrefix) ? text("Share of time: %1").arg(tail(name))
        : name.starts_with(series::balancePrefix) ? text("Balance: %1").arg(tail(name))
                                                  : QString::fromStdString(name);
}

} // namespace

std::optional<SeriesPlace> placeOf(const std::string& name)
{
    if (auto place = plannedPlaceOf(name)) {
        return place;
    }
    if (name.starts_with(series::timePrefix)) {
        return std::nullopt;
    }
    const QString title = otherTitleOf(name);
    return SeriesPlace{u"other"_s, title, title, Look::Probe, name.starts_with(series::balancePrefix)};
}

SeriesText textOf(const std::string& name)
{
    SeriesText result{QString::fromStdString(name), Numbers::Plain, false, Look::Probe, 0};
    const auto place = plannedPlaceOf(name);
    if (!place) {
        result.title = otherTitleOf(name);
        result.numbers = name.starts_with(series::timePrefix) ? Numbers::Percent : Numbers::Plain;
        return result;
    }
    result.look = place->look == Look::Faint || place->look == Look::Thin ? Look::Dense : place->look;
    const bool higher = place->plot == "accuracy"_L1 || place->plot == "agreement"_L1;
    // The objective's loss is another measure in each run that minimises another objective.
    result.better = higher ? 1 : name == series::lossValidation || place->plot == "kl"_L1 ? -1 : 0;
    const QString head = place->plot == "accuracy"_L1 ? text("Accuracy")
        : place->plot == "agreement"_L1               ? text("Agreement")
        : place->plot == "kl"_L1                      ? text("KL divergence")
        : place->plot == "loss"_L1                    ? text("Loss")
        : place->plot == "gradient"_L1                ? text("Gradient norm")
        : place->plot == "cosine"_L1                  ? text("Gradient cosine")
        : place->plot == "rate"_L1                    ? text("Learning rate")
                                                      : text("Images per second");
    const bool whole = name.find('/') == std::string::npos;
    result.title = whole ? head : text("%1, %2").arg(head, place->label);
    for (const PlannedPanel& panel : panePlan()) {
        for (const PlannedPlot& plot : panel.plots) {
            if (plot.key == place->plot) {
                result.numbers = plot.options.numbers;
                result.mayBeLogarithmic = plot.options.mayBeLogarithmic;
            }
        }
    }
    return result;
}

QVector<PlannedPanel> panePlan()
{
    const auto plot = [](const QString& key, const char* title, Numbers numbers, bool logarithmic, const char* empty,
                         bool captioned = false) {
        return PlannedPlot{key, {text(title), numbers, logarithmic, text(empty), captioned}};
    };
    return {
        {u"loss"_s,
         text("Loss"),
         true,
         {plot(u"loss"_s, "Loss", Numbers::Plain, true, "The loss appears here as soon as a run trains")}},
        {u"accuracy"_s,
         text("Accuracy"),
         true,
         {plot(u"accuracy"_s, "Accuracy", Numbers::Percent, false, "Accuracy appears with the first batches")}},
        {u"agreement"_s,
         text("Agreement and KL"),
         true,
         {plot(u"agreement"_s, "Agreement with the teacher", Numbers::Percent, false,
               "A run with a teacher shows here how often the student agrees with it", true),
          plot(u"kl"_s, "KL divergence from the teacher (nats)", Numbers::Plain, true, "", true)}},
        {u"rate"_s,
         text("Learning rate and speed"),
         true,
         {plot(u"rate"_s, "Learning rate", Numbers::Plain, true, "The learning rate and its schedule appear here",
               true),
          plot(u"speed"_s, "Images per second", Numbers::Plain, false, "", true)}},
        {u"gradient"_s,
         text("Gradients"),
         false,
         {plot(u"gradient"_s, "Gradient norm of each weighted term, current run", Numbers::Plain, true,
               "Norms of the terms' gradients appear every few steps", true),
          plot(u"cosine"_s, "Cosine of each term's gradient and the cross-entropy's, current run", Numbers::Plain, false, "", true)}},
        {u"other"_s,
         text("Other curves"),
         true,
         {plot(u"other"_s, "Other curves", Numbers::Plain, true, "Curves that other tools recorded appear here")},
         true},
    };
}

} // namespace distill::ui
