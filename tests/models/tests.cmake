# SPDX-License-Identifier: GPL-3.0-or-later
distill_test(models TORCH
    SOURCES architecture_test.cpp batchnorm_test.cpp convolution_test.cpp layers_test.cpp loadstate_test.cpp product_test.cpp safetensors_test.cpp torchscript_test.cpp
            training_test.cpp
    LINK distill_models)
