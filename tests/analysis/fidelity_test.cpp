// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/fidelity.h"

#include "support.h"

#include <gmock/gmock.h>

namespace distill::test {

namespace {

using testing::ElementsAre;

TEST(Agreement, ByHand)
{
    EXPECT_DOUBLE_EQ(agreement({0, 1, 2, 1}, {0, 2, 2, 0}), 0.5);
    EXPECT_DOUBLE_EQ(churn({0, 1, 2, 1}, {0, 2, 2, 0}), 0.5);
    EXPECT_DOUBLE_EQ(agreement({0, 1, 2}, {0, 1, 1}), 2. / 3);
    EXPECT_TRUE(std::isnan(agreement({}, {})));
    EXPECT_TRUE(std::isnan(churn({}, {})));
    EXPECT_THROW(agreement({0, 1}, {0}), std::invalid_argument);
}

TEST(Agreement, ChurnIsItsComplementAndBothAreSymmetric)
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        const Choices left = randomChoices(300, 4, seed), right = randomChoices(300, 4, seed + 100);
        EXPECT_DOUBLE_EQ(agreement(left, right) + churn(left, right), 1);
        EXPECT_EQ(agreement(left, right), agreement(right, left));
        EXPECT_EQ(agreement(left, left), 1);
        EXPECT_NEAR(agreement(left, right), 0.25, 0.12);
    }
}

TEST(Divergence, ByHand)
{
    const Answers teacher = answersOfProbabilities({{0.5, 0.5}, {0.25, 0.75}, {0.2, 0.8}});
    const Answers student = answersOfProbabilities({{0.75, 0.25}, {0.5, 0.5}, {0.2, 0.8}});
    const double first = 0.5 * std::log(0.5 / 0.75) + 0.5 * std::log(0.5 / 0.25);
    const double second = 0.25 * std::log(0.25 / 0.5) + 0.75 * std::log(0.75 / 0.5);
    EXPECT_NEAR(divergence(teacher, student), (first + second) / 3, 1e-7);
    // It is directed: the other way round it is another.
    const double back = 0.75 * std::log(0.75 / 0.5) + 0.25 * std::log(0.25 / 0.5) + 0.5 * std::log(0.5 / 0.25) + 0.5 * std::log(0.5 / 0.75);
    EXPECT_NEAR(divergence(student, teacher), back / 3, 1e-7);
}

TEST(Divergence, AtATemperatureIsThatOfTheScaledLogits)
{
    Answers teacher = randomAnswers(50, 5, 1), student = randomAnswers(50, 5, 2);
    const double cooled = divergence(teacher, student, 4);
    for (Answers* answers : {&teacher, &student}) {
        for (float& logit : answers->logits) {
            logit /= 4;
        }
    }
    EXPECT_NEAR(cooled, divergence(teacher, student), 1e-7);
    EXPECT_GT(cooled, 0);
    EXPECT_EQ(divergence(teacher, teacher), 0);
}

TEST(Divergence, ShiftsOfALogitRowChangeNothing)
{
    const Answers teacher = randomAnswers(40, 5, 1), student = randomAnswers(40, 5, 2);
    Answers shifted = student;
    for (float& logit : shifted.logits) {
        logit += 3;
    }
    EXPECT_NEAR(divergence(teacher, shifted), divergence(teacher, student), 1e-5);
}

TEST(Divergence, OfCornerCases)
{
    // Sure answers: what has no probability counts nothing, and a student sure of another class diverges by its logits' distance.
    EXPECT_NEAR(divergence(answersOf({{1e4f, 0}}), answersOf({{5, 5}})), std::log(2), 1e-9);
    EXPECT_NEAR(divergence(answersOf({{1e4f, 0}}), answersOf({{0, 1e4f}})), 1e4, 1e-6);
    EXPECT_EQ(divergence(answersOf({{7}, {3}}), answersOf({{1}, {2}})), 0);
    EXPECT_TRUE(std::isnan(divergence(answersOf({{1, 2}, {nan, 0}}), answersOf({{1, 2}, {1, 0}}))));
    EXPECT_TRUE(std::isnan(divergence(answersOf({{1, 2}}), answersOf({{1, nan}}))));
    EXPECT_TRUE(std::isnan(divergence({}, {})));
    EXPECT_THROW(divergence(answersOf({{1, 2}}), answersOf({{1, 2}, {1, 2}})), std::invalid_argument);
    EXPECT_THROW(divergence(answersOf({{1, 2}, {3, 4}}), answersOf({{1, 2, 3, 4}})), std::invalid_argument);
}

