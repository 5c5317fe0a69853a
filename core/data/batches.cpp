// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/batches.h"
#include "experiment/error.h"
#include "experiment/schema.h"

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
        if (settings.shift > 0 || settings.flip || settings.cutout > 0 || settings.cutmix > 0
            || settings.randAugment.operations > 0) {
            throw InputError("Shift, flip, cutout, cutmix and randaugment are for images, but " + dataset.name + " has "
                             + std::to_string(dataset.shape.channels) + " features a sample; noise and mixup alone fit.");
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
    , m_labels(split.labels)
    , m_indices(split.transfer)
    , m_augmentation(settings.augmentation)
    , m_batchSize(std::min(batchSize, split.transfer.size(0)))
    , m_device(device)
    , m_normaliser(split.mean, split.deviation, device)
    , m_mean(split.mean)
    , m_deviation(split.deviation)
    , m_orderSeed(seed)
    , m_augmentationSeed(deriveSeed(settings.augmentation.seed > 0 ? static_cast<std::uint64_t>(settings.augmentation.seed) : seed,
                                    "augmentation"))
{
    if (m_batchSize < 1) {
        throw InputError("There are no samples to train on, or the batch size is 0.");
    }
    checkAugmentation(*m_dataset, m_augmentation);
    m_padding = m_normaliser(at::zeros({1, m_dataset->shape.channels, 1, 1}, m_inputs.options().device(device)));
    m_order = orderOf(0);
}

std::int64_t BatchSource::stepsPerEpoch() const
{
    return m_indices.size(0) / m_batchSize;
}

std::int64_t BatchSource::batchSize() const
{
    return m_batchSize;
}

void BatchSource::seek(std::int64_t epoch, std::int64_t batch)
{
    m_epoch = epoch;
    m_cursor = batch * m_batchSize;
    m_order = orderOf(epoch);
}

at::Tensor BatchSource::orderOf(std::int64_t epoch) const
{
    // Always drawn on the CPU, so that the order is the same on every device.
    at::Generator generator = makeGenerator(at::kCPU, deriveSeed(m_orderSeed, "order " + std::to_string(epoch)));
    return at::randperm(m_indices.size(0), generator, at::kLong);
}

at::Tensor BatchSource::view(const Views& views) const
{
    at::Tensor inputs = m_inputs.index_select(0, views.samples.to(m_inputs.device())).to(m_device);
    if (m_augmentation.randAugment.operations > 0) {
        const at::Tensor images
            = inputs.scalar_type() == at::kByte ? inputs.to(at::kFloat).div_(255) : inputs; // as the normaliser reads them
        inputs = randAugment(images, m_augmentation.randAugment, views);
    }
    return augment(m_normaliser(inputs), m_augmentation, m_padding, views);
}

at::Tensor BatchSource::advance()
{
    if (m_cursor + m_batchSize > m_order.size(0)) {
        m_order = orderOf(++m_epoch);
        m_cursor = 0;
    }
    const at::Tensor chosen = m_order.narrow(0, m_cursor, m_batchSize);
    m_cursor += m_batchSize;
    return chosen;
}

void BatchSource::skip()
{
    advance();
}

Batch BatchSource::next()
{
    const at::Tensor chosen = advance();
    Views views{m_augmentationSeed, m_indices.index_select(0, chosen), viewOf(m_augmentation, m_epoch)};
    Batch batch{view(views), m_labels.index_select(0, chosen).to(m_device), views.samples, views.number, {}, {}};
    if (mixes(m_augmentation)) {
        const Partners partners = drawPartners(m_augmentation, views, m_indices.size(0), batch.inputs.size(2), batch.inputs.size(3));
        views.samples = m_indices.index_select(0, partners.positions);
        batch.inputs = mix(batch.inputs, view(views), partners);
        batch.otherLabels = m_labels.index_select(0, partners.positions).to(m_device);
        batch.share = partners.share.to(m_device);
    }
    return batch;
}

std::map<std::string, at::Tensor> BatchSource::state() const
{
    return {{"position", at::tensor({m_epoch, m_cursor, m_indices.size(0)}, at::kLong)}};
}

void BatchSource::restore(const std::map<std::string, at::Tensor>& state)
{
    const auto entry = state.find("position");
    if (entry == state.end() || entry->second.scalar_type() != at::kLong || entry->second.numel() != 3) {
        throw InputError("The checkpoint lacks the position in the stream of batches.");
    }
    const at::Tensor position = entry->second.cpu().contiguous();
    const auto* numbers = position.data_ptr<std::int64_t>();
    const std::int64_t samples = m_indices.size(0);
    if (numbers[2] != samples || numbers[0] < 0 || numbers[1] < 0 || numbers[1] > samples) {
        throw InputError("The checkpoint's batches are of another transfer set than these " + std::to_string(samples)
                         + " samples.");
    }
    m_epoch = numbers[0];
    m_cursor = numbers[1];
    m_order = orderOf(m_epoch);
}

std::int64_t BatchSource::views(std::int64_t epochs) const
{
    if (!varies(m_augmentation)) {
        return 1;
    }
    return m_augmentation.views > 0 ? std::min(m_augmentation.views, epochs) : epochs;
}

std::string BatchSource::appearance() const
{
    Json json = {{"dataset", m_dataset->sha256}, {"mean", m_mean}, {"deviation", m_deviation}};
    if (varies(m_augmentation)) {
        for (const Field& field : fieldsOf(m_augmentation)) {
            json["augmentation"][field.key] = field.defaultValue;
        }
        json["seed"] = m_augmentationSeed;
    }
    if (mixes(m_augmentation)) { // partners are counted within the transfer set
        json["transfer"] = sha256({static_cast<const char*>(m_indices.data_ptr()), m_indices.nbytes()});
    }
    return json.dump();
}

const Normaliser& BatchSource::normaliser() const
{
    return m_normaliser;
}

} // namespace distill
