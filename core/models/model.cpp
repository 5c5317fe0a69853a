// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/model.h"

#include "models/architecture.h"

#include <algorithm>
#include <c10/core/GradMode.h>
#include <sstream>
#include <torch/csrc/autograd/functions/accumulate_grad.h>
#include <unordered_set>

namespace distill {

namespace {

const std::vector<Architecture>& architectures()
{
    static const std::vector<Architecture> all
        = {mlpArchitecture(), cnnArchitecture(),         resnetArchitecture(),       wideResnetArchitecture(),
           vggArchitecture(), mobilenetV2Architecture(), shufflenetV1Architecture(), shufflenetV2Architecture()};
    return all;
}

const Architecture& architectureOf(const Selection& selection)
{
    std::string known;
    for (const Architecture& architecture : architectures()) {
        if (architecture.kind.name == selection.kind) {
            return architecture;
        }
        known.append(known.empty() ? "" : ", ").append(architecture.kind.name);
    }
    throw InputError("There is no model of kind \"" + selection.kind + "\": expected one of " + known + ".");
}

void runOnZeros(Model& model, const InputShape& shape, Forward& pass, bool gradients = false)
{
    const c10::AutoGradMode mode(gradients);
    const auto state = model.state();
    const auto options = state.empty() ? at::TensorOptions() : state.front().tensor.options();
    model.logits(at::zeros({1, shape.channels, shape.height, shape.width}, options.requires_grad(false)), pass);
}

/// The parameters at the leaves of what `output` was computed from.
std::int64_t parametersBehind(const at::Tensor& output)
{
    using torch::autograd::Node;
    std::int64_t count = 0;
    std::unordered_set<Node*> seen;
    std::vector<Node*> open;
    const auto visit = [&](Node* node) {
        if (node && seen.insert(node).second) {
            open.push_back(node);
        }
    };
    visit(output.grad_fn().get());
    while (!open.empty()) {
        Node* node = open.back();
        open.pop_back();
        if (const auto* leaf = dynamic_cast<torch::autograd::AccumulateGrad*>(node)) {
            count += leaf->variable.numel();
        }
        for (const torch::autograd::Edge& edge : node->next_edges()) {
            visit(edge.function.get());
        }
    }
    return count;
}

std::string shapeText(at::IntArrayRef sizes)
{
    std::ostringstream text;
    text << sizes;
    return text.str();
}

/// The names of a state dict as this module calls its tensors.
std::map<std::string, at::Tensor> renamed(const std::map<std::string, at::Tensor>& state,
                                          const std::vector<NamedTensor>& own)
{
    const std::string parallel = "module.";
    const bool isParallel = !state.empty() && std::all_of(state.begin(), state.end(), [&](const auto& entry) {
        return entry.first.compare(0, parallel.size(), parallel) == 0;
    });
    const auto owns = [&](const std::string& name) {
        return std::any_of(own.begin(), own.end(), [&](const NamedTensor& tensor) { return tensor.name == name; });
    };
    std::map<std::string, at::Tensor> result;
    for (const auto& [written, tensor] : state) {
        std::string name = isParallel ? written.substr(parallel.size()) : written;
        // PyTorch counts batches there for a momentum that we do not use.
        const std::string counter = "num_batches_tracked";
        if (name.size() >= counter.size() && name.compare(name.size() - counter.size(), counter.size(), counter) == 0) {
            continue;
        }
        // The last layer of CIFAR ResNets goes by either name.
        for (const auto& [other, ours] : {std::pair<std::string, std::string>("linear.", "fc."), {"fc.", "linear."}}) {
            if (!owns(name) && name.compare(0, other.size(), other) == 0) {
                const std::string alias = ours + name.substr(other.size());
                if (owns(alias) && state.count((isParallel ? parallel : "") + alias) == 0) {
                    name = alias;
                }
            }
        }
        result.emplace(std::move(name), tensor);
    }
    return result;
}

} // namespace

const std::vector<Kind>& modelKinds()
{
    static const std::vector<Kind> kinds = [] {
        std::vector<Kind> all;
        for (const Architecture& architecture : architectures()) {
            all.push_back(architecture.kind);
        }
        return all;
    }();
    return kinds;
}

std::unique_ptr<Model> makeModel(const Selection& selection, const InputShape& shape, std::int64_t classes,
                                 at::Generator& generator)
{
    const Architecture& architecture = architectureOf(selection);
    if (classes < 1 || shape.channels < 1 || shape.height < 1 || shape.width < 1) {
        throw InputError("A model needs at least one class and inputs of at least one value.");
    }
    return architecture.make(selection.parameters, shape, classes, generator);
}

std::string modelLabel(const Selection& selection)
{
    return architectureOf(selection).label(selection.parameters);
}

void Model::freeze(const Execution& execution)
{
    m_execution = execution;
    Module::freeze(execution);
}

at::Tensor Model::logits(const at::Tensor& inputs, Forward& pass)
{
    const AutocastGuard autocast(m_execution, inputs.device());
    return forward(laidOut(inputs, m_execution), pass).to(at::kFloat);
}

std::int64_t multiplyAdds(Model& model, const InputShape& shape)
{
    std::int64_t count = 0;
    Forward pass;
    pass.multiplyAdds = &count;
    runOnZeros(model, shape, pass);
    return count;
}

std::vector<std::pair<std::string, std::vector<std::int64_t>>> tapShapes(Model& model, const InputShape& shape)
{
    Taps taps(model.taps());
    Forward pass;
    pass.taps = &taps;
    runOnZeros(model, shape, pass);
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> shapes;
    for (const std::string& name : model.taps()) {
        shapes.emplace_back(name, taps.at(name).sizes().slice(1).vec());
    }
    return shapes;
}

std::vector<TapOutline> outlineTaps(Model& model, const InputShape& shape)
{
    std::int64_t count = 0;
    Taps taps(model.taps());
    Forward pass;
    pass.taps = &taps;
    pass.multiplyAdds = &count;
    runOnZeros(model, shape, pass, /*gradients=*/true);
    std::vector<TapOutline> outlines;
    for (const std::string& name : model.taps()) {
        const at::Tensor& output = taps.at(name);
        outlines.push_back({name, output.sizes().slice(1).vec(), taps.multiplyAddsAt(name), parametersBehind(output)});
    }
    return outlines;
}

void loadState(Module& module, const std::map<std::string, at::Tensor>& state, const std::string& source)
{
    const std::vector<NamedTensor> own = module.state();
    std::map<std::string, at::Tensor> given = renamed(state, own);
    std::vector<std::pair<at::Tensor, at::Tensor>> copies;
    for (const NamedTensor& slot : own) {
        const auto found = given.find(slot.name);
        if (found == given.end()) {
            throw InputError(source + " has no tensor \"" + slot.name + "\", which this model needs.");
        }
        const at::Tensor& tensor = found->second;
        if (tensor.sizes() != slot.tensor.sizes()) {
            throw InputError(source + ": the tensor \"" + slot.name + "\" has shape " + shapeText(tensor.sizes())
                             + ", but this model needs " + shapeText(slot.tensor.sizes()) + ".");
        }
        if (!tensor.is_floating_point()) {
            throw InputError(source + ": the tensor \"" + slot.name + "\" holds " + at::toString(tensor.scalar_type())
                             + " values, but weights are floating-point numbers.");
        }
        copies.emplace_back(slot.tensor, tensor);
        given.erase(found);
    }
    if (!given.empty()) {
        throw InputError(source + " has a tensor \"" + given.begin()->first + "\" that this model does not know.");
    }
    const c10::NoGradGuard noGradients;
    for (auto& [slot, tensor] : copies) {
        slot.copy_(tensor);
    }
}

void requireImages(const std::string& label, const InputShape& shape, std::int64_t smallest)
{
    if (!shape.isImage()) {
        throw InputError(label + " needs images, but each input is a row of " + std::to_string(shape.channels)
                         + " values: use an mlp.");
    }
    if (std::min(shape.height, shape.width) < smallest) {
        throw InputError(label + " halves its input too often for images of " + std::to_string(shape.height) + " x "
                         + std::to_string(shape.width) + " pixels: it needs at least " + std::to_string(smallest)
                         + " x " + std::to_string(smallest) + ".");
    }
}

} // namespace distill
