// SPDX-License-Identifier: GPL-3.0-or-later
#include "teachers/answerfile.h"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace distill {

namespace {

namespace fs = std::filesystem;

class AnswerFileTest : public testing::Test {
protected:
    void SetUp() override
    {
        m_folder = fs::temp_directory_path() / ("distill-answers-" + std::to_string(getpid()));
        fs::remove_all(m_folder);
    }
    void TearDown() override { fs::remove_all(m_folder); }

    static AnswerFile::Layout layout(std::int64_t views = 3, const std::string& name = "a")
    {
        return {Json{{"teacher", name}}, 5, views, 12};
    }
    static std::string answer(std::int64_t sample, std::int64_t view)
    {
        std::string text = "answer " + std::to_string(10 * sample + view);
        text.resize(12, '.');
        return text;
    }
    void fill(AnswerFile& file, std::int64_t views = 3) const
    {
        for (std::int64_t view = 0; view < views; ++view) {
            for (std::int64_t sample = 0; sample < 5; ++sample) {
                file.write(sample, view, answer(sample, view).data());
            }
        }
    }
    /// The path of a file with every answer, closed again.
    std::string filled() const
    {
        AnswerFile file(m_folder, layout());
        fill(file);
        return file.path();
    }
    /// The answer, or nothing where it is not there.
    static std::string read(const AnswerFile& file, std::int64_t sample, std::int64_t view)
    {
        std::string bytes(12, '\0');
        return file.read(sample, view, bytes.data()) ? bytes : std::string();
    }
    static std::string bytesOf(const std::string& path)
    {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static void put(const std::string& path, const std::string& bytes)
    {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    }

    fs::path m_folder;
};

TEST_F(AnswerFileTest, GivesBackWhatWasWrittenAndNothingElse)
{
    AnswerFile file(m_folder, layout());
    EXPECT_EQ(read(file, 2, 1), "");
    EXPECT_FALSE(file.has(2, 1));
    file.write(2, 1, answer(2, 1).data());
    EXPECT_TRUE(file.has(2, 1));
    EXPECT_EQ(read(file, 2, 1), answer(2, 1));
    EXPECT_EQ(read(file, 1, 2), "");
    EXPECT_EQ(read(file, 5, 0), "") << "no such sample";
    EXPECT_EQ(read(file, 0, 3), "") << "no such view";
    const AnswerFile::Count count = file.count();
    EXPECT_EQ(count.whole, 1);
    EXPECT_EQ(count.empty, 14);
    EXPECT_EQ(count.damaged, 0);
}

TEST_F(AnswerFileTest, OthersSeeItAtOnceAndLater)
{
    auto first = std::make_unique<AnswerFile>(m_folder, layout());
    AnswerFile beside(m_folder, layout());
    first->write(4, 0, answer(4, 0).data());
    EXPECT_EQ(read(beside, 4, 0), answer(4, 0));
    first.reset();
    EXPECT_EQ(read(AnswerFile(m_folder, layout()), 4, 0), answer(4, 0));
    EXPECT_EQ(read(AnswerFile(m_folder, layout(3, "b")), 4, 0), "") << "another teacher's file";
}

TEST_F(AnswerFileTest, ALongerRunMakesItLongerAndAShorterOneLeavesIt)
{
    {
        AnswerFile file(m_folder, layout(1));
        fill(file, 1);
    }
    {
        AnswerFile longer(m_folder, layout(4));
        EXPECT_EQ(read(longer, 3, 0), answer(3, 0));
        EXPECT_EQ(read(longer, 3, 3), "");
        longer.write(3, 3, answer(3, 3).data());
    }
    AnswerFile shorter(m_folder, layout(2));
    EXPECT_EQ(read(shorter, 3, 3), "") << "beyond what it asked for";
    EXPECT_EQ(read(AnswerFile(m_folder, layout(4)), 3, 3), answer(3, 3));
}

TEST_F(AnswerFileTest, EveryFlippedBitIsFound)
{
    const std::string path = filled();
    const std::string good = bytesOf(path);
    const std::size_t head = good.size() - 15 * 16;
    for (std::size_t at = head; at < good.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
            put(path, bad);
            const AnswerFile file(m_folder, layout());
            const auto record = static_cast<std::int64_t>((at - head) / 16);
            EXPECT_EQ(read(file, record % 5, record / 5), "") << at << ", " << bit;
            EXPECT_EQ(file.count().whole, 14);
            EXPECT_EQ(file.count().damaged, 1);
        }
    }
}

TEST_F(AnswerFileTest, ADamagedHeadMakesTheFileAnew)
{
    const std::string path = filled();
    const std::string good = bytesOf(path);
    for (const std::size_t at : {std::size_t{0}, std::size_t{20}, std::size_t{4095}}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 1);
        put(path, bad);
        AnswerFile file(m_folder, layout());
        EXPECT_EQ(file.count().empty, 15);
        fill(file);
        EXPECT_EQ(bytesOf(path), good);
    }
}

TEST_F(AnswerFileTest, ADamagedHeadDoesNotDisturbWhoHasItOpen)
{
    AnswerFile open(m_folder, layout());
    fill(open);
    std::fstream(open.path(), std::ios::in | std::ios::out | std::ios::binary).put('x');
    AnswerFile anew(m_folder, layout());
    EXPECT_EQ(open.count().whole, 15);
    EXPECT_EQ(anew.count().empty, 15);
}

