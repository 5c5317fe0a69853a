// SPDX-License-Identifier: GPL-3.0-or-later
#include "analysis/pareto.h"

#include <cmath>
#include <gmock/gmock.h>
#include <random>

namespace distill::test {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Pareto, ByHand)
{
    // Size against accuracy: 2 is beaten by 1, which is smaller and better; 4 by 3, equally good and smaller.
    const std::vector<ParetoPoint> points = {{1, 0.5}, {3, 0.8}, {5, 0.7}, {7, 0.9}, {9, 0.9}};
    EXPECT_THAT(paretoFront(points, true, false), ElementsAre(0, 1, 3));
    EXPECT_THAT(paretoFront(points, true, true), ElementsAre(0));
    EXPECT_THAT(paretoFront(points, false, false), ElementsAre(4));
    EXPECT_THAT(paretoFront(points, false, true), ElementsAre(0, 2, 4));
}

TEST(Pareto, EqualPointsStayTogetherAndNoNumberIsNever)
{
    const double none = std::nan("");
    EXPECT_THAT(paretoFront({{1, 1}, {none, 5}, {1, 1}, {0, none}, {1, 0}}, true, false), ElementsAre(0, 2));
    EXPECT_THAT(paretoFront({}, true, true), IsEmpty());
    EXPECT_THAT(paretoFront({{none, none}}, true, true), IsEmpty());
}

TEST(Pareto, IsWhatComparingEachWithEachGives)
{
    std::mt19937 generator(1);
    std::uniform_int_distribution<int> uniform(0, 12); // ties are frequent
    for (int round = 0; round < 40; ++round) {
        std::vector<ParetoPoint> points(30);
        for (ParetoPoint& point : points) {
            point = {static_cast<double>(uniform(generator)), static_cast<double>(uniform(generator))};
        }
        const bool smallerX = round % 2 == 0, smallerY = round % 4 < 2;
        const auto atLeast = [](double a, double b, bool smaller) { return smaller ? a <= b : a >= b; };
        std::vector<std::size_t> expected;
        for (std::size_t i = 0; i < points.size(); ++i) {
            bool beaten = false;
            for (const ParetoPoint& other : points) {
                beaten = beaten
                    || (atLeast(other.x, points[i].x, smallerX) && atLeast(other.y, points[i].y, smallerY)
                        && (other.x != points[i].x || other.y != points[i].y));
            }
            if (!beaten) {
                expected.push_back(i);
            }
        }
        const std::vector<std::size_t> front = paretoFront(points, smallerX, smallerY);
        EXPECT_THAT(front, testing::UnorderedElementsAreArray(expected));
        for (std::size_t i = 1; i < front.size(); ++i) {
            EXPECT_LE(points[front[i - 1]].x, points[front[i]].x);
        }
    }
}

} // namespace

} // namespace distill::test
