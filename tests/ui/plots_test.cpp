// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "fulldisk.h"
#include "ui/plots/colours.h"
#include "ui/plots/csv.h"
#include "ui/plots/picture.h"
#include "ui/settings.h"

#include <QApplication>
#include <QFile>
#include <QLabel>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <sstream>

namespace distill::ui {
namespace {

const double nan = std::nan("");
const double infinity = std::numeric_limits<double>::infinity();

Curve curveOf(const std::vector<double>& values)
{
    Curve curve;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto step = static_cast<std::int64_t>(i + 1);
        curve.append({step, static_cast<double>(step) / 100, static_cast<double>(step) / 10, values[i]});
    }
    return curve;
}

std::vector<double> noise(std::size_t count, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<double> normal;
    std::vector<double> values(count);
    for (double& value : values) {
        value = normal(generator);
    }
    return values;
}

TEST(Ema, IsTheDebiasedWeightedMean)
{
    const std::vector<double> values = noise(50, 1);
    for (const double weight : {0.3, 0.9, 0.999}) {
        Ema ema(weight);
        for (std::size_t n = 0; n < values.size(); ++n) {
            // The closed form: sum of w^(n-i) x_i over the sum of the weights.
            double sum = 0;
            double weights = 0;
            for (std::size_t i = 0; i <= n; ++i) {
                const double w = std::pow(weight, static_cast<double>(n - i));
                sum += w * values[i];
                weights += w;
            }
            EXPECT_NEAR(ema.add(values[n]), sum / weights, 1e-9) << weight << " " << n;
        }
    }
}

TEST(Ema, LeavesConstantsAloneAndPassesOverWhatIsNotFinite)
{
    Ema constant(0.97);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(constant.add(0.1), 0.1);
    }
    Ema with(0.5);
    Ema without(0.5);
    EXPECT_EQ(with.add(1), without.add(1));
    EXPECT_TRUE(std::isnan(with.add(nan)));
    EXPECT_EQ(with.add(infinity), infinity);
    EXPECT_EQ(with.add(3), without.add(3));
}

TEST(Curve, SmoothingBeginsAnewWithEachStage)
{
    Curve whole, first, second;
    for (std::int64_t step = 0; step < 40; ++step) {
        const double value = step < 25 ? 100.0 - double(step) : 1 + 0.01 * double(step * step % 7);
        whole.append({step, double(step), double(step), value});
        (step < 25 ? first : second).append({step, double(step), double(step), value});
    }
    ASSERT_GT(whole.smoothed(0.9)[39], 2) << "the first stage is remembered";
    whole.restartSmoothingAt({0, 25});
    const auto smoothed = whole.smoothed(0.9);
    for (std::size_t i = 0; i < 40; ++i) {
        EXPECT_EQ(smoothed[i], i < 25 ? first.smoothed(0.9)[i] : second.smoothed(0.9)[i - 25]) << i;
    }
    EXPECT_EQ(whole.smoothedPyramid(0.9).size(), 40U);
}

TEST(Curve, KeepsOneSampleAStepInOrder)
{
    Curve curve;
    for (const std::int64_t step : {1, 2, 5, 3, 5, 4}) {
        curve.append({step, double(step), double(step), 10.0 * double(step) + double(curve.size())});
    }
    ASSERT_EQ(curve.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(curve.at(i).step, static_cast<std::int64_t>(i + 1));
    }
    EXPECT_EQ(curve.values()[4], 54); // the second sample of step 5, taken in when four were there
}

TEST(Curve, SplicesHistoryAndLiveSamplesWithoutGapsOrDoubles)
{
    // The history holds 1..700; live came 650..800, with other bits for those before the end of the history.
    Curve loaded;
    for (std::int64_t step = 1; step <= 700; ++step) {
        loaded.append({step, 0, double(step), double(step)});
    }
    Curve curve;
    for (std::int64_t step = 650; step <= 800; ++step) {
        curve.append({step, 0, double(step), step <= 700 ? -1.0 : double(step)});
    }
    EXPECT_EQ(curve.smoothed(0.5).size(), 151U);
    curve.splice(loaded);
    curve.append({801, 0, 801, 801});
    ASSERT_EQ(curve.size(), 801U);
    Ema ema(0.5);
    for (std::size_t i = 0; i < curve.size(); ++i) {
        EXPECT_EQ(curve.at(i).step, static_cast<std::int64_t>(i + 1));
        EXPECT_EQ(curve.values()[i], static_cast<double>(i + 1));
        EXPECT_DOUBLE_EQ(curve.smoothed(0.5)[i], ema.add(static_cast<double>(i + 1)));
    }
}

