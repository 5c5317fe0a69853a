// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/cachedteacher.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <unistd.h>

namespace distill {

namespace {

constexpr std::int64_t samples = 40, classes = 6, batchSize = 8;

/// Counts how often it is asked.
class CountingTeacher : public Teacher {
public:
    explicit CountingTeacher(const Execution& execution)
    {
        at::Generator generator = makeGenerator(at::kCPU, 3);
        const Selection resnet{"resnet", {{"depth", 8}, {"width_factor", 1}, {"shortcut", "projection"}}};
        m_teacher = makeModelTeacher(makeModel(resnet, {1, 12, 12}, classes, generator), at::kCPU, execution);
    }
    Targets targets(const Batch& batch, const std::vector<std::string>& taps) override
    {
        ++asked;
        return m_teacher->targets(batch, taps);
    }
    Model* model() override { return m_teacher->model(); }
    std::int64_t computed() const override { return m_teacher->computed(); }

    int asked = 0;

private:
    std::unique_ptr<Teacher> m_teacher;
};

class CachedTeacherTest : public testing::TestWithParam<bool> {
protected:
    CachedTeacherTest() : m_teacher(Execution{.bfloat16 = false, .channelsLast = GetParam()})
    {
        m_cache.folder = std::filesystem::temp_directory_path() / ("distill-cached-" + std::to_string(getpid()));
        std::filesystem::remove_all(m_cache.folder);
        at::Generator generator = makeGenerator(at::kCPU, 4);
        m_inputs = at::empty({2, samples, 1, 12, 12}).normal_(0, 1, generator);
    }
    ~CachedTeacherTest() override { std::filesystem::remove_all(m_cache.folder); }

    std::unique_ptr<CachedTeacher> open(const std::vector<std::string>& taps = {})
    {
        return std::make_unique<CachedTeacher>(
            m_teacher, m_cache, AnswersWanted{"{}", samples, 2, batchSize, taps, {1, 12, 12}},
            [](const std::string& text) { ADD_FAILURE() << text; });
    }
    Batch batch(std::int64_t seed, std::int64_t view) const
    {
        at::Generator generator = makeGenerator(at::kCPU, static_cast<std::uint64_t>(seed));
        const at::Tensor indices = at::randperm(samples, generator, at::kLong).narrow(0, 0, batchSize);
        return {m_inputs[view].index_select(0, indices), {}, indices, view, {}, {}};
    }

    CountingTeacher m_teacher;
    AnswerCache m_cache;
    at::Tensor m_inputs; // [view, sample, 1, 12, 12]
};

TEST_P(CachedTeacherTest, AnswersAreTheTeachersToTheLastBit)
{
    const std::vector<std::string> taps = {"stage2", "penultimate"};
    auto cached = open(taps);
    for (int pass = 0; pass < 3; ++pass) {
        for (std::int64_t seed = 0; seed < 12; ++seed) {
            const Batch asked = batch(seed, seed % 2);
            const Targets expected = m_teacher.targets(asked, taps), got = cached->targets(asked, taps);
            EXPECT_TRUE(got.logits.equal(expected.logits));
            for (const std::string& tap : taps) {
                EXPECT_TRUE(got.taps.at(tap).equal(expected.taps.at(tap)));
                EXPECT_EQ(got.taps.at(tap).strides(), expected.taps.at(tap).strides()) << "sums keep their order";
            }
        }
        if (pass == 1) {
            cached.reset(); // and from the file
            cached = open(taps);
        }
    }
}

TEST_P(CachedTeacherTest, TheTeacherIsAskedOnceForEachView)
{
    const auto cached = open();
    const Batch first = batch(1, 0), other = batch(1, 1);
    cached->targets(first, {});
    cached->targets(first, {});
    EXPECT_EQ(m_teacher.asked, 1);
    cached->targets(other, {});
    EXPECT_EQ(m_teacher.asked, 2);
    open()->targets(first, {});
    EXPECT_EQ(m_teacher.asked, 2) << "another student";
}

TEST_P(CachedTeacherTest, TheLargestLogitsAreExactAndTheRestKeepsItsMass)
{
    m_cache.topK = 2;
    const auto cached = open();
    const Batch asked = batch(1, 0);
    const at::Tensor exact = m_teacher.targets(asked, {}).logits;
    for (int pass = 0; pass < 2; ++pass) {
        const at::Tensor kept = cached->targets(asked, {}).logits;
        const auto [values, indices] = exact.topk(2, 1);
        EXPECT_TRUE(kept.gather(1, indices).equal(values));
        EXPECT_LT((kept.logsumexp(1) - exact.logsumexp(1)).abs().max().item<float>(), 1e-5);
        const at::Tensor others = std::get<0>(kept.sort(1)).narrow(1, 0, classes - 2);
        EXPECT_LT((others - others.narrow(1, 0, 1)).abs().max().item<float>(), 1e-6) << "spread evenly";
    }
    EXPECT_EQ(m_teacher.asked, 2);
}

TEST_P(CachedTeacherTest, VerificationFindsAWrongAnswer)
{
    const auto cached = open();
    const Batch asked = batch(1, 0);
    cached->targets(asked, {});
    CachedTeacher::Verdict verdict = cached->verify(asked, {});
    EXPECT_EQ(verdict.stored, batchSize);
    EXPECT_EQ(verdict.wrong, 0);
    // Sound to the file, and not what the teacher says.
    AnswerFile file(m_cache.folder, layoutOf(*m_teacher.model(), m_cache, {"{}", samples, 2, batchSize, {}, {1, 12, 12}}));
    const std::vector<float> lie = {9, 8, 7, 6, 5, 4};
    file.write(asked.indices[3].item<std::int64_t>(), 0, reinterpret_cast<const char*>(lie.data()));
    verdict = cached->verify(asked, {});
    EXPECT_EQ(verdict.stored, batchSize);
    EXPECT_EQ(verdict.wrong, 1);
}

INSTANTIATE_TEST_SUITE_P(Layouts, CachedTeacherTest, testing::Bool());

} // namespace

} // namespace distill