TEST(Accuracy, CountsTheLabelledAlone)
{
    EXPECT_DOUBLE_EQ(accuracy({0, 1, 2, 1}, {0, 1, 1, -1}), 2. / 3);
    EXPECT_TRUE(std::isnan(accuracy({0, 1}, {-1, -1})));
    EXPECT_TRUE(std::isnan(accuracy({}, {})));
    EXPECT_THROW(accuracy({0}, {0, 1}), std::invalid_argument);
}

TEST(ConfidentlyWrong, ByHand)
{
    // Wrong at 95 %, wrong at 85 %, right at 99 %, unlabelled at 99 %.
    const Answers answers = answersOfProbabilities({{0.95, 0.05}, {0.85, 0.15}, {0.01, 0.99}, {0.99, 0.01}});
    const Choices labels = {1, 1, 1, -1};
    EXPECT_DOUBLE_EQ(confidentlyWrong(answers, labels), 1. / 3);
    EXPECT_DOUBLE_EQ(confidentlyWrong(answers, labels, 0.8), 2. / 3);
    EXPECT_DOUBLE_EQ(confidentlyWrong(answers, labels, 0.96), 0);
    EXPECT_DOUBLE_EQ(confidentlyWrong(answersOf({{nan, 0}, {9, 0}}), {1, 1}), 0.5); // no number is no confidence
    EXPECT_TRUE(std::isnan(confidentlyWrong(answers, {-1, -1, -1, -1})));
    EXPECT_TRUE(std::isnan(confidentlyWrong({}, {})));
    EXPECT_THROW(confidentlyWrong(answers, {1}), std::invalid_argument);
}

// Labels            0 0 0 0 1 1 1 1 2 2, the last without label
// teacher wrong at  x x x . x . . . x .
const Choices labels = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, -1};
const Choices teacher = {1, 2, 1, 0, 2, 1, 1, 1, 0, 2, 0};
const Choices student = {1, 2, 2, 1, 2, 0, 1, 1, 2, 2, 1}; // wrong at 0 1 2 3 4 5: of those 0 1 2 4 with the teacher, 0 1 4 alike
const Choices twin = {1, 0, 2, 0, 1, 0, 2, 1, 2, 2, 0};    // wrong at 0 2 5 6: of those 0 2 with the teacher, 0 alike

TEST(SharedErrors, ByHand)
{
    const SharedErrors errors = sharedErrors(teacher, student, labels);
    EXPECT_EQ(errors.labelled, 10);
    EXPECT_EQ(errors.teacherWrong, 5);
    EXPECT_EQ(errors.studentWrong, 6);
    EXPECT_EQ(errors.bothWrong, 4);
    EXPECT_EQ(errors.sameWrong, 3);
    EXPECT_DOUBLE_EQ(errors.share(), 4. / 6);
    EXPECT_DOUBLE_EQ(errors.risk(), 4. / 5);
    EXPECT_DOUBLE_EQ(errors.lift(), (4. / 5) / (6. / 10));
    EXPECT_DOUBLE_EQ(errors.sameLabel(), 3. / 4);
}

