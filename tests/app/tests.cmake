# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(app
    SOURCES advice_test.cpp commands_test.cpp compare_test.cpp examine_test.cpp interchange_test.cpp
            interruption_test.cpp list_test.cpp objective_test.cpp report_test.cpp result_test.cpp sweep_test.cpp table_test.cpp
    LINK distill_cli)
add_dependencies(test_app distill)
target_compile_definitions(test_app PRIVATE DISTILL_PROGRAM="$<TARGET_FILE:distill>"
                           DISTILL_EXPERIMENTS="${CMAKE_SOURCE_DIR}/experiments")
