// SPDX-License-Identifier: GPL-3.0-or-later
#include "objectives/connectors.h"
#include "objectives/registry.h"

namespace distill {

namespace {

/// Hierarchical context loss: mean squared difference of two maps [B, C, H, W] of one size, then of both pooled to 4x4, 2x2 and
/// 1x1 pixels where they are larger, each counting half of the one before; divided by the sum of these weights.
at::Tensor hierarchicalContext(const at::Tensor& student, const at::Tensor& teacher)
{
    at::Tensor sum = at::mse_loss(student, teacher);
    double weight = 1, all = 1;
    for (const std::int64_t side : {4, 2, 1}) {
        if (side >= std::min(student.size(2), student.size(3))) {
            continue;
        }
        weight /= 2;
        all += weight;
        sum = sum
            + weight
                * at::mse_loss(at::adaptive_avg_pool2d(student, {side, side}), at::adaptive_avg_pool2d(teacher, {side, side}));
    }
    return sum / all;
}

at::Tensor stretched(const at::Tensor& map, std::int64_t height, std::int64_t width)
{
    return map.size(2) == height && map.size(3) == width ? map : at::upsample_nearest2d(map, {height, width});
}

/// Attention-based fusion of one level with what the deeper levels left: the residual.
class Fusion final : public Module {
public:
    Fusion(std::int64_t from, std::int64_t middle, std::int64_t to, bool fuses, at::Generator& generator)
        : m_narrow(addChild("narrow",
                            std::make_unique<Connector>(Convolution{.in = from, .out = middle, .kernel = 1, .padding = 0},
                                                        generator, FirstWeights::Uniform)))
        , m_output(addChild("output",
                            std::make_unique<Connector>(Convolution{.in = middle, .out = to}, generator, FirstWeights::Uniform)))
        , m_gate(fuses
                     ? &addChild("gate",
                                 std::make_unique<Conv2d>(
                                     Convolution{.in = 2 * middle, .out = 2, .kernel = 1, .padding = 0, .bias = true}, generator))
                     : nullptr)
    {
    }

    struct Level {
        at::Tensor output, residual; ///< [B, to, H', W'], [B, middle, H', W']
    };
    Level fuse(const at::Tensor& feature, const at::Tensor& deeper, std::int64_t height, std::int64_t width, Forward& pass)
    {
        at::Tensor x = m_narrow.forward(feature, pass);
        if (m_gate) {
            const at::Tensor y = stretched(deeper, x.size(2), x.size(3));
            const at::Tensor gate = at::sigmoid(m_gate->forward(at::cat({x, y}, 1), pass));
            x = x * gate.slice(1, 0, 1) + y * gate.slice(1, 1, 2);
        }
        x = stretched(x, height, width);
        return {m_output.forward(x, pass), x};
    }
    at::Tensor forward(const at::Tensor&, Forward&) override { throw std::logic_error("a fusion takes two levels"); }

private:
    Connector &m_narrow, &m_output;
    Conv2d* m_gate;
};

/// Chen, Liu, Zhao, Jia 2021, "Distilling Knowledge via Knowledge Review" (arXiv:2104.09044, section 3).
///     from the deepest pair to the first:  x_i = narrow_i(f_s,i), a 1x1 convolution to `width` channels and batch norm
///         below the deepest:  x_i <- g_1 x_i + g_2 up(x_i+1),  g = sigmoid(1x1 convolution of [x_i, up(x_i+1)]), two maps
///         x_i <- up(x_i) to the teacher's size;  o_i = a 3x3 convolution of x_i to the teacher's channels and batch norm
///     L = sum over pairs of HCL(o_i, f_t,i)
///     HCL(a, b) = [mse(a, b) + 1/2 mse(a, b pooled to 4x4) + 1/4 mse(2x2) + 1/8 mse(1x1)] / (1 + 1/2 + 1/4 + 1/8)
/// HCL leaves out each size that is not smaller than the maps, and the weights move up. up() is the nearest pixel. Taps [B, C, H,
/// W] from input to output of any channels and sizes, or vectors as maps of one pixel. `width` is min(512, channels of the
/// student's last tap). Convolutions before a batch norm start as PyTorch's layers do; the authors' are sqrt(3) times as large,
/// which the norm takes out. The authors', mdistiller's and torchdistill's codes compute the same with a weight of 1 (5 for
/// resnet32x4 to 8x4), which grows over the first 20 epochs.
class KnowledgeReview final : public Objective {
public:
    void describe(Binder& binder) override
    {
        m_taps.describe(binder);
        binder.integer("width", m_width,
                       {.help = "Channels of what is fused, at most; never more than the student's last layer has.",
                        .minimum = 1,
                        .maximum = 4096,
                        .advanced = true});
    }

