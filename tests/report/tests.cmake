# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(report
    SOURCES axis_test.cpp document_test.cpp figure_test.cpp
    LINK distill_report PkgConfig::PANGOCAIRO)
