# SPDX-License-Identifier: GPL-3.0-or-later
# The whole window: what the folders make, put together.
set(window_sources about.cpp card.cpp closing.cpp curvesimport.cpp experiments.cpp mainmenu.cpp mainwindow.cpp perfprobe.cpp shortcuts.cpp
    statusline.cpp welcome.cpp ../resources/icons.qrc)
list(TRANSFORM window_sources PREPEND ${CMAKE_CURRENT_LIST_DIR}/)
add_library(distill_ui STATIC ${window_sources})
target_link_libraries(distill_ui PUBLIC distill_ui_session distill_ui_runs distill_ui_editor distill_ui_monitor distill_ui_compare
    distill_ui_predictions distill_ui_sweep
    PRIVATE Qt6::Svg)
target_compile_definitions(distill_ui PUBLIC DISTILL_VERSION="${PROJECT_VERSION}"
    PRIVATE QT_NO_CAST_FROM_ASCII QT_NO_FOREACH QT_NO_KEYWORDS
    DISTILL_EXPERIMENTS_DIR="${CMAKE_CURRENT_LIST_DIR}/../experiments")
