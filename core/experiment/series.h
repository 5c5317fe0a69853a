// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>

/// Names of the curves a run records. A name's head picks the panel it is drawn in.
namespace distill::series {

inline const std::string loss = "loss";                     ///< the objective as minimised, a point a step
inline const std::string termPrefix = "loss/";                  ///< loss/0 kd: each term, before its weight
inline const std::string gradientPrefix = "gradient/";          ///< gradient/0 kd: norm of each weighted term's gradient
inline const std::string cosinePrefix = "cosine/";              ///< cosine/1 kd: of that gradient and the cross-entropy's
inline const std::string balancePrefix = "balance/";            ///< balance/1 kd: the factor that the balance gives the term
inline const std::string learningRate = "learning rate";
inline const std::string throughput = "images per second";
inline const std::string accuracyTrain = "accuracy/batch";  ///< on the labelled part of the batch
inline const std::string accuracyProbe = "accuracy/probe";  ///< on the fixed validation probe
inline const std::string accuracyValidation = "accuracy/validation";
inline const std::string peerPrefix = "peer ";               ///< accuracy/peer 1, on validation; loss/peer 1, its objective
inline const std::string lossValidation = "loss/validation";
inline const std::string agreementProbe = "agreement/probe";
inline const std::string agreementValidation = "agreement/validation";
inline const std::string klProbe = "kl/probe";
inline const std::string klValidation = "kl/validation";
/// Share of the last stretch's seconds that went to each phase of training, in the order in which they are drawn. What is
/// missing to 1 went elsewhere.
inline const std::string timePrefix = "time/";
inline const std::array<std::string, 7> timeShares = {"time/data",      "time/teacher",    "time/forward", "time/backward",
                                                      "time/optimiser", "time/evaluation", "time/history"};

} // namespace distill::series
