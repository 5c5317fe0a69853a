// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/verdict.h"

#include "analysis/student.h"

#include <chrono>
#include <cmath>
#include <gmock/gmock.h>
#include <random>

namespace distill::test {

namespace {

using testing::HasSubstr;

TEST(Quantiles, AreThoseOfTheTables)
{
    // Abramowitz and Stegun, table 26.10.
    EXPECT_NEAR(studentQuantile(0.975, 1), 12.706, 5e-4);
    EXPECT_NEAR(studentQuantile(0.975, 2), 4.303, 5e-4);
    EXPECT_NEAR(studentQuantile(0.975, 3), 3.182, 5e-4);
    EXPECT_NEAR(studentQuantile(0.95, 4), 2.132, 5e-4);
    EXPECT_NEAR(studentQuantile(0.995, 5), 4.032, 5e-4);
    EXPECT_NEAR(studentQuantile(0.975, 30), 2.042, 5e-4);
    EXPECT_NEAR(studentQuantile(0.975, 120), 1.980, 5e-4);
    EXPECT_NEAR(studentQuantile(0.025, 2), -4.303, 5e-4);
    EXPECT_NEAR(normalQuantile(0.975), 1.959964, 1e-6);
    EXPECT_NEAR(normalQuantile(0.8), 0.841621, 1e-6);
    EXPECT_NEAR(normalQuantile(0.5), 0, 1e-9);
}

TEST(Difference, ByHandForTwoSeeds)
{
    // d = {{1, 1, 0, 0}, {1, 0, 0, -1}}: mean 1/4, of the seeds 1/2 and 0, of the items 1, 1/2, 0, -1/2.
    const Interval interval = pairedDifference({{1, 1, 0, 1}, {1, 0, 1, 0}}, {{0, 0, 0, 1}, {0, 0, 1, 1}});
    EXPECT_DOUBLE_EQ(interval.estimate, 0.25);
    const double all = 4 - 8 * 0.0625, seeds = 4 * (2 * 0.0625), items = 2 * (0.5625 + 0.0625 + 0.0625 + 0.5625);
    const double rest = (all - seeds - items) / 3;
    const double seedPart = seeds / 1 / 8, itemPart = ((items + 4) / 5 - rest) / 8;
    const double half = std::sqrt(12.7062 * 12.7062 * seedPart + 1.959964 * 1.959964 * itemPart);
    EXPECT_GT(half, 1); // so few say nothing: the interval ends where differences do
    EXPECT_EQ(interval.low, -1);
    EXPECT_EQ(interval.high, 1);
    const double narrow = std::sqrt(std::pow(std::tan(std::acos(-1.0) * 0.05), 2) * seedPart + 0.125661 * 0.125661 * itemPart);
    const Interval tenth = pairedDifference({{1, 1, 0, 1}, {1, 0, 1, 0}}, {{0, 0, 0, 1}, {0, 0, 1, 1}}, 0.1);
    EXPECT_NEAR(tenth.low, 0.25 - narrow, 1e-6); // t of one degree is tan(pi (p - 1/2))
    EXPECT_NEAR(tenth.high, 0.25 + narrow, 1e-6);
}

TEST(Difference, OfOneSeedIsThatOfPairedShares)
{
    // 100 items, 20 gained, 8 lost: Bonett and Price 2012 without their shift of the estimate.
    Outcomes treated(1, std::vector<std::uint8_t>(100, 0)), control = treated;
    std::fill_n(treated[0].begin(), 20, 1);
    std::fill_n(control[0].begin() + 50, 8, 1);
    const Interval interval = pairedDifference(treated, control);
    EXPECT_DOUBLE_EQ(interval.estimate, 0.12);
    const double half = 1.959964 * std::sqrt((28 - 100 * 0.0144 + 2) / 101 / 100);
    EXPECT_NEAR(interval.low, 0.12 - half, 1e-7);
    EXPECT_NEAR(interval.high, 0.12 + half, 1e-7);
}

TEST(Difference, IsAntisymmetricAndBlindToTheOrder)
{
    std::mt19937 generator(1);
    std::bernoulli_distribution coin(0.7);
    Outcomes treated(3, std::vector<std::uint8_t>(200)), control = treated;
    for (auto* arm : {&treated, &control}) {
        for (auto& row : *arm) {
            std::generate(row.begin(), row.end(), [&] { return coin(generator) ? 1 : 0; });
        }
    }
    const Interval there = pairedDifference(treated, control), back = pairedDifference(control, treated);
    EXPECT_DOUBLE_EQ(there.estimate, -back.estimate);
    EXPECT_DOUBLE_EQ(there.low, -back.high);
    std::swap(treated[0], treated[2]);
    std::swap(control[0], control[2]);
    for (auto* arm : {&treated, &control}) {
        for (auto& row : *arm) {
            std::reverse(row.begin(), row.end());
        }
    }
    const Interval shuffled = pairedDifference(treated, control);
    EXPECT_NEAR(shuffled.low, there.low, 1e-12);
    EXPECT_NEAR(shuffled.high, there.high, 1e-12);
    EXPECT_LT(pairedDifference(treated, control, 0.5).high, there.high);
}

TEST(Difference, OfCornerCases)
{
    EXPECT_TRUE(std::isnan(pairedDifference({}, {}).estimate));
    EXPECT_TRUE(std::isnan(pairedDifference({{}, {}}, {{}, {}}).low));
    EXPECT_THROW(pairedDifference({{1}}, {}), std::invalid_argument);
    EXPECT_THROW(pairedDifference({{1, 0}}, {{1}}), std::invalid_argument);
    EXPECT_THROW(pairedDifference({{1, 0}, {1}}, {{1, 0}, {1, 0}}), std::invalid_argument);
    EXPECT_THROW(pairedDifference({{1}}, {{1}}, 1), std::invalid_argument);
    // Arms that never differ: as far as that many items can tell.
    const Outcomes same(3, std::vector<std::uint8_t>(100, 1));
    const Interval none = pairedDifference(same, same);
    EXPECT_EQ(none.estimate, 0);
    EXPECT_NEAR(none.high, 1.96 * std::sqrt(2. / 101 / 100), 1e-4);
    const Interval single = pairedDifference({{1}, {1}}, {{0}, {1}});
    EXPECT_EQ(single.estimate, 0.5);
    EXPECT_EQ(single.low, -1);
}

TEST(Outcomes, AreOfTheLabelledSamples)
{
    EXPECT_THAT(outcomesOf({0, 1, 2, 1}, {0, 2, -1, 1}), testing::ElementsAre(1, 0, 1));
    EXPECT_THROW(outcomesOf({0}, {0, 1}), std::invalid_argument);
}

/// Students with and without a teacher, as networks behave: items of different difficulty, which both arms share; an item's own luck with
/// either arm; a seed that is better or worse on the whole; and chance. Normal in a latent quantity, so that the true difference is known.
class Simulation {
public:
    Simulation(double treated, double control, double seedSpread)
        : m_treated(treated), m_control(control), m_seedSpread(seedSpread)
    {
    }

