// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/split.h"
#include "support.h"

#include <cmath>
#include <numeric>
#include <set>

namespace distill::test {

namespace {

using Indices = std::vector<std::int64_t>;

/// Samples of two channels of 3 x 4 bytes, classes of the given sizes, mixed.
Dataset made(const Indices& sizes)
{
    Dataset dataset{.name = "made", .shape = {2, 3, 4}};
    Indices labels;
    for (std::size_t c = 0; c < sizes.size(); ++c) {
        dataset.classes.push_back("class " + std::to_string(c));
        labels.insert(labels.end(), sizes[c], static_cast<std::int64_t>(c));
    }
    const auto count = static_cast<std::int64_t>(labels.size());
    // 7919 is prime and larger than any count here: a mixture of all positions.
    dataset.train.labels
        = at::tensor(labels, at::kLong).index_select(0, at::arange(count, at::kLong).mul(7919).remainder(count));
    dataset.train.inputs
        = at::arange(count * 24, at::kLong).mul(37).remainder(211).to(at::kByte).view({count, 2, 3, 4}).clone();
    dataset.test = dataset.train;
    return dataset;
}

Indices list(const at::Tensor& tensor)
{
    return {tensor.data_ptr<std::int64_t>(), tensor.data_ptr<std::int64_t>() + tensor.numel()};
}

std::set<std::int64_t> setOf(const at::Tensor& tensor)
{
    const Indices values = list(tensor);
    const std::set<std::int64_t> result(values.begin(), values.end());
    EXPECT_EQ(result.size(), values.size()) << "an index occurs twice";
    return result;
}

Indices countsByClass(const Dataset& dataset, const at::Tensor& indices)
{
    return list(at::bincount(dataset.train.labels.index_select(0, indices), {},
                             static_cast<std::int64_t>(dataset.classes.size())));
}

std::string sentenceOf(const Dataset& dataset, const DataSettings& settings)
{
    try {
        makeSplit(dataset, settings, 10);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

const Indices uneven{50, 31, 20, 7};

TEST(Split, ValidationIsStratifiedAndApartFromTheTransferSet)
{
    const Dataset dataset = made(uneven);
    DataSettings settings;
    for (const double share : {0.05, 0.1, 0.25, 0.5}) {
        settings.validationShare = share;
        const Split split = makeSplit(dataset, settings, 5);
        EXPECT_EQ(split.validation.numel(), std::llround(share * 108));
        const Indices counts = countsByClass(dataset, split.validation);
        for (std::size_t c = 0; c < uneven.size(); ++c) {
            EXPECT_LT(std::abs(static_cast<double>(counts[c]) - share * static_cast<double>(uneven[c])), 1) << share;
        }
        const std::set<std::int64_t> validation = setOf(split.validation), transfer = setOf(split.transfer);
        EXPECT_EQ(validation.size() + transfer.size(), 108U);
        for (const std::int64_t index : transfer) {
            EXPECT_FALSE(validation.contains(index));
        }
        EXPECT_EQ(split.probe.numel(), std::min<std::int64_t>(5, split.validation.numel()));
        for (const std::int64_t index : setOf(split.probe)) {
            EXPECT_TRUE(validation.contains(index));
        }
        EXPECT_EQ(split.labelled, split.transfer.numel());
        EXPECT_TRUE(split.labels.equal(dataset.train.labels.index_select(0, split.transfer)));
    }
}

TEST(Split, IsTheSameForTheSameSplitSeedOnly)
{
    const Dataset dataset = made(uneven);
    DataSettings settings;
    settings.labelled = 20;
    settings.splitSeed = 3;
    const Split first = makeSplit(dataset, settings, 5), again = makeSplit(dataset, settings, 5);
    EXPECT_TRUE(first.validation.equal(again.validation));
    EXPECT_TRUE(first.transfer.equal(again.transfer));
    EXPECT_TRUE(first.probe.equal(again.probe));
    settings.splitSeed = 4;
    const Split other = makeSplit(dataset, settings, 5);
    EXPECT_FALSE(first.validation.equal(other.validation));
    EXPECT_FALSE(first.transfer.equal(other.transfer));
    // Other settings do not move the validation set.
    settings.splitSeed = 3;
    settings.labelled = 0;
    settings.transfer.leftOutClasses = {1};
    EXPECT_TRUE(makeSplit(dataset, settings, 5).validation.equal(first.validation));
}

TEST(Split, TheProbeIsAMixtureOfTheValidationSet)
{
    const Dataset dataset = made({500, 500});
    const Split split = makeSplit(dataset, {}, 50);
    const Indices counts = countsByClass(dataset, split.probe);
    EXPECT_GT(counts[0], 10);
    EXPECT_GT(counts[1], 10);
    EXPECT_FALSE(split.probe.equal(split.validation.slice(0, 0, 50)));
    // A smaller probe is the beginning of a larger one.
    EXPECT_TRUE(makeSplit(dataset, {}, 20).probe.equal(split.probe.slice(0, 0, 20)));
    EXPECT_EQ(makeSplit(dataset, {}, 5000).probe.numel(), 100);
}

TEST(Split, TheLabelledSubsetIsStratifiedAndGrowsByAddition)
{
    const Dataset dataset = made({400, 300, 200, 100});
    DataSettings settings;
    std::set<std::int64_t> smaller;
    for (const std::int64_t labelled : {4, 10, 50, 200, 900}) {
        settings.labelled = labelled;
        const Split split = makeSplit(dataset, settings, 5);
        EXPECT_EQ(split.labelled, labelled);
        const std::set<std::int64_t> transfer = setOf(split.transfer);
        EXPECT_EQ(static_cast<std::int64_t>(transfer.size()), labelled);
        EXPECT_TRUE(std::includes(transfer.begin(), transfer.end(), smaller.begin(), smaller.end()));
        smaller = transfer;
        const Indices counts = countsByClass(dataset, split.transfer);
        for (std::size_t c = 0; c < 4; ++c) {
            const double quota = static_cast<double>(labelled) * (4.0 - static_cast<double>(c)) / 10;
            EXPECT_GE(counts[c], 1);
            EXPECT_LE(std::abs(static_cast<double>(counts[c]) - quota), 1) << labelled << ", class " << c;
        }
    }
}

TEST(Split, TheTransferSetMayHoldUnlabelledSamples)
{
    const Dataset dataset = made(uneven);
    DataSettings settings;
    settings.labelled = 20;
    const Split labelledOnly = makeSplit(dataset, settings, 5);
    settings.transfer.samples = "all";
    const Split all = makeSplit(dataset, settings, 5);
    EXPECT_EQ(all.transfer.numel(), 108 - all.validation.numel());
    EXPECT_EQ(all.labelled, 20);
    const at::Tensor known = all.labels >= 0;
    EXPECT_TRUE(all.transfer.index({known}).equal(labelledOnly.transfer));
    EXPECT_TRUE(all.labels.index({known}).equal(labelledOnly.labels));
    EXPECT_TRUE(all.labels.index({known.logical_not()}).eq(-1).all().item<bool>());

    settings.transfer.labels = false;
    const Split unlabelled = makeSplit(dataset, settings, 5);
    EXPECT_TRUE(unlabelled.transfer.equal(all.transfer));
    EXPECT_TRUE(unlabelled.labels.eq(-1).all().item<bool>());
    EXPECT_EQ(unlabelled.labelled, 0);
}

TEST(Split, ClassesLeftOutAreMissingFromTheTransferSetAlone)
{
    const Dataset dataset = made(uneven);
    DataSettings settings;
    settings.transfer.leftOutClasses = {2, 0};
    const Split split = makeSplit(dataset, settings, 50);
    const Indices counts = countsByClass(dataset, split.transfer);
    EXPECT_EQ(counts[0], 0);
    EXPECT_GT(counts[1], 0);
    EXPECT_EQ(counts[2], 0);
    EXPECT_GT(counts[3], 0);
    EXPECT_GT(countsByClass(dataset, split.validation)[0], 0);
    // What inputs are normalised by does not depend on it either.
    EXPECT_EQ(split.mean, makeSplit(dataset, {}, 50).mean);
}

TEST(Split, MeasuresMeanAndDeviationWithoutValidation)
{
    const Dataset dataset = made(uneven);
    const Split split = makeSplit(dataset, {}, 5);
    const at::Tensor training = dataset.train.inputs.index_select(0, split.transfer).to(at::kDouble) / 255;
    for (std::int64_t c = 0; c < 2; ++c) {
        EXPECT_NEAR(split.mean[c], training.select(1, c).mean().item<double>(), 1e-12);
        EXPECT_NEAR(split.deviation[c], training.select(1, c).std(false).item<double>(), 1e-12);
    }
    DataSettings settings;
    settings.mean = {0.5, 0.25};
    settings.deviation = {0.125, 0};
    const Split given = makeSplit(dataset, settings, 5);
    EXPECT_EQ(given.mean, settings.mean);
    EXPECT_EQ(given.deviation, (std::vector<double>{0.125, 1}));
}

TEST(Split, BrightLargeImagesDoNotOverflowTheSums)
{
    Dataset dataset{.name = "bright", .shape = {1, 300, 301}, .classes = {"a", "b"}};
    dataset.train = {at::full({4, 1, 300, 301}, 255, at::kByte), at::tensor({0, 1, 0, 1}, at::kLong)};
    dataset.test = dataset.train;
    DataSettings settings;
    settings.validationShare = 0;
    const Split split = makeSplit(dataset, settings, 5);
    EXPECT_EQ(split.mean[0], 1);
    EXPECT_EQ(split.deviation[0], 1) << "no spread at all counts as 1";
    EXPECT_EQ(split.validation.numel(), 0);
    EXPECT_EQ(split.probe.numel(), 0);
}

TEST(Split, MeasuresNumbersAsTheyAre)
{
    const auto dataset = loadDataset({"spirals", {{"samples", 500}}}, {});
    const Split split = makeSplit(*dataset, {}, 5);
    const at::Tensor training = dataset->train.inputs.index_select(0, split.transfer).to(at::kDouble);
    EXPECT_NEAR(split.mean[1], training.select(1, 1).mean().item<double>(), 1e-12);
    EXPECT_NEAR(split.deviation[1], training.select(1, 1).std(false).item<double>(), 1e-12);

    Dataset constant = *dataset;
    constant.train.inputs = at::full({500, 2, 1, 1}, 0.1F, at::kFloat);
    EXPECT_EQ(makeSplit(constant, {}, 5).deviation, (std::vector<double>{1, 1}));
}

TEST(Split, NamesWhatCannotBe)
{
    const Dataset dataset = made({8, 2});
    DataSettings settings;
    settings.validationShare = 0.9;
    EXPECT_NE(sentenceOf(dataset, settings).find("validation share of 0.9"), std::string::npos);
    settings.validationShare = 0.2;
    settings.labelled = 9;
    EXPECT_NE(sentenceOf(dataset, settings).find("more than the 8"), std::string::npos);
    settings.labelled = 1;
    EXPECT_NE(sentenceOf(dataset, settings).find("2 classes"), std::string::npos);
    settings.labelled = 2;
    EXPECT_EQ(sentenceOf(dataset, settings), "");
    settings.transfer.leftOutClasses = {2};
    EXPECT_NE(sentenceOf(dataset, settings).find("Class 2"), std::string::npos);
    settings.transfer.leftOutClasses = {0, 1};
    EXPECT_NE(sentenceOf(dataset, settings).find("All classes"), std::string::npos);
    settings.transfer.leftOutClasses = {};
    settings.mean = {0.5};
    EXPECT_NE(sentenceOf(dataset, settings).find("2 channels"), std::string::npos);
    settings.mean = {};
    settings.deviation = {1, -1};
    EXPECT_NE(sentenceOf(dataset, settings).find("positive"), std::string::npos);
}

TEST(Split, SmallClassesKeepASampleToTrainOn)
{
    const Dataset dataset = made({100, 1, 2});
    DataSettings settings;
    settings.validationShare = 0.5;
    const Indices counts = countsByClass(dataset, makeSplit(dataset, settings, 5).transfer);
    EXPECT_GE(counts[1], 1);
    EXPECT_GE(counts[2], 1);
}

} // namespace

} // namespace distill::test
