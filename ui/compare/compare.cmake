# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(compare
    SOURCES compare/alignment.cpp compare/columnheader.cpp compare/columnmodel.cpp compare/columnview.cpp compare/compare.cpp compare/comparebar.cpp
            compare/comparisonfeed.cpp compare/curvesource.cpp compare/curvespane.cpp compare/emptypage.cpp compare/parallel.cpp
            compare/parallelinput.cpp compare/parallelplot.cpp compare/quantities.cpp compare/quantitybox.cpp compare/scatter.cpp
            compare/scatterplot.cpp compare/setup.cpp compare/verdictcard.cpp compare/verdicts.cpp
    LINK distill_ui_plots distill_ui_session)
