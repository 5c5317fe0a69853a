# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(history
    SOURCES crash_test.cpp damage_test.cpp history_test.cpp lineage_test.cpp marks_test.cpp migrations_test.cpp queue_test.cpp refusal_test.cpp
            runquery_test.cpp values_test.cpp ../experiment/sample.cpp
    LINK distill_history SQLite::SQLite3 Threads::Threads)
