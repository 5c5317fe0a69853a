# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(objectives TORCH
    SOURCES attention_transfer_test.cpp method.cpp cross_entropy_test.cpp hint_test.cpp hinton_test.cpp logit_mse_test.cpp registry_test.cpp
            correlation_test.cpp dist_test.cpp dkd_test.cpp dml_test.cpp ickd_test.cpp kdsvd_test.cpp logit_standardisation_test.cpp nst_test.cpp
            pkt_test.cpp relations_test.cpp rkd_test.cpp similarity_test.cpp teacher_free_test.cpp
            attention_matrices_test.cpp divergences_test.cpp dpo_test.cpp hidden_states_test.cpp minilm_test.cpp ranking_test.cpp
            sequence_ce_test.cpp sparse_divergences_test.cpp tokens_test.cpp uld_test.cpp
    LINK distill_objectives)
