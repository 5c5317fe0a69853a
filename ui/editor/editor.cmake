# SPDX-License-Identifier: GPL-3.0-or-later
distill_ui_library(editor
    SOURCES editor/advicestrip.cpp editor/draft.cpp editor/draftshelf.cpp editor/draftstore.cpp editor/editorservices.cpp
            editor/experimenteditor.cpp editor/experimentform.cpp editor/fieldeditor.cpp editor/formnode.cpp
            editor/formview.cpp editor/jsonhighlighter.cpp editor/jsonview.cpp editor/keptdraft.cpp editor/kindform.cpp
            editor/layerpairs.cpp editor/layerpicker.cpp editor/listform.cpp editor/losstext.cpp editor/message.cpp
            editor/numberbox.cpp editor/pairlines.cpp editor/planstrip.cpp editor/runchoices.cpp editor/section.cpp editor/sweepfield.cpp editor/text.cpp
    LINK distill_ui_session)
