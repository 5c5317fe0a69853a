// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/evaluate.h"

#include "data/batches.h"
#include "experiment/error.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

namespace distill {

namespace {

bool startsWith(const std::string& text, const std::string& prefix)
{
    return text.rfind(prefix, 0) == 0;
}

std::string sizesText(const at::Tensor& tensor)
{
    std::string text;
    for (const std::int64_t size : tensor.sizes()) {
        text += (text.empty() ? "[" : ", ") + std::to_string(size);
    }
    return text.empty() ? "[]" : text + "]";
}

/// "tap0" to "tapN" before "logits", as a network lists its taps.
bool earlier(const std::string& a, const std::string& b)
{
    const bool firstIsTap = startsWith(a, "tap"), secondIsTap = startsWith(b, "tap");
    if (firstIsTap && secondIsTap) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    }
    return firstIsTap && !secondIsTap;
}

class Evaluation {
public:
    explicit Evaluation(const NamedTensors& tensors)
        : m_tensors(tensors)
    {
        for (const auto& [name, tensor] : tensors) {
            const bool known = name == "labels" || name == "mask" || name == "index"
                || std::any_of(sides.begin(), sides.end(), [&](const char* side) { return startsWith(name, side); });
            if (!known) {
                throw InputError("There is no use for a tensor \"" + name
                                 + "\"; known are student/logits, student/tap0, ..., teacher/logits, teacher/tap0, ..., labels, "
                                   "mask, index, parameter/NAME and memory/NAME.");
            }
            const bool network = startsWith(name, "student/") || startsWith(name, "teacher/");
            if (network && !tensor.is_floating_point()) {
                throw InputError(name + " holds whole numbers; expected floating-point ones.");
            }
            if (network && (tensor.dim() < 2 || tensor.size(0) == 0)) {
                throw InputError(name + " is " + sizesText(tensor) + "; expected the samples along the first of two or more sides.");
            }
            if (startsWith(name, "student/")) {
                m_type = c10::promoteTypes(m_type.value_or(tensor.scalar_type()), tensor.scalar_type());
            }
        }
        requireSameSamples();
        requireKnownClasses();
        if (has("index") && integers("index").lt(0).any().item<bool>()) {
            throw InputError("index holds a negative number; expected each sample's place in the training set, from 0 on.");
        }
        if (!m_type) {
            throw InputError("There is no tensor of the student's; expected student/logits or student/tap0.");
        }
        m_type = *m_type == at::kDouble ? at::kDouble : at::kFloat;
    }

