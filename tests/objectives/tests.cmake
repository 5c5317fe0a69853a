# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(objectives TORCH
    SOURCES attention_transfer_test.cpp method.cpp cross_entropy_test.cpp hint_test.cpp hinton_test.cpp logit_mse_test.cpp registry_test.cpp
            correlation_test.cpp dist_test.cpp dkd_test.cpp dml_test.cpp ickd_test.cpp kdsvd_test.cpp logit_standardisation_test.cpp nst_test.cpp
            pkt_test.cpp relations_test.cpp rkd_test.cpp similarity_test.cpp teacher_free_test.cpp
    LINK distill_objectives)
