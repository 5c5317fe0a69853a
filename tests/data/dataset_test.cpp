// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

#include <gmock/gmock.h>
#include <thread>

namespace distill::test {

namespace {

const std::string small = "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n";

TEST(Kinds, AreDescribed)
{
    std::vector<std::string> names;
    for (const Kind& kind : datasetKinds()) {
        names.push_back(kind.name);
        EXPECT_FALSE(kind.title.empty());
        EXPECT_TRUE(kind.help.ends_with('.')) << kind.name;
        EXPECT_FALSE(kind.fields.empty()) << kind.name;
        for (const Field& field : kind.fields) {
            EXPECT_TRUE(field.help.ends_with('.')) << kind.name << ": " << field.key;
        }
    }
    EXPECT_THAT(names,
                testing::UnorderedElementsAre("fashion-mnist", "mnist", "cifar10", "cifar100", "image_folder", "csv",
                                              "moons", "circles", "spirals", "blobs"));
    expectError({"fashion_mnist", Json::object()}, {"\"fashion_mnist\"", "fashion-mnist, mnist"});
}

TEST(Cache, SharesOneCopyWhileItIsUsed)
{
    TemporaryFolder folder;
    const fs::path file = folder.write("a.csv", small);
    const Selection selection{"csv", {{"file", file.string()}}};
    auto first = loadDataset(selection, {});
    EXPECT_EQ(first, loadDataset(selection, {}));
    EXPECT_NE(first, loadDataset({"csv", {{"file", file.string()}, {"test_share", 0.4}}}, {}));
    const std::weak_ptr<const Dataset> watcher = first;
    first.reset();
    EXPECT_TRUE(watcher.expired());
}

TEST(Cache, SeesThatAFileChanged)
{
    TemporaryFolder folder;
    const fs::path file = folder.write("a.csv", small);
    const Selection selection{"csv", {{"file", file.string()}}};
    const auto first = loadDataset(selection, {});
    folder.write("a.csv", small + "7,a\n");
    const auto longer = loadDataset(selection, {});
    EXPECT_EQ(longer->train.size() + longer->test.size(), 7);
    // Of the same length, but later.
    folder.write("a.csv", small + "8,a\n");
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(5));
    EXPECT_NE(loadDataset(selection, {})->sha256, longer->sha256);
    EXPECT_EQ(first->train.size() + first->test.size(), 6);
}

TEST(Cache, ManyThreadsGetTheSameCopy)
{
    const Selection selection{"spirals", {{"samples", 20000}, {"seed", 77}}};
    std::vector<std::shared_ptr<const Dataset>> loaded(8);
    {
        std::vector<std::jthread> threads;
        for (auto& target : loaded) {
            threads.emplace_back([&] { target = loadDataset(selection, {}); });
        }
    }
    for (const auto& dataset : loaded) {
        ASSERT_TRUE(dataset);
        EXPECT_EQ(dataset, loaded.front());
    }
}

TEST(Cache, AFailureIsNotRemembered)
{
    TemporaryFolder folder;
    const fs::path file = folder.write("a.csv", "x,y\n1,a\n");
    const Selection selection{"csv", {{"file", file.string()}}};
    EXPECT_TRUE(errorOf(selection).has_value());
    folder.write("a.csv", small);
    EXPECT_FALSE(errorOf(selection).has_value());
}

TEST(Hash, IsOfInputsAndLabels)
{
    TemporaryFolder folder;
    const auto hashOf = [&](const std::string& name, const std::string& text) {
        return loadDataset({"csv", {{"file", folder.write(name, text).string()}}}, {})->sha256;
    };
    const std::string hash = hashOf("a.csv", small);
    EXPECT_EQ(hashOf("b.csv", small), hash);
    EXPECT_NE(hashOf("c.csv", "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n7,b\n"), hash);
    EXPECT_NE(hashOf("d.csv", "x,y\n1,b\n2,a\n3,a\n4,b\n5,a\n6,b\n"), hash);
}

} // namespace

} // namespace distill::test
