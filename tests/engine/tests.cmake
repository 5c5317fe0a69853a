# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(engine
    SOURCES comparison_test.cpp cost_test.cpp engine_test.cpp examination_test.cpp export_test.cpp halving_test.cpp
            predictions_test.cpp readyexperiments_test.cpp reporting_test.cpp submission_test.cpp sweeps_test.cpp
            terms_test.cpp threadshare_test.cpp torchscript_test.cpp
    LINK distill_engine distill_torch)
target_compile_definitions(test_engine PRIVATE DISTILL_EXPERIMENTS_DIR="${CMAKE_CURRENT_SOURCE_DIR}/../experiments")
