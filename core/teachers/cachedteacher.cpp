// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/cachedteacher.h"

#include <algorithm>
#include <cmath>

namespace distill {

namespace {

using TapShapes = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

std::int64_t elements(const std::vector<std::int64_t>& shape)
{
    std::int64_t product = 1;
    for (const std::int64_t size : shape) {
        product *= size;
    }
    return product;
}

TapShapes wantedTaps(Model& teacher, const AnswersWanted& wanted)
{
    TapShapes shapes;
    for (auto& [name, shape] : tapShapes(teacher, wanted.shape)) {
        if (std::find(wanted.taps.begin(), wanted.taps.end(), name) != wanted.taps.end()) {
            shapes.emplace_back(name, std::move(shape));
        }
    }
    return shapes;
}

std::int64_t classesOf(Model& teacher, const InputShape& shape)
{
    for (const auto& [name, sizes] : tapShapes(teacher, shape)) {
        if (name == "logits") {
            return sizes.at(0);
        }
    }
    throw std::logic_error("a network without the tap logits");
}

at::Tensor bytesOf(const at::Tensor& values)
{
    return values.flatten(1).contiguous().view(at::kByte);
}

} // namespace

AnswerFile::Layout layoutOf(Model& teacher, const AnswerCache& cache, const AnswersWanted& wanted)
{
    const std::int64_t classes = classesOf(teacher, wanted.shape);
    const bool picks = cache.topK > 0 && cache.topK < classes;
    AnswerFile::Layout layout;
    layout.samples = wanted.samples;
    layout.views = wanted.views;
    layout.bytesPerAnswer = picks ? cache.topK * 8 + 4 : classes * 4;
    Json taps = Json::object();
    for (const auto& [name, shape] : wantedTaps(teacher, wanted)) {
        taps[name] = shape;
        layout.bytesPerAnswer += elements(shape) * 4;
    }
    // The batch's size is among it: a kernel may round otherwise for another one.
    layout.description = {{"teacher", cache.teacher},
                          {"inputs", Json::parse(wanted.appearance)},
                          {"batch_size", wanted.batchSize},
                          {"classes", classes},
                          {"top_k", picks ? cache.topK : 0},
                          {"taps", taps}};
    return layout;
}

CachedTeacher::CachedTeacher(Teacher& teacher, const AnswerCache& cache, const AnswersWanted& wanted,
                             std::function<void(const std::string&)> warn)
    : m_teacher(teacher)
    , m_layout(layoutOf(*teacher.model(), cache, wanted))
    , m_file(cache.folder, m_layout)
    , m_topK(m_layout.description.at("top_k").get<std::int64_t>())
    , m_classes(m_layout.description.at("classes").get<std::int64_t>())
    , m_taps(wantedTaps(*teacher.model(), wanted))
    , m_warn(std::move(warn))
{
}

Targets CachedTeacher::targets(const Batch& batch, const std::vector<std::string>& taps)
{
    const std::int64_t count = batch.indices.size(0);
    const auto samples = batch.indices.accessor<std::int64_t, 1>();
    at::Tensor answers = at::empty({count, m_layout.bytesPerAnswer}, at::kByte);
    char* bytes = static_cast<char*>(answers.data_ptr());
    std::int64_t there = 0;
    while (there < count && m_file.read(samples[there], batch.view, bytes + there * m_layout.bytesPerAnswer)) {
        ++there;
    }
    if (there < count) {
        // All of them: the network's rounding may depend on the batch.
        answers = encode(m_teacher.targets(batch, taps), taps);
        bytes = static_cast<char*>(answers.data_ptr());
        try {
            for (std::int64_t i = 0; m_stores && i < count; ++i) {
                m_file.write(samples[i], batch.view, bytes + i * m_layout.bytesPerAnswer);
            }
        } catch (const std::runtime_error& error) {
            m_stores = false;
            m_warn(std::string(error.what()) + "; training goes on without storing them");
        }
    }
    return decode(answers, batch.inputs.device(), taps);
}

CachedTeacher::Verdict& CachedTeacher::Verdict::operator+=(const Verdict& other)
{
    stored += other.stored;
    wrong += other.wrong;
    damaged += other.damaged;
    return *this;
}

CachedTeacher::Verdict CachedTeacher::verify(const Batch& batch, const std::vector<std::string>& taps)
{
    const at::Tensor computed = encode(m_teacher.targets(batch, taps), taps);
    at::Tensor stored = at::empty({1, m_layout.bytesPerAnswer}, at::kByte);
    const auto samples = batch.indices.accessor<std::int64_t, 1>();
    Verdict verdict;
    for (std::int64_t i = 0; i < batch.indices.size(0); ++i) {
        if (!m_file.read(samples[i], batch.view, static_cast<char*>(stored.data_ptr()))) {
            verdict.damaged += m_file.has(samples[i], batch.view) ? 1 : 0;
            continue;
        }
        ++verdict.stored;
        const at::Tensor fresh = decode(computed.narrow(0, i, 1), at::kCPU, taps).logits;
        const at::Tensor kept = decode(stored, at::kCPU, taps).logits;
        const at::Tensor bound = 0.02 * fresh.abs().amax() + 1e-3; // bfloat16 keeps eight bits
        verdict.wrong += (kept - fresh).abs().amax().item<float>() > bound.item<float>() ? 1 : 0;
    }
    return verdict;
}

at::Tensor CachedTeacher::encode(const Targets& targets, const std::vector<std::string>& taps) const
{
    std::vector<at::Tensor> parts;
    const at::Tensor logits = targets.logits.cpu();
    if (m_topK > 0) {
        const auto [values, indices] = logits.topk(m_topK, 1);
        const at::Tensor others = logits.scatter(1, indices, -INFINITY);
        parts = {bytesOf(indices.to(at::kInt)), bytesOf(values), bytesOf(others.logsumexp(1, true))};
    } else {
        parts = {bytesOf(logits)};
    }
    if (!taps.empty()) {
        for (const auto& [name, shape] : m_taps) {
            parts.push_back(bytesOf(targets.taps.at(name).to(at::kCPU)));
        }
    }
    return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
}

Targets CachedTeacher::decode(const at::Tensor& answers, at::Device device, const std::vector<std::string>& taps) const
{
    std::int64_t from = 0;
    const auto part = [&](std::int64_t count, at::ScalarType type) {
        at::Tensor values = answers.narrow(1, from, 4 * count).contiguous().view(type);
        from += 4 * count;
        return values;
    };
    Targets targets;
    if (m_topK > 0) {
        const at::Tensor indices = part(m_topK, at::kInt).to(at::kLong), values = part(m_topK, at::kFloat);
        const at::Tensor rest = part(1, at::kFloat) - std::log(static_cast<double>(m_classes - m_topK));
        targets.logits = rest.expand({-1, m_classes}).scatter(1, indices, values).to(device);
    } else {
        targets.logits = part(m_classes, at::kFloat).to(device);
    }
    targets.taps = Taps(taps);
    for (const auto& [name, shape] : m_taps) {
        std::vector<std::int64_t> sizes = shape;
        sizes.insert(sizes.begin(), answers.size(0));
        at::Tensor output = part(elements(shape), at::kFloat).view(sizes);
        if (output.dim() == 4 && m_teacher.model()->execution().channelsLast) {
            output = output.contiguous(at::MemoryFormat::ChannelsLast); // as the network leaves it: sums keep their order
        }
        targets.taps.offer(name, output.to(device));
    }
    return targets;
}

} // namespace distill
