// SPDX-License-Identifier: GPL-3.0-or-later
#include "workspace.h"

#include "engine/predictions.h"

#include <ATen/ATen.h>
#include <fstream>
#include <sstream>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

using namespace distill;

namespace {

class TorchScriptTest : public test::WorkspaceTest {};

TEST_F(TorchScriptTest, AnswersAsTheRunDidOnTheTestSet)
{
    Engine engine(m_history);
    Json json = pictures(6);
    json["evaluation"]["report"] = "last";
    const auto submission = engine.submit(Document::fromJson(json));
    ASSERT_TRUE(engine.wait(submission.runs, 60));
    m_history->flush();
    const RunId id = submission.students[0];
    const std::string file = (m_folder / "out" / "student.pt").string();
    EXPECT_LT(exportTorchScript(*m_history, id, file), 1e-4);

    torch::jit::ExtraFilesMap texts{{"experiment.json", ""}, {"run.txt", ""}};
    torch::jit::Module module = torch::jit::load(file, c10::nullopt, texts);
    EXPECT_EQ(texts["run.txt"], id);
    EXPECT_EQ(texts["experiment.json"], m_history->experimentText(id));
    EXPECT_EQ(module.attr("classes").toList().size(), 10U);

    const auto tests = testSetOf(*m_history, id);
    const Answers answers = predictionsOf(*m_history, id);
    const auto count = static_cast<std::int64_t>(answers.samples());
    ASSERT_EQ(count, 100);
    at::Tensor images = at::empty({count, tests->channels, tests->height, tests->width}, at::kByte);
    std::copy(tests->images.begin(), tests->images.end(), images.data_ptr<std::uint8_t>());
    const at::Tensor logits = module.forward({images}).toTensor();
    const at::Tensor wanted = at::from_blob(const_cast<float*>(answers.logits.data()), {count, 10});
    EXPECT_LT((logits - wanted).abs().max().item<float>(), 1e-4F);

    std::ifstream readme(m_folder / "out" / "student.txt");
    std::stringstream text;
    text << readme.rdbuf();
    EXPECT_THAT(text.str(), testing::AllOf(testing::HasSubstr("torch.jit.load(\"student.pt\")"), testing::HasSubstr("[B, 1, 16, 16]"), testing::HasSubstr(id)));
    EXPECT_TRUE(std::filesystem::exists(m_folder / "out" / "student.json"));
    EXPECT_THROW(exportTorchScript(*m_history, id, "/proc/none/student.pt"), InputError);
}

} // namespace
