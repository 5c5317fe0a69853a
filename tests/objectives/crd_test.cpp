// SPDX-License-Identifier: GPL-3.0-or-later
#include "connector_references.h"

#include <set>

namespace distill::test {

namespace {

constexpr std::int64_t keyA = 9876543, keyB = 4100000, draws = 3, samples = 71, dimension = 5;
const std::vector<std::int64_t> places{4, 9, 0}, classes{1, 0, 1};

NamedTensors tensors(std::size_t batch, bool settled)
{
    const auto rows = static_cast<std::int64_t>(batch);
    const auto bank = [](std::uint64_t seed) {
        const at::Tensor x = randomTensor({samples, dimension}, seed);
        return x / x.norm(2, {1}, true);
    };
    return {{"student/tap0", randomTensor({rows, 4}, 1)},
            {"teacher/tap0", randomTensor({rows, 3, 2, 2}, 2)},
            {"parameter/student.weight", randomTensor({dimension, 4}, 3)},
            {"parameter/student.bias", randomTensor({dimension}, 4)},
            {"parameter/teacher.weight", randomTensor({dimension, 12}, 5)},
            {"parameter/teacher.bias", randomTensor({dimension}, 6)},
            {"memory/bank.student", bank(7)},
            {"memory/bank.teacher", bank(8)},
            {"memory/constant.student", at::full({1}, settled ? 40.0 : -1.0, at::kDouble)},
            {"memory/constant.teacher", at::full({1}, settled ? 70.0 : -1.0, at::kDouble)},
            {"memory/random.state", at::tensor({keyA, keyB, draws}, at::kDouble)},
            {"index", at::tensor(std::vector<std::int64_t>(places.begin(), places.begin() + rows), at::kLong)},
            {"labels", at::tensor(std::vector<std::int64_t>(classes.begin(), classes.begin() + rows), at::kLong)}};
}

/// Sample b's negatives, from the description of the drawing.
std::vector<std::int64_t> negativesOf(std::size_t b, std::int64_t count, bool exact)
{
    std::vector<std::int64_t> candidates;
    if (exact) {
        // Known are the three samples of the batch; in the order of classes, then of places.
        for (const std::int64_t each : {0, 1}) {
            std::set<std::int64_t> ofClass;
            for (std::size_t i = 0; i < places.size(); ++i) {
                if (classes[i] == each && classes[b] != each) {
                    ofClass.insert(places[i]);
                }
            }
            candidates.insert(candidates.end(), ofClass.begin(), ofClass.end());
        }
    } else {
        for (std::int64_t place = 0; place < samples; ++place) {
            if (place != places[b]) {
                candidates.push_back(place);
            }
        }
    }
    std::vector<std::int64_t> drawn;
    for (std::int64_t k = 0; k < count; ++k) {
        const auto number = static_cast<std::uint64_t>(
            streamNumber(static_cast<std::uint32_t>(keyA), static_cast<std::uint32_t>(keyB), static_cast<std::uint32_t>(draws),
                         static_cast<std::uint32_t>(static_cast<std::int64_t>(b) * count + k)));
        drawn.push_back(candidates[(number * candidates.size()) >> 32]);
    }
    return drawn;
}

at::Tensor embedded(const NamedTensors& t, const std::string& side)
{
    const at::Tensor x = t.at(side + "/tap0").flatten(1);
    const at::Tensor y
        = (x.unsqueeze(1) * t.at("parameter/" + side + ".weight").unsqueeze(0)).sum(2) + t.at("parameter/" + side + ".bias");
    return y / y.pow(2).sum(1, true).sqrt();
}

at::Tensor reference(const NamedTensors& t, std::int64_t count, bool exact, double temperature,
                     std::map<std::string, double>* constants = nullptr)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    const double m = static_cast<double>(count), n = samples;
    for (const auto& [anchor, other] : {std::pair<std::string, std::string>("student", "teacher"), {"teacher", "student"}}) {
        const at::Tensor e = embedded(t, anchor), bank = t.at("memory/bank." + other);
        const std::int64_t batch = e.size(0);
        std::vector<std::vector<at::Tensor>> exponentials;
        double sum = 0;
        for (std::int64_t b = 0; b < batch; ++b) {
            std::vector<std::int64_t> all = negativesOf(static_cast<std::size_t>(b), count, exact);
            all.insert(all.begin(), places[static_cast<std::size_t>(b)]);
            exponentials.emplace_back();
            for (const std::int64_t place : all) {
                exponentials.back().push_back(((e[b] * bank[place]).sum() / temperature).exp());
                sum += exponentials.back().back().item<double>();
            }
        }
        double z = t.at("memory/constant." + anchor).item<double>();
        z = z > 0 ? z : sum / (static_cast<double>(batch) * (m + 1)) * n;
        if (constants && constants->count(anchor)) {
            z = constants->at(anchor);
        } else if (constants) {
            (*constants)[anchor] = z;
        }
        for (std::int64_t b = 0; b < batch; ++b) {
            for (std::size_t k = 0; k < exponentials[static_cast<std::size_t>(b)].size(); ++k) {
                const at::Tensor p = exponentials[static_cast<std::size_t>(b)][k] / z;
                const at::Tensor numerator = k == 0 ? p : at::full({}, m / n, at::kDouble);
                total = total - (numerator / (p + m / n + 1e-7)).log() / batch;
            }
        }
    }
    return total;
}

Json parameters(std::int64_t count, bool exact, double temperature = 0.07)
{
    return with(singleTap(),
                {{"negative_count", count},
                 {"negatives", exact ? "exact" : "relax"},
                 {"temperature", temperature},
                 {"dimension", dimension}});
}

TEST(ContrastiveRepresentation, IsItsFormula)
{
    // With 1 negative the memory is longer than 32 (K + 1) rows, with 8 it is not: both ways to the similarities are taken.
    for (const auto& [count, temperature] : {std::pair<std::int64_t, double>(8, 0.07), {1, 0.5}}) {
        for (const std::size_t batch : {3, 1}) {
            const std::int64_t k = count;
            const double tau = temperature;
            expectMethod({"any other sample", "crd", parameters(k, false, tau), tensors(batch, true),
                          [=](const NamedTensors& t) { return reference(t, k, false, tau); }});
        }
    }
    // The smallest class leaves one sample of another: K is limited to it.
    expectMethod({"samples of another class", "crd", parameters(100, true), tensors(3, true),
                  [=](const NamedTensors& t) { return reference(t, 1, true, 0.07); }});
}

TEST(ContrastiveRepresentation, TheFirstBatchFixesTheConstant)
{
    auto constants = std::make_shared<std::map<std::string, double>>(); // fixed: no gradient goes through it
    expectMethod({"first batch", "crd", parameters(8, false), tensors(3, false),
                  [=](const NamedTensors& t) { return reference(t, 8, false, 0.07, constants.get()); }});
}

/// A run of its own: two networks with one tap, `samples` training samples.
struct Trial {
    ShapedModel student{{{"thin", {4}}, {"logits", {10}}}}, teacher{{{"wide", {6}}, {"logits", {10}}}};
    at::Generator generator = generatorOf(7);
    std::unique_ptr<Objective> objective;

