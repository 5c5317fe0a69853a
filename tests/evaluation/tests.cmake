# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(evaluation TORCH SOURCES bias_test.cpp evaluation_test.cpp LINK distill_evaluation)
