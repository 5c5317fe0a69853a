# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(runs
    SOURCES runs/columnchooser.cpp runs/columntext.cpp runs/family.cpp runs/filterbox.cpp runs/lineageboxes.cpp runs/lineagelayout.cpp
            runs/lineagepaint.cpp runs/lineageview.cpp runs/markactions.cpp runs/notespane.cpp runs/runactions.cpp runs/rundelegate.cpp
            runs/runexport.cpp runs/runlines.cpp runs/runmodel.cpp runs/runreport.cpp runs/runspanel.cpp runs/runtable.cpp runs/sparklines.cpp runs/stateicon.cpp
            runs/tablefeed.cpp runs/tablelook.cpp
    LINK distill_ui_session distill_ui_plots)
