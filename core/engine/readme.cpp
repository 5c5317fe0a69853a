// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/readme.h"

#include "engine/summary.h"

#include <cstdio>
#include <torch/csrc/api/include/torch/version.h>

namespace distill {

namespace {

Json parsed(const std::map<std::string, std::string>& metadata, const char* key)
{
    const auto found = metadata.find(key);
    const Json json = found == metadata.end() ? Json() : Json::parse(found->second, nullptr, false);
    return json.is_discarded() ? Json() : json;
}

std::string percent(double share)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.2f %%", 100 * share);
    return text;
}

std::string origin(const RunRow& row)
{
    std::string text = "Made by Distill Workbench, run " + row.id + " (" + row.name + "), seed " + std::to_string(row.seed) + ".\n";
    if (!row.teacherModel.empty()) {
        text += "The student " + row.studentModel + " was taught by " + row.teacherModel + ".\n";
    }
    const Json& figures = summary::reported(row.summary);
    for (const char* split : {"validation", "test"}) {
        const Json part = figures.is_object() && figures.contains(split) ? figures.at(split) : Json();
        if (part.is_object() && part.contains("accuracy") && part.at("accuracy").is_number()) {
            text += std::string("Accuracy on the ") + split + " set: " + percent(part.at("accuracy").get<double>()) + ".\n";
        }
    }
    return text;
}

std::string shapeOf(const Json& input)
{
    return "[B, " + input.value("channels", Json()).dump() + ", " + input.value("height", Json()).dump() + ", "
        + input.value("width", Json()).dump() + "]";
}

bool isImage(const Json& input)
{
    return input.value("height", 1) > 1 || input.value("width", 1) > 1;
}

std::string list(const Json& classes)
{
    std::string text;
    for (std::size_t i = 0; i < classes.size(); ++i) {
        text += "  " + std::to_string(i) + "  " + (classes[i].is_string() ? classes[i].get<std::string>() : classes[i].dump()) + "\n";
    }
    return text;
}

} // namespace

std::string readmeOfFolder(const RunRow& row, const std::map<std::string, std::string>& metadata)
{
    const Json input = parsed(metadata, "input");
    std::string text = origin(row) + R"(
student-last.safetensors   the student's weights after the last step, without anything that was trained beside it
student-best.safetensors   those of the best accuracy on validation
experiment.json            the experiment as it was run; "distill run experiment.json" runs it again
summary.json               figures on validation and test, sizes, times
curves/                    every recorded curve as CSV: series,step,epoch,seconds,value

In Python, with the package safetensors:

    from safetensors import safe_open
    with safe_open("student-best.safetensors", "pt") as file:
        about = file.metadata()                 # "model", "input", "classes": JSON texts
        state = {name: file.get_tensor(name) for name in file.keys()}

The network's structure is described by "model"; "distill export RUN --torchscript FILE" writes it with its weights into one file that
PyTorch runs as it is.
)";
    if (input.is_object()) {
        text += "\nInputs are float32 " + shapeOf(input) + (isImage(input) ? ", pixels divided by 255" : "")
            + ", then (x - mean) / deviation for each channel:\n  mean      " + input.value("mean", Json()).dump() + "\n  deviation "
            + input.value("deviation", Json()).dump() + "\n";
    }
    return text + "\nClasses, in the order of the logits:\n" + list(parsed(metadata, "classes"));
}

std::string readmeOfTorchScript(const RunRow& row, const std::map<std::string, std::string>& metadata, const std::string& file)
{
    const Json input = parsed(metadata, "input"), classes = parsed(metadata, "classes"), model = parsed(metadata, "model");
    const bool image = isImage(input);
    std::string text = origin(row) + "\n" + file + " is this network as TorchScript (written with LibTorch " TORCH_VERSION
        "). PyTorch of that version or later runs it without\nany other code:\n\n"
        "    import torch\n"
        "    model = torch.jit.load(\"" + file + "\").eval()\n"
        "    logits = model(inputs)              # [B, " + std::to_string(classes.size()) + "], of any B\n"
        "    names = [model.classes[i] for i in logits.argmax(1)]\n\n";
    text += "inputs are of shape " + shapeOf(input) + (image ? "" : " or [B, " + input.value("channels", Json()).dump() + "]") + ", "
        + (image ? "either uint8 from 0 to 255 or floating-point from 0 to 1" : "floating-point as in the data") + ". The normalisation\n"
        "(mean " + input.value("mean", Json()).dump() + ", deviation " + input.value("deviation", Json()).dump()
        + ") is inside the network. It evaluates:\nbatch norms use what they learned, and there is no dropout.\n\n"
        "The network is " + model.dump() + ". Its tensors are called\nnetwork.NAME with the names of the safetensors file. The experiment lies "
        "beside this text as .json and inside the file:\n\n"
        "    texts = {\"experiment.json\": \"\", \"run.txt\": \"\"}\n"
        "    torch.jit.load(\"" + file + "\", _extra_files=texts)\n";
    return text + "\nClasses, in the order of the logits:\n" + list(classes);
}

} // namespace distill
