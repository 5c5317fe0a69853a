// SPDX-License-Identifier: GPL-3.0-or-later
#include "support.h"

namespace distill::test {

namespace {

class Csv : public testing::Test {
protected:
    Selection table(const std::string& text, Json parameters = Json::object())
    {
        parameters["file"] = m_folder.write("table.csv", text).string();
        return {"csv", parameters};
    }
    TemporaryFolder m_folder;
};

/// All samples of both parts as (features, class name), in any order.
std::multiset<std::pair<std::vector<float>, std::string>> contentOf(const Dataset& dataset)
{
    std::multiset<std::pair<std::vector<float>, std::string>> content;
    for (const Samples* part : {&dataset.train, &dataset.test}) {
        for (std::int64_t i = 0; i < part->size(); ++i) {
            const at::Tensor row = part->inputs[i].flatten().contiguous();
            const auto* values = row.data_ptr<float>();
            content.emplace(std::vector<float>(values, values + row.numel()),
                            dataset.classes.at(part->labels[i].item<std::int64_t>()));
        }
    }
    return content;
}

const std::string flowers = "length,width,kind\n1,2,rose\n1.5,-2e3,tulip\n+3,4,rose\n5,6,tulip\n7,8,rose\n";
const std::multiset<std::pair<std::vector<float>, std::string>> flowersContent{
    {{1, 2}, "rose"}, {{1.5, -2000}, "tulip"}, {{3, 4}, "rose"}, {{5, 6}, "tulip"}, {{7, 8}, "rose"}};

TEST_F(Csv, ReadsATable)
{
    const Selection selection = table(flowers);
    const auto dataset = loadDataset(selection, {});
    EXPECT_EQ(dataset->name, "table");
    EXPECT_EQ(dataset->classes, (std::vector<std::string>{"rose", "tulip"}));
    EXPECT_EQ(dataset->shape.channels, 2);
    EXPECT_FALSE(dataset->shape.isImage());
    EXPECT_EQ(dataset->train.inputs.sizes().slice(1), (std::vector<std::int64_t>{2, 1, 1}));
    EXPECT_EQ(contentOf(*dataset), flowersContent);
    EXPECT_EQ(dataset->test.size(), 1);
    expectOutlineFits(selection);
}

TEST_F(Csv, OtherWaysToWriteTheSameTable)
{
    const std::string bom = "\xef\xbb\xbf";
    EXPECT_EQ(
        contentOf(*loadDataset(table(bom
                                     + "length,width,kind\r\n1, 2 ,\"rose\"\r\n\r\n\"1.5\",-2000,tulip\r\n3,4,rose"
                                       "\r\n5,6,tulip\r\n7,8,rose"),
                               {})),
        flowersContent);
    EXPECT_EQ(contentOf(*loadDataset(table("rose;1;2\ntulip;1.5;-2000\nrose;3;4\ntulip;5;6\nrose;7;8\n",
                                           {{"header", false}, {"label", "1"}, {"separator", "semicolon"}}),
                                     {})),
              flowersContent);
    EXPECT_EQ(
        contentOf(*loadDataset(table("a\tkind\tb\n1\trose\t2\n1.5\ttulip\t-2000\n3\trose\t4\n5\ttulip\t6\n7\trose\t8\n",
                                     {{"label", "kind"}, {"separator", "tab"}}),
                               {})),
        flowersContent);
}

TEST_F(Csv, IntegerLabelsAreOrderedByValue)
{
    const auto dataset = loadDataset(table("1,10\n2,9\n3,10\n4,9\n5,-1\n6,-1\n", {{"header", false}}), {});
    EXPECT_EQ(dataset->classes, (std::vector<std::string>{"-1", "9", "10"}));
}

TEST_F(Csv, TheTestPartIsStratifiedAndAlwaysTheSame)
{
    std::string text = "x,y\n";
    for (int i = 0; i < 300; ++i) {
        text += std::to_string(i) + (i < 200 ? ",a\n" : ",b\n");
    }
    const auto first = loadDataset(table(text, {{"test_share", 0.25}}), {});
    EXPECT_TRUE(at::bincount(first->test.labels).equal(at::tensor({50, 25}, at::kLong)));
    EXPECT_TRUE(at::bincount(first->train.labels).equal(at::tensor({150, 75}, at::kLong)));
    TemporaryFolder other;
    const auto again
        = loadDataset({"csv", {{"file", other.write("copy.csv", text).string()}, {"test_share", 0.25}}}, {});
    EXPECT_EQ(first->sha256, again->sha256);
    EXPECT_TRUE(first->test.inputs.equal(again->test.inputs));
}

TEST_F(Csv, NamesWhatIsWrong)
{
    expectError({"csv", {{"file", "/nowhere/at/all.csv"}}}, {"/nowhere/at/all.csv"});
    expectError({"csv", Json::object()}, {"file", "not named"});
    expectError(table(""), {"table.csv", "no samples"});
    expectError(table("x,y\n"), {"table.csv", "no samples"});
    expectError(table("x\n1\n2\n"), {"one column"});
    expectError(table("x,y\n1,a\n2\n"), {"row 3", "1 columns", "2"});
    expectError(table("x,y\n1,a\ntwo,b\n"), {"row 3", "column 1", "(x)", "\"two\""});
    expectError(table("x,y\n1,a\nnan,b\n"), {"row 3", "\"nan\""});
    expectError(table("x,y\n1,a\n1e39,b\n"), {"row 3", "\"1e39\""});
    expectError(table("x,y\n1,a\n,b\n"), {"row 3", "expected a number"});
    expectError(table("x,y\n1,a\n2,\n"), {"row 3", "no label"});
    expectError(table("x,y\n1,a\n\"2,b\n"), {"table.csv", "quotation mark"});
    expectError(table("x,y\n1,a\n2,b\n", {{"label", "z"}}), {"\"z\"", "x, y"});
    expectError(table("x,y\n1,a\n2,b\n", {{"label", "3"}}), {"\"3\""});
    expectError(table("x,y\n1,a\n2,a\n"), {"fewer than two classes"});
    expectError(table("x,y\n1,a\n2,b\n"), {"no test samples"});
    std::string manyLabels = "x,y\n";
    for (int i = 0; i < 10'001; ++i) {
        manyLabels += "1," + std::to_string(i) + "\n";
    }
    expectError(table(manyLabels), {"column 2", "10,000", "label"});
}

TEST_F(Csv, DamagedTables)
{
    int loaded = 0;
    const Selection selection = table(flowers);
    damage(m_folder, "table.csv", flowers, [&](bool, std::size_t) {
        if (!errorOf(selection)) {
            const auto dataset = loadDataset(selection, {});
            EXPECT_TRUE(at::isfinite(dataset->train.inputs).all().item<bool>());
            EXPECT_LE(dataset->train.size() + dataset->test.size(), 6);
            ++loaded;
        }
    });
    EXPECT_GT(loaded, 0);
}

} // namespace

} // namespace distill::test
