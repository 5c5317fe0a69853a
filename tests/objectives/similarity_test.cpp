// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const Json oneTap{{"student_taps", {"tap0"}}, {"teacher_taps", {"tap0"}}};
const Json twoTaps{{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0", "tap1"}}};

NamedTensors features(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 4, 3, 3}, 1)},
            {"teacher/tap0", randomTensor({batch, 6, 2, 2}, 2)},
            {"student/tap1", randomTensor({batch, 5}, 3)},
            {"teacher/tap1", randomTensor({batch, 7}, 4)}};
}

/// Row by row, product by product.
std::vector<at::Tensor> similarities(const at::Tensor& feature, bool magnitudes)
{
    std::vector<at::Tensor> rows;
    for (std::int64_t i = 0; i < feature.size(0); ++i) {
        std::vector<at::Tensor> row;
        at::Tensor total = at::zeros({}, at::kDouble);
        for (std::int64_t j = 0; j < feature.size(0); ++j) {
            row.push_back((feature[i] * feature[j]).sum());
            total = total + (magnitudes ? row.back().abs() : row.back().pow(2));
        }
        rows.push_back(at::stack(row) / (magnitudes ? total : total.sqrt()));
    }
    return rows;
}

at::Tensor reference(const NamedTensors& t, const std::vector<std::string>& taps, bool magnitudes)
{
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (const std::string& tap : taps) {
        const auto student = similarities(t.at("student/" + tap), magnitudes),
                   teacher = similarities(t.at("teacher/" + tap), magnitudes);
        const auto samples = static_cast<double>(student.size());
        for (std::size_t i = 0; i < student.size(); ++i) {
            sum = sum + (student[i] - teacher[i]).pow(2).sum() / (samples * samples);
        }
    }
    return sum;
}

TEST(Similarity, IsItsFormulaWithBothNorms)
{
    for (const bool magnitudes : {false, true}) {
        const Json norm{{"row_norm", magnitudes ? "l1" : "l2"}};
        for (const std::int64_t batch : {4, 2, 1}) {
            expectMethod({"two pairs of other shapes", "sp", with(twoTaps, norm), features(batch), [=](const NamedTensors& t) {
                              return reference(t, {"tap0", "tap1"}, magnitudes);
                          }});
        }
    }
    expectMethod({"RepDistiller", "sp", with(oneTap, presetOf("sp", "repdistiller")), features(3),
                  [](const NamedTensors& t) { return reference(t, {"tap0"}, false); }});
    expectMethod({"torchdistill", "sp", with(oneTap, presetOf("sp", "torchdistill")), features(3),
                  [](const NamedTensors& t) { return reference(t, {"tap0"}, true); }});
}

TEST(Similarity, EqualFeaturesAndABatchOfOneCostNothing)
{
    for (const std::string norm : {"l2", "l1"}) {
        NamedTensors tensors = features(4);
        tensors["teacher/tap0"] = tensors.at("student/tap0") * 3;
        EXPECT_NEAR(expectFinite("sp", with(oneTap, {{"row_norm", norm}}), tensors, 1e-5), 0, 1e-12);
        EXPECT_NEAR(expectFinite("sp", with(oneTap, {{"row_norm", norm}}), features(1), 1e-9), 0, 1e-12);
    }
}

TEST(Similarity, ASampleOfZerosHasNoLargeGradient)
{
    for (const std::string norm : {"l2", "l1"}) {
        NamedTensors tensors = features(4);
        tensors["student/tap0"][2].zero_();
        expectFinite("sp", with(oneTap, {{"row_norm", norm}}), tensors, 10);
        tensors["teacher/tap0"][1].zero_();
        expectFinite("sp", with(oneTap, {{"row_norm", norm}}), tensors, 10);
        tensors["student/tap0"].zero_();
        expectFinite("sp", with(oneTap, {{"row_norm", norm}}), tensors, 0);
        tensors["teacher/tap0"].zero_();
        EXPECT_EQ(expectFinite("sp", with(oneTap, {{"row_norm", norm}}), tensors, 0), 0);
    }
}

TEST(Similarity, RefusesListsOfDifferentLengths)
{
    expectPart(refusal("sp", {{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0"}}}, features(2)), "in pairs");
    expectPart(refusal("sp", {{"student_taps", {"tap5"}}, {"teacher_taps", {"tap0"}}}, features(2)), "tap5");
}

} // namespace

} // namespace distill::test
