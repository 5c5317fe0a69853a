// SPDX-License-Identifier: GPL-3.0-or-later
#include "interchange/names.h"

#include "experiment/series.h"
#include "interchange/readers.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <set>

namespace distill {

namespace {

const char* const accuracies[] = {"accuracy", "acc", "acc1", "accuracy1", "top1", "top1 acc", "top1 accuracy", "acc top1", "accuracy top1"};

std::map<std::string, SeriesMeaning> meanings()
{
    std::map<std::string, SeriesMeaning> known;
    const auto both = [&](const std::string& one, const std::string& other, const SeriesMeaning& meaning) {
        known[one + ' ' + other] = meaning;
        known[other + ' ' + one] = meaning;
    };
    known["loss"] = {series::loss};
    known["train loss step"] = {series::loss};
    for (const char* train : {"train", "training"}) {
        both(train, "loss", {series::loss});
        both(train, "lr", {series::learningRate});
        both(train, "learning rate", {series::learningRate});
        for (const char* accuracy : accuracies) {
            both(train, accuracy, {series::accuracyTrain, true});
        }
    }
    known["accuracy batch"] = {series::accuracyTrain, true};
    for (const char* validation : {"validation", "val", "valid", "eval", "dev"}) {
        both(validation, "loss", {series::lossValidation});
        both(validation, "agreement", {series::agreementValidation, true});
        for (const char* accuracy : accuracies) {
            both(validation, accuracy, {series::accuracyValidation, true});
        }
    }
    for (const char* rate : {"lr", "learning rate", "lr sgd", "lr adam", "lr adamw"}) { // the last three are Lightning's
        known[rate] = {series::learningRate};
    }
    known["images per second"] = {series::throughput};
    return known;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

} // namespace

std::optional<SeriesMeaning> meaningOf(std::string_view name, bool besideValidation)
{
    static const std::map<std::string, SeriesMeaning> known = meanings();
    const std::string words = wordsOf(name);
    if (const auto found = known.find(words); found != known.end()) {
        return found->second;
    }
    const bool accuracy = std::find(std::begin(accuracies), std::end(accuracies), words) != std::end(accuracies);
    return accuracy && besideValidation ? std::optional(SeriesMeaning{series::accuracyTrain, true}) : std::nullopt;
}

std::optional<PlaceName> placeNamed(std::string_view name)
{
    static const std::map<std::string, PlaceName> known = [] {
        std::map<std::string, PlaceName> names;
        const auto add = [&](PlaceRole role, std::initializer_list<const char*> inOrder) {
            int rank = 0;
            for (const char* each : inOrder) {
                names[each] = {role, rank++};
            }
        };
        // W&B counts its log calls in _step; what the training loop counts is surer.
        add(PlaceRole::Step, {"step", "global_step", "trainer/global_step", "train/global_step", "steps", "_step", "iteration", "iter"});
        add(PlaceRole::Epoch, {"epoch", "train/epoch", "epochs"});
        add(PlaceRole::Seconds, {"seconds", "_runtime", "elapsed", "relative time (process)", "relative time (wall)", "relative_time"});
        add(PlaceRole::WallTime, {"wall time", "wall_time", "_timestamp", "timestamp"});
        return names;
    }();
    const auto found = known.find(lower(name));
    return found == known.end() ? std::nullopt : std::optional(found->second);
}

std::string wordsOf(std::string_view name)
{
    std::string words;
    bool gap = false;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || byte >= 128) {
            words += gap && !words.empty() ? " " : "";
            words += static_cast<char>(std::tolower(byte));
            gap = false;
        } else {
            gap = true;
        }
    }
    return words;
}

std::optional<double> numberFrom(std::string_view text, bool decimalComma)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::string withPoint;
    if (const std::size_t comma = text.find(','); decimalComma && comma != std::string_view::npos) {
        withPoint = text;
        withPoint[comma] = '.';
        text = withPoint;
    }
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size() || text.empty()) {
        return std::nullopt;
    }
    if (error == std::errc::result_out_of_range) { // 1e-400 or 1e400
        return std::strtod(std::string(text).c_str(), nullptr);
    }
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

bool isMissing(std::string_view text)
{
    static const std::set<std::string, std::less<>> words{"", "na", "n/a", "null", "none", "-"};
    return text.size() <= 4 && words.contains(lower(text));
}

} // namespace distill
