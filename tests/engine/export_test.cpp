// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace.h"

#include <fstream>
#include <sstream>

using namespace distill;

namespace {

class ExportTest : public test::WorkspaceTest {};

TEST_F(ExportTest, WritesWeightsDocumentSummaryAndEveryCurve)
{
    Engine engine(m_history);
    const auto submission = engine.submit(Document::fromJson(spirals()));
    ASSERT_TRUE(engine.wait(submission.runs, 60));
    const RunId id = submission.students[0];
    m_history->flush();
    const std::filesystem::path target = m_folder / "exported";
    exportRun(*m_history, id, target.string());
    for (const char* name : {"student-last.safetensors", "student-best.safetensors", "experiment.json", "summary.json",
                             "curves/loss.csv", "curves/loss-1-kd.csv", "curves/accuracy-validation.csv"}) {
        EXPECT_TRUE(std::filesystem::exists(target / name)) << name;
    }
    std::ifstream file(target / "experiment.json");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), m_history->experimentText(id));
}

TEST_F(ExportTest, CurvesAsCsvKeepEveryDigit)
{
    RunRow row;
    row.id = newRunId();
    m_history->addRun(row, "{}");
    const std::int32_t loss = m_history->seriesId("loss");
    const std::vector<Point> points{{loss, 0, 0, 0.5, 0.1}, {loss, 1, 0.5, 1, 1.0 / 3}, {loss, 2, 1, 1.5, std::nan("")}};
    m_history->append(row.id, points);
    m_history->flush();
    std::ostringstream out;
    writeCurves(*m_history, row.id, {"loss"}, out);
    std::istringstream lines(out.str());
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "series,step,epoch,seconds,value");
    for (const Point& point : points) {
        ASSERT_TRUE(std::getline(lines, line));
        const double value = std::stod(line.substr(line.rfind(',') + 1));
        EXPECT_TRUE(value == point.value || (std::isnan(value) && std::isnan(point.value))) << line;
    }
    EXPECT_THROW(writeCurves(*m_history, row.id, {"nonsense"}, out), InputError);
    EXPECT_THROW(exportRun(*m_history, row.id, (m_folder / "out").string()), InputError);
}

} // namespace
