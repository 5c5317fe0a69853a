// SPDX-License-Identifier: GPL-3.0-or-later
// Points in the plane, as scikit-learn's make_moons, make_circles and make_blobs draw them, and spirals.
#include "data/random.h"
#include "data/readers.h"

#include <cmath>
#include <numbers>

namespace distill {

namespace {

constexpr double pi = std::numbers::pi;

struct Point {
    double x = 0, y = 0;
};

/// What all of them have in common.
struct GeneratedSettings {
    std::int64_t samples = 1000;
    double noise = 0.1;
    std::int64_t seed = 0;

protected:
    void describeSamples(Binder& binder)
    {
        binder.integer("samples", samples,
                       {.help = "Training samples, as equal a number of each class as there can be; as many again are "
                                "drawn for the test.",
                        .minimum = 2,
                        .maximum = 10'000'000});
        binder.number(
            "noise", noise,
            {.help = "Standard deviation of the Gaussian noise on both coordinates.", .minimum = 0, .maximum = 10});
    }
    void describeSeed(Binder& binder)
    {
        binder.integer("seed", seed, {.help = "Picks the points.", .minimum = 0, .advanced = true});
    }
    std::string common() const
    {
        return std::to_string(samples) + " samples, noise " + Json(noise).dump() + ", seed " + std::to_string(seed);
    }
};

struct Moons : GeneratedSettings {
    void describe(Binder& binder)
    {
        describeSamples(binder);
        describeSeed(binder);
    }
    std::vector<std::string> classNames() const { return {"upper moon", "lower moon"}; }
    std::string summary() const { return common(); }
    Point draw(std::int64_t label, PortableRandom& random) const
    {
        const double angle = pi * random.uniform();
        return label == 0 ? Point{std::cos(angle), std::sin(angle)} : Point{1 - std::cos(angle), 0.5 - std::sin(angle)};
    }
};

std::vector<std::string> numbered(const std::string& what, std::int64_t count)
{
    std::vector<std::string> names;
    for (std::int64_t i = 1; i <= count; ++i) {
        names.push_back(what + ' ' + std::to_string(i));
    }
    return names;
}

struct Circles : GeneratedSettings {
    std::int64_t classes = 2;
    void describe(Binder& binder)
    {
        describeSamples(binder);
        binder.integer(
            "classes", classes,
            {.help = "Rings around one centre, of equally spaced radii up to 1.", .minimum = 2, .maximum = 20});
        describeSeed(binder);
    }
    std::vector<std::string> classNames() const { return numbered("ring", classes); }
    std::string summary() const { return std::to_string(classes) + " rings, " + common(); }
    Point draw(std::int64_t label, PortableRandom& random) const
    {
        const double angle = 2 * pi * random.uniform();
        const double radius = static_cast<double>(label + 1) / static_cast<double>(classes);
        return {radius * std::cos(angle), radius * std::sin(angle)};
    }
};

struct Spirals : GeneratedSettings {
    std::int64_t arms = 3;
    double turns = 1;
    Spirals() { noise = 0.03; }
    void describe(Binder& binder)
    {
        describeSamples(binder);
        binder.integer("arms", arms, {.help = "Spirals from one centre, a class each.", .minimum = 2, .maximum = 20});
        binder.number("turns", turns,
                      {.help = "How often each winds around the centre on its way to radius 1.",
                       .unit = "turns",
                       .minimum = 0,
                       .maximum = 10});
        describeSeed(binder);
    }
    std::vector<std::string> classNames() const { return numbered("arm", arms); }
    std::string summary() const
    {
        return std::to_string(arms) + " arms, " + Json(turns).dump() + " turns, " + common();
    }
    Point draw(std::int64_t label, PortableRandom& random) const
    {
        // The arms meet in the centre, where no model could tell them apart.
        const double radius = 0.1 + 0.9 * random.uniform();
        const double angle = 2 * pi * (turns * radius + static_cast<double>(label) / static_cast<double>(arms));
        return {radius * std::cos(angle), radius * std::sin(angle)};
    }
};

struct Blobs : GeneratedSettings {
    std::int64_t classes = 4;
    Blobs() { noise = 0.3; }
    void describe(Binder& binder)
    {
        describeSamples(binder);
        binder.integer("classes", classes,
                       {.help = "Gaussian clouds, their centres equally spaced on a circle of radius 1.",
                        .minimum = 2,
                        .maximum = 20});
        describeSeed(binder);
    }
    std::vector<std::string> classNames() const { return numbered("blob", classes); }
    std::string summary() const { return std::to_string(classes) + " blobs, " + common(); }
    Point draw(std::int64_t label, PortableRandom&) const
    {
        const double angle = 2 * pi * static_cast<double>(label) / static_cast<double>(classes);
        return {std::cos(angle), std::sin(angle)};
    }
};

template <class Settings> Samples draw(const Settings& settings, std::int64_t classes, const std::string& purpose)
{
    PortableRandom random(static_cast<std::uint64_t>(settings.seed), purpose);
    Samples samples{at::empty({settings.samples, 2, 1, 1}, at::kFloat), at::empty({settings.samples}, at::kLong)};
    auto* value = samples.inputs.data_ptr<float>();
    auto* label = samples.labels.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < settings.samples; ++i) {
        label[i] = i % classes;
        const Point point = settings.draw(label[i], random);
        *value++ = static_cast<float>(point.x + settings.noise * random.normal());
        *value++ = static_cast<float>(point.y + settings.noise * random.normal());
    }
    return samples;
}

template <class Settings> DatasetReader generator(const char* name, const char* title, const char* help)
{
    const auto open = [name = std::string(name), title = std::string(title)](const Settings& settings,
                                                                             const std::string&) {
        const std::vector<std::string> names = settings.classNames();
        const auto classes = static_cast<std::int64_t>(names.size());
        if (settings.samples < classes) {
            throw InputError(title + ": " + std::to_string(settings.samples) + " samples are too few for "
                             + std::to_string(classes) + " classes.");
        }
        Source source;
        source.load = [=] {
            return Dataset{.name = title,
                           .origin = "generated: " + name + ", " + settings.summary(),
                           .sha256 = {},
                           .shape = {2, 1, 1},
                           .classes = names,
                           .train = draw(settings, classes, "train"),
                           .test = draw(settings, classes, "test")};
        };
        source.outline = [=] { return DatasetOutline{title, {2, 1, 1}, classes, settings.samples, settings.samples}; };
        return source;
    };
    return makeReader<Settings>(datasetKind(name, title, help), open);
}

} // namespace

std::vector<DatasetReader> generatedReaders()
{
    return {generator<Moons>("moons", "Moons", "Two interleaved half circles in the plane."),
            generator<Circles>("circles", "Circles", "Rings around one centre in the plane."),
            generator<Spirals>("spirals", "Spirals", "Interleaved spirals in the plane."),
            generator<Blobs>("blobs", "Blobs", "Gaussian clouds in the plane.")};
}

} // namespace distill
