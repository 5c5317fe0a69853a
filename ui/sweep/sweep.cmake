# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(sweep
    SOURCES sweep/bestplot.cpp sweep/draglist.cpp sweep/heatplot.cpp sweep/queuelist.cpp sweep/resulttable.cpp sweep/sweeppanel.cpp
    LINK distill_ui_session distill_ui_plots)
