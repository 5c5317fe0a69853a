// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

/// Names of the curves a run records. A name's head picks the panel it is drawn in.
namespace distill::series {

inline constexpr const char* loss = "loss";                     ///< the objective as minimised, a point a step
inline const std::string termPrefix = "loss/";                  ///< loss/0 kd: each term, before its weight
inline const std::string gradientPrefix = "gradient/";          ///< gradient/0 kd: norm of each weighted term's gradient
inline constexpr const char* learningRate = "learning rate";
inline constexpr const char* throughput = "images per second";
inline constexpr const char* accuracyTrain = "accuracy/batch";  ///< on the labelled part of the batch
inline constexpr const char* accuracyProbe = "accuracy/probe";  ///< on the fixed validation probe
inline constexpr const char* accuracyValidation = "accuracy/validation";
inline constexpr const char* lossValidation = "loss/validation";
inline constexpr const char* agreementProbe = "agreement/probe";
inline constexpr const char* agreementValidation = "agreement/validation";
inline constexpr const char* klProbe = "kl/probe";
inline constexpr const char* klValidation = "kl/validation";

} // namespace distill::series
