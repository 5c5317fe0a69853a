# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(objectives TORCH
    SOURCES attention_transfer_test.cpp method.cpp cross_entropy_test.cpp hint_test.cpp hinton_test.cpp logit_mse_test.cpp registry_test.cpp
            ab_test.cpp connectors_test.cpp crd_test.cpp fsp_test.cpp ft_test.cpp mgd_test.cpp ofd_test.cpp reviewkd_test.cpp srd_test.cpp vid_test.cpp
    LINK distill_objectives)
