// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sweepsettings.h"

namespace distill {

namespace {

constexpr double largestExact = 9007199254740991.0;

struct GridField {
    SweptField& swept;
    void describe(Binder& b)
    {
        b.text("field", swept.field,
               {.help = "What takes each of the values in turn, as a path: /stages/0/learning_rate, /student/model.",
                .minimum = 1,
                .maximum = 1000});
        b.values("values", swept.values, {.help = "The values it takes: numbers, texts, true or false, whole kinds or their names."});
    }
};

struct GridItem {
    SweptField swept;
    void describe(Binder& b) { GridField{swept}.describe(b); }
};

const std::vector<Kind>& stoppingKinds()
{
    static const std::vector<Kind> kinds = [] {
        Kind none, median;
        none.name = "none";
        none.title = "Never";
        none.help = "Every run trains to its end.";
        median.name = "median";
        median.title = "Below the median";
        median.help = "A run whose best validation accuracy is below the median of the others' means up to the same share of the "
                      "steps is ended.";
        median.paper = "Golovin et al., Google Vizier, KDD 2017";
        median.fields = fieldsOf<MedianSettings>();
        return std::vector{none, median};
    }();
    return kinds;
}

struct Grid {
    SweepSettings& all;
    void describe(Binder& b)
    {
        std::vector<GridItem> items;
        for (const SweptField& field : all.fields) {
            items.push_back({field});
        }
        b.list("fields", items, {.help = "What is varied: every combination of the values is a run.", .minimum = 1, .maximum = 16});
        all.fields.clear();
        for (const GridItem& item : items) {
            all.fields.push_back(item.swept);
        }
        stopping(b);
    }
    void stopping(Binder& b)
    {
        b.selection("stopping", all.stopping, stoppingKinds(),
                    {.help = "Whether runs that fall behind the others are ended early.", .advanced = true});
    }
};

void drawn(SweepSettings& all, Binder& b)
{
    b.integer("runs", all.runs,
              {.help = "How many combinations are drawn, no two the same; 0: all that the values have.",
               .unit = "variants",
               .minimum = 0,
               .maximum = 1000});
    b.integer("seed", all.seed, {.help = "Decides the draws.", .minimum = 0, .maximum = largestExact, .advanced = true});
    b.list("fields", all.fields, {.help = "What is varied.", .minimum = 1, .maximum = 16});
}

struct Random {
    SweepSettings& all;
    void describe(Binder& b)
    {
        drawn(all, b);
        Grid{all}.stopping(b);
    }
};

struct Halving {
    SweepSettings& all;
    void describe(Binder& b)
    {
        drawn(all, b);
        b.number("keep", all.keep,
                 {.help = "Share of the variants that goes on at each rung: the best by validation accuracy.",
                  .minimum = 0.01,
                  .maximum = 0.99});
        b.numbers("rungs", all.rungs,
                  {.help = "Where they are compared, as rising shares of a run's steps: at the next evaluation of the whole validation set.",
                   .minimum = 0.001,
                   .maximum = 0.999});
    }
};

template <class Settings> Kind kindOf(const char* name, const char* title, const char* help)
{
    Kind kind;
    kind.name = name;
    kind.title = title;
    kind.help = help;
    kind.fields = collectFields([](Binder& binder) {
        SweepSettings initial;
        Settings{initial}.describe(binder);
    });
    return kind;
}

} // namespace

void SweptField::describe(Binder& b)
{
    GridField{*this}.describe(b);
    b.number("minimum", minimum, {.help = "Without values: the smallest number that is drawn.", .minimum = -1e15, .maximum = 1e15});
    b.number("maximum", maximum, {.help = "Without values: the largest.", .minimum = -1e15, .maximum = 1e15});
    b.boolean("logarithmic", logarithmic, {.help = "Draw evenly in powers of ten: as many from 0.001 to 0.01 as from 0.01 to 0.1."});
    b.boolean("whole", whole, {.help = "Draw whole numbers alone.", .advanced = true});
}

void MedianSettings::describe(Binder& b)
{
    b.number("after", after, {.help = "Share of its steps that each run has at least.", .minimum = 0, .maximum = 1});
    b.integer("among", among,
              {.help = "Fewest other runs that it is held against.", .unit = "runs", .minimum = 1, .maximum = 1000, .advanced = true});
}

const std::vector<Kind>& sweepKinds()
{
    static const std::vector<Kind> kinds = [] {
        Kind none;
        none.name = "none";
        none.title = "None";
        none.help = "The experiment as it stands.";
        Kind halving = kindOf<Halving>("halving", "Successive halving",
                                       "Starts many variants and lets only the best go on at each rung.");
        halving.paper = "Jamieson and Talwalkar, AISTATS 2016";
        return std::vector{none, kindOf<Grid>("grid", "Grid", "Every combination of some values of some fields."),
                           kindOf<Random>("random", "Random", "Combinations drawn by chance."), halving};
    }();
    return kinds;
}

SweepSettings sweepOf(const Selection& sweep)
{
    SweepSettings all;
    all.kind = sweep.kind;
    if (sweep.kind == "grid") {
        readFieldsInto(sweep.parameters, [&](Binder& binder) { Grid{all}.describe(binder); });
    } else if (sweep.kind == "random") {
        readFieldsInto(sweep.parameters, [&](Binder& binder) { Random{all}.describe(binder); });
    } else if (sweep.kind == "halving") {
        readFieldsInto(sweep.parameters, [&](Binder& binder) { Halving{all}.describe(binder); });
    }
    return all;
}

} // namespace distill
