# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(evaluation TORCH SOURCES bias_test.cpp corruption_test.cpp evaluation_test.cpp similarity_test.cpp LINK distill_evaluation)
