// SPDX-License-Identifier: GPL-3.0-or-later
#include "training/stageanswers.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

namespace distill {

namespace {

std::string megabytes(std::int64_t bytes)
{
    char text[32];
    std::snprintf(text, sizeof text, bytes < 10'000'000 ? "%.1f MB" : "%.0f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

} // namespace

StageAnswers::StageAnswers(const TrainingTask& task, const Sources& teachers, const Split& split, const BatchSource& batches,
                           std::int64_t steps, std::vector<std::string> taps, bool stores, Say say)
    : m_task(task)
    , m_ensemble(ensembleOf(task.experiment.teacher))
    , m_batches(batches)
    , m_taps(std::move(taps))
    , m_say(std::move(say))
{
    const std::int64_t epochs = (steps + batches.stepsPerEpoch() - 1) / batches.stepsPerEpoch();
    m_views = batches.views(epochs);
    for (std::size_t i = 0; i < teachers.size(); ++i) {
        m_sources.push_back({teachers[i].get(), nullptr});
        if (stores && task.teachers[i].answers && teachers[i]->model()) {
            store(m_sources.back(), *task.teachers[i].answers, split);
        }
    }
}

void StageAnswers::say(const std::string& text, const std::string& kind) const
{
    if (m_say) {
        m_say(kind, text);
    }
}

void StageAnswers::store(Source& source, const AnswerCache& cache, const Split& split)
{
    const AnswersWanted wanted{.appearance = m_batches.appearance(),
                               .samples = m_task.dataset->train.size(),
                               .views = m_views,
                               .batchSize = m_batches.batchSize(),
                               .taps = m_taps,
                               .shape = m_task.dataset->shape};
    const AnswerFile::Layout layout = layoutOf(*source.teacher->model(), cache, wanted);
    const std::string size = megabytes(layout.bytes());
    if (layout.bytes() > cache.largestBytes) {
        say("The teacher's answers are not stored: they would take " + size + " and the limit is "
            + megabytes(cache.largestBytes));
        return;
    }
    if (dependsOnPlace(*source.teacher)) {
        say("The teacher's answers are not stored: on this device its rounding depends on a sample's place in the batch");
        return;
    }
    try {
        source.cache = std::make_unique<CachedTeacher>(*source.teacher, cache, wanted,
                                                       [this](const std::string& text) { say(text, "warning"); });
        const std::int64_t toCome = layout.bytes() - source.cache->file().bytesOnDisk();
        trimAnswerFiles(cache.folder, cache.largestBytes - toCome); // leaves this one, which is open
    } catch (const std::runtime_error& error) {
        say(std::string(error.what()) + "; the teacher is asked each time", "warning");
        return;
    }
    say("The teacher's answers are stored: " + std::to_string(m_views) + (m_views == 1 ? " view of " : " views of ")
        + std::to_string(split.transfer.size(0)) + " samples, " + size + " in all; "
        + std::to_string(percentStored(*source.cache, split.transfer)) + " % are there already");
}

/// A stored answer is to be the one that would be computed, to the last bit, also where the batch is another.
bool StageAnswers::dependsOnPlace(Teacher& teacher) const
{
    BatchSource stream = m_batches;
    Batch batch = stream.next();
    const Targets straight = teacher.targets(batch, m_taps);
    for (const std::int64_t by : {std::int64_t(1), batch.inputs.size(0) / 2}) {
        Batch rolled = batch;
        rolled.inputs = batch.inputs.roll(by, 0);
        const Targets moved = teacher.targets(rolled, m_taps);
        bool same = moved.logits.equal(straight.logits.roll(by, 0));
        for (const std::string& tap : m_taps) {
            same = same && moved.taps.at(tap).equal(straight.taps.at(tap).roll(by, 0));
        }
        if (!same) {
            return true;
        }
    }
    return false;
}

std::int64_t StageAnswers::percentStored(const CachedTeacher& cache, const at::Tensor& samples) const
{
    constexpr std::int64_t looks = 1000; // enough to tell, and no time for a file of any size
    const auto sample = samples.accessor<std::int64_t, 1>();
    const std::int64_t pairs = sample.size(0) * m_views, stride = std::max<std::int64_t>(1, pairs / looks);
    std::int64_t there = 0, asked = 0;
    for (std::int64_t pair = 0; pair < pairs; pair += stride, ++asked) {
        there += cache.file().has(sample[pair % sample.size(0)], pair / sample.size(0)) ? 1 : 0;
    }
    return 100 * there / asked;
}

Targets StageAnswers::of(const Batch& batch)
{
    std::vector<at::Tensor> logits;
    Targets targets;
    for (Source& source : m_sources) {
        Teacher& asked = source.cache ? *source.cache : *source.teacher;
        targets = asked.targets(batch, m_taps);
        logits.push_back(targets.logits);
    }
    targets.logits = combined(logits, m_ensemble, &batch);
    return targets;
}

bool StageAnswers::askAhead(const std::function<bool()>& keepGoing)
{
    if (m_task.experiment.compute.teacherAnswers != "ahead") {
        return true;
    }
    for (Source& source : m_sources) {
        if (!source.cache) {
            continue;
        }
        BatchSource stream = m_batches;
        stream.seek(0, 0);
        const std::int64_t batches = m_views * m_batches.stepsPerEpoch();
        const auto start = std::chrono::steady_clock::now();
        for (std::int64_t i = 0; i < batches; ++i) {
            if (!keepGoing()) {
                return false;
            }
            source.cache->targets(stream.next(), m_taps);
            if (i == std::min<std::int64_t>(10, batches - 1)) {
                const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
                const double seconds = passed.count() / static_cast<double>(i + 1) * static_cast<double>(batches);
                say("Asks the teacher ahead, about " + std::to_string(std::llround(std::ceil(seconds))) + " s");
            }
        }
    }
    return true;
}

std::optional<CachedTeacher::Verdict> StageAnswers::verify(std::int64_t samples)
{
    std::random_device random; // other samples each time
    const auto below = [&](std::int64_t bound) { return static_cast<std::int64_t>(random()) % bound; };
    std::optional<CachedTeacher::Verdict> all;
    for (Source& source : m_sources) {
        if (!source.cache) {
            continue;
        }
        all = all.value_or(CachedTeacher::Verdict{});
        BatchSource stream = m_batches;
        for (std::int64_t looked = 0; looked < samples; looked += stream.batchSize()) {
            stream.seek(below(m_views), below(stream.stepsPerEpoch()));
            *all += source.cache->verify(stream.next(), m_taps);
        }
    }
    return all;
}

} // namespace distill
