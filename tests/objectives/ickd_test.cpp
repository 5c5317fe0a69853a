// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const Json oneTap{{"student_taps", {"tap0"}}, {"teacher_taps", {"tap0"}}};
const Json twoTaps{{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0", "tap1"}}};

/// The first pair of as many channels, the second with an embedding.
NamedTensors maps(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 4, 3, 3}, 1)},
            {"teacher/tap0", randomTensor({batch, 4, 2, 2}, 2)},
            {"student/tap1", randomTensor({batch, 2, 3, 2}, 3)},
            {"teacher/tap1", randomTensor({batch, 5, 3, 2}, 4)}};
}

NamedTensors withEmbedding(NamedTensors tensors, const std::string& name, std::int64_t from, std::int64_t to)
{
    tensors["parameter/" + name + ".weight"] = randomTensor({to, from, 1, 1}, 5);
    tensors["parameter/" + name + ".norm.weight"] = randomTensor({to}, 6, 0.3) + 1;
    tensors["parameter/" + name + ".norm.bias"] = randomTensor({to}, 7);
    return tensors;
}

at::Tensor embedded(const at::Tensor& map, const NamedTensors& t, const std::string& name)
{
    const auto found = t.find("parameter/" + name + ".weight");
    if (found == t.end()) {
        return map;
    }
    std::vector<at::Tensor> channels;
    for (std::int64_t to = 0; to < found->second.size(0); ++to) {
        at::Tensor channel = at::zeros({map.size(0), map.size(2), map.size(3)}, at::kDouble);
        for (std::int64_t from = 0; from < map.size(1); ++from) {
            channel = channel + map.select(1, from) * found->second[to][from][0][0];
        }
        const at::Tensor centred = channel - channel.mean();
        channels.push_back(centred / (centred.pow(2).mean() + 1e-5).sqrt() * t.at("parameter/" + name + ".norm.weight")[to]
                           + t.at("parameter/" + name + ".norm.bias")[to]);
    }
    return at::stack(channels, 1);
}

at::Tensor reference(const NamedTensors& t, std::size_t pairs, bool normalised)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (std::size_t i = 0; i < pairs; ++i) {
        const std::string tap = "/tap" + std::to_string(i);
        const at::Tensor student = embedded(t.at("student" + tap), t, "embedding" + std::to_string(i + 1)),
                         teacher = t.at("teacher" + tap);
        const std::int64_t samples = teacher.size(0), channels = teacher.size(1);
        for (std::int64_t b = 0; b < samples; ++b) {
            for (std::int64_t c = 0; c < channels; ++c) {
                const auto row = [&](const at::Tensor& map) {
                    std::vector<at::Tensor> products;
                    for (std::int64_t d = 0; d < channels; ++d) {
                        products.push_back((map[b][c] * map[b][d]).sum());
                    }
                    const at::Tensor all = at::stack(products);
                    return normalised ? all / all.pow(2).sum().sqrt() : all;
                };
                total = total + (row(student) - row(teacher)).pow(2).sum() / (channels * samples * samples);
            }
        }
    }
    return total;
}

TEST(Ickd, IsItsFormula)
{
    for (const bool normalised : {true, false}) {
        const Json norm{{"normalised", normalised}};
        for (const std::int64_t batch : {3, 1}) {
            expectMethod({"as many channels", "ickd", with(oneTap, norm), maps(batch),
                          [=](const NamedTensors& t) { return reference(t, 1, normalised); }});
            expectMethod({"two pairs, one with an embedding", "ickd", with(twoTaps, norm),
                          withEmbedding(maps(batch), "embedding2", 2, 5),
                          [=](const NamedTensors& t) { return reference(t, 2, normalised); }});
        }
    }
    expectMethod({"torchdistill", "ickd", with(oneTap, presetOf("ickd", "torchdistill")),
                  withEmbedding(maps(3), "embedding1", 4, 4), [](const NamedTensors& t) { return reference(t, 1, true); }});
}

TEST(Ickd, EqualMapsCostNothing)
{
    NamedTensors tensors = maps(2);
    tensors["teacher/tap0"] = tensors.at("student/tap0") * 3;
    EXPECT_NEAR(expectFinite("ickd", oneTap, tensors, 1e-5), 0, 1e-12);
}

TEST(Ickd, ChannelsOfZerosHaveNoLargeGradient)
{
    NamedTensors tensors = maps(2);
    tensors["student/tap0"].select(1, 1).zero_();
    expectFinite("ickd", oneTap, tensors, 10);
    tensors["teacher/tap0"].select(1, 3).zero_();
    expectFinite("ickd", oneTap, tensors, 10);
    tensors["student/tap0"].zero_();
    expectFinite("ickd", oneTap, tensors, 0);
    expectFinite("ickd", with(oneTap, {{"embedding", "always"}}), tensors, 1e4);
    // One number a channel: batch norm leaves only rounding of it.
    tensors = {{"student/tap0", randomTensor({1, 4, 1, 1}, 1)}, {"teacher/tap0", randomTensor({1, 4, 1, 1}, 2)}};
    expectFinite("ickd", with(oneTap, {{"embedding", "always"}}), tensors, 1e7);
}

TEST(Ickd, OnlyOtherChannelsGetALayer)
{
    EXPECT_TRUE(evaluated("ickd", oneTap, maps(2)).parameters.empty());
    const ObjectiveValue found = evaluated("ickd", twoTaps, maps(2));
    EXPECT_EQ(found.parameters.size(), 3U);
    EXPECT_EQ(found.parameters.at("parameter/embedding2.weight").sizes(), at::IntArrayRef({5, 2, 1, 1}));
    NamedTensors tensors = maps(2);
    tensors["teacher/tap0"] = randomTensor({2, 3}, 1);
    expectPart(refusal("ickd", oneTap, tensors), "feature maps");
}

} // namespace

} // namespace distill::test
