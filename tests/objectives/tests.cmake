# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(objectives TORCH
    SOURCES attention_transfer_test.cpp method.cpp cross_entropy_test.cpp hint_test.cpp hinton_test.cpp logit_mse_test.cpp registry_test.cpp
    LINK distill_objectives)
