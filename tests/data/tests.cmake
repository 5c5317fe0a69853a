# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(data TORCH
    SOURCES augment_test.cpp batches_test.cpp cifar_test.cpp csv_test.cpp dataset_test.cpp generated_test.cpp idx_test.cpp
            imagefolder_test.cpp random_test.cpp split_test.cpp
    LINK distill_data ZLIB::ZLIB PNG::PNG ${TURBOJPEG_LIBRARY})
target_include_directories(test_data PRIVATE ${TURBOJPEG_INCLUDE})