TEST(SharedErrors, OfNoErrors)
{
    const SharedErrors errors = sharedErrors({0, 1}, {0, 1}, {0, 1});
    EXPECT_EQ(errors.labelled, 2);
    for (const double value : {errors.share(), errors.risk(), errors.lift(), errors.sameLabel()}) {
        EXPECT_TRUE(std::isnan(value));
    }
    EXPECT_EQ(sharedErrors({0}, {1}, {-1}).labelled, 0);
    EXPECT_EQ(sharedErrors({}, {}, {}).labelled, 0);
    EXPECT_THROW(sharedErrors({0}, {1, 0}, {0}), std::invalid_argument);
    EXPECT_THROW(sharedErrors({0}, {1}, {0, 0}), std::invalid_argument);
}

TEST(SharedErrors, LiftIsSymmetricAndOneForIndependentErrors)
{
    const Choices truth = randomChoices(40000, 3, 1), left = randomChoices(40000, 3, 2), right = randomChoices(40000, 3, 3);
    EXPECT_NEAR(sharedErrors(left, right, truth).lift(), 1, 0.02);
    EXPECT_DOUBLE_EQ(sharedErrors(left, right, truth).lift(), sharedErrors(right, left, truth).lift());
    // A copy errs where its model errs, and alike.
    const SharedErrors copy = sharedErrors(left, left, truth);
    EXPECT_EQ(copy.share(), 1);
    EXPECT_EQ(copy.risk(), 1);
    EXPECT_EQ(copy.sameLabel(), 1);
}

TEST(Inheritance, IsTheStudentsLessTheTwins)
{
    const Inheritance result = inheritance(teacher, student, twin, labels);
    EXPECT_EQ(result.twin.studentWrong, 4);
    EXPECT_EQ(result.twin.bothWrong, 2);
    EXPECT_EQ(result.twin.sameWrong, 1);
    EXPECT_DOUBLE_EQ(result.share, 4. / 6 - 2. / 4);
    EXPECT_DOUBLE_EQ(result.risk, 4. / 5 - 2. / 5);
    EXPECT_DOUBLE_EQ(result.sameLabel, 3. / 4 - 1. / 2);
    EXPECT_FALSE(result.comparable()); // 6 errors and 4
    // A student that is no more like the teacher than the twin inherited nothing.
    const Inheritance nothing = inheritance(teacher, twin, twin, labels);
    EXPECT_EQ(nothing.share, 0);
    EXPECT_EQ(nothing.risk, 0);
    EXPECT_EQ(nothing.sameLabel, 0);
    EXPECT_TRUE(nothing.comparable());
    EXPECT_THROW(inheritance(teacher, student, {0}, labels), std::invalid_argument);
}

TEST(AgreementMatrix, IsSymmetricWithOnesAndHoldsEachPair)
{
    const std::vector<Choices> networks = {{0, 1, 2, 0}, {0, 1, 1, 1}, {2, 1, 2, 0}};
    EXPECT_THAT(agreementMatrix(networks), ElementsAre(ElementsAre(1, 0.5, 0.75), ElementsAre(0.5, 1, 0.25), ElementsAre(0.75, 0.25, 1)));
    EXPECT_TRUE(agreementMatrix({}).empty());
    EXPECT_THROW(agreementMatrix({{0, 1}, {0}}), std::invalid_argument);
}

TEST(LostExamples, AreThoseMostTeachersKnowAndMostStudentsDoNot)
{
    const Choices truth = {0, 0, 0, 0, -1, 0};
    //                     3:0 3:1 2:1 1:0 unlabelled 3:3
    const std::vector<Choices> teachers = {{0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 0}, {0, 0, 1, 1, 0, 0}};
    const std::vector<Choices> students = {{1, 0, 0, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}};
    EXPECT_THAT(lostExamples(teachers, students, truth), ElementsAre(0, 1, 2));
    EXPECT_THAT(lostExamples({teachers[0]}, {students[0]}, truth), ElementsAre(0, 3));
    // A tie is no majority; the two differ in number.
    EXPECT_THAT(lostExamples({teachers[0]}, {students[0], students[1]}, truth), ElementsAre(0, 3));
    EXPECT_THAT(lostExamples({}, {}, truth), ElementsAre());
    EXPECT_THROW(lostExamples({{0}}, students, truth), std::invalid_argument);
}

} // namespace

} // namespace distill::test
