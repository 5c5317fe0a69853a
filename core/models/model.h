// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "data/dataset.h"
#include "models/module.h"

namespace distill {

/// A classifier: input [B, C, H, W] float32 -> logits [B, classes]. Every network offers the taps "stem", one a stage
/// ("stage1", ...; an MLP: "hidden1", ...), "penultimate" (the vector before the last linear layer) and "logits".
class Model : public Module {
public:
    const std::string& label() const { return m_label; } ///< "resnet20", "mlp 64", for tables
    const std::vector<std::string>& taps() const { return m_taps; }

protected:
    std::string m_label;
    std::vector<std::string> m_taps;
};

/// The kinds of architecture, with their parameters: mlp, cnn, resnet, wide_resnet, vgg, mobilenet_v2, shufflenet_v1,
/// shufflenet_v2.
const std::vector<Kind>& modelKinds();

/// A new model with weights drawn from `generator` by the initialisation its paper uses (PyTorch's defaults where the paper
/// is silent). Throws InputError: unknown kind, a depth the family does not have, an input it cannot take (an image network
/// on table rows, an image too small for the number of strides).
std::unique_ptr<Model> makeModel(const Selection& selection, const InputShape& shape, std::int64_t classes,
                                 at::Generator& generator);
/// "resnet20", without building it.
std::string modelLabel(const Selection& selection);

/// Multiply-adds of one input's forward pass: convolutions and linear layers, as papers count them.
std::int64_t multiplyAdds(Model& model, const InputShape& shape);
/// Shape of each tap for one input, without the batch dimension, in the order of Model::taps().
std::vector<std::pair<std::string, std::vector<std::int64_t>>> tapShapes(Model& model, const InputShape& shape);

/// Copies tensors of a state dict into a module. Throws InputError that names the first tensor that is missing, left over or
/// of another shape. A "module." prefix on every name (DataParallel's) is taken off.
void loadState(Module& module, const std::map<std::string, at::Tensor>& state, const std::string& source);

} // namespace distill
