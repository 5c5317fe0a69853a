# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(monitor
    SOURCES monitor/eventlog.cpp monitor/monitor.cpp monitor/panelgrid.cpp monitor/progressline.cpp monitor/stages.cpp
            monitor/timebar.cpp monitor/transport.cpp monitor/tuning.cpp
    LINK distill_ui_plots distill_ui_session)
