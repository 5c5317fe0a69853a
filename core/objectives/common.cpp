// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/common.h"

#include <cmath>

namespace distill {

void requireSameClasses(const ObjectiveSetting& setting, const std::string& objective)
{
    if (setting.teacher && setting.teacher->classes != setting.student.classes) {
        throw InputError("The objective " + objective + " compares the logits of teacher and student, but the teacher "
                         + setting.teacher->label + " has " + std::to_string(setting.teacher->classes)
                         + " classes and the student " + std::to_string(setting.student.classes)
                         + "; choose a teacher of the same classes");
    }
}

const NetworkOutline& requireTeacher(const ObjectiveSetting& setting, const std::string& objective)
{
    if (!setting.teacher) {
        throw InputError("The objective " + objective
                         + " looks at the teacher's inner layers, and there are none to look at where several teachers answer "
                           "together or peers differ; name one network as the teacher");
    }
    return *setting.teacher;
}

std::string shapeText(const Shape& shape)
{
    std::string text;
    for (const std::int64_t size : shape) {
        text += (text.empty() ? "" : " x ") + std::to_string(size);
    }
    return text;
}

void TapPairs::describe(Binder& binder)
{
    binder.texts("student_taps", student, {.help = "The student's layers that are guided, from input to output.", .minimum = 1});
    binder.texts("teacher_taps", teacher, {.help = "The teacher's layer for each of them.", .minimum = 1});
}

std::vector<TapPairs::Pair> TapPairs::pairs(const ObjectiveSetting& setting, const std::string& objective) const
{
    const NetworkOutline& from = setting.student;
    const NetworkOutline& to = requireTeacher(setting, objective);
    if (student.empty() && teacher.empty()) {
        throw InputError("student_taps and teacher_taps name no layer; the objective " + objective + " compares at least one pair");
    }
    if (student.size() != teacher.size()) {
        throw InputError("student_taps names " + std::to_string(student.size()) + " layers and teacher_taps "
                         + std::to_string(teacher.size()) + "; the objective " + objective + " compares them in pairs");
    }
    std::vector<Pair> all;
    for (std::size_t i = 0; i < student.size(); ++i) {
        all.push_back({student[i], teacher[i], from.shapeOf(student[i], "student_taps"), to.shapeOf(teacher[i], "teacher_taps")});
    }
    return all;
}

void TapPair::describe(Binder& binder)
{
    binder.text("student_tap", student, {.help = "The student's layer that is guided.", .minimum = 1});
    binder.text("teacher_tap", teacher, {.help = "The teacher's layer that guides it.", .minimum = 1});
}

TapPairs::Pair TapPair::pair(const ObjectiveSetting& setting, const std::string& objective) const
{
    const NetworkOutline& to = requireTeacher(setting, objective);
    return {student, teacher, setting.student.shapeOf(student, "student_tap"), to.shapeOf(teacher, "teacher_tap")};
}

PairMismatch cannotMatch(const std::string& objective, const TapPairs::Pair& pair, const std::string& wanted)
{
    return {"The objective " + objective + " cannot match the student's tap \"" + pair.student + "\" (" + shapeText(pair.from)
                + ") with the teacher's tap \"" + pair.teacher + "\" (" + shapeText(pair.to) + "); " + wanted,
            pair};
}

std::string countText(std::int64_t number)
{
    std::string text = std::to_string(number);
    for (auto place = static_cast<std::int64_t>(text.size()) - 3; place > 0; place -= 3) {
        text.insert(static_cast<std::size_t>(place), 1, ',');
    }
    return text;
}

std::string learnedRemark(const std::string& layer, const TapPairs::Pair& pair, std::int64_t parameters)
{
    return layer + " brings the student's " + pair.student + " (" + shapeText(pair.from) + ") to the teacher's " + pair.teacher
        + " (" + shapeText(pair.to) + "): " + countText(parameters) + " parameters";
}

std::vector<std::string> poolingRemarks(const TapPairs::Pair& pair)
{
    std::vector<std::string> remarks;
    if (pair.from.size() != 3 || pair.to.size() != 3) {
        return remarks;
    }
    const std::int64_t height = std::min(pair.from[1], pair.to[1]), width = std::min(pair.from[2], pair.to[2]);
    const auto add = [&](const std::string& side, const std::string& tap, const Shape& shape) {
        if (shape[1] != height || shape[2] != width) {
            remarks.push_back("the " + side + "'s " + tap + " (" + shapeText(shape) + ") is pooled to "
                              + std::to_string(height) + " x " + std::to_string(width) + " by averages");
        }
    };
    add("student", pair.student, pair.from);
    add("teacher", pair.teacher, pair.to);
    return remarks;
}

std::pair<at::Tensor, at::Tensor> pooledToSmaller(const at::Tensor& a, const at::Tensor& b)
{
    const auto pooled = [](const at::Tensor& x, std::int64_t height, std::int64_t width) {
        return x.size(2) == height && x.size(3) == width ? x : at::adaptive_avg_pool2d(x, {height, width});
    };
    const std::int64_t height = std::min(a.size(2), b.size(2)), width = std::min(a.size(3), b.size(3));
    return {pooled(a, height, width), pooled(b, height, width)};
}

at::Tensor flat(const at::Tensor& feature)
{
    return feature.reshape({feature.size(0), -1});
}

at::Tensor unit(const at::Tensor& x, std::int64_t dimension, double least)
{
    // The root of a clamped sum: at zero the clamp's gradient is zero, where a norm's would be 0/0.
    return x / x.square().sum(dimension, /*keepdim=*/true).clamp_min(least * least).sqrt();
}

at::Tensor uniformWeight(const Shape& shape, std::int64_t fanIn, at::Generator& generator)
{
    const double bound = 1 / std::sqrt(static_cast<double>(fanIn));
    return at::empty(shape, at::TensorOptions(at::kFloat).device(generator.device())).uniform_(-bound, bound, generator);
}

} // namespace distill