    explicit Trial(std::int64_t size, const at::Tensor& labels, const Json& more)
    {
        objective = makeObjective({"crd", with({{"student_tap", "thin"}, {"teacher_tap", "wide"}}, more)});
        ObjectiveSetting setting = settingOf(student, &teacher, {1, 4, 4}, generator);
        setting.samples = size;
        setting.trainingLabels = labels;
        objective->prepare(setting);
    }
    at::Tensor buffer(const std::string& name)
    {
        for (const NamedTensor& each : objective->learned()->buffers()) {
            if (each.name == name) {
                return each.tensor;
            }
        }
        ADD_FAILURE() << "no buffer " << name;
        return {};
    }
    at::Tensor step(const at::Tensor& indices, std::uint64_t seed)
    {
        Taps studentTaps(objective->studentTaps()), teacherTaps(objective->teacherTaps());
        studentTaps.offer("thin", randomTensor({indices.size(0), 4}, seed).to(at::kFloat).requires_grad_());
        teacherTaps.offer("wide", randomTensor({indices.size(0), 6}, seed + 1).to(at::kFloat));
        const at::Tensor none;
        const HardLabels noLabels;
        return objective->loss({none, none, noLabels, studentTaps, teacherTaps, indices});
    }
};

TEST(ContrastiveRepresentation, TheMemoryMovesHalfwayAndOnlyWhereASampleWas)
{
    Trial run(20, {}, {{"negatives", "relax"}, {"negative_count", 5}});
    const at::Tensor before = run.buffer("bank.student").clone();
    EXPECT_LE(before.abs().max().item<double>(), std::sqrt(3.0 / 128) + 1e-6);
    const at::Tensor indices = at::tensor(std::vector<std::int64_t>{3, 17}, at::kLong);
    run.step(indices, 1);
    const at::Tensor after = run.buffer("bank.student");
    EXPECT_FALSE(after.requires_grad());
    for (std::int64_t i = 0; i < 20; ++i) {
        const bool seen = i == 3 || i == 17;
        EXPECT_EQ(after[i].equal(before[i]), !seen) << i;
        if (seen) {
            EXPECT_NEAR(after[i].norm().item<double>(), 1, 1e-5);
        }
    }
    at::Tensor weight, bias;
    for (const NamedTensor& each : run.objective->learned()->parameters()) {
        weight = each.name == "student.weight" ? each.tensor.detach() : weight;
        bias = each.name == "student.bias" ? each.tensor.detach() : bias;
    }
    at::Tensor now = randomTensor({2, 4}, 1).to(at::kFloat).matmul(weight.t()) + bias;
    now = now / now.norm(2, {1}, true);
    at::Tensor mixed = 0.5 * before.index_select(0, indices) + 0.5 * now;
    mixed = mixed / mixed.norm(2, {1}, true);
    EXPECT_LT((after.index_select(0, indices) - mixed).abs().max().item<double>(), 1e-6);
}

TEST(ContrastiveRepresentation, TheConstantStaysWhatTheFirstBatchMadeIt)
{
    Trial run(20, {}, {{"negatives", "relax"}, {"negative_count", 5}});
    EXPECT_LT(run.buffer("constant.student").item<double>(), 0);
    run.step(at::tensor(std::vector<std::int64_t>{3, 17}, at::kLong), 1);
    const double first = run.buffer("constant.student").item<double>();
    EXPECT_GT(first, 0);
    run.step(at::tensor(std::vector<std::int64_t>{2, 5}, at::kLong), 3);
    EXPECT_EQ(run.buffer("constant.student").item<double>(), first);
}

TEST(ContrastiveRepresentation, ARunThatGoesOnFromItsBuffersContinuesAlike)
{
    Trial one(20, {}, {{"negatives", "relax"}, {"negative_count", 5}}),
        other(20, {}, {{"negatives", "relax"}, {"negative_count", 5}});
    const at::Tensor indices = at::tensor(std::vector<std::int64_t>{3, 17}, at::kLong);
    one.step(indices, 1);
    one.step(indices, 2);
    for (const NamedTensor& each : one.objective->learned()->buffers()) {
        other.buffer(each.name).copy_(each.tensor);
    }
    EXPECT_EQ(one.step(indices, 3).item<double>(), other.step(indices, 3).item<double>());
    EXPECT_NE(one.step(indices, 3).item<double>(),
              other.step(at::tensor(std::vector<std::int64_t>{4, 16}, at::kLong), 3).item<double>());
}

/// One sample, one negative: with a memory whose row j lies by a known share along the embedding, the loss tells which was drawn.
TEST(ContrastiveRepresentation, NegativesAreSpreadEvenlyOverTheirCandidates)
{
    const std::int64_t size = 40, own = 5, turns = 3000;
    const double temperature = 0.5, noise = 1.0 / size;
    at::Tensor labels = at::zeros({size}, at::kLong);
    labels.slice(0, 4, 12).fill_(1);
    labels.slice(0, 12, 24).fill_(2);
    labels.slice(0, 24, 36).fill_(3);
    labels.slice(0, 36, 40).fill_(-1);
    for (const std::string negatives : {"exact", "relax"}) {
        Trial run(size, labels, {{"negatives", negatives}, {"negative_count", 1}, {"temperature", temperature}, {"momentum", 0}});
        const at::Tensor indices = at::tensor(std::vector<std::int64_t>{own}, at::kLong);
        run.step(indices, 1);
        const at::Tensor embedding = run.buffer("bank.student")[own].clone(); // without momentum what the last step said
        std::vector<double> hits(size, 0);
        for (std::int64_t turn = 0; turn < turns; ++turn) {
            for (std::int64_t j = 0; j < size; ++j) {
                run.buffer("bank.teacher")[j].copy_(embedding * (static_cast<double>(j) / size));
            }
            run.buffer("bank.student").zero_();
            run.buffer("constant.student").fill_(static_cast<double>(size));
            run.buffer("constant.teacher").fill_(static_cast<double>(size));
            const double found = run.step(indices, 1).item<double>();
            const auto loss = [&](double positive, double negative) {
                const double p = std::exp(positive / temperature) / size, q = std::exp(negative / temperature) / size;
                return -std::log(p / (p + noise + 1e-7)) - std::log(noise / (q + noise + 1e-7));
            };
            std::size_t nearest = 0;
            double least = 1e9;
            for (std::size_t j = 0; j < static_cast<std::size_t>(size); ++j) {
                const double expected = loss(static_cast<double>(own) / size, static_cast<double>(j) / size) + loss(0, 0);
                nearest = std::abs(expected - found) < least ? j : nearest;
                least = std::min(least, std::abs(expected - found));
            }
            ASSERT_LT(least, 1e-4);
            hits[nearest] += 1;
        }
        for (std::int64_t j = 0; j < size; ++j) {
            const bool candidate = negatives == "exact" ? j < 4 || (j >= 12 && j < 36) : j != own;
            const double expected = candidate ? static_cast<double>(turns) / (negatives == "exact" ? 28 : 39) : 0;
            EXPECT_NEAR(hits[static_cast<std::size_t>(j)], expected, 5 * std::sqrt(expected)) << negatives << " " << j;
        }
    }
}

TEST(ContrastiveRepresentation, ExtremesStayFinite)
{
    for (const double temperature : {0.07, 0.02}) {
        for (const bool settled : {false, true}) {
            NamedTensors t = tensors(1, settled);
            const Selection selection{"crd", parametersOf("crd", parameters(8, false, temperature))};
            for (const double value : {0.0, 1e4}) {
                t["student/tap0"] = at::full_like(t.at("student/tap0"), value);
                t["teacher/tap0"] = at::full_like(t.at("teacher/tap0"), value);
                EXPECT_TRUE(staysFinite(selection, t));
                for (const std::string name : {"parameter/student.bias", "parameter/teacher.bias"}) {
                    t[name] = at::zeros_like(t.at(name)); // with an empty feature the embedding is empty
                }
                EXPECT_TRUE(staysFinite(selection, t));
            }
        }
    }
}

TEST(ContrastiveRepresentation, RefusesWhatItCannotContrast)
{
    const std::string one = errorOf([] { Trial run(1, {}, {{"negatives", "relax"}}); });
    EXPECT_NE(one.find("at least two samples"), std::string::npos) << one;
    const std::string same = errorOf([] { Trial run(5, at::zeros({5}, at::kLong), {{"negatives", "exact"}}); });
    EXPECT_NE(same.find("choose negatives: relax"), std::string::npos) << same;
    NamedTensors t = tensors(2, true);
    t.erase("index");
    const std::string index = refusal("crd", parameters(8, false), t);
    EXPECT_NE(index.find("needs index"), std::string::npos) << index;
}

} // namespace

} // namespace distill::test