TEST(Curve, SmoothsLiveSamplesAsItWouldHaveAllAtOnce)
{
    const std::vector<double> values = noise(3000, 2);
    Curve live;
    for (std::size_t i = 0; i < values.size(); ++i) {
        live.append({static_cast<std::int64_t>(i + 1), 0, 0, values[i]});
        if (i % 7 == 0) {
            live.smoothedPyramid(0.9);
        }
        if (i == 1000) {
            live.append({500, 0, 0, values[499]}); // replaced by itself: everything after is smoothed again
        }
    }
    Curve whole = curveOf(values);
    EXPECT_THAT(live.smoothed(0.9), testing::ElementsAreArray(whole.smoothed(0.9).begin(), whole.smoothed(0.9).end()));
}

TEST(Curve, FindsTheNearestSampleAndPlacesSteps)
{
    Curve curve;
    curve.append({10, 1, 5, 0});
    curve.append({20, 2, 15, 0});
    EXPECT_EQ(curve.nearest(XAxis::Step, -3), 0U);
    EXPECT_EQ(curve.nearest(XAxis::Step, 14), 0U);
    EXPECT_EQ(curve.nearest(XAxis::Step, 16), 1U);
    EXPECT_EQ(curve.nearest(XAxis::Time, 99), 1U);
    EXPECT_DOUBLE_EQ(curve.place(15, XAxis::Time), 10);
    EXPECT_DOUBLE_EQ(curve.place(15, XAxis::Step), 15);
    EXPECT_EQ(Curve().nearest(XAxis::Step, 1), std::nullopt);
}

TEST(Pyramid, AgreesWithBruteForceOnAnyRange)
{
    std::vector<double> values = noise(5000, 3);
    values[17] = nan;
    values[4000] = nan;
    values[2222] = infinity;
    values[3333] = -infinity;
    Pyramid pyramid;
    for (const std::size_t size : {10, 63, 64, 65, 777, 5000}) { // grown in pieces
        pyramid.extend(std::span(values).first(size));
    }
    values[100] = 99; // a change, told by truncation
    pyramid.truncate(100);
    pyramid.extend(values);
    std::mt19937 generator(4);
    for (int i = 0; i < 500; ++i) {
        const std::size_t a = generator() % values.size();
        const std::size_t b = a + generator() % (values.size() - a + 1);
        double low = infinity, high = -infinity, positive = infinity;
        std::int64_t firstNan = -1;
        std::size_t outside = 0;
        for (std::size_t k = a; k < b; ++k) {
            if (std::isnan(values[k]) && firstNan < 0) {
                firstNan = static_cast<std::int64_t>(k);
            }
            if (std::isfinite(values[k])) {
                low = std::min(low, values[k]);
                high = std::max(high, values[k]);
                positive = values[k] > 0 ? std::min(positive, values[k]) : positive;
                outside += values[k] < -1.5 || values[k] > 2;
            }
        }
        const Extremes found = pyramid.query(values, a, b);
        const auto at = [&](std::int64_t index, double none) { return index < 0 ? none : values[std::size_t(index)]; };
        EXPECT_EQ(at(found.min, infinity), low);
        EXPECT_EQ(at(found.max, -infinity), high);
        EXPECT_EQ(at(found.minPositive, infinity), positive);
        EXPECT_EQ(found.nan, firstNan);
        EXPECT_EQ(pyramid.countOutside(values, a, b, -1.5, 2), outside);
    }
}