    void prepare(const ObjectiveSetting& setting) override
    {
        const std::vector<TapPairs::Pair> pairs = m_taps.pairs(setting, "reviewkd");
        for (const TapPairs::Pair& pair : pairs) {
            for (const Shape* shape : {&pair.from, &pair.to}) {
                if (shape->size() != 1 && shape->size() != 3) {
                    throw cannotMatch("reviewkd", pair, "choose feature maps or vectors");
                }
            }
        }
        auto parts = std::make_unique<Parts>();
        m_levels.clear();
        const std::int64_t width = std::min(m_width, pairs.back().from[0]);
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            m_levels.push_back(&parts->addChild(
                "level" + std::to_string(i),
                std::make_unique<Fusion>(pairs[i].from[0], width, pairs[i].to[0], i + 1 < pairs.size(), *setting.generator)));
            remark({learnedRemark("a fusion over " + std::to_string(width) + " channels"
                                      + (i + 1 < pairs.size() ? ", with all deeper layers," : ""),
                                  pairs[i], m_levels.back()->parameterCount())});
        }
        m_learned = std::move(parts);
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        Forward pass{.training = true};
        at::Tensor sum, residual;
        for (std::size_t i = m_levels.size(); i-- > 0;) {
            const at::Tensor teacher = asMap(inputs.teacherTaps.at(m_taps.teacher[i]).detach());
            const Fusion::Level level = m_levels[i]->fuse(asMap(inputs.studentTaps.at(m_taps.student[i])), residual,
                                                          teacher.size(2), teacher.size(3), pass);
            const at::Tensor term = hierarchicalContext(level.output, teacher);
            residual = level.residual;
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }

private:
    TapPairs m_taps{{"stage1", "stage2", "stage3", "penultimate"}, {"stage1", "stage2", "stage3", "penultimate"}};
    std::int64_t m_width = 512;
    std::vector<Fusion*> m_levels;
};

/// The hierarchical context loss of the same paper (section 3.4) alone:
///     L = sum over pairs of HCL(f_s, f_t)
/// Taps [B, C, H, W] or [B, F] of equal channels; the larger map is pooled to the smaller by adaptive averages.
class HierarchicalContext final : public Objective {
public:
    void describe(Binder& binder) override { m_taps.describe(binder); }

    void prepare(const ObjectiveSetting& setting) override
    {
        for (const TapPairs::Pair& pair : m_taps.pairs(setting, "hcl")) {
            if (!sameKind(pair)) {
                throw cannotMatch("hcl", pair, "choose two feature maps or two vectors");
            }
            if (pair.from[0] != pair.to[0]) {
                throw cannotMatch(
                    "hcl", pair,
                    "both need the same number of channels: choose reviewkd, which learns a convolution between them");
            }
            remark(poolingRemarks(pair));
        }
    }

    bool needsTeacher() const override { return true; }
    std::vector<std::string> studentTaps() const override { return m_taps.student; }
    std::vector<std::string> teacherTaps() const override { return m_taps.teacher; }

    at::Tensor loss(const StepInputs& inputs) override
    {
        at::Tensor sum;
        for (std::size_t i = 0; i < m_taps.student.size(); ++i) {
            const auto [student, teacher] = pooledToSmaller(asMap(inputs.studentTaps.at(m_taps.student[i])),
                                                            asMap(inputs.teacherTaps.at(m_taps.teacher[i]).detach()));
            const at::Tensor term = hierarchicalContext(student, teacher);
            sum = sum.defined() ? sum + term : term;
        }
        return sum;
    }

private:
    TapPairs m_taps{{"stage1", "stage2", "stage3"}, {"stage1", "stage2", "stage3"}};
};

} // namespace

ObjectiveEntry reviewKdEntry()
{
    return {"reviewkd",
            "Knowledge review",
            "Each layer of the teacher teaches the student's layer at its height together with all deeper ones.",
            "L = sum over pairs of HCL(o_i, f_t,i), o_i a 3x3 convolution of x_i = g_1 narrow(f_s,i) + g_2 up(x_i+1), g learned; "
            "HCL = "
            "[mse + 1/2 mse(4x4) + 1/4 mse(2x2) + 1/8 mse(1x1)] / (1 + 1/2 + 1/4 + 1/8)",
            "Chen et al., Distilling Knowledge via Knowledge Review, CVPR 2021, arXiv:2104.09044",
            makeOne<KnowledgeReview>,
            {{"mdistiller", "At most 512 channels; its weight is 1 and grows over the first 20 epochs.", {{"width", 512}}},
             {"torchdistill", "As mdistiller.", {{"width", 512}}}}};
}

ObjectiveEntry hclEntry()
{
    return {"hcl",
            "Hierarchical context loss",
            "The student's layers follow the teacher's at full size and pooled to 4, 2 and 1 pixels a side.",
            "L = sum over pairs of [mse + 1/2 mse(4x4) + 1/4 mse(2x2) + 1/8 mse(1x1)] / (1 + 1/2 + 1/4 + 1/8), sizes not smaller "
            "than "
            "the maps left out",
            "Chen et al., Distilling Knowledge via Knowledge Review, CVPR 2021, arXiv:2104.09044",
            makeOne<HierarchicalContext>};
}

} // namespace distill
