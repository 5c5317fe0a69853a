// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/curvetable.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace distill {

namespace {

const std::string columns = "SELECT step, epoch, seconds, value, flag FROM points WHERE run = ?1 AND series = ?2 ";

Point pointFrom(const Statement& row, std::int64_t series)
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    Point point;
    point.series = std::int32_t(series);
    point.step = row.integer(0);
    point.epoch = row.real(1);
    point.seconds = row.real(2);
    point.value = row.real(3);
    if (std::isnan(point.value)) {
        const std::int64_t flag = row.integer(4);
        point.value = flag == 2 ? infinity : flag == 3 ? -infinity : point.value;
    }
    return point;
}

/// 0, which no series has, where the name is not known.
std::int64_t idOfSeries(Connection& connection, const std::string& name)
{
    Statement select(connection, "SELECT id FROM series WHERE name = ?");
    return select.bind(name).step() ? select.integer(0) : 0;
}

std::vector<Point> readCoarseCurve(Connection& connection, std::int64_t run, std::int64_t series, std::size_t wanted)
{
    static const std::string head = columns + "ORDER BY step LIMIT ?3";
    static const std::string next = columns + "AND step >= ?3 ORDER BY step LIMIT 1";
    static const std::string last = columns + "ORDER BY step DESC LIMIT 1";
    std::vector<Point> points;
    {
        Statement select(connection, head); // a short curve is read whole, which is less work than looking up its parts
        select.bind(run, series, std::int64_t(2 * wanted));
        while (select.step()) {
            points.push_back(pointFrom(select, series));
        }
    }
    if (points.size() < 2 * wanted) {
        return points;
    }
    Statement selectLast(connection, last);
    selectLast.bind(run, series).step();
    const Point end = pointFrom(selectLast, series);
    points.resize(1);
    const std::int64_t first = points.front().step;
    Statement select(connection, next);
    for (std::size_t i = 1; i + 1 < wanted; ++i) {
        const auto even = first + std::int64_t(double(end.step - first) * double(i) / double(wanted - 1));
        if (!select.bind(run, series, std::max(even, points.back().step + 1)).step()) {
            break;
        }
        const Point point = pointFrom(select, series);
        if (point.step >= end.step) {
            break;
        }
        points.push_back(point);
    }
    points.push_back(end);
    return points;
}

} // namespace

std::vector<std::string> readSeriesNames(Connection& connection, std::int64_t run)
{
    // One look-up in the key for each series: DISTINCT would read every point of the run.
    Statement select(connection,
                     "WITH RECURSIVE recorded (id) AS (SELECT min(series) FROM points WHERE run = ?1 UNION ALL "
                     "SELECT (SELECT min(series) FROM points WHERE run = ?1 AND series > recorded.id) FROM recorded "
                     "WHERE recorded.id IS NOT NULL) "
                     "SELECT series.name FROM recorded JOIN series ON series.id = recorded.id ORDER BY series.name");
    select.bind(run);
    std::vector<std::string> names;
    while (select.step()) {
        names.push_back(select.text(0));
    }
    return names;
}

std::vector<Point> readCurve(Connection& connection, std::int64_t run, const std::string& series)
{
    static const std::string all = columns + "ORDER BY step";
    const std::int64_t id = idOfSeries(connection, series);
    Statement select(connection, all);
    select.bind(run, id);
    std::vector<Point> points;
    while (select.step()) {
        points.push_back(pointFrom(select, id));
    }
    return points;
}

std::vector<std::vector<Point>> readCoarseCurves(Connection& connection, const std::vector<RunId>& ids, const std::string& series,
                                                 std::size_t points)
{
    const std::int64_t id = idOfSeries(connection, series);
    std::vector<std::vector<Point>> curves(ids.size());
    for (std::size_t i = 0; i < ids.size() && id != 0; ++i) {
        std::int64_t run = 0;
        {
            Statement select(connection, "SELECT number FROM runs WHERE id = ?");
            run = select.bind(ids[i]).step() ? select.integer(0) : 0;
        }
        if (run != 0) {
            curves[i] = readCoarseCurve(connection, run, id, std::max<std::size_t>(points, 2));
        }
    }
    return curves;
}

} // namespace distill
