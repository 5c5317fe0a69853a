# SPDX-License-Identifier: GPL-3.0-or-later
# One program a part of the window, without a display.
if(NOT DISTILL_UI)
    return()
endif()
find_package(Qt6 6.4 REQUIRED COMPONENTS Test)

function(distill_ui_test name)
    add_executable(test_ui_${name} ui/${name}_test.cpp)
    target_include_directories(test_ui_${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/ui)
    target_link_libraries(test_ui_${name} PRIVATE ${ARGN} Qt6::Test GTest::gtest GTest::gmock)
    add_test(NAME ui_${name} COMMAND test_ui_${name})
    set_tests_properties(ui_${name} PROPERTIES ENVIRONMENT QT_QPA_PLATFORM=offscreen)
endfunction()

distill_ui_test(editor distill_ui_editor)
distill_ui_test(plots distill_ui_plots)
distill_ui_test(monitor distill_ui_monitor)
distill_ui_test(session distill_ui_session)
distill_ui_test(runs distill_ui_runs)
distill_ui_test(lineage distill_ui_runs)
distill_ui_test(interchange distill_ui)
distill_ui_test(predictions distill_ui_predictions)
distill_ui_test(window distill_ui)
