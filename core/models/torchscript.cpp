// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/torchscript.h"

#include "data/batches.h"
#include "models/atomicfile.h"
#include "models/safetensors.h"

#include <ATen/core/grad_mode.h>
#include <sstream>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/serialization/import.h>

namespace distill {

namespace {

namespace jit = torch::jit;

/// Every module of PyTorch's says whether it trains.
jit::Module evaluating(jit::Module module)
{
    module.register_attribute("training", c10::BoolType::get(), false);
    return module;
}

/// A module and those inside it, made as the names of tensors ask for them: "layer1.0.conv1.weight".
class ModuleTree {
public:
    explicit ModuleTree(std::shared_ptr<jit::CompilationUnit> unit)
        : m_unit(std::move(unit))
        , m_root(make())
    {
    }

    void add(const std::string& name, const at::Tensor& tensor, bool isParameter)
    {
        jit::Module owner = m_root;
        std::size_t begin = 0;
        for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
            const std::string prefix = name.substr(0, dot);
            auto found = m_made.find(prefix);
            if (found == m_made.end()) {
                found = m_made.emplace(prefix, make()).first;
                owner.register_module(name.substr(begin, dot - begin), found->second);
            }
            owner = found->second;
            begin = dot + 1;
        }
        isParameter ? owner.register_parameter(name.substr(begin), tensor, false) : owner.register_buffer(name.substr(begin), tensor);
    }

    jit::Module& root() { return m_root; }

private:
    jit::Module make() { return evaluating(jit::Module("__torch__.distill.Part", m_unit, /*shouldMangle=*/true)); }

    std::shared_ptr<jit::CompilationUnit> m_unit;
    jit::Module m_root;
    std::map<std::string, jit::Module> m_made; ///< by the names that lead to them
};

/// The network with its forward pass as it evaluates.
jit::Module recorded(Model& model, const InputShape& shape, const std::shared_ptr<jit::CompilationUnit>& unit)
{
    ModuleTree tree(unit);
    for (const NamedTensor& parameter : model.parameters()) {
        tree.add(parameter.name, parameter.tensor, true);
    }
    for (const NamedTensor& buffer : model.buffers()) {
        tree.add(buffer.name, buffer.tensor, false);
    }
    jit::Module module = tree.root();
    // Two samples: of one, PyTorch may take a dimension of size 1 for one to stretch.
    jit::Stack inputs{at::zeros({2, shape.channels, shape.height, shape.width})};
    const auto pass = [&model](jit::Stack stack) {
        Forward evaluation;
        return jit::Stack{model.forward(stack.front().toTensor(), evaluation)};
    };
    const auto unnamed = [](const at::Tensor&) { return std::string(); };
    const auto graph = jit::tracer::trace(std::move(inputs), pass, unnamed, true, false, &module, {"inputs"}).first->graph;
    const c10::QualifiedName name(*module.type()->name(), "forward");
    module.type()->addMethod(unit->create_function(name, graph));
    return module;
}

/// What the normaliser of data/batches.h does, in its order of operations, before the network.
std::string wrapper(const InputShape& shape)
{
    std::ostringstream text;
    const std::string wanted = "[B, " + std::to_string(shape.channels) + ", " + std::to_string(shape.height) + ", "
        + std::to_string(shape.width) + "]";
    text << "def forward(self, inputs: Tensor) -> Tensor:\n";
    if (!shape.isImage()) {
        text << "    if inputs.dim() == 2:\n"
                "        inputs = inputs.unsqueeze(2).unsqueeze(3)\n";
    }
    text << "    assert inputs.dim() == 4 and inputs.size(1) == " << shape.channels << " and inputs.size(2) == " << shape.height
         << " and inputs.size(3) == " << shape.width << ", \"this network takes inputs of shape " << wanted;
    if (!shape.isImage()) {
        text << " or [B, " << shape.channels << "]";
    }
    text << "\"\n"
            "    scale = self.scale\n"
            "    if inputs.dtype == "
         << static_cast<int>(at::kByte)
         << ":\n"
            "        scale = self.byte_scale\n"
            "    return self.network.forward(inputs.to("
         << static_cast<int>(at::kFloat) << ") * scale + self.shift)\n";
    return text.str();
}

at::Tensor perChannel(const std::vector<double>& mean, const std::vector<double>& deviation, double (*combine)(double, double))
{
    std::vector<float> values;
    for (std::size_t i = 0; i < mean.size(); ++i) {
        values.push_back(static_cast<float>(combine(mean[i], deviation[i])));
    }
    return at::tensor(at::ArrayRef<float>(values)).view({1, -1, 1, 1});
}

} // namespace

double writeTorchScript(const std::string& path, Model& model, const InputShape& shape, const TorchScriptContent& content)
{
    const at::NoGradGuard noGradients;
    model.requireGradients(false);
    const auto unit = std::make_shared<jit::CompilationUnit>();
    jit::Module module = evaluating(jit::Module("__torch__.distill.Student", unit));
    const auto buffer = [&](const char* name, double (*combine)(double, double)) {
        module.register_buffer(name, perChannel(content.mean, content.deviation, combine));
    };
    buffer("scale", [](double, double deviation) { return 1 / deviation; });
    buffer("byte_scale", [](double, double deviation) { return 1 / (255 * deviation); });
    buffer("shift", [](double mean, double deviation) { return -mean / deviation; });
    c10::List<std::string> classes;
    for (const std::string& name : content.classes) {
        classes.push_back(name);
    }
    module.register_attribute("classes", c10::ListType::ofStrings(), classes);
    module.register_module("network", recorded(model, shape, unit));
    module.define(wrapper(shape));

    std::ostringstream out;
    module.save(out, jit::ExtraFilesMap(content.texts.begin(), content.texts.end()));
    std::istringstream in(out.str());
    jit::Module read = jit::load(in);
    at::Tensor inputs = at::empty({5, shape.channels, shape.height, shape.width}, shape.isImage() ? at::kByte : at::kFloat);
    at::Generator generator = makeGenerator(at::kCPU, 0);
    shape.isImage() ? inputs.random_(0, 256, generator) : inputs.normal_(0, 1, generator);
    Forward pass;
    const at::Tensor normalised = Normaliser(content.mean, content.deviation, at::kCPU)(inputs);
    const at::Tensor wanted = model.forward(laidOut(normalised, {.channelsLast = true}), pass); // by our own kernels, not by what was recorded
    const at::Tensor given = read.forward({inputs}).toTensor();
    const double difference = (given - wanted).abs().max().item<double>();
    if (!(difference <= 1e-4 * std::max(1.0, wanted.abs().max().item<double>()))) {
        throw std::runtime_error("The TorchScript file would not answer as the network does: a logit differs by " + std::to_string(difference)
                                 + ".");
    }
    writeFileAtomically(path, out.str());
    return difference;
}

} // namespace distill
