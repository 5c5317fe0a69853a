# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(objectives TORCH
    SOURCES attention_transfer_test.cpp method.cpp cross_entropy_test.cpp hint_test.cpp hinton_test.cpp logit_mse_test.cpp registry_test.cpp
            attention_matrices_test.cpp divergences_test.cpp dpo_test.cpp hidden_states_test.cpp minilm_test.cpp ranking_test.cpp
            sequence_ce_test.cpp sparse_divergences_test.cpp tokens_test.cpp uld_test.cpp
    LINK distill_objectives)
