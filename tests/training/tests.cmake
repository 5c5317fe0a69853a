# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(training TORCH
    SOURCES arrangements_test.cpp feed_test.cpp mode_test.cpp optimiser_reference_test.cpp optimiser_test.cpp profile_test.cpp
            schedule_test.cpp stages_test.cpp trainer_test.cpp tuner_test.cpp
    LINK distill_training)
