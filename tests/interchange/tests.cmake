# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(interchange
    SOURCES csv_test.cpp eventfile_test.cpp events.cpp import_test.cpp jsonl_test.cpp tensorboard_test.cpp
    LINK distill_interchange)
