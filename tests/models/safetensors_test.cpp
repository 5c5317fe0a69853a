// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/safetensors.h"

#include "models/support.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace distill::test {

namespace {

namespace fs = std::filesystem;

class Safetensors : public testing::Test {
protected:
    Safetensors()
    {
        std::string pattern = (fs::temp_directory_path() / "distill-XXXXXX").string();
        m_folder = ::mkdtemp(pattern.data());
    }
    ~Safetensors() override { fs::remove_all(m_folder); }

    std::string path(const std::string& name = "t.safetensors") const { return (m_folder / name).string(); }
    std::string write(const std::string& bytes) const
    {
        std::ofstream(path(), std::ios::binary) << bytes;
        return path();
    }
    std::vector<std::string> files() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(m_folder)) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }

    fs::path m_folder;
};

std::string slurp(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The format, as its documentation has it: length, header, data.
std::string fileOf(const std::string& header, const std::string& data)
{
    std::string bytes;
    for (int i = 0; i < 8; ++i) {
        bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
    }
    return bytes + header + data;
}

template <class Value> std::string bytesOf(std::initializer_list<Value> values)
{
    std::string bytes;
    for (const Value value : values) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    return bytes;
}

const std::string twoTensors
    = R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
      R"("b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}})";
std::string twoTensorsData()
{
    return bytesOf<float>({1, 2, 3, 4, 5, -6.5f}) + bytesOf<std::int64_t>({1234567890123});
}

} // namespace

TEST_F(Safetensors, ReadsWhatTheFormatsDocumentationDescribes)
{
    const TensorFile file = readSafetensors(write(fileOf(twoTensors + "   ", twoTensorsData())));
    ASSERT_EQ(file.tensors.size(), 2u);
    EXPECT_TRUE(file.tensors.at("a").equal(at::tensor({1.f, 2.f, 3.f, 4.f, 5.f, -6.5f}).reshape({2, 3})));
    EXPECT_EQ(file.tensors.at("b").dim(), 0);
    EXPECT_EQ(file.tensors.at("b").item<std::int64_t>(), 1234567890123);
    EXPECT_THAT(file.metadata, testing::ElementsAre(testing::Pair("format", "pt")));
    EXPECT_TRUE(readSafetensors(write(fileOf("{}", ""))).tensors.empty());
}

TEST_F(Safetensors, EveryTypeComesBackBitForBit)
{
    TensorFile file;
    const at::Tensor values = normal({3, 4}, 1) * 50;
    for (const auto type :
         {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar}) {
        file.tensors[at::toString(type)] = values.to(type);
    }
    file.tensors["Byte"] = values.abs().to(at::kByte);
    file.tensors["Bool"] = values > 0;
    file.tensors["scalar"] = at::full({}, 3.5);
    file.tensors["empty"] = at::zeros({0, 5});
    file.tensors["transposed"] = values.t();
    file.tensors["part"] = values.slice(0, 0, 3, 2);
    file.tensors["odd \"name\"\n\xc3\xa9"] = at::full({1}, 7, at::kByte);
    file.tensors["parameter"] = at::ones({2}).requires_grad_();
    file.tensors["not finite"] = at::tensor({std::nan(""), INFINITY, -INFINITY});
    file.metadata = {{"format", "pt"}, {"note", "\xe2\x88\x9e"}};
    writeSafetensors(path(), file);
    EXPECT_THAT(files(), testing::ElementsAre("t.safetensors"));

    const TensorFile back = readSafetensors(path());
    EXPECT_EQ(back.metadata, file.metadata);
    ASSERT_EQ(back.tensors.size(), file.tensors.size());
    for (const auto& [name, tensor] : file.tensors) {
        const at::Tensor& read = back.tensors.at(name);
        const at::Tensor stored = tensor.detach().contiguous();
        ASSERT_EQ(read.sizes(), stored.sizes()) << name;
        ASSERT_EQ(read.scalar_type(), stored.scalar_type()) << name;
        if (stored.numel() > 0) {
            EXPECT_EQ(std::memcmp(read.data_ptr(), stored.data_ptr(), stored.nbytes()), 0) << name;
        }
    }
}

