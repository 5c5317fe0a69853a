// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/execution.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace distill {

struct NamedTensor {
    std::string name; ///< as in a PyTorch state dict: "layer1.0.conv1.weight"
    at::Tensor tensor;
};

/// Outputs of inner layers, by tap name, gathered during one forward pass. Only the wanted ones are kept, as
/// float32 (float64 stays).
class Taps {
public:
    explicit Taps(std::vector<std::string> wanted = {});
    bool wants(const std::string& name) const;
    /// `multiplyAdds`: what the pass has counted so far.
    void offer(const std::string& name, const at::Tensor& output, std::int64_t multiplyAdds = 0);
    const at::Tensor& at(const std::string& name) const; ///< throws InputError for a tap that was not gathered
    std::int64_t multiplyAddsAt(const std::string& name) const; ///< as offered; 0 where it was not gathered
private:
    std::vector<std::string> m_wanted;
    std::map<std::string, at::Tensor> m_outputs;
    std::map<std::string, std::int64_t> m_multiplyAdds;
};

/// What a forward pass carries along: the mode, the run's own random numbers, taps, and a counter of multiply-adds.
struct Forward {
    bool training = false;
    at::Generator* dropout = nullptr; ///< needed while training a network with dropout
    Taps* taps = nullptr;
    std::int64_t* multiplyAdds = nullptr; ///< where set, layers add what they cost for this batch
};

/// A layer or network that owns parameters, buffers and children under names. LibTorch's own torch::nn is not used: it
/// draws from the global generator, has no taps and costs 20 s a file to compile.
class Module {
public:
    Module() = default;
    virtual ~Module() = default;
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    virtual at::Tensor forward(const at::Tensor& input, Forward& pass) = 0;

    std::vector<NamedTensor> parameters() const; ///< in order of registration, children included; require gradients
    std::vector<NamedTensor> buffers() const;    ///< running means and variances; no gradients
    std::vector<NamedTensor> state() const;      ///< both
    std::int64_t parameterCount() const;
    void to(at::Device device);
    void requireGradients(bool required);
    /// Nothing is learned any more: gradients are off, and layers may prepare what they compute from their weights, which do
    /// not change again. Only evaluation mode is allowed then.
    virtual void freeze(const Execution& execution);

protected:
    at::Tensor& addParameter(const std::string& name, at::Tensor initial);
    at::Tensor& addBuffer(const std::string& name, at::Tensor initial);
    /// A child without a name ("") stands among its owner's own names.
    template <class Child> Child& addChild(const std::string& name, std::unique_ptr<Child> child) {
        Child& reference = *child;
        m_children.emplace_back(name, std::move(child));
        return reference;
    }

private:
    struct Slot {
        std::string name;
        std::unique_ptr<at::Tensor> tensor; ///< stable address: layers hold references
        bool isParameter;
    };
    void collect(const std::string& prefix, bool parameters, bool buffers, std::vector<NamedTensor>& into) const;
    std::vector<Slot> m_slots;
    std::vector<std::pair<std::string, std::unique_ptr<Module>>> m_children;
};

} // namespace distill