TEST(Decimate, KeepsTheLeastAndGreatestOfEveryPixel)
{
    const Curve curve = curveOf(noise(100'000, 5));
    const Window window{20'000, 80'000, 613, false, false};
    const auto points = decimate(curve.x(XAxis::Step), curve.values(), curve.pyramid(), window);
    EXPECT_LE(points.size(), 4U * 613 + 2);
    const auto column = [&](double x) {
        const double share = (x - window.low) / (window.high - window.low);
        return std::clamp(static_cast<int>(share * window.pixels), 0, window.pixels - 1);
    };
    std::vector<Range> all(613, {infinity, -infinity}), kept = all;
    for (std::size_t i = 0; i < curve.size(); ++i) {
        if (curve.x(XAxis::Step)[i] >= window.low && curve.x(XAxis::Step)[i] <= window.high) {
            Range& range = all[std::size_t(column(curve.x(XAxis::Step)[i]))];
            range = {std::min(range.low, curve.values()[i]), std::max(range.high, curve.values()[i])};
        }
    }
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_TRUE(i == 0 || points[i - 1].x < points[i].x);
        if (points[i].x >= window.low && points[i].x <= window.high) {
            Range& range = kept[std::size_t(column(points[i].x))];
            range = {std::min(range.low, points[i].y), std::max(range.high, points[i].y)};
        }
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(kept[i], all[i]) << "pixel " << i;
    }
}

TEST(Decimate, GivesFewPointsAsTheyAre)
{
    const Curve curve = curveOf({3, 1, infinity, 2, nan, 5});
    const auto points = decimate(curve.x(XAxis::Step), curve.values(), curve.pyramid(), {0, 10, 100, false, false});
    ASSERT_EQ(points.size(), 5U); // infinity is left out, NaN breaks the line
    EXPECT_EQ(points[2].x, 4);
    EXPECT_TRUE(std::isnan(points[3].y));
}

TEST(Decimate, BreaksWhereNanStandsAmongManyPoints)
{
    std::vector<double> values = noise(50'000, 6);
    std::fill(values.begin() + 30'000, values.end(), nan);
    const Curve curve = curveOf(values);
    const auto points = decimate(curve.x(XAxis::Step), curve.values(), curve.pyramid(), {0, 50'000, 200, false, false});
    const auto first = std::find_if(points.begin(), points.end(), [](const PlotPoint& p) { return std::isnan(p.y); });
    ASSERT_NE(first, points.end());
    EXPECT_EQ(first->x, 30'001);
}

TEST(Decimate, DropsWhatALogarithmicAxisCannotShow)
{
    std::vector<double> values = noise(20'000, 7);
    values[3] = 0;
    const Curve curve = curveOf(values);
    const Window window{1, 20'000, 300, true, true};
    const auto points = decimate(curve.x(XAxis::Step), curve.values(), curve.pyramid(), window);
    double least = infinity, greatest = 0;
    for (const PlotPoint& point : points) {
        EXPECT_GT(point.y, 0);
        least = std::min(least, point.y);
        greatest = std::max(greatest, point.y);
    }
    double trueLeast = infinity;
    for (const double value : values) {
        trueLeast = value > 0 ? std::min(trueLeast, value) : trueLeast;
    }
    EXPECT_EQ(least, trueLeast);
    EXPECT_EQ(greatest, *std::max_element(values.begin(), values.end()));
}

TEST(Outliers, LeavesOutOutliersAndNothingElse)
{
    std::vector<double> values;
    for (int i = 0; i <= 100; ++i) {
        values.push_back(i);
    }
    // Without outliers nothing is cut: quantiles 5 and 95, padded by 90, reach beyond 0 and 100.
    EXPECT_EQ(withoutOutliers(values, wholeRange(values, false), false), (Range{0, 100}));
    values.push_back(1e6);
    values.push_back(nan);
    values.push_back(infinity);
    const Range clipped = withoutOutliers(values, wholeRange(values, false), false);
    EXPECT_EQ(clipped.low, 0);
    EXPECT_NEAR(clipped.high, 95.95 + (95.95 - 5.05), 1e-9);
    EXPECT_EQ(wholeRange(values, false), (Range{0, 1e6}));
    values.push_back(-5);
    EXPECT_EQ(wholeRange(values, true), (Range{1, 1e6}));
    EXPECT_EQ(wholeRange(std::vector<double>{nan}, false), (Range{0, 1}));
}

struct Plotted {
    PlotView view;
    CurvePlot plot{view, {QStringLiteral("Loss"), Numbers::Plain, true, QStringLiteral("nothing yet")}};
    std::shared_ptr<Curve> curve;

    explicit Plotted(const std::vector<double>& values, Look look = Look::Dense)
        : curve(std::make_shared<Curve>(curveOf(values)))
    {
        view.setSmoothing(0);
        plot.resize(600, 300);
        plot.setCurves({{"01RUNA", QStringLiteral("a"), QStringLiteral("loss"), curve, look}});
        view.setExtent({1, static_cast<double>(std::max<std::size_t>(2, values.size()))}, 1, false);
        plot.show();
        draw();
    }
    void draw()
    {
        plot.markChanged();
        QApplication::processEvents();
        plot.replot();
    }
};

TEST(CurvePlot, CountsWhatItClipsAndShowsItWithoutClipping)
{
    std::vector<double> values = noise(10'000, 8);
    for (const std::size_t i : {100, 5000, 9000}) {
        values[i] = 1e4;
    }
    Plotted plotted(values);
    EXPECT_EQ(plotted.plot.outside(), 3U);
    EXPECT_LT(plotted.plot.verticalRange().high, 10);
    const QLabel* note = nullptr;
    for (const QLabel* label : plotted.plot.findChildren<QLabel*>()) {
        note = label->text().contains(QStringLiteral("outside")) ? label : note;
    }
    ASSERT_TRUE(note);
    plotted.plot.resize(640, 200);
    plotted.plot.replot(); // the picture that lays out anew has the note within the axes already
    EXPECT_TRUE(plotted.plot.axisRect()->rect().contains(note->geometry()));
    plotted.view.setClipsOutliers(false);
    plotted.draw();
    EXPECT_EQ(plotted.plot.outside(), 0U);
    EXPECT_GE(plotted.plot.verticalRange().high, 1e4);
}

TEST(CurvePlot, DrawsByPixelsNotByPoints)
{
    Plotted plotted(noise(200'000, 9));
    EXPECT_LE(plotted.plot.drawnPoints(), 4U * 600 + 2);
    EXPECT_GT(plotted.plot.drawnPoints(), 1000U);
}

TEST(CurvePlot, LogarithmicAxisIsPositiveAndCountsNoDroppedValueAsOutlier)
{
    Plotted plotted({1, 0.1, 0, 0.01, -3, 0.001});
    plotted.view.setLogY(true);
    plotted.draw();
    EXPECT_EQ(plotted.plot.yAxis->scaleType(), QCPAxis::stLogarithmic);
    EXPECT_GT(plotted.plot.verticalRange().low, 0);
    EXPECT_LE(plotted.plot.verticalRange().low, 0.001);
    EXPECT_EQ(plotted.plot.outside(), 0U);
    EXPECT_EQ(plotted.plot.drawnPoints(), 4U);
}

TEST(CurvePlot, ReadsOutTheValueAtTheCursor)
{
    Plotted plotted({5, 6, 7, 8, 9});
    plotted.view.setCursor(3.2);
    ASSERT_EQ(plotted.plot.readOut().size(), 1);
    EXPECT_EQ(plotted.plot.readOut().first().value, QStringLiteral("7"));
    plotted.view.setCursor(std::nullopt);
    EXPECT_TRUE(plotted.plot.readOut().isEmpty());
    EXPECT_THAT(plotted.plot.summary().toStdString(), testing::HasSubstr("9 at step 5"));
}

TEST(CurvePlot, KeysZoomPanAndFit)
{
    Plotted plotted(noise(1000, 10));
    const Range before = plotted.view.range();
    const auto press = [&](int key) {
        QKeyEvent event(QEvent::KeyPress, key, Qt::NoModifier);
        QApplication::sendEvent(&plotted.plot, &event);
        plotted.draw();
    };
    press(Qt::Key_Plus);
    EXPECT_FALSE(plotted.view.follows());
    EXPECT_NEAR(plotted.view.range().high - plotted.view.range().low, 0.8 * (before.high - before.low), 1);
    press(Qt::Key_PageDown);
    EXPECT_GT(plotted.view.range().low, before.low);
    press(Qt::Key_Left);
    EXPECT_TRUE(plotted.view.cursor().has_value());
    press(Qt::Key_F);
    EXPECT_TRUE(plotted.view.follows());
    EXPECT_EQ(plotted.view.range(), before);
}

TEST(CurvePlot, DrawsNewSamplesOverCurvesThatStandStill)
{
    Plotted plotted(noise(1000, 13));
    auto still = std::make_shared<Curve>(curveOf(noise(2000, 14)));
    plotted.plot.setCurves({{"01STILL", QStringLiteral("b"), QStringLiteral("loss"), still, Look::Exact},
                            {"01RUNA", QStringLiteral("a"), QStringLiteral("loss"), plotted.curve, Look::Exact}});
    plotted.view.setExtent({1, 2000}, 1, true);
    plotted.draw();
    for (int step = 1001; step <= 1890; ++step) {
        plotted.curve->append({step, 0, 0, 0.5});
        if (step % 30 == 0) {
            plotted.plot.markChanged();
            EXPECT_GT(plotted.plot.refresh(), 0);
        }
    }
    const QPixmap light = plotted.plot.grab();
    plotted.draw();
    // Drawn piece by piece or all at once, the picture is the same.
    plotted.plot.markChanged();
    plotted.plot.refresh();
    EXPECT_EQ(plotted.plot.grab().toImage(), light.toImage());
    plotted.plot.replot();
    EXPECT_EQ(plotted.plot.grab().toImage(), light.toImage());
}

TEST(CurvePlot, MayWaitUntilNewSamplesMoveTheCurve)
{
    Plotted plotted(std::vector<double>(3000, 0.5), Look::Exact); // about six steps a pixel
    plotted.view.setExtent({1, 3600}, 1, true);
    plotted.draw();
    const auto drawsAfter = [&](int steps, bool mayWait) {
        const auto size = static_cast<std::int64_t>(plotted.curve->size());
        for (int i = 1; i <= steps; ++i) {
            plotted.curve->append({size + i, 0, 0, 0.5});
        }
        plotted.plot.markChanged();
        return plotted.plot.refresh(mayWait) > 0;
    };
    EXPECT_TRUE(drawsAfter(1, false)); // it begins to move
    EXPECT_FALSE(drawsAfter(1, true));
    EXPECT_TRUE(plotted.plot.waits());
    EXPECT_TRUE(drawsAfter(50, true));
    EXPECT_FALSE(plotted.plot.waits());
    EXPECT_FALSE(drawsAfter(1, true));
    EXPECT_TRUE(drawsAfter(0, false)); // the run has been paused, say
    EXPECT_FALSE(drawsAfter(1, true));
    plotted.view.setExtent({1, 7200}, 1, true);
    EXPECT_TRUE(drawsAfter(0, true)); // the axis moved
}

TEST(ShortTicker, LabelsAreShortAndExact)
{
    PlotView view;
    CurvePlot plot(view, {QStringLiteral("x"), Numbers::Plain, false, {}});
    plot.resize(600, 300);
    const auto labels = [&](double low, double high) {
        plot.yAxis->setRange(low, high);
        QStringList texts;
        QVector<double> ticks, sub;
        QVector<QString> found;
        plot.yAxis->ticker()->generate(QCPRange(low, high), QLocale::c(), u'g', 3, ticks, &sub, &found);
        for (const QString& text : found) {
            texts << text;
        }
        return texts.join(u' ').toStdString();
    };
    EXPECT_EQ(labels(0, 1), "0.00 0.25 0.50 0.75 1.00");
    EXPECT_EQ(labels(0, 100'000), "0 25k 50k 75k 100k");
    EXPECT_EQ(labels(0, 4), "0 1 2 3 4");
    EXPECT_EQ(labels(0, 4e8), "0 100M 200M 300M 400M");
    EXPECT_EQ(labels(0, 4e15), "0 1e15 2e15 3e15 4e15");
    EXPECT_EQ(labels(1e15, 1.2e15), "1.00e15 1.05e15 1.10e15 1.15e15 1.20e15");
    EXPECT_EQ(labels(0.00095, 0.00104), "0.00096 0.00098 0.00100 0.00102");
    EXPECT_EQ(labels(0, 1e-7), "0 2.5e-8 5.0e-8 7.5e-8 1.00e-7");
    plot.yAxis->setTicker(QSharedPointer<ShortTicker>::create(Numbers::Plain, true));
    EXPECT_THAT(labels(1e-9, 1e18), testing::AllOf(testing::HasSubstr("1e-"), testing::HasSubstr("e15")));
    EXPECT_THAT(labels(0.01, 100), testing::HasSubstr("0.01 0.1 1 10 100"));
    EXPECT_THAT(labels(0.09, 1.1), testing::HasSubstr("0.1 0.2 0.5 1"));
    plot.yAxis->setTicker(QSharedPointer<ShortTicker>::create(Numbers::Percent, false));
    EXPECT_EQ(labels(0.9, 1), "90.0 % 92.5 % 95.0 % 97.5 % 100.0 %");
    plot.yAxis->setTicker(QSharedPointer<ShortTicker>::create(Numbers::Duration, false));
    EXPECT_EQ(labels(0, 0.11), "0.00 s 0.05 s 0.10 s");
    EXPECT_EQ(labels(0, 120), "0:00 0:30 1:00 1:30 2:00");
}

TEST(PlotView, GrowsInStepsWhileLiveAndStaysWhereThePersonZoomed)
{
    PlotView view;
    int moves = 0;
    for (int step = 10; step <= 1000; ++step) {
        moves += view.setExtent({0, double(step)}, 1, true);
        EXPECT_GE(view.range().high, step);
        EXPECT_LE(view.range().high, 1.21 * step);
    }
    EXPECT_LT(moves, 40); // about log(100) / log(1.2)
    view.setExtent({0, 1000}, 1, false);
    EXPECT_LT(view.range().high, 1020);
    view.setRange({100, 200});
    EXPECT_FALSE(view.setExtent({0, 5000}, 1, true));
    EXPECT_EQ(view.range(), (Range{100, 200}));
    view.setRange({300, 300});
    EXPECT_EQ(view.range(), (Range{100, 200}));
}

TEST(Csv, HoldsEverySampleBitForBit)
{
    std::vector<double> values = noise(20'000, 11);
    values[5] = nan;
    values[6] = -infinity;
    values[7] = 5e-324;
    const Curve curve = curveOf(values);
    std::stringstream out;
    writeCsv({copyOf("01RUN", "loss/0 kd, \"soft\"", curve)}, out);
    std::string line;
    std::getline(out, line);
    EXPECT_EQ(line, "run,series,step,epoch,seconds,value");
    for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_TRUE(std::getline(out, line));
        const std::string head = "01RUN,\"loss/0 kd, \"\"soft\"\"\"," + std::to_string(i + 1) + ",";
        ASSERT_TRUE(line.starts_with(head)) << line;
        const double value = std::strtod(line.c_str() + line.rfind(',') + 1, nullptr);
        EXPECT_TRUE(std::isnan(values[i]) ? std::isnan(value) : value == values[i]) << line;
    }
    EXPECT_FALSE(std::getline(out, line));
}

QByteArray contents(const QString& path)
{
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly));
    return file.readAll();
}

TEST(Picture, SavesPngSvgAndPdfThatOthersRead)
{
    QTemporaryDir folder;
    Plotted plotted(noise(5000, 12));
    const Picture picture{QStringLiteral("Loss"), QStringLiteral("Step"), {&plotted.plot}, {800, 500}};
    const QColor before = plotted.plot.graph(1)->pen().color();

    const QString png = folder.filePath(QStringLiteral("a.png"));
    savePicture(picture, PictureFormat::Png, png);
    const QImage image(png);
    ASSERT_EQ(image.size(), QSize(1600, 1000));
    EXPECT_EQ(image.pixelColor(2, 2), QColor(Qt::white));
    // The curve is there, in the run's colour.
    int coloured = 0;
    const QColor wanted = colourOf("01RUNA", paperPalette());
    for (int y = 0; y < image.height(); y += 2) {
        for (int x = 0; x < image.width(); x += 2) {
            const QColor pixel = image.pixelColor(x, y);
            coloured += std::abs(pixel.hue() - wanted.hue()) < 8 && pixel.saturation() > 100;
        }
    }
    EXPECT_GT(coloured, 500);

    const QString svg = folder.filePath(QStringLiteral("a.svg"));
    savePicture(picture, PictureFormat::Svg, svg);
    QSvgRenderer renderer(svg);
    EXPECT_TRUE(renderer.isValid());
    EXPECT_EQ(renderer.viewBox(), QRect(0, 0, 800, 500));
    const QByteArray text = contents(svg);
    EXPECT_GT(text.count("<poly") + text.count("<path"), 3);
    EXPECT_TRUE(text.contains("Loss"));
    EXPECT_FALSE(text.contains("<image")); // vectors, not a picture in a frame

    const QString pdf = folder.filePath(QStringLiteral("a.pdf"));
    savePicture(picture, PictureFormat::Pdf, pdf);
    const QByteArray page = contents(pdf);
    EXPECT_TRUE(page.startsWith("%PDF-1."));
    EXPECT_TRUE(page.trimmed().endsWith("%%EOF"));
    EXPECT_TRUE(page.contains("/MediaBox [0 0 600"));

    EXPECT_EQ(plotted.plot.graph(1)->pen().color(), before); // the window looks as before
    EXPECT_THROW(savePicture(picture, PictureFormat::Png, folder.filePath(QStringLiteral("no/such/a.png"))),
                 InputError);
    {
        const test::FullDisk full;
        EXPECT_THROW(savePicture(picture, PictureFormat::Pdf, pdf), InputError);
    }
    EXPECT_EQ(contents(pdf), page);
}

TEST(Colours, AreKeptAcrossRestartsAndDifferBetweenNeighbours)
{
    const QPalette light = paperPalette();
    {
        Settings settings;
        settings.beginGroup(QStringLiteral("run colours"));
        settings.setValue(QStringLiteral("01EARLIER"), 3); // as an earlier session left it
        settings.setValue(QStringLiteral("next"), 40);
    }
    EXPECT_EQ(lineStyleOf("01EARLIER"), 0);
    QSet<QRgb> colours;
    for (int i = 0; i < 8; ++i) {
        colours.insert(colourOf("01NEW" + std::to_string(i), light).rgb());
    }
    EXPECT_EQ(colours.size(), 8);
    EXPECT_EQ(lineStyleOf("01NEW0"), 40 / 8 % 4);
    Settings settings;
    settings.beginGroup(QStringLiteral("run colours"));
    EXPECT_EQ(settings.value(QStringLiteral("01NEW7")).toInt(), 47);
    EXPECT_EQ(colourOf("01NEW7", light), colourOf("01NEW7", light));
    EXPECT_EQ(colourOf("01EARLIER", light).hslHue(), QColor::fromRgb(0xffcc79a7).hslHue());
}

double luminance(const QColor& colour)
{
    const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

TEST(Colours, StandOutFromLightAndDark)
{
    QPalette dark;
    dark.setColor(QPalette::Base, QColor(0x1e, 0x20, 0x22));
    dark.setColor(QPalette::Text, QColor(0xf0, 0xf0, 0xf0));
    EXPECT_TRUE(isDark(dark));
    EXPECT_FALSE(isDark(paperPalette()));
    for (int i = 0; i < 8; ++i) {
        const RunId run = "01CONTRAST" + std::to_string(i);
        EXPECT_GE(1.05 / (luminance(colourOf(run, paperPalette())) + 0.05), 3.0);
        EXPECT_GE((luminance(colourOf(run, dark)) + 0.05) / (luminance(dark.color(QPalette::Base)) + 0.05), 3.9);
    }
}

TEST(CurvePlot, NamesTheStagesBesideTheirBorders)
{
    PlotView view;
    CurvePlot plot(view, {"Loss", Numbers::Plain, true, "nothing", false});
    plot.resize(600, 300);
    plot.show();
    auto curve = std::make_shared<Curve>(curveOf(std::vector<double>(1000, 1.5)));
    plot.setCurves({{"a", "run", "loss", curve, Look::Exact}});
    view.setExtent({0, 1000}, 1, false);
    const auto at = [](double x, const char* stage) {
        return PlotEvent{"a", x, true, QStringLiteral("begins"), QString::fromUtf8(stage)};
    };
    plot.setEvents({at(0, "hint"), {"a", 300, true, QStringLiteral("tuned"), {}}, at(500, "distil"),
                    at(900, "a stage that is too short for its name"), at(906, "last")});
    plot.replot();
    const auto labels = plot.stageLabels();
    ASSERT_EQ(labels.size(), 3);
    EXPECT_EQ(labels[0].text, QStringLiteral("hint"));
    EXPECT_EQ(labels[1].text, QStringLiteral("distil"));
    EXPECT_EQ(labels[2].text, QStringLiteral("last"));
    const QRect area = plot.axisRect()->rect();
    for (const auto& label : labels) {
        EXPECT_TRUE(area.contains(label.place));
    }
    const double border = plot.xAxis->coordToPixel(500);
    EXPECT_LT(labels[0].place.right(), border);
    EXPECT_GT(labels[1].place.left(), border);
    EXPECT_LT(labels[1].place.left(), border + 10);
    // On a logarithmic axis 0 lies nowhere.
    view.setLogX(true);
    plot.replot();
    EXPECT_LT(plot.stageLabels().size(), 3);
}

} // namespace
} // namespace distill::ui

int main(int argc, char** argv)
{
    QTemporaryDir configuration;
    qputenv("DISTILL_CONFIG", configuration.path().toUtf8());
    QApplication application(argc, argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
