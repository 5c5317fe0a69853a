# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(experiment
    SOURCES advice_test.cpp binder_test.cpp check_test.cpp document_test.cpp fuzz_test.cpp hash_test.cpp jsonschema_test.cpp protocol_test.cpp sample.cpp sweep_test.cpp
            schema_test.cpp
    LINK distill_experiment)
