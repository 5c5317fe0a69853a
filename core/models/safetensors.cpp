// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/safetensors.h"

#include "experiment/error.h"
#include "models/atomicfile.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace distill {

namespace {

static_assert(std::endian::native == std::endian::little, "tensors are stored as they lie in memory");

using Json = nlohmann::ordered_json;

constexpr std::uint64_t lengthBytes = 8;
constexpr std::uint64_t longestHeader = 100'000'000; // as the reference implementation
constexpr int deepestHeader = 4;
constexpr std::size_t mostDimensions = 64; // LibTorch's own limit

struct StoredType {
    const char* name;
    at::ScalarType type;
};
constexpr StoredType storedTypes[]
    = {{"F64", at::kDouble}, {"F32", at::kFloat}, {"F16", at::kHalf}, {"BF16", at::kBFloat16}, {"I64", at::kLong},
       {"I32", at::kInt},    {"I16", at::kShort}, {"I8", at::kChar},  {"U8", at::kByte},       {"BOOL", at::kBool}};

struct Entry {
    std::string name;
    at::ScalarType type = at::kFloat;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;
};

/// One file being read; every error names it.
class Reader {
public:
    explicit Reader(const std::string& path)
        : m_path(path)
    {
        std::error_code error;
        if (!std::filesystem::is_regular_file(path, error)) {
            fail(std::filesystem::exists(path, error) ? "it is no file" : "there is no such file");
        }
        m_size = std::filesystem::file_size(path, error);
        m_stream.open(path, std::ios::binary);
        if (error || !m_stream) {
            fail("it cannot be opened");
        }
    }

    TensorFile read()
    {
        const Json header = readHeader();
        TensorFile file;
        std::vector<Entry> entries;
        for (const auto& [name, value] : header.items()) {
            if (name == "__metadata__") {
                file.metadata = metadataOf(value);
            } else {
                entries.push_back(entryOf(name, value));
            }
        }
        checkOffsets(entries);
        for (const Entry& entry : entries) {
            file.tensors.emplace(entry.name, readTensor(entry));
        }
        return file;
    }

private:
    [[noreturn]] void fail(const std::string& reason) const
    {
        throw InputError("Cannot read " + m_path + " as safetensors: " + reason + ".");
    }

    void readBytes(void* into, std::uint64_t count)
    {
        m_stream.read(static_cast<char*>(into), static_cast<std::streamsize>(count));
        if (static_cast<std::uint64_t>(m_stream.gcount()) != count) {
            fail("it ends too early");
        }
    }

    Json readHeader()
    {
        if (m_size < lengthBytes) {
            fail("it has " + std::to_string(m_size) + " bytes, too few for a header");
        }
        std::uint64_t length = 0;
        readBytes(&length, lengthBytes);
        if (length > longestHeader || length > m_size - lengthBytes) {
            fail("its first 8 bytes announce a header of " + std::to_string(length) + " bytes in a file of "
                 + std::to_string(m_size));
        }
        m_dataBegin = lengthBytes + length;
        std::string text(length, '\0');
        readBytes(text.data(), length);
        if (text.empty() || text.front() != '{') {
            fail("its header does not start with \"{\"");
        }
        return parse(text);
    }

    Json parse(const std::string& text) const
    {
        std::vector<std::set<std::string>> keys;
        const auto check = [&](int depth, Json::parse_event_t event, Json& value) {
            if (depth > deepestHeader) {
                fail("its header is nested too deeply");
            }
            if (event == Json::parse_event_t::object_start) {
                keys.emplace_back();
            } else if (event == Json::parse_event_t::object_end) {
                keys.pop_back();
            } else if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second) {
                fail("its header has the key \"" + value.get<std::string>() + "\" twice");
            }
            return true;
        };
        try {
            return Json::parse(text, check);
        } catch (const Json::exception&) {
            fail("its header is no JSON");
        }
    }

    std::map<std::string, std::string> metadataOf(const Json& value) const
    {
        std::map<std::string, std::string> metadata;
        if (!value.is_object()) {
            fail("its metadata is no object");
        }
        for (const auto& [key, text] : value.items()) {
            if (!text.is_string()) {
                fail("its metadata \"" + key + "\" is no text");
            }
            metadata[key] = text.get<std::string>();
        }
        return metadata;
    }

