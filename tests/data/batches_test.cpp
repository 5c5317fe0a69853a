// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"
#include "support.h"

#include <set>

namespace distill::test {

namespace {

std::shared_ptr<const Dataset> pictures()
{
    auto dataset = std::make_shared<Dataset>();
    dataset->name = "pictures";
    dataset->shape = {2, 6, 6};
    dataset->classes = {"a", "b", "c"};
    dataset->train = {at::arange(103 * 72, at::kLong).mul(31).remainder(251).to(at::kByte).view({103, 2, 6, 6}).clone(),
                      at::arange(103, at::kLong).remainder(3)};
    dataset->test = dataset->train;
    return dataset;
}

DataSettings augmented()
{
    DataSettings settings;
    settings.augmentation = {.shift = 2, .flip = true, .cutout = 2, .noise = 0.1};
    return settings;
}

BatchSource source(const DataSettings& settings, std::int64_t batchSize, std::uint64_t seed = 1)
{
    const auto dataset = pictures();
    return {dataset, makeSplit(*dataset, settings, 5), settings, batchSize, seed, at::kCPU};
}

TEST(BatchSource, AnEpochShowsEachSampleAtMostOnce)
{
    const auto dataset = pictures();
    const DataSettings settings;
    const Split split = makeSplit(*dataset, settings, 5);
    BatchSource batches(dataset, split, settings, 10, 1, at::kCPU);
    ASSERT_EQ(split.transfer.numel(), 93);
    EXPECT_EQ(batches.stepsPerEpoch(), 9);
    const Normaliser normaliser(split.mean, split.deviation, at::kCPU);
    std::vector<at::Tensor> epochs;
    for (int epoch = 0; epoch < 3; ++epoch) {
        std::vector<at::Tensor> seen;
        for (int step = 0; step < 9; ++step) {
            const Batch batch = batches.next();
            ASSERT_EQ(batch.inputs.sizes(), (std::vector<std::int64_t>{10, 2, 6, 6}));
            EXPECT_TRUE(batch.inputs.equal(normaliser(dataset->train.inputs.index_select(0, batch.indices))));
            EXPECT_TRUE(batch.labels.equal(dataset->train.labels.index_select(0, batch.indices)));
            seen.push_back(batch.indices);
        }
        epochs.push_back(at::cat(seen));
        std::set<std::int64_t> distinct;
        for (std::int64_t i = 0; i < 90; ++i) {
            distinct.insert(epochs.back()[i].item<std::int64_t>());
        }
        EXPECT_EQ(distinct.size(), 90U);
        EXPECT_TRUE(at::isin(epochs.back(), split.transfer).all().item<bool>());
    }
    EXPECT_FALSE(epochs[0].equal(epochs[1]));
    EXPECT_FALSE(epochs[1].equal(epochs[2]));
}

TEST(BatchSource, KeepsUnknownLabelsUnknown)
{
    DataSettings settings;
    settings.labelled = 12;
    settings.transfer.samples = "all";
    const auto dataset = pictures();
    const Split split = makeSplit(*dataset, settings, 5);
    BatchSource batches(dataset, split, settings, 93, 1, at::kCPU);
    const Batch batch = batches.next();
    const at::Tensor known = batch.labels >= 0;
    EXPECT_EQ(known.sum().item<std::int64_t>(), 12);
    EXPECT_TRUE(batch.labels.index({known}).equal(dataset->train.labels.index_select(0, batch.indices.index({known}))));
}

TEST(BatchSource, FewerSamplesThanABatchMakeOneBatch)
{
    BatchSource batches = source({}, 1000);
    EXPECT_EQ(batches.batchSize(), 93);
    EXPECT_EQ(batches.stepsPerEpoch(), 1);
    EXPECT_EQ(batches.next().inputs.size(0), 93);
    EXPECT_TRUE(std::get<0>(batches.next().indices.sort()).equal(makeSplit(*pictures(), {}, 5).transfer));
}

TEST(BatchSource, SeedsDecideOrderAndAugmentationApart)
{
    BatchSource plain = source({}, 10), withNoise = source(augmented(), 10), same = source(augmented(), 10);
    BatchSource other = source(augmented(), 10, 2);
    const Batch plainBatch = plain.next(), noisyBatch = withNoise.next(), sameBatch = same.next();
    EXPECT_TRUE(plainBatch.indices.equal(noisyBatch.indices));
    EXPECT_FALSE(plainBatch.inputs.equal(noisyBatch.inputs));
    EXPECT_TRUE(noisyBatch.inputs.equal(sameBatch.inputs));
    EXPECT_FALSE(noisyBatch.indices.equal(other.next().indices));
}

TEST(BatchSource, RestoredContinuesToTheLastBit)
{
    BatchSource unbroken = source(augmented(), 10);
    std::vector<Batch> expected;
    std::map<std::string, at::Tensor> saved;
    for (int step = 0; step < 100; ++step) {
        if (step == 37) {
            saved = unbroken.state();
        }
        expected.push_back(unbroken.next());
    }
    BatchSource resumed = source(augmented(), 10);
    resumed.next();
    resumed.restore(saved);
    for (int step = 37; step < 100; ++step) {
        const Batch batch = resumed.next();
        ASSERT_TRUE(batch.indices.equal(expected[step].indices)) << step;
        ASSERT_TRUE(batch.inputs.equal(expected[step].inputs)) << step;
        ASSERT_TRUE(batch.labels.equal(expected[step].labels)) << step;
    }
    // What was saved is a copy: going on has not changed it.
    resumed.restore(saved);
    EXPECT_TRUE(resumed.next().inputs.equal(expected[37].inputs));
}

TEST(BatchSource, StateAtTheStartAndAtTheEndOfAnEpoch)
{
    for (const int steps : {0, 9, 18}) {
        BatchSource unbroken = source(augmented(), 10), resumed = source(augmented(), 10);
        for (int step = 0; step < steps; ++step) {
            unbroken.next();
        }
        resumed.restore(unbroken.state());
        for (int step = 0; step < 12; ++step) {
            ASSERT_TRUE(unbroken.next().inputs.equal(resumed.next().inputs)) << steps << " + " << step;
        }
    }
}

TEST(BatchSource, RefusesAStateThatIsNotItsOwn)
{
    BatchSource batches = source(augmented(), 10);
    const auto refuses = [&](const at::Tensor& value) {
        EXPECT_THROW(batches.restore({{"position", value}}), InputError) << value;
    };
    refuses(at::tensor({0, 0, 50}, at::kLong));
    refuses(at::tensor({0, 94, 93}, at::kLong));
    refuses(at::tensor({0, -1, 93}, at::kLong));
    refuses(at::tensor({-1, 0, 93}, at::kLong));
    refuses(at::tensor({0, 0}, at::kLong));
    refuses(at::tensor({0.0, 0.0, 93.0}));
    EXPECT_THROW(batches.restore({}), InputError);
    // A refused state has changed nothing.
    BatchSource untouched = source(augmented(), 10);
    EXPECT_TRUE(batches.next().inputs.equal(untouched.next().inputs));
}

TEST(BatchSource, AViewComesBackInTurn)
{
    DataSettings settings = augmented();
    settings.augmentation.views = 2;
    BatchSource batches = source(settings, 93);
    std::vector<at::Tensor> epochs;
    for (std::int64_t epoch = 0; epoch < 4; ++epoch) {
        const Batch batch = batches.next();
        EXPECT_EQ(batch.view, epoch % 2);
        epochs.push_back(batch.inputs.index_select(0, batch.indices.argsort()));
    }
    EXPECT_TRUE(epochs[0].equal(epochs[2]));
    EXPECT_TRUE(epochs[1].equal(epochs[3]));
    EXPECT_FALSE(epochs[0].equal(epochs[1]));
}

TEST(BatchSource, RunsOfSeveralSeedsMayShareTheirViews)
{
    DataSettings settings = augmented();
    settings.augmentation.seed = 5;
    BatchSource first = source(settings, 93, 1), second = source(settings, 93, 2);
    EXPECT_EQ(first.appearance(), second.appearance());
    const Batch one = first.next(), other = second.next();
    EXPECT_FALSE(one.indices.equal(other.indices));
    EXPECT_TRUE(one.inputs.index_select(0, one.indices.argsort()).equal(other.inputs.index_select(0, other.indices.argsort())));
    EXPECT_NE(source(augmented(), 93, 1).appearance(), source(augmented(), 93, 2).appearance());
    EXPECT_EQ(source({}, 93, 1).appearance(), source({}, 93, 2).appearance()) << "nothing varies";
}

TEST(BatchSource, MixedSamplesCarryBothLabels)
{
    DataSettings settings;
    settings.augmentation.cutmix = 1;
    settings.labelled = 60;
    settings.transfer.samples = "all";
    const auto dataset = pictures();
    BatchSource batches = source(settings, 93);
    const Batch batch = batches.next();
    ASSERT_EQ(batch.otherLabels.sizes(), batch.labels.sizes());
    EXPECT_TRUE(batch.otherLabels.lt(0).any().item<bool>()) << "a partner's label may be unknown";
    EXPECT_TRUE(batch.share.ge(0).logical_and(batch.share.le(1)).all().item<bool>());
    // What a patch left is the sample's own.
    const Split split = makeSplit(*dataset, settings, 5);
    const at::Tensor own = Normaliser(split.mean, split.deviation, at::kCPU)(dataset->train.inputs.index_select(0, batch.indices));
    const at::Tensor equal = batch.inputs.eq(own).to(at::kFloat).mean({1, 2, 3});
    EXPECT_TRUE(equal.ge(batch.share - 1e-6).all().item<bool>());
}

TEST(BatchSource, PointsTakeNoiseAndMixupOnly)
{
    const auto dataset = loadDataset({"moons", {{"samples", 100}}}, {});
    DataSettings settings;
    settings.augmentation.noise = 0.1;
    BatchSource batches(dataset, makeSplit(*dataset, settings, 5), settings, 10, 1, at::kCPU);
    EXPECT_EQ(batches.next().inputs.sizes(), (std::vector<std::int64_t>{10, 2, 1, 1}));
    settings.augmentation.mixup = 1;
    EXPECT_NO_THROW(BatchSource(dataset, makeSplit(*dataset, settings, 5), settings, 10, 1, at::kCPU).next());
    settings.augmentation.flip = true;
    EXPECT_THROW(BatchSource(dataset, makeSplit(*dataset, settings, 5), settings, 10, 1, at::kCPU), InputError);
    settings = augmented();
    settings.augmentation.shift = 6;
    EXPECT_THROW(source(settings, 10), InputError);
}

} // namespace

} // namespace distill::test
