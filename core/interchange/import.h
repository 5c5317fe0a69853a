// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "history/history.h"

namespace distill {

/// A curve of another program, and what became of it.
struct ImportedCurve {
    std::string name;          ///< in the file
    std::string series;        ///< in the history
    bool fromPercent = false;  ///< its values were divided by 100
    std::int64_t points = 0;   ///< in the history
};

struct ImportedRun {
    RunId id;
    std::string name;
    bool wasThere = false;     ///< the same content was imported before, as this run; nothing was written
    std::vector<ImportedCurve> curves;
    std::vector<std::string> remarks; ///< what was taken for what, and what was left out; a sentence each
};

enum class ImportFormat { Guessed, Csv, Jsonl, TensorBoard };
ImportFormat importFormatFrom(std::string_view name); ///< "csv", "jsonl", "tensorboard"; throws InputError

/// Brings the curves of another program's runs into the history, to lay beside ours:
///
/// - TensorBoard: an event file, or a folder searched with all below it; the event files of one folder are one run.
/// - CSV (or semicolons or tabs), one row a step and a column a metric, as Lightning, Keras, W&B's charts and TensorBoard's download
///   write it; or one row a value with columns series and value, as our own export.
/// - JSONL, an object a line (W&B's history, DeiT's log), a list of objects, or Hugging Face's trainer_state.json.
///
/// Names that surely mean a series of ours take its name (names.h), the others stay. Steps are as the file has them, else its whole
/// epochs, else the count of its rows. Each run has the state finished, the tag "imported", no weights, and in summary and document
/// what it was read from (isImported()). It appears when it is complete, or not at all.
///
/// Throws InputError, one sentence with file and line, for what cannot be read; then nothing was written. Memory is bounded however
/// long a file is. `name`: of the run, or, of several, in front of theirs; empty: from the file.
std::vector<ImportedRun> importRuns(History& history, const std::string& path, const std::string& name = {},
                                    ImportFormat format = ImportFormat::Guessed);

} // namespace distill