    Entry entryOf(const std::string& name, const Json& value) const
    {
        const std::string subject = "the tensor \"" + name + "\" ";
        const auto isList = [](const Json& list) {
            return list.is_array()
                && std::all_of(list.begin(), list.end(), [](const Json& item) { return item.is_number_unsigned(); });
        };
        if (!value.is_object() || !value.contains("dtype") || !value.contains("shape")
            || !value.contains("data_offsets")) {
            fail(subject + "needs dtype, shape and data_offsets");
        }
        if (!value["dtype"].is_string() || !isList(value["shape"]) || !isList(value["data_offsets"])
            || value["data_offsets"].size() != 2) {
            fail(subject + "needs a dtype text, a list of sizes as shape and two data_offsets");
        }
        Entry entry;
        entry.name = name;
        const std::string typeName = value["dtype"].get<std::string>();
        const auto type = std::find_if(std::begin(storedTypes), std::end(storedTypes),
                                       [&](const StoredType& known) { return typeName == known.name; });
        if (type == std::end(storedTypes)) {
            fail(subject + "has the unknown type \"" + typeName + "\"");
        }
        entry.type = type->type;
        entry.begin = value["data_offsets"][0].get<std::uint64_t>();
        entry.end = value["data_offsets"][1].get<std::uint64_t>();
        if (value["shape"].size() > mostDimensions) {
            fail(subject + "has more than " + std::to_string(mostDimensions) + " dimensions");
        }
        // Sizes of zero are left out of the product, so that strides cannot overflow either.
        std::int64_t bytes = static_cast<std::int64_t>(c10::elementSize(entry.type));
        bool isEmpty = false;
        for (const Json& item : value["shape"]) {
            const std::uint64_t size = item.get<std::uint64_t>();
            isEmpty = isEmpty || size == 0;
            if (size > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                || __builtin_mul_overflow(bytes, static_cast<std::int64_t>(std::max<std::uint64_t>(size, 1)), &bytes)) {
                fail(subject + "has a shape too large for any memory");
            }
            entry.shape.push_back(static_cast<std::int64_t>(size));
        }
        const std::uint64_t needed = isEmpty ? 0 : static_cast<std::uint64_t>(bytes);
        if (entry.begin > entry.end || entry.end - entry.begin != needed) {
            fail(subject + "needs " + std::to_string(needed) + " bytes for its shape, but has the offsets "
                 + std::to_string(entry.begin) + " to " + std::to_string(entry.end));
        }
        return entry;
    }

    /// The tensors must fill the data without a gap or an overlap.
    void checkOffsets(std::vector<Entry>& entries) const
    {
        std::sort(entries.begin(), entries.end(),
                  [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
        std::uint64_t position = 0;
        for (const Entry& entry : entries) {
            if (entry.begin != position) {
                fail("the tensor \"" + entry.name + "\" starts at byte " + std::to_string(entry.begin)
                     + " of the data, not at " + std::to_string(position));
            }
            position = entry.end;
        }
        if (position != m_size - m_dataBegin) {
            fail("its tensors need " + std::to_string(position) + " bytes, but it holds "
                 + std::to_string(m_size - m_dataBegin));
        }
    }

    at::Tensor readTensor(const Entry& entry)
    {
        at::Tensor tensor = at::empty(entry.shape, entry.type);
        readBytes(tensor.data_ptr(), entry.end - entry.begin);
        if (entry.type == at::kBool) {
            const auto* bytes = static_cast<const unsigned char*>(tensor.data_ptr());
            if (std::any_of(bytes, bytes + tensor.numel(), [](unsigned char byte) { return byte > 1; })) {
                fail("the tensor \"" + entry.name + "\" is of type BOOL and has a value other than 0 and 1");
            }
        }
        return tensor;
    }

    std::string m_path;
    std::ifstream m_stream;
    std::uint64_t m_size = 0, m_dataBegin = 0;
};

const char* storedTypeName(const std::string& path, const std::string& name, at::ScalarType type)
{
    for (const StoredType& stored : storedTypes) {
        if (stored.type == type) {
            return stored.name;
        }
    }
    throw std::runtime_error("Cannot write " + path + ": the tensor \"" + name + "\" has the type " + at::toString(type)
                             + ", which safetensors does not hold.");
}

/// Throws for a tensor on which no file could be written.
std::string headerText(const std::string& path, const TensorFile& file,
                       const std::vector<std::pair<std::string, at::Tensor>>& tensors)
{
    Json header = Json::object();
    if (!file.metadata.empty()) {
        header["__metadata__"] = file.metadata;
    }
    std::uint64_t position = 0;
    for (const auto& [name, tensor] : tensors) {
        if (name == "__metadata__") {
            throw std::runtime_error("Cannot write " + path + ": \"__metadata__\" is no name for a tensor.");
        }
        const std::uint64_t end = position + tensor.nbytes();
        header[name] = {{"dtype", storedTypeName(path, name, tensor.scalar_type())},
                        {"shape", tensor.sizes().vec()},
                        {"data_offsets", {position, end}}};
        position = end;
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const Json::exception&) {
        throw std::runtime_error("Cannot write " + path + ": a tensor's name or the metadata is not UTF-8.");
    }
    // The data starts at a multiple of 8, so that others may map it into memory.
    text.append((8 - text.size() % 8) % 8, ' ');
    return text;
}

} // namespace

TensorFile readSafetensors(const std::string& path)
{
    return Reader(path).read();
}

void writeSafetensors(const std::string& path, const TensorFile& file)
{
    std::vector<std::pair<std::string, at::Tensor>> tensors(file.tensors.begin(), file.tensors.end());
    for (auto& [name, tensor] : tensors) {
        tensor = tensor.detach().to(at::kCPU).contiguous();
    }
    // Wide types first, so that each tensor is aligned; within a type by name, as the map has them.
    std::stable_sort(tensors.begin(), tensors.end(),
                     [](const auto& a, const auto& b) { return a.second.element_size() > b.second.element_size(); });
    const std::string header = headerText(path, file, tensors);
    const std::uint64_t length = header.size();
    AtomicFile out(path);
    out.write(&length, lengthBytes);
    out.write(header.data(), header.size());
    for (const auto& [name, tensor] : tensors) {
        out.write(tensor.data_ptr(), tensor.nbytes());
    }
    out.commit();
}

void writeFileAtomically(const std::string& path, std::string_view bytes)
{
    AtomicFile out(path);
    out.write(bytes.data(), bytes.size());
    out.commit();
}

} // namespace distill
