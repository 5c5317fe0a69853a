// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace distill {

using Json = nlohmann::ordered_json;

struct Kind;

/// One field of the experiment document, described once. The parser and its errors, the JSON Schema, the form in the
/// window, the command line's help and the difference of two documents are all read off this tree.
struct Field {
    enum class Type {
        Boolean,
        Integer,
        Number,
        Text,
        Choice,     ///< one of `options`
        List,       ///< an array of `item[0]`
        Object,     ///< an object with `fields`
        Kind,       ///< an object whose "kind" picks one of `kinds`; `fields` are common to all of them
        Experiment, ///< a whole experiment document inside this one
        Any,        ///< any value: what another field holds
    };
    struct Option {
        std::string name;
        std::string help;
    };

    std::string key;  ///< as in the document: snake_case
    Type type = Type::Object;
    std::string help; ///< one sentence
    std::string unit; ///< "epochs", "pixels", ... or empty
    Json defaultValue; ///< complete: of an object or a kind with all the keys inside it
    /// Range of a number; length of a text in characters; length of a list. A key whose default breaks its own range has to
    /// be given: see isRequired().
    double minimum = -std::numeric_limits<double>::infinity();
    double maximum = std::numeric_limits<double>::infinity();
    bool advanced = false; ///< hidden in the form until asked for
    bool tunable = false;  ///< may be changed while the run trains
    bool logarithmic = false; ///< a slider over it moves in powers of ten
    std::vector<Option> options;
    std::vector<Field> item;
    std::vector<Field> fields;
    std::vector<Kind> kinds;
};

/// Parameters under which a published code computes what a Kind stands for.
struct Preset {
    std::string name; ///< the code's: "repdistiller"
    std::string help; ///< one sentence: what it does differently
    Json parameters;
};

/// What the parameters of an objective make of it.
struct Traits {
    bool needsLabels = false;    ///< learns from hard labels: a sample without one is no part of it
    bool needsOneClass = false;  ///< takes a sample for its own label's class alone, which mixup and CutMix spoil
    bool relatesSamples = false; ///< compares the samples of a batch with one another
};

/// One alternative of a Field of type Kind: a data set, an architecture, an objective, an optimiser ...
struct Kind {
    std::string name;  ///< the value of "kind" in the document
    std::string title; ///< for people: "ResNet for CIFAR"
    std::string help;  ///< one sentence
    std::string formula; ///< objectives: as computed, in plain text; else empty
    std::string paper;   ///< where it was published, or empty
    std::vector<Field> fields;
    std::vector<Preset> presets; ///< objectives: the conventions of published codes
    bool needsTeacher = false; ///< objectives: an experiment that uses it has to name a teacher
    std::function<Traits(const Json& parameters)> traits = {}; ///< objectives: with these parameters, none left out; empty: none
};

/// True where the document has to hold the key because there is no usable default: a text that may not be empty, an
/// experiment, and whatever holds one of these by default.
bool isRequired(const Field& field);
/// The alternative of a Field of type Kind, or null.
const Kind* findKind(const std::vector<Kind>& kinds, const std::string& name);

} // namespace distill