TEST_F(Safetensors, WritesALayoutThatOthersCanMapIntoMemory)
{
    TensorFile file;
    file.tensors["a.byte"] = at::full({3}, 9, at::kByte);
    file.tensors["b.double"] = at::full({2}, 0.25, at::kDouble);
    file.tensors["c.float"] = at::full({1}, 2.0, at::kFloat);
    writeSafetensors(path(), file);
    const std::string bytes = slurp(path());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    EXPECT_EQ(length % 8, 0u);
    const Json header = Json::parse(bytes.substr(8, length));
    EXPECT_EQ(header.size(), 3u);
    EXPECT_EQ(header["b.double"], Json::parse(R"({"dtype":"F64","shape":[2],"data_offsets":[0,16]})"));
    EXPECT_EQ(header["c.float"], Json::parse(R"({"dtype":"F32","shape":[1],"data_offsets":[16,20]})"));
    EXPECT_EQ(header["a.byte"], Json::parse(R"({"dtype":"U8","shape":[3],"data_offsets":[20,23]})"));
    EXPECT_EQ(bytes.substr(8 + length), bytesOf<double>({0.25, 0.25}) + bytesOf<float>({2}) + "\x09\x09\x09");
}

TEST_F(Safetensors, RefusesFilesThatBreakTheRules)
{
    const auto error = [&](const std::string& bytes) {
        const std::string text = inputErrorOf([&] { readSafetensors(write(bytes)); });
        EXPECT_THAT(text, testing::HasSubstr(path())) << bytes;
        return text;
    };
    const auto entry = [](const std::string& type, const std::string& shape, const std::string& offsets) {
        return "{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    };
    const std::string four(4, '\0'), eight(8, '\0');
    using testing::HasSubstr;
    EXPECT_THAT(error(""), HasSubstr("too few"));
    EXPECT_THAT(error(std::string(8, '\xff')), HasSubstr("18446744073709551615"));
    EXPECT_THAT(error(fileOf("[]", "")), HasSubstr("does not start"));
    EXPECT_THAT(error(fileOf("", "")), HasSubstr("does not start"));
    EXPECT_THAT(error(fileOf("{\"a\":", "")), HasSubstr("no JSON"));
    EXPECT_THAT(error(fileOf("{\"a\xff\":1}", "")), HasSubstr("no JSON"));
    EXPECT_THAT(error(fileOf("{\"a\":" + std::string(100000, '['), "")), HasSubstr("too deeply"));
    EXPECT_THAT(error(fileOf("{\"a\":3}", "")), HasSubstr("\"a\""));
    EXPECT_THAT(error(fileOf("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", four)), HasSubstr("data_offsets"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F33", "[1]", "[0,4]") + "}", four)), HasSubstr("F33"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[-1]", "[0,4]") + "}", four)), HasSubstr("list of sizes"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[1.0]", "[0,4]") + "}", four)), HasSubstr("list of sizes"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[1]", "[0,4,8]") + "}", four)), HasSubstr("two data_offsets"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[1]", "[4,0]") + "}", four)), HasSubstr("4 to 0"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[2]", "[0,4]") + "}", four)), HasSubstr("8 bytes"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[2]", "[0,8]") + "}", four)), HasSubstr("holds 4"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[1]", "[0,4]") + "}", eight)), HasSubstr("holds 8"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", "[1]", "[4,8]") + "}", eight)), HasSubstr("starts at byte 4"));
    const std::string overlap
        = "{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"b\":" + entry("F32", "[1]", "[0,4]") + "}";
    EXPECT_THAT(error(fileOf(overlap, four)), HasSubstr("\"b\" starts at byte 0"));
    for (const char* shape : {"[4294967296,4294967296,4294967296]", "[9223372036854775807,2]", "[18446744073709551615]",
                              "[0,4294967296,4294967296]", "[4611686018427387904]"}) {
        EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", shape, "[0,0]") + "}", "")), HasSubstr("too large")) << shape;
    }
    std::string manyOnes = "[1";
    for (int i = 0; i < 64; ++i) {
        manyOnes += ",1";
    }
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("F32", manyOnes + "]", "[0,4]") + "}", four)),
                HasSubstr("64 dimensions"));
    const std::string twice = "{\"a\":" + entry("F32", "[1]", "[0,4]") + ",\"a\":" + entry("F32", "[1]", "[0,4]") + "}";
    EXPECT_THAT(error(fileOf(twice, four)), HasSubstr("\"a\" twice"));
    EXPECT_THAT(error(fileOf("{\"a\":" + entry("BOOL", "[1]", "[0,1]") + "}", "\x02")), HasSubstr("BOOL"));
    EXPECT_THAT(error(fileOf("{\"__metadata__\":[]}", "")), HasSubstr("metadata"));
    EXPECT_THAT(error(fileOf("{\"__metadata__\":{\"epoch\":3}}", "")), HasSubstr("\"epoch\""));
    EXPECT_THAT(inputErrorOf([&] { readSafetensors(path("absent")); }), HasSubstr("no such file"));
    EXPECT_THAT(inputErrorOf([&] { readSafetensors(m_folder.string()); }), HasSubstr("no file"));
}

