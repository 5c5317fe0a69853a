# SPDX-License-Identifier: GPL-3.0-or-later
# Debian's QCustomPlotQt6 package names its target; elsewhere the library is looked for by its name.
if(TARGET QCustomPlotQt6::QCustomPlotQt6)
    set(qcustomplot QCustomPlotQt6::QCustomPlotQt6)
else()
    find_library(QCUSTOMPLOT_LIBRARY NAMES QCustomPlotQt6 qcustomplot-qt6 REQUIRED)
    find_path(QCUSTOMPLOT_INCLUDE qcustomplot.h REQUIRED)
    add_library(distill_qcustomplot INTERFACE)
    target_include_directories(distill_qcustomplot SYSTEM INTERFACE ${QCUSTOMPLOT_INCLUDE})
    target_link_libraries(distill_qcustomplot INTERFACE ${QCUSTOMPLOT_LIBRARY} Qt6::PrintSupport)
    set(qcustomplot distill_qcustomplot)
endif()

distill_ui_library(plots
    SOURCES plots/colours.cpp plots/csv.cpp plots/cursor.cpp plots/curve.cpp plots/curvefeed.cpp plots/curveplot.cpp
            plots/curveplot_input.cpp plots/curveplot_look.cpp plots/curveplot_trace.cpp plots/decimate.cpp plots/ema.cpp
            plots/export.cpp plots/flowlayout.cpp plots/keybutton.cpp plots/legend.cpp plots/outliers.cpp plots/pacer.cpp
            plots/panel.cpp plots/paneplan.cpp plots/picture.cpp plots/pyramid.cpp plots/ticker.cpp plots/toolrow.cpp
            plots/view.cpp
    LINK distill_ui_session ${qcustomplot} Qt6::PrintSupport Qt6::Svg)
