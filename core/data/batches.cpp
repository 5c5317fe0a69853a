// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"
#include "experiment/error.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <dlfcn.h>
#include <mutex>

namespace distill {

namespace {

at::Tensor perChannel(const std::vector<double>& values, at::Device device)
{
    return at::tensor(at::ArrayRef<double>(values)).to(at::kFloat).view({1, -1, 1, 1}).to(device);
}

std::vector<double> combined(const std::vector<double>& mean, const std::vector<double>& deviation,
                             double (*combine)(double, double))
{
    std::vector<double> result;
    for (std::size_t c = 0; c < mean.size(); ++c) {
        result.push_back(combine(mean[c], deviation[c]));
    }
    return result;
}

/// Free bytes of a CUDA device. The runtime is found in the running process, so that no CUDA header is needed.
std::size_t freeMemory(at::Device device)
{
    using MemGetInfo = int (*)(std::size_t*, std::size_t*);
    const auto memGetInfo = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
    c10::OptionalDeviceGuard guard;
    if (device.has_index()) {
        guard.reset_device(device);
    }
    std::size_t free = 0, total = 0;
    constexpr std::size_t unknown = std::size_t{1} << 30;
    return memGetInfo && memGetInfo(&free, &total) == 0 ? free : unknown;
}

/// The training inputs where batches are gathered from: on the device when they take at most a quarter of its free
/// memory, and then one copy for all runs.
at::Tensor placed(const at::Tensor& inputs, at::Device device)
{
    if (!device.is_cuda()) {
        return inputs;
    }
    using Weak = c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;
    struct Copy {
        Weak original, copy;
        at::Device device;
    };
    static std::mutex mutex;
    static std::vector<Copy> copies;
    const std::lock_guard lock(mutex);
    std::erase_if(copies, [](const Copy& copy) { return copy.original.expired() || copy.copy.expired(); });
    for (const Copy& entry : copies) {
        if (entry.device == device && entry.original.lock().get() == inputs.unsafeGetTensorImpl()) {
            if (auto copy = entry.copy.lock()) {
                return at::Tensor(std::move(copy));
            }
        }
    }
    if (inputs.nbytes() > freeMemory(device) / 4) {
        return inputs;
    }
    at::Tensor copy = inputs.to(device);
    copies.push_back({Weak(inputs.getIntrusivePtr()), Weak(copy.getIntrusivePtr()), device});
    return copy;
}

void checkAugmentation(const Dataset& dataset, const AugmentationSettings& settings)
{
    if (!dataset.shape.isImage()) {
        if (settings.shift > 0 || settings.flip || settings.cutout > 0) {
            throw InputError("Shift, flip and cutout are for images, but " + dataset.name + " has "
                             + std::to_string(dataset.shape.channels) + " features a sample; noise alone fits.");
        }
    } else if (settings.shift >= std::min(dataset.shape.height, dataset.shape.width)) {
        throw InputError("A shift of " + std::to_string(settings.shift) + " pixels can move an image of "
                         + std::to_string(dataset.shape.height) + " x " + std::to_string(dataset.shape.width)
                         + " out of sight; make it smaller.");
    }
}

} // namespace

Normaliser::Normaliser(std::vector<double> mean, std::vector<double> deviation, at::Device device)
    : m_scale(perChannel(combined(mean, deviation, [](double, double d) { return 1 / d; }), device))
    , m_shift(perChannel(combined(mean, deviation, [](double m, double d) { return -m / d; }), device))
    , m_byteScale(perChannel(combined(mean, deviation, [](double, double d) { return 1 / (255 * d); }), device))
{
}

at::Tensor Normaliser::operator()(const at::Tensor& inputs) const
{
    const bool bytes = inputs.scalar_type() == at::kByte;
    at::Tensor result = inputs.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
    return result.mul_(bytes ? m_byteScale : m_scale).add_(m_shift);
}

BatchSource::BatchSource(std::shared_ptr<const Dataset> dataset, const Split& split, const DataSettings& settings,
                         std::int64_t batchSize, std::uint64_t seed, at::Device device)
    : m_dataset(std::move(dataset))
    , m_inputs(placed(m_dataset->train.inputs, device))
    , m_labels(split.labels.to(m_inputs.device()))
    , m_indices(split.transfer.to(m_inputs.device()))
    , m_augmentation(settings.augmentation)
    , m_batchSize(std::min(batchSize, split.transfer.size(0)))
    , m_device(device)
    , m_normaliser(split.mean, split.deviation, device)
    , m_orderGenerator(makeGenerator(at::kCPU, deriveSeed(seed, "order")))
    , m_augmentationGenerator(makeGenerator(device, deriveSeed(seed, "augmentation")))
{
    if (m_batchSize < 1) {
        throw InputError("There are no samples to train on, or the batch size is 0.");
    }
    checkAugmentation(*m_dataset, m_augmentation);
    m_padding = m_normaliser(at::zeros({1, m_dataset->shape.channels, 1, 1}, m_inputs.options().device(device)));
    shuffle();
}

std::int64_t BatchSource::stepsPerEpoch() const
{
    return m_indices.size(0) / m_batchSize;
}

std::int64_t BatchSource::batchSize() const
{
    return m_batchSize;
}

void BatchSource::shuffle()
{
    // Always drawn on the CPU, so that the order is the same on every device.
    m_order = at::randperm(m_indices.size(0), m_orderGenerator, at::kLong).to(m_inputs.device());
    m_cursor = 0;
}

Batch BatchSource::next()
{
    if (m_cursor + m_batchSize > m_order.size(0)) {
        shuffle();
    }
    const at::Tensor chosen = m_order.narrow(0, m_cursor, m_batchSize);
    m_cursor += m_batchSize;
    const at::Tensor indices = m_indices.index_select(0, chosen);
    const at::Tensor inputs = m_normaliser(m_inputs.index_select(0, indices).to(m_device));
    return {augment(inputs, m_augmentation, m_padding, m_augmentationGenerator),
            m_labels.index_select(0, chosen).to(m_device), indices.to(m_device)};
}

std::map<std::string, at::Tensor> BatchSource::state() const
{
    return {{"order", m_order.cpu().clone()},
            {"cursor", at::full({1}, m_cursor, at::kLong)},
            {"order_generator", m_orderGenerator.get_state()},
            {"augmentation_generator", m_augmentationGenerator.get_state()}};
}

void BatchSource::restore(const std::map<std::string, at::Tensor>& state)
{
    const auto part = [&](const char* name) -> at::Tensor {
        const auto entry = state.find(name);
        if (entry == state.end()) {
            throw InputError("The checkpoint lacks \"" + std::string(name) + "\" of the batches.");
        }
        return entry->second.cpu();
    };
    const at::Tensor order = part("order"), cursor = part("cursor");
    const at::Tensor orderState = part("order_generator"), augmentationState = part("augmentation_generator");
    const std::int64_t samples = m_indices.size(0);
    const bool fits = order.scalar_type() == at::kLong && order.dim() == 1 && order.size(0) == samples
        && cursor.scalar_type() == at::kLong && cursor.numel() == 1
        && std::get<0>(order.sort()).equal(at::arange(samples, at::kLong)) && cursor.item<std::int64_t>() >= 0
        && cursor.item<std::int64_t>() <= samples;
    if (!fits) {
        throw InputError("The checkpoint's batches are of another transfer set than these " + std::to_string(samples)
                         + " samples.");
    }
    at::Generator orderGenerator = makeGenerator(at::kCPU, 0), augmentationGenerator = makeGenerator(m_device, 0);
    try {
        orderGenerator.set_state(orderState);
        augmentationGenerator.set_state(augmentationState);
    } catch (const c10::Error&) {
        throw InputError("The checkpoint's generators are damaged or of another kind of device.");
    }
    m_orderGenerator = orderGenerator;
    m_augmentationGenerator = augmentationGenerator;
    m_order = order.to(m_inputs.device());
    m_cursor = cursor.item<std::int64_t>();
}

const Normaliser& BatchSource::normaliser() const
{
    return m_normaliser;
}

} // namespace distill
