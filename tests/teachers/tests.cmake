# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(teachers TORCH SOURCES answerfile_test.cpp cachedteacher_test.cpp ensemble_test.cpp modelteacher_test.cpp LINK distill_teachers)
