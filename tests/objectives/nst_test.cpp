// SPDX-License-Identifier: GPL-3.0-or-later
#include "corners.h"

namespace distill::test {

namespace {

const Json oneTap{{"student_taps", {"tap0"}}, {"teacher_taps", {"tap0"}}};
const Json twoTaps{{"student_taps", {"tap0", "tap1"}}, {"teacher_taps", {"tap0", "tap1"}}};

NamedTensors maps(std::int64_t batch)
{
    return {{"student/tap0", randomTensor({batch, 3, 4, 4}, 1)},
            {"teacher/tap0", randomTensor({batch, 5, 2, 2}, 2)},
            {"student/tap1", randomTensor({batch, 2, 2, 3}, 3)},
            {"teacher/tap1", randomTensor({batch, 2, 4, 6}, 4)}};
}

at::Tensor shrunk(const at::Tensor& x, std::int64_t height, std::int64_t width)
{
    const std::int64_t a = x.size(2) / height, b = x.size(3) / width;
    return x.reshape({x.size(0), x.size(1), height, a, width, b}).mean({3, 5});
}

/// Channel by channel.
at::Tensor kernel(const at::Tensor& a, const at::Tensor& b)
{
    at::Tensor sum = at::zeros({}, at::kDouble);
    for (std::int64_t sample = 0; sample < a.size(0); ++sample) {
        for (std::int64_t c = 0; c < a.size(1); ++c) {
            for (std::int64_t d = 0; d < b.size(1); ++d) {
                const at::Tensor &x = a[sample][c], &y = b[sample][d];
                const at::Tensor cosine = (x * y).sum() / ((x * x).sum().sqrt() * (y * y).sum().sqrt());
                sum = sum + cosine * cosine;
            }
        }
    }
    return sum / (a.size(0) * a.size(1) * b.size(1));
}

at::Tensor reference(const NamedTensors& t, const std::vector<std::string>& taps)
{
    at::Tensor total = at::zeros({}, at::kDouble);
    for (const std::string& tap : taps) {
        at::Tensor s = t.at("student/" + tap), f = t.at("teacher/" + tap);
        const std::int64_t height = std::min(s.size(2), f.size(2)), width = std::min(s.size(3), f.size(3));
        s = shrunk(s, height, width);
        f = shrunk(f, height, width);
        total = total + kernel(f, f) + kernel(s, s) - 2 * kernel(s, f);
    }
    return total;
}

TEST(Nst, IsItsFormula)
{
    for (const std::int64_t batch : {3, 1}) {
        expectMethod({"maps of other sizes and channels", "nst", twoTaps, maps(batch), [](const NamedTensors& t) {
                          return reference(t, {"tap0", "tap1"});
                      }});
        expectMethod({"one pair", "nst", oneTap, maps(batch), [](const NamedTensors& t) { return reference(t, {"tap0"}); }});
    }
}

TEST(Nst, EqualMapsCostNothingInAnyOrderOfChannels)
{
    NamedTensors tensors = maps(2);
    tensors["teacher/tap0"] = tensors.at("student/tap0").flip({1}) * -2;
    EXPECT_NEAR(expectFinite("nst", oneTap, tensors, 1e-5), 0, 1e-12);
}

TEST(Nst, ChannelsOfZerosHaveNoLargeGradient)
{
    NamedTensors tensors = maps(2);
    tensors["student/tap0"].select(1, 1).zero_();
    expectFinite("nst", oneTap, tensors, 10);
    tensors["teacher/tap0"].select(1, 0).zero_();
    expectFinite("nst", oneTap, tensors, 10);
    tensors["student/tap0"].zero_();
    expectFinite("nst", oneTap, tensors, 0);
    tensors["teacher/tap0"].zero_();
    EXPECT_EQ(expectFinite("nst", oneTap, tensors, 0), 0);
}

TEST(Nst, RefusesVectors)
{
    NamedTensors tensors = maps(2);
    tensors["student/tap0"] = randomTensor({2, 3}, 1);
    expectPart(refusal("nst", oneTap, tensors), "feature maps");
}

} // namespace

} // namespace distill::test
