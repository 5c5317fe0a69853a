# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(objectives TORCH
    SOURCES ab_test.cpp attention_matrices_test.cpp attention_transfer_test.cpp connectors_test.cpp correlation_test.cpp
            crd_test.cpp cross_entropy_test.cpp dist_test.cpp divergences_test.cpp dkd_test.cpp dml_test.cpp dpo_test.cpp formula_test.cpp
            fsp_test.cpp ft_test.cpp hidden_states_test.cpp hint_test.cpp hinton_test.cpp ickd_test.cpp kdsvd_test.cpp
            logit_mse_test.cpp logit_standardisation_test.cpp method.cpp mgd_test.cpp minilm_test.cpp nst_test.cpp ofd_test.cpp
            pkt_test.cpp ranking_test.cpp registry_test.cpp relations_test.cpp remarks_test.cpp reviewkd_test.cpp rkd_test.cpp
            sequence_ce_test.cpp similarity_test.cpp sparse_divergences_test.cpp srd_test.cpp teacher_free_test.cpp
            tokens_test.cpp traits_test.cpp uld_test.cpp vid_test.cpp
    LINK distill_objectives)
