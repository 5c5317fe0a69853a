// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/support.h"

#include <cmath>
#include <cstdint>
#include <cstring>

namespace distill {

using testing::HasSubstr;

namespace {

using Numbers = std::vector<double>;

struct Saved {
    std::vector<std::int64_t> shape;
    Numbers values;
};

class ObjectiveCommand : public test::CommandLineTest {
protected:
    /// A file of float64 tensors, byte for byte as the format's description says.
    std::string tensors(const std::string& name, const std::vector<std::pair<std::string, Saved>>& all) const
    {
        Json header = Json::object();
        std::string bytes;
        for (const auto& [key, saved] : all) {
            const std::size_t begin = bytes.size();
            if (key == "labels") {
                for (const double value : saved.values) {
                    const auto whole = static_cast<std::int64_t>(value);
                    bytes.append(reinterpret_cast<const char*>(&whole), sizeof whole);
                }
            } else {
                bytes.append(reinterpret_cast<const char*>(saved.values.data()), saved.values.size() * sizeof(double));
            }
            header[key] = {{"dtype", key == "labels" ? "I64" : "F64"},
                           {"shape", saved.shape},
                           {"data_offsets", {begin, bytes.size()}}};
        }
        const std::string head = header.dump();
        const std::uint64_t length = head.size();
        std::ofstream file(path(name), std::ios::binary);
        file.write(reinterpret_cast<const char*>(&length), sizeof length);
        file << head << bytes;
        return path(name);
    }
    Json evaluated(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"objective", "evaluate"});
        arguments.push_back("--json");
        const Output output = distill(arguments, false);
        EXPECT_EQ(output.code, 0) << output.err;
        return output.code == 0 ? Json::parse(output.out) : Json();
    }
    std::string refusal(std::vector<std::string> arguments) const
    {
        arguments.insert(arguments.begin(), {"objective", "evaluate"});
        const Output output = distill(arguments, false);
        EXPECT_EQ(output.code, 2);
        EXPECT_EQ(std::count(output.err.begin(), output.err.end(), '\n'), 1) << output.err;
        return output.err;
    }
    const Numbers student{1, 2, 3, 0, -1, 5}, teacher{2, 2, 1, 0, 1, 4};
    std::string pair() const
    {
        return tensors("pair.safetensors", {{"student/logits", {{2, 3}, student}}, {"teacher/logits", {{2, 3}, teacher}}});
    }
};

TEST_F(ObjectiveCommand, PrintsValueAndGradient)
{
    const Json found = evaluated({"logit_mse", "--tensors", pair()});
    EXPECT_EQ(found["objective"], "logit_mse");
    EXPECT_EQ(found["parameters"], Json({{"centred", false}}));
    EXPECT_DOUBLE_EQ(found["value"], (1 + 0 + 4 + 0 + 4 + 1) / 6.0);
    for (std::size_t i = 0; i < 6; ++i) {
        EXPECT_DOUBLE_EQ(found["gradients"]["student/logits"][i / 3][i % 3], 2 * (student[i] - teacher[i]) / 6);
    }
    EXPECT_TRUE(found["learned"].empty());
    const Output text = distill({"objective", "evaluate", "logit_mse", "--tensors", pair()}, false);
    EXPECT_THAT(text.out, HasSubstr("logit_mse 1.66"));
    EXPECT_THAT(text.out, HasSubstr("student/logits  2 x 3"));
}

TEST_F(ObjectiveCommand, AConventionStandsForItsParameters)
{
    const auto value = [&](std::vector<std::string> parameters) {
        std::vector<std::string> arguments{"kd", "--tensors", pair()};
        for (const std::string& each : parameters) {
            arguments.insert(arguments.end(), {"--param", each});
        }
        return evaluated(arguments)["value"].get<double>();
    };
    const double ours = value({"convention=mdistiller"});
    EXPECT_DOUBLE_EQ(value({}), ours);
    EXPECT_NEAR(value({"convention=modelopt", "temperature=4"}), ours / 3, 1e-12);
    // Softened at 4 without T^2, the teacher's entropy left in.
    double entropy = 0;
    for (std::size_t row = 0; row < 2; ++row) {
        double sum = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            sum += std::exp(teacher[3 * row + k] / 4);
        }
        for (std::size_t k = 0; k < 3; ++k) {
            const double p = std::exp(teacher[3 * row + k] / 4) / sum;
            entropy -= p * std::log(p) / 2;
        }
    }
    EXPECT_NEAR(value({"convention=textbrewer"}), ours / 16 + entropy, 1e-12);
    EXPECT_NEAR(value({"scale_by_t2=false", "convention=mdistiller"}), ours / 16, 1e-12) << "a parameter goes before the convention";
}