    ObjectiveValue of(const Selection& selection)
    {
        at::Generator generator = makeGenerator(at::kCPU, 0);
        const auto objective = makeObjective(selection);
        ObjectiveSetting setting{.student = outline("student"), .generator = &generator, .samples = samples()};
        if (hasSide("teacher/")) {
            setting.teacher = outline("teacher");
        }
        if (objective->needsTeacher() && !setting.teacher) {
            throw InputError("The objective " + selection.kind
                             + " learns from a teacher; expected teacher/logits or teacher/tap0 among the tensors.");
        }
        if (has("labels") && has("index")) {
            setting.trainingLabels = at::full({setting.samples}, -1, at::kLong);
            setting.trainingLabels.index_copy_(0, integers("index"), integers("labels").flatten());
        }
        if (setting.teacher) {
            outlineNorms(objective->teacherTaps(), *setting.teacher);
        }
        objective->prepare(setting);
        const auto require = [&](bool needed, const std::string& name) {
            if (needed && !has(name)) {
                throw InputError("The objective " + selection.kind + " needs " + name + ", which is not among the tensors.");
            }
        };
        require(objective->studentTaps().empty(), "student/logits");
        require(objective->needsTeacher() && objective->teacherTaps().empty(), "teacher/logits");
        require(objective->needsLabels(), "labels");
        if (has("student/logits") && m_tensors.at("student/logits").dim() > 2 && !objective->takesSequences()
            && objective->studentTaps().empty()) {
            throw InputError("The objective " + selection.kind + " takes logits [B, K], and student/logits is "
                             + sizesText(m_tensors.at("student/logits")) + "; forward_kl and its like take token sequences.");
        }
        require(objective->needsIndices(), "index");

        NamedTensors leaves;
        ObjectiveValue result;
        if (Module* learned = objective->learned()) {
            fill(*learned, leaves, result.parameters);
        }
        requireNoOther(result.parameters);
        Taps studentTaps(objective->studentTaps()), teacherTaps(objective->teacherTaps());
        const at::Tensor studentLogits = student("logits", leaves);
        for (const std::string& tap : objective->studentTaps()) {
            studentTaps.offer(tap, student(tap, leaves));
        }
        for (const std::string& tap : objective->teacherTaps()) {
            teacherTaps.offer(tap, m_tensors.at("teacher/" + tap).to(*m_type));
        }
        for (const auto& [name, tensor] : m_tensors) {
            if (startsWith(name, "student/")) {
                student(name.substr(8), leaves); // its gradient is zero where no one asked for it
            }
        }
        const at::Tensor teacherLogits = has("teacher/logits") ? m_tensors.at("teacher/logits").to(*m_type) : at::Tensor();
        const HardLabels labels{has("labels") ? integers("labels") : at::Tensor()};
        const at::Tensor loss = objective->loss({studentLogits, teacherLogits, labels, studentTaps, teacherTaps,
                                                 has("index") ? integers("index") : at::Tensor(),
                                                 has("mask") ? m_tensors.at("mask").ne(0) : at::Tensor()});
        result.value = loss.item<double>();

        std::vector<at::Tensor> inputs;
        for (const auto& [name, leaf] : leaves) {
            inputs.push_back(leaf);
        }
        const auto gradients = loss.requires_grad()
            ? torch::autograd::grad({loss}, inputs, {}, /*retain_graph=*/false, /*create_graph=*/false, /*allow_unused=*/true)
            : std::vector<at::Tensor>(inputs.size());
        std::size_t i = 0;
        for (const auto& [name, leaf] : leaves) {
            result.gradients[name] = gradients[i].defined() ? gradients[i] : at::zeros_like(leaf);
            ++i;
        }
        return result;
    }

private:
    static constexpr std::array<const char*, 4> sides{"student/", "teacher/", "parameter/", "memory/"};

    bool has(const std::string& name) const { return m_tensors.count(name) > 0; }
    bool hasSide(const std::string& prefix) const
    {
        return std::any_of(m_tensors.begin(), m_tensors.end(), [&](const auto& each) { return startsWith(each.first, prefix); });
    }

    void requireSameSamples() const
    {
        std::string first;
        for (const auto& [name, tensor] : m_tensors) {
            if (startsWith(name, "parameter/") || startsWith(name, "memory/") || tensor.dim() == 0) {
                continue;
            }
            if (first.empty()) {
                first = name;
            } else if (tensor.size(0) != m_tensors.at(first).size(0)) {
                throw InputError(first + " has " + std::to_string(m_tensors.at(first).size(0)) + " samples and " + name + " "
                                 + std::to_string(tensor.size(0)) + "; expected the same number.");
            }
        }
    }

    /// Labels beside the student's logits: one for each row, below the number of classes.
    void requireKnownClasses() const
    {
        if (!has("labels") || !has("student/logits")) {
            return;
        }
        const at::Tensor labels = integers("labels"), &logits = m_tensors.at("student/logits");
        if (labels.sizes() != logits.sizes().slice(0, static_cast<std::size_t>(logits.dim() - 1))) {
            throw InputError("labels is " + sizesText(labels) + " beside student/logits " + sizesText(logits)
                             + "; expected one label for each row of logits.");
        }
        if (labels.numel() > 0 && labels.max().item<std::int64_t>() >= logits.size(-1)) {
            throw InputError("labels holds " + std::to_string(labels.max().item<std::int64_t>()) + "; expected classes from 0 to "
                             + std::to_string(logits.size(-1) - 1) + ", or a negative number where unknown.");
        }
    }

    at::Tensor integers(const std::string& name) const
    {
        const at::Tensor& tensor = m_tensors.at(name);
        if (tensor.is_floating_point() || tensor.dim() < 1) {
            throw InputError(name + " is no list of whole numbers; expected int64 [B].");
        }
        return tensor.to(at::kLong);
    }

