# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(predictions
    SOURCES predictions/calibrationpage.cpp predictions/confusionpage.cpp predictions/figurebars.cpp predictions/filterpanel.cpp
            predictions/inheritancepage.cpp predictions/inheritancepage_look.cpp predictions/loader.cpp predictions/look.cpp predictions/matrixview.cpp
            predictions/picturestrip.cpp predictions/predictions.cpp predictions/predictionset.cpp predictions/reliability.cpp
            predictions/robustness.cpp predictions/sampledetail.cpp predictions/samplefilter.cpp predictions/samplegrid.cpp
            predictions/samplepoints.cpp predictions/samplespage.cpp predictions/sampleview.cpp predictions/softbars.cpp
            predictions/source.cpp predictions/temperature.cpp predictions/wanted.cpp
    LINK distill_ui_session)