    double truth() const
    {
        const double spread = std::sqrt(difficulty * difficulty + luck * luck + chance * chance + m_seedSpread * m_seedSpread);
        const auto share = [&](double mean) { return 0.5 * std::erfc(-mean / spread / std::sqrt(2)); };
        return share(m_treated) - share(m_control);
    }

    std::pair<Outcomes, Outcomes> draw(int seeds, int items, std::uint64_t number) const
    {
        std::mt19937_64 generator(number);
        std::normal_distribution<double> normal;
        const auto rows = static_cast<std::size_t>(seeds);
        Outcomes treated(rows, std::vector<std::uint8_t>(static_cast<std::size_t>(items))), control = treated;
        std::vector<std::pair<double, double>> ofSeed(rows);
        for (auto& [one, other] : ofSeed) {
            one = m_treated + m_seedSpread * normal(generator);
            other = m_control + m_seedSpread * normal(generator);
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(items); ++i) {
            const double item = difficulty * normal(generator);
            const double withTeacher = item + luck * normal(generator), alone = item + luck * normal(generator);
            for (std::size_t s = 0; s < rows; ++s) {
                treated[s][i] = ofSeed[s].first + withTeacher + chance * normal(generator) > 0 ? 1 : 0;
                control[s][i] = ofSeed[s].second + alone + chance * normal(generator) > 0 ? 1 : 0;
            }
        }
        return {treated, control};
    }

private:
    static constexpr double difficulty = 2, luck = 0.5, chance = 0.7;
    double m_treated, m_control, m_seedSpread;
};

int count(const Simulation& simulation, Verdict::Kind kind, int seeds, int items, int repeats = 100)
{
    int right = 0;
    for (int repeat = 0; repeat < repeats; ++repeat) {
        const auto [treated, control] = simulation.draw(seeds, items, static_cast<std::uint64_t>(repeat));
        right += judge(treated, control).kind == kind ? 1 : 0;
    }
    return right;
}

// Means of 2.0 and 2.5 are 82 and 87 % right; the seed's spread of 0.05 moves a network by half a point.
TEST(Verdict, IsRightOnATeacherThatHelps)
{
    EXPECT_GE(count({2.5, 2.0, 0.05}, Verdict::Kind::Helps, 3, 2000), 95);
    EXPECT_GE(count({2.5, 2.0, 0.05}, Verdict::Kind::Helps, 5, 1000), 95);
}

TEST(Verdict, IsRightOnATeacherThatHurts)
{
    EXPECT_GE(count({1.5, 2.0, 0.05}, Verdict::Kind::Hurts, 3, 2000), 95);
}

TEST(Verdict, IsRightOnARandomTeacher)
{
    EXPECT_GE(count({0.5, 2.0, 0.2}, Verdict::Kind::Hurts, 3, 1000), 95);            // whose noise is learned instead of the task
    EXPECT_GE(count({2.0, 2.0, 0.05}, Verdict::Kind::NoEvidence, 3, 2000), 95); // that changes nothing
}

TEST(Verdict, IsRightOnADifferenceThatIsNoise)
{
    // Two networks of one kind, half a point apart by their seeds and as much by the items.
    for (const int seeds : {2, 3, 5}) {
        EXPECT_GE(count({2.0, 2.0, 0.05}, Verdict::Kind::NoEvidence, seeds, 2000), 95) << seeds;
    }
    // Where the seeds differ by far more than the items let them, what is left is the 5 of 100 of the interval; twice their error of 500.
    for (const int seeds : {3, 5}) {
        EXPECT_GE(count({2.0, 2.0, 0.3}, Verdict::Kind::NoEvidence, seeds, 500, 500), 500 * (0.95 - 2 * 0.0097)) << seeds;
    }
}

TEST(Interval, CoversTheTruth)
{
    for (const double seedSpread : {0.0, 0.05, 0.15}) {
        for (const int seeds : {3, 5}) {
            const Simulation simulation(2.2, 2.0, seedSpread);
            int covered = 0;
            constexpr int repeats = 300;
            for (int repeat = 0; repeat < repeats; ++repeat) {
                const auto [treated, control] = simulation.draw(seeds, 500, static_cast<std::uint64_t>(repeat));
                const Interval interval = pairedDifference(treated, control);
                covered += interval.low <= simulation.truth() && simulation.truth() <= interval.high ? 1 : 0;
            }
            // 95 % less two standard errors of 300 draws.
            EXPECT_GE(covered, repeats * (0.95 - 2 * 0.0126)) << seeds << " seeds of spread " << seedSpread;
            RecordProperty("coverage", covered);
        }
    }
}

TEST(Verdict, SaysItInASentence)
{
    // 3 seeds x 1,000 items, 30 to 34 gained each, 3 lost.
    Outcomes control(3, std::vector<std::uint8_t>(1000, 0));
    for (auto& row : control) {
        std::fill_n(row.begin() + 100, 800, 1);
    }
    Outcomes treated = control;
    for (std::size_t s = 0; s < 3; ++s) {
        std::fill_n(treated[s].begin(), 30 + 2 * s, 1);
        std::fill_n(treated[s].begin() + 500, 3, 0);
    }
    const Verdict helps = judge(treated, control);
    EXPECT_EQ(helps.kind, Verdict::Kind::Helps);
    EXPECT_EQ(helps.seeds, 3);
    EXPECT_EQ(helps.items, 1000);
    EXPECT_EQ(helps.sentence, "The teacher helps: +2.9 points of accuracy (95 % interval 1.6 to 4.2; 3 seeds, 1,000 items).");
    EXPECT_EQ(helps.settle, "");
    const Verdict hurts = judge(control, treated);
    EXPECT_EQ(hurts.kind, Verdict::Kind::Hurts);
    EXPECT_EQ(hurts.sentence, "The teacher hurts: -2.9 points of accuracy (95 % interval -4.2 to -1.6; 3 seeds, 1,000 items).");
    EXPECT_STREQ(nameOf(helps.kind), "helps");
    EXPECT_STREQ(nameOf(hurts.kind), "hurts");
    EXPECT_STREQ(nameOf(Verdict::Kind::NoEvidence), "no evidence");
}

TEST(Verdict, OfOneSeedIsNone)
{
    const auto [treated, control] = Simulation(3.5, 2.0, 0.05).draw(1, 2000, 1);
    const Verdict verdict = judge(treated, control);
    EXPECT_GT(verdict.effect.low, 0); // of these items, whatever another seed would give
    EXPECT_EQ(verdict.kind, Verdict::Kind::NoEvidence);
    EXPECT_THAT(verdict.sentence, HasSubstr("No verdict from one seed: +"));
    EXPECT_THAT(verdict.sentence, HasSubstr("over test items alone"));
    EXPECT_THAT(verdict.settle, HasSubstr("Two more seeds"));
    EXPECT_THAT(judge({}, {}).sentence, HasSubstr("no answers"));
}

TEST(Verdict, TellsHowManySeedsWouldSettleIt)
{
    // A point of difference under seeds that differ by one: three cannot tell.
    const Simulation simulation(2.15, 2.0, 0.1);
    int asked = 0, undecided = 0;
    for (std::uint64_t repeat = 0; repeat < 40; ++repeat) {
        const auto [treated, control] = simulation.draw(3, 4000, repeat);
        const Verdict verdict = judge(treated, control);
        if (verdict.kind != Verdict::Kind::NoEvidence) {
            EXPECT_EQ(verdict.settle, "");
            continue;
        }
        ++undecided;
        int seeds = 0;
        if (std::sscanf(verdict.settle.c_str(), "About %d seeds", &seeds) == 1) {
            EXPECT_GT(seeds, 3);
            EXPECT_LE(seeds, 100);
            ++asked;
        }
    }
    EXPECT_GT(undecided, 10);
    EXPECT_GT(asked, undecided / 2);
}

TEST(Verdict, TheSeedsItAsksForDoSettleIt)
{
    // Where three seeds see the true difference and the true spread, as many as asked for show it four times in five.
    Outcomes control(3, std::vector<std::uint8_t>(20000, 0)), treated = control;
    const std::vector<std::size_t> gained = {100, 300, 500};
    for (std::size_t s = 0; s < 3; ++s) {
        std::fill_n(treated[s].begin(), gained[s], 1);
    }
    const Verdict verdict = judge(treated, control);
    ASSERT_EQ(verdict.kind, Verdict::Kind::NoEvidence);
    int seeds = 0;
    ASSERT_EQ(std::sscanf(verdict.settle.c_str(), "About %d seeds", &seeds), 1) << verdict.settle;
    std::mt19937_64 generator(1);
    std::normal_distribution<double> normal(300, 200);
    int shown = 0;
    for (int repeat = 0; repeat < 200; ++repeat) {
        Outcomes without(static_cast<std::size_t>(seeds), std::vector<std::uint8_t>(20000, 0)), with = without;
        for (auto& row : with) {
            std::fill_n(row.begin(), std::max(0L, std::lround(normal(generator))), 1);
        }
        shown += judge(with, without).kind == Verdict::Kind::Helps ? 1 : 0;
    }
    EXPECT_GE(shown, 140);
    EXPECT_LE(shown, 195);
}

TEST(Verdict, TellsWhereSeedsWouldNotSettleIt)
{
    // Every seed alike, few items: 6 gained, 4 lost.
    Outcomes control(3, std::vector<std::uint8_t>(100, 0)), treated = control;
    for (std::size_t s = 0; s < 3; ++s) {
        std::fill_n(treated[s].begin(), 6, 1);
        std::fill_n(control[s].begin() + 50, 4, 1);
    }
    EXPECT_THAT(judge(treated, control).settle, HasSubstr("test items"));
    // No difference at all.
    const Verdict nothing = judge(control, control);
    EXPECT_EQ(nothing.kind, Verdict::Kind::NoEvidence);
    EXPECT_THAT(nothing.settle, HasSubstr("Nothing within reach"));
}

TEST(Verdict, TakesNoTime)
{
    const auto [treated, control] = Simulation(2.2, 2.0, 0.05).draw(3, 10000, 1);
    const auto start = std::chrono::steady_clock::now();
    judge(treated, control);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
}

} // namespace

} // namespace distill::test