    /// Rows of a memory bank where one is given, else as many as the indices need.
    std::int64_t samples() const
    {
        std::int64_t most = has("index") ? integers("index").max().item<std::int64_t>() + 1 : 0;
        for (const auto& [name, tensor] : m_tensors) {
            if (startsWith(name, "memory/") && tensor.dim() == 2) {
                most = std::max(most, tensor.size(0));
            }
        }
        return most;
    }

    NetworkOutline outline(const std::string& side) const
    {
        NetworkOutline outline{.label = "network"};
        for (const auto& [name, tensor] : m_tensors) {
            if (startsWith(name, side + "/")) {
                outline.taps.emplace_back(name.substr(side.size() + 1), tensor.sizes().slice(1).vec());
            }
        }
        std::sort(outline.taps.begin(), outline.taps.end(), [](const auto& a, const auto& b) { return earlier(a.first, b.first); });
        if (has(side + "/logits")) {
            outline.classes = m_tensors.at(side + "/logits").size(-1);
        }
        return outline;
    }

    /// Margins that are given stand for the batch norms that they came from.
    void outlineNorms(const std::vector<std::string>& taps, NetworkOutline& teacher) const
    {
        for (std::size_t i = 0; i < taps.size(); ++i) {
            const auto tensor = m_tensors.find("teacher/" + taps[i]);
            if (has("memory/margin" + std::to_string(i)) && tensor != m_tensors.end()) {
                const std::int64_t channels = tensor->second.size(1);
                teacher.norms[taps[i]] = {at::ones({channels}), at::zeros({channels})};
            }
        }
    }

    at::Tensor student(const std::string& tap, NamedTensors& leaves) const
    {
        const std::string name = "student/" + tap;
        if (!has(name)) {
            return {};
        }
        const auto found = leaves.find(name);
        return found != leaves.end()
            ? found->second
            : leaves.emplace(name, m_tensors.at(name).to(*m_type).clone().requires_grad_()).first->second;
    }

    /// The learned part in the tensors' type, with the weights and memories that are given.
    void fill(Module& learned, NamedTensors& leaves, NamedTensors& used) const
    {
        const at::NoGradGuard noGradients;
        const auto take = [&](const std::string& prefix, const std::vector<NamedTensor>& parts) {
            for (const NamedTensor& part : parts) {
                const std::string name = prefix + part.name;
                at::Tensor tensor = part.tensor;
                const bool floating = tensor.is_floating_point();
                if (has(name)) {
                    const at::Tensor& given = m_tensors.at(name);
                    if (given.sizes() != tensor.sizes()) {
                        throw InputError(name + " is " + sizesText(given) + "; expected " + sizesText(tensor) + ".");
                    }
                    tensor.set_data(given.to(floating ? *m_type : tensor.scalar_type()).clone());
                } else if (hasSide(prefix)) {
                    throw InputError(name + " is missing; expected " + sizesText(tensor)
                                     + " beside the others of its kind, or none of them.");
                } else if (floating) {
                    tensor.set_data(tensor.to(*m_type));
                }
                used.emplace(name, tensor.detach().clone()); // memories move in the step
                if (prefix == "parameter/") {
                    leaves.emplace(name, tensor);
                }
            }
        };
        take("parameter/", learned.parameters());
        take("memory/", learned.buffers());
    }

    void requireNoOther(const NamedTensors& used) const
    {
        for (const auto& [name, tensor] : m_tensors) {
            if ((startsWith(name, "parameter/") || startsWith(name, "memory/")) && used.count(name) == 0) {
                std::string known;
                for (const auto& [each, value] : used) {
                    known += (known.empty() ? "" : ", ") + each;
                }
                throw InputError("The objective has no " + name + "; it has " + (known.empty() ? "nothing of that kind" : known) + ".");
            }
        }
    }

    const NamedTensors& m_tensors;
    std::optional<at::ScalarType> m_type;
};

} // namespace

ObjectiveValue evaluateObjective(const Selection& selection, const NamedTensors& tensors)
{
    return Evaluation(tensors).of(selection);
}

} // namespace distill