TEST_F(Safetensors, DamageAnywhereIsAnErrorOrAnotherValidFile)
{
    const std::string bytes = fileOf(twoTensors, twoTensorsData());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        inputErrorOf([&] { readSafetensors(write(bytes.substr(0, length))); });
    }
    int refused = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const int flip : {0x01, 0x10, 0x20, 0x80, 0xff}) {
            std::string damaged = bytes;
            damaged[i] = static_cast<char>(damaged[i] ^ flip);
            try {
                const TensorFile file = readSafetensors(write(damaged));
                EXPECT_LE(file.tensors.size(), 2u);
            } catch (const InputError&) {
                ++refused;
            }
        }
    }
    EXPECT_GT(refused, 500) << "most of the header matters";
}

TEST_F(Safetensors, AFailedWriteKeepsTheOldFileAndLeavesNothingBehind)
{
    writeFileAtomically(path(), "old");
    const auto refused = [&](const std::string& where, const std::function<void()>& action) {
        try {
            action();
            ADD_FAILURE() << "no error";
        } catch (const std::runtime_error& error) {
            EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(where), testing::EndsWith(".")));
        }
        EXPECT_EQ(slurp(path()), "old");
        EXPECT_THAT(files(), testing::ElementsAre("t.safetensors"));
    };
    TensorFile large;
    large.tensors["a"] = at::zeros({100000});
    {
        // A limit on the file's size fails a write in its middle, as a full disk does.
        rlimit before{};
        ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
        const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
        rlimit small = before;
        small.rlim_cur = 4096;
        ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
        std::string message;
        try {
            writeSafetensors(path(), large);
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        ::setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, oldHandler);
        EXPECT_THAT(message, testing::AllOf(testing::HasSubstr(path()), testing::HasSubstr("File too large")));
        EXPECT_EQ(slurp(path()), "old");
        EXPECT_THAT(files(), testing::ElementsAre("t.safetensors"));
    }
    TensorFile complex;
    complex.tensors["z"] = at::zeros({2}, at::kComplexFloat);
    refused("\"z\"", [&] { writeSafetensors(path(), complex); });
    TensorFile reserved;
    reserved.tensors["__metadata__"] = at::zeros({2});
    refused("__metadata__", [&] { writeSafetensors(path(), reserved); });
    TensorFile notText;
    notText.tensors["\xff"] = at::zeros({2});
    refused("UTF-8", [&] { writeSafetensors(path(), notText); });
    refused("No such file", [&] { writeSafetensors(path("absent/t.safetensors"), large); });
    fs::create_directory(path("folder"));
    EXPECT_THROW(writeFileAtomically(path("folder"), "x"), std::runtime_error);
    EXPECT_THAT(files(), testing::UnorderedElementsAre("t.safetensors", "folder"));
}

TEST_F(Safetensors, AKilledWriterLeavesOneVersionOrTheOther)
{
    const std::size_t size = 1 << 20;
    const std::string versions[] = {std::string(size, 'a'), std::string(size, 'b')};
    writeFileAtomically(path(), versions[0]);
    for (int round = 0; round < 8; ++round) {
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            for (int i = 0;; ++i) {
                writeFileAtomically(path(), versions[i % 2]);
            }
        }
        ::usleep(static_cast<useconds_t>(3000 + 1700 * round));
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        ASSERT_EQ(::waitpid(child, nullptr, 0), child);
        const std::string found = slurp(path());
        EXPECT_TRUE(found == versions[0] || found == versions[1]) << "a torn file of " << found.size() << " bytes";
    }
}

} // namespace distill::test
