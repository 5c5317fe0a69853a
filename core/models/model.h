// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/dataset.h"
#include "models/module.h"

namespace distill {

/// A classifier: input [B, C, H, W] float32 -> logits [B, classes]. Every network offers the taps "stem", one a stage
/// ("stage1", ...; an MLP has no stem, and "hidden1", ... for stages), "penultimate" (the vector before the last linear
/// layer) and "logits". Stages are numbered as the features of RepDistiller, which the published tables come from. A network
/// whose stages end in batch norm and ReLU also offers what goes into that ReLU: "stage1.pre", ...
class Model : public Module {
public:
    const std::string& label() const { return m_label; } ///< "resnet20", "mlp 64", for tables
    const std::vector<std::string>& taps() const { return m_taps; }

    /// Weight and bias [C] of the batch norm that ends a stage, by the name of its tap before the ReLU.
    virtual std::map<std::string, std::pair<at::Tensor, at::Tensor>> normsBeforeRelu() const { return {}; }

    const Execution& execution() const { return m_execution; }
    void setExecution(const Execution& execution) { m_execution = execution; }
    void freeze(const Execution& execution) override;
    /// forward() in this network's precision and layout: inputs [B, C, H, W] float32 -> logits [B, classes] float32.
    at::Tensor logits(const at::Tensor& inputs, Forward& pass);

protected:
    std::string m_label;
    std::vector<std::string> m_taps;

private:
    Execution m_execution;
};

/// The kinds of architecture, with their parameters: mlp, cnn, resnet, wide_resnet, vgg, mobilenet_v2, shufflenet_v1,
/// shufflenet_v2.
const std::vector<Kind>& modelKinds();

/// A new model on the CPU with weights drawn from `generator`, one of the CPU's, by the initialisation its paper uses
/// (PyTorch's defaults where the paper is silent). Throws InputError: unknown kind, a depth the family does not have,
/// an input it cannot take (an image network on table rows, an image too small for the number of strides).
std::unique_ptr<Model> makeModel(const Selection& selection, const InputShape& shape, std::int64_t classes,
                                 at::Generator& generator);
/// "resnet20", without building it.
std::string modelLabel(const Selection& selection);

/// Multiply-adds of one input's forward pass: convolutions and linear layers, as papers count them.
std::int64_t multiplyAdds(Model& model, const InputShape& shape);
/// Shape of each tap for one input, without the batch dimension, in the order of Model::taps().
std::vector<std::pair<std::string, std::vector<std::int64_t>>> tapShapes(Model& model, const InputShape& shape);

/// A tap for one input, and what the network has spent when it gives it.
struct TapOutline {
    std::string name;
    std::vector<std::int64_t> shape; ///< without the batch dimension
    std::int64_t multiplyAdds = 0;   ///< up to here
    std::int64_t parameters = 0;     ///< that its value depends on, of those that require gradients
};
/// In the order of Model::taps().
std::vector<TapOutline> outlineTaps(Model& model, const InputShape& shape);

/// Copies tensors of a state dict into a module, whatever their floating-point type and device. Throws InputError that
/// names the first tensor that is missing, of another shape, no floating-point numbers, or left over; then nothing was
/// copied. Understands a "module." prefix on every name (DataParallel's), "linear." for "fc." and the other way round,
/// and passes over "num_batches_tracked".
void loadState(Module& module, const std::map<std::string, at::Tensor>& state, const std::string& source);

} // namespace distill
