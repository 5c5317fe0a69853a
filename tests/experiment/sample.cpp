// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/sample.h"

namespace distill::sample {

namespace {

struct FashionMnist {
    std::string folder;
    void describe(Binder& b) { b.text("folder", folder, {.help = "Where it lies.", .advanced = true}); }
};
struct Spirals {
    std::int64_t samples = 1000;
    double noise = 0.1;
    void describe(Binder& b)
    {
        b.integer("samples", samples, {.help = "How many points.", .unit = "points", .minimum = 10, .maximum = 1e6});
        b.number("noise", noise, {.help = "Standard deviation.", .minimum = 0, .maximum = 10});
    }
};
struct Csv {
    std::string file;
    void describe(Binder& b) { b.text("file", file, {.help = "The table.", .minimum = 1}); }
};
struct Mlp {
    std::vector<std::int64_t> hidden = {64};
    double dropout = 0;
    void describe(Binder& b)
    {
        b.integers("hidden", hidden,
                   {.help = "Width of each hidden layer.", .unit = "units", .minimum = 1, .maximum = 10000});
        b.number("dropout", dropout, {.help = "Share of units left out.", .minimum = 0, .maximum = 0.9});
    }
};
struct Resnet {
    std::int64_t depth = 20;
    bool wide = false;
    void describe(Binder& b)
    {
        b.integer("depth", depth, {.help = "Layers.", .minimum = 8, .maximum = 110});
        b.boolean("wide", wide, {.help = "Four times the channels."});
    }
};
struct CrossEntropy {
    double labelSmoothing = 0;
    void describe(Binder& b)
    {
        b.number("label_smoothing", labelSmoothing, {.help = "Share spread evenly.", .minimum = 0, .maximum = 0.99});
    }
};
struct Hinton {
    double temperature = 4;
    std::string reduction = "batchmean";
    void describe(Binder& b)
    {
        b.number(
            "temperature", temperature,
            {.help = "Softens both outputs.", .minimum = 0.01, .maximum = 1000, .tunable = true, .logarithmic = true});
        b.choice("reduction", reduction, {{"batchmean", "Mean over samples."}, {"mean", "Mean over everything."}},
                 {.help = "How the loss is averaged."});
    }
};

template <class Settings> Kind kind(const std::string& name, const std::string& title, bool needsTeacher = false)
{
    Kind result;
    result.name = name;
    result.title = title;
    result.help = title + ".";
    result.fields = fieldsOf<Settings>();
    result.needsTeacher = needsTeacher;
    return result;
}

} // namespace

const Schema& schema()
{
    static const Schema schema(Catalogue{
        {kind<FashionMnist>("fashion-mnist", "Fashion-MNIST"), kind<Spirals>("spirals", "Spirals"),
         kind<Csv>("csv", "Table")},
        {kind<Mlp>("mlp", "Perceptron"), kind<Resnet>("resnet", "ResNet for CIFAR")},
        {kind<CrossEntropy>("cross_entropy", "Cross-entropy"), kind<Hinton>("kd", "Hinton's distillation", true)},
    });
    return schema;
}

const std::vector<std::string>& documents()
{
    static const std::vector<std::string> documents = {
        "{}",
        R"({"name": "Labels alone", "seeds": [1, 2, 3], "data": {"dataset": {"kind": "spirals", "noise": 0.2}},
            "stages": [{"epochs": 2.5, "optimiser": {"kind": "sgd", "momentum": 0.9, "nesterov": true}}]})",
        R"({
  "name": "Quick start",
  "notes": "Distils a network.\nExpect \u00e4 gain.",
  "tags": ["first", "Größe"],
  "seed": 7,
  "sweep": {"kind": "grid", "fields": [{"field": "/stages/0/objective/0/temperature", "values": [1, 2.5, 8]},
    {"field": "/student/model", "values": [{"kind": "resnet"}, {"kind": "mlp", "hidden": [8]}]}], "stopping": {"kind": "median"}},
  "controls": {"student_alone": true},
  "data": {
    "dataset": {"kind": "fashion-mnist"},
    "validation_share": 0.1,
    "labelled": 1000,
    "split_seed": 3,
    "transfer": {"samples": "all", "labels": true, "left_out_classes": [3, 5]},
    "augmentation": {"shift": 2, "flip": true, "cutout": 4, "noise": 0.05},
    "mean": [0.286],
    "deviation": [0.353]
  },
  "teacher": {
    "kind": "experiment",
    "experiment": {
      "name": "Teacher",
      "student": {"model": {"kind": "resnet", "depth": 56, "wide": true}},
      "teacher": {"kind": "weights", "file": "big.safetensors", "model": {"kind": "mlp", "hidden": [512, 512]}},
      "stages": [{"objective": [{"kind": "kd"}], "epochs": 3}]
    }
  },
  "student": {"model": {"kind": "mlp", "hidden": [32], "dropout": 0.1}, "initialisation": {"kind": "random"}},
  "stages": [
    {
      "name": "warm",
      "objective": [
        {"kind": "kd", "weight": 0.9, "weight_schedule": {"kind": "cosine", "final": 0.5}, "temperature": 4},
        {"kind": "cross_entropy", "weight": 0.1, "label_smoothing": 0.1}
      ],
      "epochs": 0,
      "steps": 300,
      "batch_size": 128,
      "optimiser": {"kind": "adamw", "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-9},
      "learning_rate": 0.002,
      "weight_decay": 1e-4,
      "schedule": {"kind": "step", "warm_up": 0.05, "factor": 0.2, "milestones": [0.5, 0.75]},
      "clip_norm": 5,
      "early_stopping": {"patience": 5, "minimum_improvement": 0.001}
    },
    {"objective": [{"kind": "cross_entropy"}], "epochs": 1, "schedule": {"kind": "linear", "final": 0.1}}
  ],
  "evaluation": {"probe_size": 256, "probes_per_epoch": 0.5, "validate_every": 2, "batch_size": 256,
    "gradient_norm_every": 0, "checkpoint_every": 100, "report": "best", "bias_correction": true},
  "compute": {"device": "cuda:1", "precision": "bf16", "layout": "channels_last", "threads": 2}
})",
        R"({"teacher": {"kind": "run", "run": "a1b2"},
            "student": {"model": {"kind": "resnet"}, "initialisation": {"kind": "weights", "file": "s.safetensors"}},
            "stages": [{"objective": [{"kind": "kd", "temperature": 2}]}]})",
    };
    return documents;
}

std::vector<std::string> sentences(const std::string& text, const std::string& source)
{
    std::vector<std::string> result;
    for (const Problem& problem : schema().check(Document::parse(text, source))) {
        result.push_back(problem.sentence);
    }
    return result;
}

void eachLeaf(const Json& json, const std::function<void(const std::string&, const Json&)>& visit,
              const std::string& pointer)
{
    if (!json.is_structured() || json.empty()) {
        visit(pointer, json);
        return;
    }
    for (auto it = json.begin(); it != json.end(); ++it) {
        const std::string part = json.is_object() ? it.key() : std::to_string(it - json.begin());
        eachLeaf(*it, visit, pointer + "/" + part);
    }
}

} // namespace distill::sample
