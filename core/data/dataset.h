// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "experiment/experiment.h"

#include <ATen/ATen.h>
#include <string>
#include <vector>

namespace distill {

/// Shape of one input. Images: channels x height x width. Points and table rows: {features, 1, 1}.
struct InputShape {
    std::int64_t channels = 0, height = 1, width = 1;
    std::int64_t elements() const { return channels * height * width; }
    bool isImage() const { return height > 1 || width > 1; }
};

/// Samples in memory. Images stay uint8 [N, C, H, W]; points and table rows are float32 [N, features, 1, 1].
struct Samples {
    at::Tensor inputs;
    at::Tensor labels; ///< int64 [N], from 0 to classes - 1
    std::int64_t size() const { return labels.defined() ? labels.size(0) : 0; }
};

/// A data set with its own split into training and test samples. Where a source has none (image folder without train/ and
/// test/, CSV), a stratified fifth becomes the test set, always the same one.
struct Dataset {
    std::string name = {};   ///< "Fashion-MNIST"
    std::string origin = {}; ///< the folder or file it was read from, or how it was generated
    std::string sha256 = {}; ///< of the content: inputs and labels of both parts
    InputShape shape = {};
    std::vector<std::string> classes = {};
    Samples train = {}, test = {};
};

/// The kinds of data set, with their parameters.
const std::vector<Kind>& datasetKinds();

/// Reads or generates a data set; a repeated call for the same selection and unchanged files shares the tensors, so thirty
/// runs hold one copy. `workspace` is looked in beside the usual places. Thread-safe.
/// Throws InputError: file missing (and where it was looked for), truncated, corrupt, label out of range, class without
/// samples, images of different sizes.
std::shared_ptr<const Dataset> loadDataset(const Selection& selection, const std::string& workspace);

/// Sizes without reading the samples' bytes where the format allows it.
struct DatasetOutline {
    std::string name;
    InputShape shape;
    std::int64_t classes = 0, train = 0, test = 0;
};
DatasetOutline outlineDataset(const Selection& selection, const std::string& workspace);

} // namespace distill
