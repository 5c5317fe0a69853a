// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the data folder share: files in a folder of their own, and what is expected of errors.
#pragma once

#include "data/dataset.h"
#include "experiment/error.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <unistd.h>

namespace distill::test {

namespace fs = std::filesystem;

/// A folder that is gone when the test is over.
class TemporaryFolder {
public:
    TemporaryFolder()
        : m_path(fs::temp_directory_path()
                 / ("distill-data-" + std::to_string(getpid()) + '-' + std::to_string(next())))
    {
        fs::create_directories(m_path);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder()
    {
        std::error_code ignored;
        fs::remove_all(m_path, ignored);
    }
    const fs::path& path() const { return m_path; }
    fs::path write(const std::string& name, const std::string& bytes) const
    {
        fs::create_directories((m_path / name).parent_path());
        fs::remove(m_path / name); // ext4 waits for the disk where a file is overwritten
        std::ofstream(m_path / name, std::ios::binary | std::ios::trunc) << bytes;
        return m_path / name;
    }

private:
    static int next()
    {
        static int count = 0;
        return count++;
    }
    fs::path m_path;
};

/// The sentence that loading throws, or nothing when it succeeds. Any other exception fails the test.
inline std::optional<std::string> errorOf(const Selection& selection, const std::string& workspace = {})
{
    try {
        loadDataset(selection, workspace);
        return std::nullopt;
    } catch (const InputError& error) {
        const std::string sentence = error.what();
        EXPECT_FALSE(sentence.empty());
        EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
        EXPECT_LT(sentence.size(), 600U) << sentence;
        EXPECT_TRUE(sentence.ends_with('.')) << sentence;
        return sentence;
    }
}

/// Loading must fail, with a sentence that holds all of `parts`.
inline void expectError(const Selection& selection, const std::vector<std::string>& parts)
{
    const auto sentence = errorOf(selection);
    ASSERT_TRUE(sentence.has_value());
    for (const std::string& part : parts) {
        EXPECT_NE(sentence->find(part), std::string::npos) << '"' << *sentence << "\" does not hold \"" << part << '"';
    }
}

/// Cuts a file at every length, then flips every bit of it, and restores it; `check` is told whether it was cut.
inline void damage(const TemporaryFolder& folder, const std::string& name, const std::string& bytes,
                   const std::function<void(bool cut, std::size_t at)>& check)
{
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        folder.write(name, bytes.substr(0, length));
        check(true, length);
    }
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        std::string flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        folder.write(name, flipped);
        check(false, bit);
    }
    folder.write(name, bytes);
}

/// The sizes told without reading must be those of the data set that is read.
inline void expectOutlineFits(const Selection& selection, const std::string& workspace = {})
{
    const auto dataset = loadDataset(selection, workspace);
    const DatasetOutline outline = outlineDataset(selection, workspace);
    EXPECT_EQ(outline.name, dataset->name);
    EXPECT_EQ(outline.shape.channels, dataset->shape.channels);
    EXPECT_EQ(outline.shape.height, dataset->shape.height);
    EXPECT_EQ(outline.shape.width, dataset->shape.width);
    EXPECT_EQ(outline.classes, static_cast<std::int64_t>(dataset->classes.size()));
    EXPECT_EQ(outline.train, dataset->train.size());
    EXPECT_EQ(outline.test, dataset->test.size());
}

} // namespace distill::test
