# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(monitor
    SOURCES monitor/curvefeed.cpp monitor/eventlog.cpp monitor/export.cpp monitor/flowlayout.cpp monitor/keybutton.cpp
            monitor/legend.cpp monitor/monitor.cpp monitor/pacer.cpp monitor/panel.cpp monitor/panelgrid.cpp
            monitor/paneplan.cpp monitor/progressline.cpp monitor/stages.cpp monitor/timebar.cpp monitor/toolrow.cpp
            monitor/transport.cpp monitor/tuning.cpp
    LINK distill_ui_plots distill_ui_session)
