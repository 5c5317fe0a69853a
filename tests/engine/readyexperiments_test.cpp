// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/engine.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <set>

using namespace distill;

namespace {

TEST(ReadyExperiments, AreSoundSayWhatTheyAreAndDiffer)
{
    std::set<std::string> names, contents;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(DISTILL_EXPERIMENTS_DIR)) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        const Document document = Document::load(entry.path().string());
        for (const Problem& problem : schema().check(document)) {
            ADD_FAILURE() << problem.sentence;
        }
        const Experiment experiment = schema().read(document);
        EXPECT_TRUE(names.insert(experiment.name).second) << entry.path() << " has the name of another";
        EXPECT_GT(experiment.notes.size(), 100u) << entry.path();
        Json one = document.json();
        one.erase("seeds");
        EXPECT_TRUE(contents.insert(schema().contentHash(one) + std::to_string(experiment.generations)).second)
            << entry.path() << " does what another does";
    }
    EXPECT_GT(names.size(), 20u);
}

} // namespace
