# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(runs
    SOURCES runs/family.cpp runs/filterbox.cpp runs/lineageboxes.cpp runs/lineagelayout.cpp runs/lineagepaint.cpp
            runs/lineageview.cpp runs/notespane.cpp runs/runactions.cpp runs/rundelegate.cpp runs/runexport.cpp
            runs/runfilter.cpp runs/runmodel.cpp runs/runproxy.cpp runs/runreport.cpp runs/runspanel.cpp runs/runtable.cpp
            runs/stateicon.cpp
    LINK distill_ui_session distill_ui_plots)
