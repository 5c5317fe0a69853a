# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(analysis
    SOURCES answers_test.cpp calibration_test.cpp confusion_test.cpp fidelity_test.cpp pareto_test.cpp verdict_test.cpp
    LINK distill_analysis)
