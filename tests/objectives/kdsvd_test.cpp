// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const Json twoTaps{{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0", "tap1"}}};
const Json threeTaps{{"student_taps", {"tap0", "tap1", "tap2"}}, {"teacher_taps", {"tap0", "tap1", "tap2"}}};

/// As many channels, other sizes; the last has more channels than pixels.
NamedTensors sameChannels(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 5, 4, 4}, 1)}, {"teacher/tap0", randomTensor({batch, 5, 3, 3}, 2)},
            {"student/tap1", randomTensor({batch, 6, 3, 3}, 3)}, {"teacher/tap1", randomTensor({batch, 6, 3, 3}, 4)},
            {"student/tap2", randomTensor({batch, 7, 2, 2}, 5)}, {"teacher/tap2", randomTensor({batch, 7, 2, 3}, 6)}};
}

/// Of the same width, with other channels and heights.
NamedTensors sameWidth(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 3, 2, 6}, 1)}, {"teacher/tap0", randomTensor({batch, 4, 6, 6}, 2)},
            {"student/tap1", randomTensor({batch, 2, 3, 5}, 3)}, {"teacher/tap1", randomTensor({batch, 5, 2, 5}, 4)},
            {"student/tap2", randomTensor({batch, 1, 3, 4}, 5)}, {"teacher/tap2", randomTensor({batch, 4, 2, 4}, 6)}};
}

at::Tensor matrix(const at::Tensor& map, bool rows)
{
    return rows ? map.reshape({map.size(0) * map.size(1), map.size(2)}) : map.reshape({map.size(0), -1}).t();
}

/// Sample by sample with LibTorch's own SVD and its derivative.
at::Tensor reference(const NamedTensors& t, std::size_t layers, bool rows, std::int64_t rank)
{
    const std::int64_t samples = t.at("student/tap0").size(0);
    at::Tensor total = at::zeros({}, at::kDouble);
    for (std::int64_t b = 0; b < samples; ++b) {
        std::vector<at::Tensor> studentBefore, teacherBefore;
        for (std::size_t layer = 0; layer < layers; ++layer) {
            const std::string tap = "/tap" + std::to_string(layer);
            const auto [u, s, vh] = at::linalg_svd(matrix(t.at("student" + tap)[b], rows), false);
            const auto [ut, st, vht] = at::linalg_svd(matrix(t.at("teacher" + tap)[b], rows), false);
            double squares = 0;
            for (std::int64_t k = 0; k < rank; ++k) {
                squares += std::pow(st[k].item<double>(), 2);
            }
            std::vector<at::Tensor> student, teacher;
            for (std::int64_t k = 0; k < rank; ++k) {
                at::Tensor target = vht[k];
                target = target.sum().item<double>() < 0 ? -target : target;
                at::Tensor best = vh[0];
                for (std::int64_t i = 0; i < std::min<std::int64_t>(rank + 3, vh.size(0)); ++i) {
                    const bool better
                        = std::abs((vh[i] * target).sum().item<double>()) > std::abs((best * target).sum().item<double>());
                    best = better ? vh[i] : best;
                }
                const double scale = st[k].item<double>() / std::sqrt(squares);
                best = (best * target).sum().item<double>() < 0 ? -best : best;
                student.push_back(best * scale);
                teacher.push_back(target * scale);
            }
            for (std::size_t k = 0; layer > 0 && k < student.size(); ++k) {
                const auto relation = [](const at::Tensor& v, const at::Tensor& w) {
                    return (-(v.view({-1, 1}) - w.view({1, -1})).pow(2) / 8).exp();
                };
                total = total + (relation(student[k], studentBefore[k]) - relation(teacher[k], teacherBefore[k])).pow(2).sum();
            }
            studentBefore = student;
            teacherBefore = teacher;
        }
    }
    return total / samples;
}

TEST(KdSvd, IsItsFormulaInBothShapes)
{
    for (const bool rows : {false, true}) {
        for (const std::int64_t batch : {2, 1}) {
            for (const std::int64_t rank : {1, 2}) {
                const NamedTensors tensors = rows ? sameWidth(batch) : sameChannels(batch);
                const Json parameters{{"matrix", rows ? "rows" : "pixels"}, {"rank", rank}};
                expectMethod({"two layers", "kdsvd", with(twoTaps, parameters), tensors,
                              [=](const NamedTensors& t) { return reference(t, 2, rows, rank); }});
                expectMethod({"three layers", "kdsvd", with(threeTaps, parameters), tensors,
                              [=](const NamedTensors& t) { return reference(t, 3, rows, rank); }});
            }
        }
    }
    expectMethod({"RepDistiller", "kdsvd", with(twoTaps, presetOf("kdsvd", "repdistiller")), sameChannels(2),
                  [](const NamedTensors& t) { return reference(t, 2, false, 1); }});
    expectMethod({"mdistiller", "kdsvd", with(twoTaps, presetOf("kdsvd", "mdistiller")), sameWidth(2),
                  [](const NamedTensors& t) { return reference(t, 2, true, 1); }});
}

