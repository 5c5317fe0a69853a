// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/confusion.h"

#include "analysis/fidelity.h"
#include "support.h"

#include <gmock/gmock.h>

namespace distill::test {

namespace {

using testing::ElementsAre;

TEST(Confusion, ByHand)
{
    const Confusion confusion = confusionOf({0, 1, 1, 2, 0, 2}, {0, 0, 1, 1, -1, 1}, 3);
    EXPECT_THAT(confusion.counts, ElementsAre(ElementsAre(1, 1, 0), ElementsAre(0, 1, 2), ElementsAre(0, 0, 0)));
    EXPECT_EQ(confusion.samplesOf(1), 3);
    EXPECT_DOUBLE_EQ(confusion.accuracyOf(0), 0.5);
    EXPECT_DOUBLE_EQ(confusion.accuracyOf(1), 1. / 3);
    EXPECT_TRUE(std::isnan(confusion.accuracyOf(2)));
}

TEST(Confusion, RowsSumToTheSamplesAndTheDiagonalToTheAccuracy)
{
    const Choices choices = randomChoices(500, 6, 1), labels = randomChoices(500, 6, 2, -1);
    const Confusion confusion = confusionOf(choices, labels, 6);
    std::int64_t right = 0, all = 0;
    for (std::size_t label = 0; label < 6; ++label) {
        right += confusion.counts[label][label];
        all += confusion.samplesOf(label);
    }
    EXPECT_EQ(all, std::count_if(labels.begin(), labels.end(), [](std::int32_t label) { return label >= 0; }));
    EXPECT_DOUBLE_EQ(static_cast<double>(right) / static_cast<double>(all), accuracy(choices, labels));
}

TEST(Confusion, OfCornerCases)
{
    EXPECT_TRUE(confusionOf({}, {}, 0).counts.empty());
    EXPECT_EQ(confusionOf({}, {}, 2).samplesOf(0), 0);
    EXPECT_EQ(confusionOf({0, 0}, {0, 0}, 1).accuracyOf(0), 1);
    EXPECT_THROW(confusionOf({0}, {0, 1}, 2), std::invalid_argument);
    EXPECT_THROW(confusionOf({0}, {2}, 2), std::invalid_argument);
    EXPECT_THROW(confusionOf({2}, {0}, 2), std::invalid_argument);
}

TEST(Slices, ByHand)
{
    //                     0  0  0  1  1  1  none
    const std::vector<std::int32_t> groups = {0, 0, 0, 1, 1, 1, 3};
    const Choices labels = {0, 1, -1, 1, 1, 0, 0}, teacher = {0, 1, 1, 1, 0, 0, 1}, student = {0, 0, 1, 1, 1, 1, 0};
    const std::vector<Slice> slices = slicesOf(teacher, student, labels, groups, 3);
    ASSERT_EQ(slices.size(), 3u);
    EXPECT_EQ(slices[0].samples, 3);
    EXPECT_EQ(slices[0].labelled, 2);
    EXPECT_DOUBLE_EQ(slices[0].teacher, 1);
    EXPECT_DOUBLE_EQ(slices[0].student, 0.5);
    EXPECT_DOUBLE_EQ(slices[0].agreement, 2. / 3);
    EXPECT_DOUBLE_EQ(slices[1].teacher, 2. / 3);
    EXPECT_DOUBLE_EQ(slices[1].student, 2. / 3);
    EXPECT_DOUBLE_EQ(slices[1].agreement, 1. / 3);
    EXPECT_EQ(slices[2].samples, 0);
    EXPECT_TRUE(std::isnan(slices[2].teacher));
    EXPECT_TRUE(std::isnan(slices[2].agreement));
    EXPECT_THROW(slicesOf(teacher, student, labels, {0}, 1), std::invalid_argument);
    EXPECT_THROW(slicesOf({0}, student, labels, groups, 3), std::invalid_argument);
}

TEST(Slices, SumToTheWhole)
{
    const Choices labels = randomChoices(700, 5, 1, -1), teacher = randomChoices(700, 5, 2), student = randomChoices(700, 5, 3);
    const std::vector<Slice> slices = slicesOf(teacher, student, labels, randomChoices(700, 4, 4), 4);
    double teacherSum = 0, studentSum = 0, agreementSum = 0;
    std::int64_t samples = 0, labelled = 0;
    for (const Slice& slice : slices) {
        samples += slice.samples;
        labelled += slice.labelled;
        teacherSum += static_cast<double>(slice.labelled) * slice.teacher;
        studentSum += static_cast<double>(slice.labelled) * slice.student;
        agreementSum += static_cast<double>(slice.samples) * slice.agreement;
    }
    EXPECT_EQ(samples, 700);
    EXPECT_NEAR(teacherSum / static_cast<double>(labelled), accuracy(teacher, labels), 1e-12);
    EXPECT_NEAR(studentSum / static_cast<double>(labelled), accuracy(student, labels), 1e-12);
    EXPECT_NEAR(agreementSum / 700, agreement(teacher, student), 1e-12);
}

TEST(RareClasses, ByHand)
{
    // Accuracies of the five classes: 1, 1/2, 0, 1, 1/2; the rarest two are 1 and 4.
    const Choices labels = {0, 1, 1, 2, 3, 4, 4}, choices = {0, 1, 0, 1, 3, 4, 0};
    EXPECT_DOUBLE_EQ(rareClassAccuracy(choices, labels, {100, 5, 90, 80, 10}, 0.4), 0.5);
    EXPECT_DOUBLE_EQ(rareClassAccuracy(choices, labels, {100, 90, 5, 10, 95}, 0.4), 0.5);
    EXPECT_DOUBLE_EQ(rareClassAccuracy(choices, labels, {100, 90, 5, 80, 10}, 0.1), 0); // one at least
    EXPECT_DOUBLE_EQ(rareClassAccuracy(choices, labels, {1, 2, 3, 4, 5}, 1), 0.6);
}

TEST(RareClasses, NoneIsRareByChance)
{
    const Choices labels = {0, 1, 2, 3}, choices = {0, 1, 3, 0};
    // Two of four are asked for: class 3 is rare, and which of the others would be a toss.
    EXPECT_DOUBLE_EQ(rareClassAccuracy(choices, labels, {50, 50, 50, 5}, 0.5), 0);
    // All but the frequent class are equally rare.
    EXPECT_DOUBLE_EQ(rareClassAccuracy(choices, labels, {5, 5, 5, 50}, 0.25), 2. / 3);
    EXPECT_TRUE(std::isnan(rareClassAccuracy(choices, labels, {7, 7, 7, 7})));
    EXPECT_TRUE(std::isnan(rareClassAccuracy({}, {}, {})));
    EXPECT_TRUE(std::isnan(rareClassAccuracy({0}, {0}, {9, 1}))); // no test sample of the rare class
    EXPECT_THROW(rareClassAccuracy(choices, labels, {1, 2}), std::invalid_argument);
}

} // namespace

} // namespace distill::test
