// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace distill {

/// Where a value stands, as far as its file says; NaN where it does not.
struct Place {
    double step = std::nan("");
    double epoch = std::nan("");
    double seconds = std::nan("");  ///< since the run's start
    double wallTime = std::nan(""); ///< seconds since 1970
    std::int64_t row = -1;          ///< counted from 0, where values of one row belong together
    std::int64_t line = 0;          ///< counted from 1; 0 in a file without lines
};

/// What a reader hands over. A file is read twice, and alike: once to learn what it holds, once to keep it.
class CurveSink {
public:
    virtual ~CurveSink() = default;
    /// The number of a curve, the same whenever it is asked for. `run` is "" where the file speaks of one run only.
    virtual std::size_t curve(std::string_view run, std::string_view name) = 0;
    virtual void value(std::size_t curve, const Place& place, double value) = 0;
    virtual void began(double wallTime) = 0;          ///< the clock of the file's run
    virtual void remark(const std::string& sentence) = 0; ///< what was left out or taken for something; once each
};

// Each reads the first `bytes` bytes of a file, which may grow meanwhile, in bounded memory. They throw InputError, one sentence
// with file and line, for what cannot be understood; a last line that breaks off is left out with a remark.
void readCsvCurves(const std::string& path, std::uint64_t bytes, CurveSink& sink);
void readJsonCurves(const std::string& path, std::uint64_t bytes, CurveSink& sink);
void readEventCurves(const std::string& path, std::uint64_t bytes, CurveSink& sink);

/// What a column or key says of the place; the earlier of two that say the same is believed.
enum class PlaceRole { Step, Epoch, Seconds, WallTime };
struct PlaceName {
    PlaceRole role;
    int rank; ///< smaller is surer
};
std::optional<PlaceName> placeNamed(std::string_view name);

/// "12", "0.5", "1e-3", "nan", "-Infinity", with `decimalComma` also "0,5"; nothing for a text.
std::optional<double> numberFrom(std::string_view text, bool decimalComma = false);
/// "", "NA", "null", "None": a cell without a value.
bool isMissing(std::string_view text);

/// The words of a name in lower case, one blank between two: "Train/loss_epoch" -> "train loss epoch".
std::string wordsOf(std::string_view name);

} // namespace distill