TEST(KdSvd, TheDerivativeReachesTheSpaceThatTheMapDoesNotFill)
{
    // Fewer pixels than channels.
    NamedTensors tensors{{"student/tap0", randomTensor({2, 6, 2, 2}, 1)}, {"student/tap1", randomTensor({2, 5, 1, 3}, 3)}};
    tensors["teacher/tap0"] = tensors.at("student/tap0") + randomTensor({2, 6, 2, 2}, 2, 0.2);
    tensors["teacher/tap1"] = tensors.at("student/tap1") + randomTensor({2, 5, 1, 3}, 4, 0.2);
    expectMethod({"wide matrices", "kdsvd", twoTaps, tensors, [](const NamedTensors& t) { return reference(t, 2, false, 1); }});
}

TEST(KdSvd, EqualMapsCostNothing)
{
    NamedTensors tensors = sameChannels(2);
    for (const char* tap : {"/tap0", "/tap1", "/tap2"}) {
        tensors[std::string("teacher") + tap] = tensors.at(std::string("student") + tap) * -2;
    }
    for (const std::string matrix : {"pixels", "rows"}) {
        EXPECT_NEAR(expectFinite("kdsvd", with(threeTaps, {{"matrix", matrix}}), tensors, 1e-3), 0, 1e-10);
    }
}

TEST(KdSvd, MapsOfZerosAndMapsOfRankOneHaveAFiniteGradient)
{
    for (const std::string matrix : {"pixels", "rows"}) {
        const Json parameters = with(threeTaps, {{"matrix", matrix}});
        NamedTensors tensors = matrix == "pixels" ? sameChannels(2) : sameWidth(2);
        tensors["student/tap1"].zero_();
        expectFinite("kdsvd", parameters, tensors, 100);
        EXPECT_EQ(evaluated("kdsvd", parameters, tensors).gradients.at("student/tap1").abs().max().item<double>(), 0);
        tensors["student/tap0"].fill_(1);
        expectFinite("kdsvd", parameters, tensors, 100);
        tensors["teacher/tap1"].zero_();
        expectFinite("kdsvd", parameters, tensors, 100);
        tensors["teacher/tap2"].fill_(2);
        tensors["student/tap2"] = at::eye(tensors["student/tap2"].size(2), tensors["student/tap2"].size(3), at::kDouble)
                                      .expand_as(tensors["student/tap2"])
                                      .clone();
        expectFinite("kdsvd", parameters, tensors, 100);
        for (auto& [name, tensor] : tensors) {
            tensor.zero_();
        }
        EXPECT_EQ(expectFinite("kdsvd", parameters, tensors, 0), 0);
    }
}

TEST(KdSvd, TheSignsOfTheSingularVectorsDoNotMatter)
{
    NamedTensors tensors = sameChannels(3);
    const double value = evaluated("kdsvd", threeTaps, tensors).value;
    for (const char* name : {"student/tap1", "teacher/tap1", "teacher/tap0"}) {
        tensors[name] = -tensors.at(name);
        EXPECT_NEAR(evaluated("kdsvd", threeTaps, tensors).value, value, 1e-10);
    }
}

TEST(KdSvd, RefusesWhatItsMatricesCannotCompare)
{
    expectPart(refusal("kdsvd", twoTaps, sameWidth(2)), "as many channels");
    expectPart(refusal("kdsvd", with(twoTaps, {{"matrix", "rows"}}), sameChannels(2)), "same width");
    expectPart(refusal("kdsvd", with(twoTaps, {{"rank", 6}}), sameChannels(2)), "rank of 5 at most");
    NamedTensors tensors = sameChannels(2);
    tensors["student/tap1"] = randomTensor({2, 6}, 1);
    expectPart(refusal("kdsvd", twoTaps, tensors), "feature maps");
}

} // namespace

} // namespace distill::test
