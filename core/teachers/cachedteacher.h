// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "teachers/answerfile.h"
#include "teachers/teacher.h"

#include <functional>

namespace distill {

struct AnswerCache {
    std::string folder;
    Json teacher;                ///< all that decides its answers beside the inputs: weights, precision, layout, machine
    std::int64_t largestBytes = 0; ///< of the whole folder; what would take more is not stored
    std::int64_t topK = 0;         ///< keep this many of the largest logits and the mass of the rest; 0: all of them
};

/// Which answers a stage will ask for.
struct AnswersWanted {
    std::string appearance; ///< BatchSource::appearance()
    std::int64_t samples = 0, views = 0;
    std::int64_t batchSize = 0;
    std::vector<std::string> taps;
    InputShape shape;
};

/// Bytes of one answer, and of all that are wanted.
AnswerFile::Layout layoutOf(Model& teacher, const AnswerCache& cache, const AnswersWanted& wanted);

/// A teacher that is asked once for each view of each sample. Without topK the stored answer is the computed one to the last
/// bit. With it, the kept logits are exact and the rest of the probability is spread evenly over the other classes.
class CachedTeacher final : public Teacher {
public:
    /// `warn` is told once where an answer could not be stored; training goes on without. Throws as AnswerFile's constructor.
    CachedTeacher(Teacher& teacher, const AnswerCache& cache, const AnswersWanted& wanted,
                  std::function<void(const std::string&)> warn);

    Targets targets(const Batch& batch, const std::vector<std::string>& taps) override;
    Model* model() override { return m_teacher.model(); }
    std::int64_t computed() const override { return m_teacher.computed(); }
    const AnswerFile& file() const { return m_file; }
    /// Computes anew and compares with what is stored: how many of the batch's answers are stored, and how many of those
    /// differ by more than rounding.
    struct Verdict {
        std::int64_t stored = 0, wrong = 0, damaged = 0; ///< what is damaged is not believed and does not count as stored
        Verdict& operator+=(const Verdict& other);
    };
    Verdict verify(const Batch& batch, const std::vector<std::string>& taps);

private:
    /// All parts of an answer side by side, [B, bytes] on the CPU.
    at::Tensor encode(const Targets& targets, const std::vector<std::string>& taps) const;
    Targets decode(const at::Tensor& answers, at::Device device, const std::vector<std::string>& taps) const;

    Teacher& m_teacher;
    AnswerFile::Layout m_layout;
    AnswerFile m_file;
    std::int64_t m_topK = 0, m_classes = 0;
    std::vector<std::pair<std::string, std::vector<std::int64_t>>> m_taps; ///< with their shapes
    std::function<void(const std::string&)> m_warn;
    bool m_stores = true;
};

} // namespace distill