TEST_F(AnswerFileTest, ManyThatMakeItAtOnceSeeOneFile)
{
    for (int round = 0; round < 50; ++round) {
        std::filesystem::remove_all(m_folder);
        std::vector<std::thread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&] {
                AnswerFile file(m_folder, layout());
                fill(file);
                EXPECT_EQ(file.count().whole, 15);
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        EXPECT_EQ(AnswerFile(m_folder, layout()).count().whole, 15);
        EXPECT_EQ(std::distance(std::filesystem::directory_iterator(m_folder), {}), 1);
    }
}

TEST_F(AnswerFileTest, CutAnywhereItKeepsWhatIsWhole)
{
    const std::string path = filled();
    const std::string good = bytesOf(path);
    for (std::size_t length = 0; length < good.size(); length += length < 4096 ? 256 : 1) {
        put(path, good.substr(0, length));
        const AnswerFile file(m_folder, layout());
        const std::int64_t whole = length < 4096 ? 0 : static_cast<std::int64_t>((length - 4096) / 16);
        // A cut record whose lost bytes were zero would still be whole; these have none.
        EXPECT_EQ(file.count().whole, whole) << length;
        for (std::int64_t record = 0; record < 15; ++record) {
            EXPECT_EQ(read(file, record % 5, record / 5), record < whole ? answer(record % 5, record / 5) : "");
        }
    }
}

TEST_F(AnswerFileTest, AnAnswerInAnotherPlaceIsNotBelieved)
{
    const std::string path = filled();
    std::string bytes = bytesOf(path);
    bytes.replace(4096 + 16, 16, bytes.substr(4096, 16));
    put(path, bytes);
    const AnswerFile file(m_folder, layout());
    EXPECT_EQ(read(file, 0, 0), answer(0, 0));
    EXPECT_EQ(read(file, 1, 0), "");
}

TEST_F(AnswerFileTest, ProcessesFillItTogether)
{
    std::vector<pid_t> children;
    for (int child = 0; child < 3; ++child) {
        const pid_t pid = fork();
        if (pid == 0) {
            AnswerFile file(m_folder, layout(100));
            for (std::int64_t view = child; view < 100; view += 1 + child % 2) {
                for (std::int64_t sample = 0; sample < 5; ++sample) {
                    file.write(sample, view, answer(sample, view).data());
                }
            }
            _exit(0);
        }
        children.push_back(pid);
    }
    for (const pid_t pid : children) {
        int status = 1;
        waitpid(pid, &status, 0);
        EXPECT_EQ(status, 0);
    }
    EXPECT_EQ(AnswerFile(m_folder, layout(100)).count().whole, 500);
}

TEST_F(AnswerFileTest, TrimmingTakesTheOldestThatNobodyHasOpen)
{
    const auto make = [&](const std::string& name) {
        AnswerFile file(m_folder, layout(3, name));
        fill(file);
        return file.path();
    };
    const std::string oldest = make("oldest"), middle = make("middle"), newest = make("newest");
    const auto now = fs::file_time_type::clock::now();
    fs::last_write_time(oldest, now - std::chrono::hours(3));
    fs::last_write_time(middle, now - std::chrono::hours(2));
    const std::int64_t all = answerFiles(m_folder, false).at(0).bytes * 3;
    EXPECT_EQ(trimAnswerFiles(m_folder, all), 0);
    EXPECT_GT(trimAnswerFiles(m_folder, all - 1), 0);
    EXPECT_FALSE(fs::exists(oldest));
    EXPECT_TRUE(fs::exists(middle) && fs::exists(newest));
    {
        const AnswerFile open(m_folder, layout(3, "middle"));
        trimAnswerFiles(m_folder, 0);
        EXPECT_TRUE(fs::exists(middle)) << "it is open";
        EXPECT_FALSE(fs::exists(newest));
    }
    trimAnswerFiles(m_folder, 0);
    EXPECT_FALSE(fs::exists(middle));
}

TEST_F(AnswerFileTest, ListsWhatIsThere)
{
    EXPECT_THAT(answerFiles(m_folder, true), testing::IsEmpty());
    {
        AnswerFile file(m_folder, layout());
        file.write(0, 0, answer(0, 0).data());
    }
    put(m_folder / "foreign.answers", "nothing");
    put(m_folder / "other.txt", "nothing");
    const auto entries = answerFiles(m_folder, true);
    ASSERT_EQ(entries.size(), 2U);
    for (const AnswerFileEntry& entry : entries) {
        if (entry.description.is_null()) {
            EXPECT_TRUE(entry.path.ends_with("foreign.answers"));
        } else {
            EXPECT_EQ(entry.description, (Json{{"teacher", "a"}}));
            EXPECT_EQ(entry.records, 15);
            EXPECT_EQ(entry.count.whole, 1);
        }
    }
}

TEST_F(AnswerFileTest, AFolderThatCannotBeWrittenGivesOneSentence)
{
    fs::create_directories(m_folder);
    put(m_folder / "file", "in the way");
    try {
        const AnswerFile file(m_folder / "file", layout());
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("cannot be opened"));
    }
}

} // namespace

} // namespace distill
