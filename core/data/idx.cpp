// SPDX-License-Identifier: GPL-3.0-or-later
// The idx format of MNIST (http://yann.lecun.com/exdb/mnist): magic 0, 0, type, rank; sizes, big-endian; values.
#include "data/readers.h"
#include "data/samplememory.h"

#include <future>
#include <zlib.h>

namespace fs = std::filesystem;

namespace distill {

namespace {

constexpr std::int64_t largestFile = std::int64_t{1} << 36;

/// Plain or gzip-compressed, told apart by the first bytes.
class GzFile {
public:
    explicit GzFile(const fs::path& path)
        : m_path(path.string())
        , m_file(gzopen(m_path.c_str(), "rb"))
    {
        if (!m_file) {
            throw InputError("Cannot read " + m_path + ".");
        }
        gzbuffer(m_file, 1 << 18);
    }
    GzFile(const GzFile&) = delete;
    GzFile& operator=(const GzFile&) = delete;
    ~GzFile() { gzclose_r(m_file); }

    /// Bytes read: fewer than asked for only at the end of a whole file.
    std::int64_t read(std::uint8_t* target, std::int64_t bytes)
    {
        std::int64_t done = 0;
        while (done < bytes) {
            const auto chunk = static_cast<unsigned>(std::min<std::int64_t>(bytes - done, 1 << 28));
            const int got = gzread(m_file, target + done, chunk);
            int code = Z_OK;
            const char* message = gzerror(m_file, &code);
            if (got < 0 || code == Z_BUF_ERROR) {
                throw InputError(m_path
                                 + (code == Z_BUF_ERROR ? " is truncated: its compressed data end too early."
                                                        : " is corrupt: " + std::string(message) + "."));
            }
            done += got;
            if (got == 0) {
                break;
            }
        }
        return done;
    }
    bool isPlain() { return gzdirect(m_file) != 0; }

private:
    std::string m_path;
    gzFile m_file;
};

struct IdxHeader {
    std::vector<std::int64_t> sizes;
    std::int64_t elements() const
    {
        std::int64_t product = 1;
        for (const std::int64_t size : sizes) {
            product *= size;
        }
        return product;
    }
};

std::string hexadecimal(const std::uint8_t* bytes)
{
    char text[12];
    std::snprintf(text, sizeof text, "0x%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    return text;
}

IdxHeader readHeader(GzFile& file, const fs::path& path, std::uint8_t rank)
{
    std::uint8_t bytes[16];
    const std::int64_t length = 4 + 4 * rank;
    if (file.read(bytes, length) < length) {
        throw InputError(path.string() + " is truncated: it ends within the idx header.");
    }
    const std::uint8_t magic[] = {0, 0, 8, rank};
    if (!std::equal(magic, magic + 4, bytes)) {
        throw InputError(path.string() + " is not an idx file of unsigned bytes with " + std::to_string(rank)
                         + (rank == 1 ? " dimension" : " dimensions") + ": it starts with " + hexadecimal(bytes)
                         + " instead of " + hexadecimal(magic) + ".");
    }
    IdxHeader header;
    for (int d = 0; d < rank; ++d) {
        const std::uint8_t* p = bytes + 4 + 4 * d;
        header.sizes.push_back((std::int64_t{p[0]} << 24) | (p[1] << 16) | (p[2] << 8) | p[3]);
    }
    for (int d = 1; d < rank; ++d) {
        if (header.sizes[d] < 1 || header.sizes[d] > 4096) {
            throw InputError(path.string() + " is corrupt: its header gives images of "
                             + std::to_string(header.sizes[1]) + " x " + std::to_string(header.sizes[2]) + " pixels.");
        }
    }
    // A deflate stream expands at most 1,032 times, so a larger claim cannot be true.
    const auto onDisk = static_cast<std::int64_t>(fs::file_size(path));
    const std::int64_t possible = file.isPlain() ? onDisk - length : std::min(onDisk * 1032, largestFile);
    if (header.sizes[0] == 0) {
        throw InputError(path.string() + " holds no samples.");
    }
    if (header.elements() > possible) {
        throw InputError(path.string() + " is truncated: its header promises " + std::to_string(header.elements())
                         + " values, but there are at most " + std::to_string(std::max<std::int64_t>(possible, 0))
                         + ".");
    }
    return header;
}

at::Tensor readIdx(const fs::path& path, std::uint8_t rank)
{
    GzFile file(path);
    const IdxHeader header = readHeader(file, path, rank);
    const std::int64_t total = header.elements();
    // A compressed file's claim is believed only as far as the data go, so memory grows with what was really read.
    const auto plausible = static_cast<std::int64_t>(fs::file_size(path)) * 16 + (1 << 20);
    at::Tensor values = file.isPlain() ? sampleMemory({total}) : at::empty({std::min(total, plausible)}, at::kByte);
    std::int64_t done = 0;
    while (done < total) {
        if (done == values.numel()) {
            values.resize_({std::min(total, 4 * done)});
        }
        const std::int64_t got = file.read(values.data_ptr<std::uint8_t>() + done, values.numel() - done);
        done += got;
        if (done < values.numel()) {
            throw InputError(path.string() + " is truncated: its header promises " + std::to_string(total)
                             + " values, but it holds " + std::to_string(done) + ".");
        }
    }
    std::uint8_t extra = 0;
    if (file.read(&extra, 1) != 0) {
        throw InputError(path.string() + " has more bytes than the " + std::to_string(total)
                         + " values that its header promises.");
    }
    return values.view(header.sizes);
}

struct Part {
    fs::path images, labels;
};

Samples readPart(const Part& part, std::int64_t classes)
{
    const at::Tensor labels = readIdx(part.labels, 1);
    const std::uint8_t* values = labels.data_ptr<std::uint8_t>();
    for (std::int64_t i = 0; i < labels.numel(); ++i) {
        if (values[i] >= classes) {
            throw InputError(part.labels.string() + ": label " + std::to_string(values[i]) + " of sample "
                             + std::to_string(i) + " is not one of 0 to " + std::to_string(classes - 1) + ".");
        }
    }
    const at::Tensor images = readIdx(part.images, 3);
    if (images.size(0) != labels.size(0)) {
        throw InputError(part.images.string() + " holds " + std::to_string(images.size(0)) + " images, but "
                         + part.labels.string() + " holds " + std::to_string(labels.size(0)) + " labels.");
    }
    return {images.unsqueeze(1), labels.to(at::kLong)};
}

struct Files {
    fs::path folder;
    Part train, test;
};

Source openIdx(const Places& places, const std::vector<std::string>& classes, const FolderSettings& settings,
               const std::string& workspace)
{
    Files files;
    const auto find = [&](const std::string& name) {
        return locate(places, settings.folder, workspace, {name, name + ".gz"}, files.folder);
    };
    files.train = {find("train-images-idx3-ubyte"), find("train-labels-idx1-ubyte")};
    files.test = {find("t10k-images-idx3-ubyte"), find("t10k-labels-idx1-ubyte")};

    Source source;
    source.files = {files.train.images, files.train.labels, files.test.images, files.test.labels};
    const auto count = static_cast<std::int64_t>(classes.size());
    source.load = [files, classes, count, title = places.title] {
        auto test = std::async(std::launch::async, [&] { return readPart(files.test, count); });
        Dataset dataset{.name = title, .origin = files.folder.string(), .classes = classes};
        dataset.train = readPart(files.train, count);
        dataset.test = test.get();
        const at::IntArrayRef size = dataset.train.inputs.sizes();
        if (dataset.test.inputs.sizes().slice(1) != size.slice(1)) {
            throw InputError(files.test.images.string() + " holds images of another size than "
                             + files.train.images.string() + ".");
        }
        dataset.shape = {size[1], size[2], size[3]};
        return dataset;
    };
    source.outline = [files, count, title = places.title] {
        const auto header = [](const fs::path& path) {
            GzFile file(path);
            return readHeader(file, path, 3).sizes;
        };
        const std::vector<std::int64_t> train = header(files.train.images);
        return DatasetOutline{title, {1, train[1], train[2]}, count, train[0], header(files.test.images)[0]};
    };
    return source;
}

DatasetReader idxReader(Kind kind, const Places& places, const std::vector<std::string>& classes)
{
    return makeReader<FolderSettings>(std::move(kind),
                                      [=](const FolderSettings& settings, const std::string& workspace) {
                                          return openIdx(places, classes, settings, workspace);
                                      });
}

} // namespace

DatasetReader fashionMnistReader()
{
    return idxReader(
        datasetKind("fashion-mnist", "Fashion-MNIST", "70,000 grey images of clothing, 28 x 28, in ten classes.",
                    "Xiao, Rasul, Vollgraf: Fashion-MNIST, 2017, arXiv:1708.07747"),
        {"Fashion-MNIST", "fashion-mnist", {"FashionMNIST/raw", "raw"}},
        {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"});
}

DatasetReader mnistReader()
{
    return idxReader(
        datasetKind("mnist", "MNIST", "70,000 grey images of handwritten digits, 28 x 28, in ten classes.",
                    "LeCun, Bottou, Bengio, Haffner: Gradient-based learning applied to document recognition, "
                    "Proceedings of the IEEE 86, 1998"),
        {"MNIST", "mnist", {"MNIST/raw", "raw"}}, {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
}

} // namespace distill
