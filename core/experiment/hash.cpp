// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/schema.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <openssl/evp.h>

namespace distill {

namespace {

class Sha256 {
public:
    Sha256()
        : m_context(EVP_MD_CTX_new(), EVP_MD_CTX_free)
    {
        require(m_context && EVP_DigestInit_ex(m_context.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(std::string_view bytes) { require(EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()) == 1); }
    std::string digits()
    {
        unsigned char digest[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        require(EVP_DigestFinal_ex(m_context.get(), digest, &size) == 1);
        std::string result;
        for (unsigned int i = 0; i < size; ++i) {
            result += "0123456789abcdef"[digest[i] >> 4];
            result += "0123456789abcdef"[digest[i] & 15];
        }
        return result;
    }

private:
    static void require(bool done)
    {
        if (!done) {
            throw std::runtime_error("OpenSSL has no SHA-256 here");
        }
    }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> m_context;
};

/// A resolved experiment without what leaves its result as it is.
Json essence(Json resolved)
{
    const std::vector<std::int64_t> seeds = resolved["seeds"].get<std::vector<std::int64_t>>();
    if (seeds.size() > 1) {
        throw InputError("/seeds: a content hash is of one run, expected one seed, got "
                         + std::to_string(seeds.size()));
    }
    if (seeds.size() == 1) {
        resolved["seed"] = seeds[0];
    }
    for (const char* key : {"name", "notes", "tags", "sweep", "generations", "controls", "seeds"}) {
        resolved.erase(key);
    }
    for (const char* key : {"device", "threads", "teacher_answers", "stored_gigabytes"}) {
        resolved["compute"].erase(key);
    }
    const auto reduce = [](Json& teacher) {
        if (teacher["kind"] == "experiment") {
            teacher["experiment"] = essence(teacher["experiment"]);
        }
    };
    Json& teacher = resolved["teacher"];
    reduce(teacher);
    if (teacher["kind"] == "ensemble") {
        std::for_each(teacher["members"].begin(), teacher["members"].end(), reduce);
    }
    return resolved;
}

} // namespace

std::string Schema::contentHash(const Json& json) const
{
    return distill::sha256(essence(checked(json)).dump());
}

std::string sha256(std::string_view bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.digits();
}

std::string sha256OfFile(const std::string& path)
{
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    Sha256 hash;
    std::string block(1 << 20, '\0');
    while (file) {
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        hash.add({block.data(), static_cast<std::size_t>(file.gcount())});
    }
    if (!file.eof() || file.bad()) {
        throw InputError(path + ": cannot be read: " + (errno ? std::strerror(errno) : "read error"));
    }
    return hash.digits();
}

} // namespace distill
