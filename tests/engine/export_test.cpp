// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace.h"

#include "engine/summary.h"
#include "interchange/import.h"

#include <fstream>
#include <sstream>

using namespace distill;

namespace {

class ExportTest : public test::WorkspaceTest {};

TEST_F(ExportTest, WritesWeightsDocumentSummaryAndEveryCurve)
{
    const RunId id = run(spirals()).students[0];
    const std::filesystem::path target = m_folder / "exported";
    exportRun(*m_history, id, target.string());
    for (const char* name : {"student-last.safetensors", "student-best.safetensors", "experiment.json", "summary.json",
                             "curves/loss.csv", "curves/loss-1-kd.csv", "curves/accuracy-validation.csv", "README.txt"}) {
        EXPECT_TRUE(std::filesystem::exists(target / name)) << name;
    }
    std::ifstream file(target / "experiment.json");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), m_history->experimentText(id));
}

TEST_F(ExportTest, ARunWithoutWeightsIsRefused)
{
    RunRow row;
    row.id = newRunId();
    m_history->addRun(row, "{}");
    EXPECT_THROW(exportRun(*m_history, row.id, (m_folder / "out").string()), InputError);
    EXPECT_FALSE(std::filesystem::exists(m_folder / "out"));
    std::ofstream(m_folder / "log.csv") << "step,loss\n1,2\n";
    const RunId imported = importRuns(*m_history, (m_folder / "log.csv").string()).at(0).id;
    for (const auto& use : std::vector<std::function<void()>>{
             [&] { exportRun(*m_history, imported, (m_folder / "out").string()); },
             [&] { exportTorchScript(*m_history, imported, (m_folder / "out.pt").string()); },
             [&] { Engine(m_history).resumeRun(imported); },
             [&] {
                 Json json = spirals();
                 json["teacher"] = {{"kind", "run"}, {"run", imported}};
                 Engine(m_history).submit(Document::fromJson(json));
             },
         }) {
        try {
            use();
            ADD_FAILURE();
        } catch (const InputError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(imported));
        }
    }
    EXPECT_TRUE(summary::reported(m_history->run(imported)->summary).is_null());
}

} // namespace
