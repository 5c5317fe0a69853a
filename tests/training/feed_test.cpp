// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/feed.h"

#include "experiment/error.h"

#include <gtest/gtest.h>
#include <thread>

namespace distill::test {

namespace {

/// Pictures large enough that making a batch is a good part of a step that does nothing.
BatchSource pictures()
{
    auto dataset = std::make_shared<Dataset>();
    dataset->shape = {3, 32, 32};
    dataset->classes = {"a", "b"};
    dataset->train = {at::arange(70 * 3072, at::kLong).mul(31).remainder(251).to(at::kByte).view({70, 3, 32, 32}),
                      at::arange(70, at::kLong).remainder(2)};
    dataset->test = dataset->train;
    DataSettings settings;
    settings.augmentation = {.shift = 2, .flip = true, .noise = 0.1, .mixup = 0.2, .randAugment = {.operations = 1}};
    return {dataset, makeSplit(*dataset, settings, 5), settings, 8, 1, at::kCPU};
}

void expectSame(const Batch& is, const Batch& should)
{
    EXPECT_TRUE(is.inputs.equal(should.inputs));
    EXPECT_TRUE(is.labels.equal(should.labels));
    EXPECT_TRUE(is.indices.equal(should.indices));
    EXPECT_TRUE(is.otherLabels.equal(should.otherLabels));
    EXPECT_TRUE(is.share.equal(should.share));
    EXPECT_EQ(is.view, should.view);
}

} // namespace

TEST(LookAhead, MakesTheBatchesOfTheStreamFromWhereItStands)
{
    BatchSource stream = pictures();
    for (int i = 0; i < 5; ++i) {
        stream.next();
    }
    LookAhead ahead(stream);
    for (int i = 0; i < 20; ++i) { // beyond an epoch's end
        const Batch should = stream.next();
        expectSame(ahead.next(), should);
    }
}

TEST(LookAhead, EndsWhereverItIsAndTellsOfAFailure)
{
    for (int i = 0; i < 20; ++i) {
        LookAhead ahead(pictures());
        if (i % 2) {
            ahead.next();
        }
    }
    auto dataset = std::make_shared<Dataset>();
    dataset->shape = {1, 4, 4};
    dataset->classes = {"a", "b"};
    dataset->train = {at::zeros({20, 1, 4, 4}), at::zeros({20}, at::kLong)};
    dataset->test = dataset->train;
    const DataSettings settings;
    Split split = makeSplit(*dataset, settings, 0);
    split.transfer = at::full({10}, 99, at::kLong); // not there
    BatchSource broken(dataset, split, settings, 5, 1, at::kCPU);
    LookAhead ahead(broken);
    EXPECT_THROW(ahead.next(), std::exception);
    EXPECT_THROW(ahead.next(), std::exception);
}

TEST(Feed, HandsOutTheStreamWhetherItLooksAheadOrNot)
{
    BatchSource fed = pictures(), stream = pictures();
    Feed feed(fed, {});
    int ahead = 0;
    for (int i = 0; i < 400; ++i) {
        expectSame(feed.next(), stream.next());
        ahead += feed.looksAhead() ? 1 : 0;
        EXPECT_TRUE(fed.state().at("position").equal(stream.state().at("position")));
        std::this_thread::sleep_for(std::chrono::microseconds(i < 100 ? 300 : 0)); // the step
    }
    EXPECT_GT(ahead, 0); // tried it at least
    fed.restore(stream.state());
    feed.restart();
    EXPECT_FALSE(feed.looksAhead());
    for (int i = 0; i < 80; ++i) {
        expectSame(feed.next(), stream.next());
    }
}

} // namespace distill::test
