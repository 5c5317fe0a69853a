// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/error.h"
#include "models/layers.h"
#include "models/model.h"

#include <functional>

namespace distill {

/// One family of networks: how the document speaks of it, and how one is made from checked parameters.
struct Architecture {
    Kind kind;
    std::function<std::unique_ptr<Model>(const Json&, const InputShape&, std::int64_t classes, at::Generator&)> make;
    std::function<std::string(const Json&)> label;
};

/// A family is a class `Network` with a struct Settings that has describe(Binder&) and label(), and a constructor from
/// (Settings, InputShape, classes, generator).
template <class Network>
Architecture describeArchitecture(std::string name, std::string title, std::string help, std::string paper)
{
    using Settings = typename Network::Settings;
    const auto read = [](const Json& parameters) {
        Settings settings;
        readFields(parameters, settings);
        return settings;
    };
    Kind kind;
    kind.name = std::move(name);
    kind.title = std::move(title);
    kind.help = std::move(help);
    kind.paper = std::move(paper);
    kind.fields = fieldsOf<Settings>();
    return {std::move(kind),
            [read](const Json& parameters, const InputShape& shape, std::int64_t classes, at::Generator& generator) {
                return std::make_unique<Network>(read(parameters), shape, classes, generator);
            },
            [read](const Json& parameters) { return read(parameters).label(); }};
}

Architecture mlpArchitecture();
Architecture cnnArchitecture();
Architecture resnetArchitecture();
Architecture wideResnetArchitecture();
Architecture vggArchitecture();
Architecture mobilenetV2Architecture();
Architecture shufflenetV1Architecture();
Architecture shufflenetV2Architecture();

/// Throws InputError where the inputs are no images, or images with a side below `smallest`.
void requireImages(const std::string& label, const InputShape& shape, std::int64_t smallest);

} // namespace distill
