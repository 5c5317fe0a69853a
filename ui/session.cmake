# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(session SOURCES banner.cpp format.cpp savefile.cpp session.cpp settings.cpp style.cpp theme.cpp)