TEST_F(ObjectiveCommand, TapsAreTakenInTheirOrderAndALearnedPartFromTheFile)
{
    const std::string file = tensors("taps.safetensors", {{"student/tap0", {{2, 2}, {1, 2, 3, 4}}},
                                                          {"teacher/tap0", {{2, 1}, {0, 1}}},
                                                          {"parameter/weight", {{1, 2}, {1, -1}}},
                                                          {"parameter/bias", {{1}, {3}}}});
    const Json found = evaluated({"hint", "--tensors", file, "--gradients", path("gradients.safetensors")});
    // r(f) = f0 - f1 + 3 = 2 for both rows.
    EXPECT_DOUBLE_EQ(found["value"], (4 + 1) / 2.0);
    EXPECT_EQ(found["parameters"]["student_tap"], "tap0");
    EXPECT_EQ(found["learned"]["parameter/weight"], Json({1, 2}));
    EXPECT_DOUBLE_EQ(found["gradients"]["parameter/bias"][0], 2 + 1);
    EXPECT_DOUBLE_EQ(found["gradients"]["student/tap0"][0][1], -2);

    std::ifstream written(path("gradients.safetensors"), std::ios::binary);
    std::uint64_t length = 0;
    written.read(reinterpret_cast<char*>(&length), sizeof length);
    std::string head(length, ' ');
    written.read(head.data(), static_cast<std::streamsize>(length));
    const Json header = Json::parse(head);
    EXPECT_EQ(header["student/tap0"]["shape"], Json({2, 2}));
    written.seekg(static_cast<std::streamoff>(8 + length + header["student/tap0"]["data_offsets"][0].get<std::size_t>()));
    Numbers numbers(4);
    written.read(reinterpret_cast<char*>(numbers.data()), 4 * sizeof(double));
    EXPECT_EQ(numbers, (Numbers{2, -2, 1, -1}));
}

TEST_F(ObjectiveCommand, WhatIsWrongIsSaidInOneSentence)
{
    EXPECT_THAT(refusal({"kdd", "--tensors", pair()}), HasSubstr("\"kdd\""));
    EXPECT_THAT(refusal({"kd", "--tensors", path("none")}), HasSubstr("none"));
    EXPECT_THAT(refusal({"kd", "--tensors", pair(), "--param", "temperature"}), HasSubstr("key=value"));
    EXPECT_THAT(refusal({"kd", "--tensors", pair(), "--param", "temperature=hot"}), HasSubstr("temperature: expected a number"));
    EXPECT_THAT(refusal({"kd", "--tensors", pair(), "--param", "temprature=2"}), HasSubstr("temperature"));
    EXPECT_THAT(refusal({"kd", "--tensors", pair(), "--param", "convention=mine"}), HasSubstr("mdistiller"));
    EXPECT_THAT(refusal({"cross_entropy", "--tensors", pair()}), HasSubstr("labels"));
    const auto with = [&](const std::string& name, const Saved& saved) {
        return tensors("other.safetensors", {{"student/logits", {{2, 3}, student}}, {name, saved}});
    };
    EXPECT_THAT(refusal({"kd", "--tensors", with("target", {{1}, {0}})}), HasSubstr("\"target\""));
    EXPECT_THAT(refusal({"kd", "--tensors", with("labels", {{2}, {0, 1}})}), HasSubstr("teacher/logits"));
    EXPECT_THAT(refusal({"kd", "--tensors", with("teacher/logits", {{2, 2}, {0, 1, 2, 3}})}), HasSubstr("2 classes"));
    EXPECT_THAT(refusal({"kd", "--tensors", with("teacher/logits", {{1, 3}, {0, 1, 2}})}), HasSubstr("samples"));
    EXPECT_THAT(refusal({"hint", "--tensors", pair()}), HasSubstr("tap"));
    EXPECT_THAT(refusal({"cross_entropy", "--tensors", with("labels", {{2}, {0, 3}})}), HasSubstr("from 0 to 2"));
    EXPECT_THAT(refusal({"cross_entropy", "--tensors", with("labels", {{2, 1}, {0, 1}})}), HasSubstr("one label for each row"));
    EXPECT_THAT(refusal({"teacher_free", "--tensors", tensors("tokens.safetensors", {{"student/logits", {{1, 2, 3}, student}},
                                                                                      {"labels", {{1, 2}, {0, 1}}}})}),
                HasSubstr("[1, 2, 3]"));
    const std::string learned = tensors(
        "learned.safetensors",
        {{"student/tap0", {{1, 2}, {1, 2}}}, {"teacher/tap0", {{1, 1}, {0}}}, {"parameter/weight", {{1, 2}, {1, -1}}}});
    EXPECT_THAT(refusal({"hint", "--tensors", learned}), HasSubstr("parameter/bias is missing"));
}

} // namespace

} // namespace distill
