// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/manyruns.h"

#include "engine/engine.h"
#include "experiment/series.h"
#include "history/database.h"
#include "history/migrations.h"
#include "history/runtable.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <random>

namespace distill::bench {

namespace {

struct Network {
    const char* label;
    const char* model; ///< as in the document
    std::int64_t parameters, multiplyAdds;
    double accuracy; ///< what it reaches on an easy data set
};
const Network teachers[] = {
    {"resnet56", R"({"kind": "resnet", "depth": 56})", 855'578, 125'485'824, 0.936},
    {"resnet32x4", R"({"kind": "resnet", "depth": 32, "width_factor": 4})", 7'433'860, 1'083'000'000, 0.951},
    {"wrn-40-2", R"({"kind": "wide_resnet", "depth": 40, "width": 2})", 2'248'954, 328'000'000, 0.947},
    {"cnn 32-256", R"({"kind": "cnn"})", 824'458, 1'764'992, 0.893},
    {"vgg13", R"({"kind": "vgg", "depth": 13})", 9'416'010, 228'000'000, 0.941},
};
const Network students[] = {
    {"resnet20", R"({"kind": "resnet", "depth": 20})", 272'186, 31'021'952, 0.912},
    {"resnet8x4", R"({"kind": "resnet", "depth": 8, "width_factor": 4})", 1'233'540, 177'000'000, 0.921},
    {"wrn-16-2", R"({"kind": "wide_resnet"})", 691'386, 77'184'512, 0.918},
    {"mlp 64", R"({"kind": "mlp", "hidden": [64]})", 50'890, 50'816, 0.785},
    {"mobilenet_v2 0.5", R"({"kind": "mobilenet_v2"})", 697'258, 5'848'360, 0.902},
    {"shufflenet_v1", R"({"kind": "shufflenet_v1"})", 862'720, 31'349'964, 0.908},
};
struct Data {
    const char* kind;
    double hardness; ///< what it takes off the accuracy
    std::int64_t samples;
};
const Data datasets[] = {{"fashion-mnist", 0.0, 54'000}, {"mnist", -0.04, 54'000}, {"cifar10", 0.01, 45'000}, {"cifar100", 0.21, 45'000}};
const char* const subjects[]
    = {"Temperature ladder", "Few labels", "Soft targets", "Decoupled", "Attention transfer", "Hints first", "Baseline", "Wide teacher",
       "Short schedule", "Learning rate", "Contrastive", "Relations", "Noisy labels", "Late T", "Ablation of the hard share"};
const char* const tagNames[] = {"seed study", "paper", "ablation", "debug", "lab", "long", "quick start"};

class Filler {
public:
    Filler(Connection& connection, const ManyRuns& settings)
        : m_connection(connection), m_settings(settings), m_random(settings.seed)
    {
        for (const std::string& name : {series::loss, series::accuracyValidation, series::lossValidation, series::agreementValidation,
                                        series::klValidation, series::learningRate}) {
            Statement(connection, "INSERT INTO series (name) VALUES (?)").bind(name).run();
            m_series[name] = connection.integer("SELECT max(id) FROM series");
        }
        m_now = secondsNow() - 400 * 86400.0;
        m_step = 390 * 86400.0 / double(std::max<std::int64_t>(settings.runs, 1));
    }

    /// One submission; returns how many runs it made.
    std::int64_t submission(std::int64_t room)
    {
        const Network& teacher = pick(teachers);
        const Network& student = pick(students);
        const Data& data = pick(datasets);
        const std::string subject = std::string(pick(subjects)) + " " + std::to_string(++m_submissions);
        const double temperature = std::array{1.0, 2.0, 4.0, 8.0, 20.0}[number(5)];
        const std::string group = newId();
        m_every = 1 + std::int64_t(number(20));
        std::int64_t made = 0;

        Json document = documentOf(subject, teacher, student, data, temperature);
        const bool freshTeacher = m_teachers.size() < 5 || number(8) == 0;
        if (freshTeacher) {
            m_teachers[teacher.label + std::string(data.kind)] = add(group, RunRole::Teacher, "Teacher: " + std::string(teacher.label) + " on " + data.kind,
                document["teacher"]["experiment"], 1, teacher, nullptr, data, {}, 0);
            ++made;
        }
        const auto known = m_teachers.find(teacher.label + std::string(data.kind));
        const RunId taughtBy = known != m_teachers.end() ? known->second : m_teachers.begin()->second;
        RunId twin;
        if (number(10) == 0 && made < room) {
            Json own = document["teacher"]["experiment"];
            own["seed"] = 1001;
            twin = add(group, RunRole::Teacher, "Teacher: " + std::string(teacher.label) + ", twin", own, 1001, teacher, nullptr, data, {}, 0);
            ++made;
        }
        const bool sweep = number(3) == 0;
        const std::vector<double> temperatures = sweep ? std::vector{1.0, 2.0, 4.0, 8.0, 20.0} : std::vector{temperature};
        const std::int64_t seeds = sweep ? 1 : std::int64_t(1 + number(4));
        for (std::int64_t seed = 1; seed <= seeds; ++seed) {
            RunId control;
            if (number(4) != 0 && made < room) {
                Json own = document;
                own["seed"] = seed;
                own["stages"][0]["objective"] = Json::parse(R"([{"kind": "cross_entropy"}])");
                control = add(group, RunRole::Control, subject + ", alone" + seedText(seeds, seed), own, seed, student, &teacher, data,
                              {.teachers = {taughtBy}, .control = {}, .twin = {}}, 0);
                ++made;
            }
            for (const double t : temperatures) {
                if (made >= room) {
                    return made;
                }
                Json own = document;
                own["seed"] = seed;
                own["stages"][0]["objective"][1]["temperature"] = t;
                const std::string which = sweep ? ", temperature " + Json(t).dump() : "";
                add(group, RunRole::Student, subject + which + seedText(seeds, seed), own, seed, student, &teacher, data,
                    {.teachers = {taughtBy}, .control = control, .twin = twin}, 0.006 * std::log(t + 1) + 0.01);
                ++made;
            }
        }
        return made;
    }

    void longest()
    {
        const Json document = documentOf("A million steps", teachers[0], students[0], datasets[2], 4);
        m_points = m_settings.longest;
        add(newId(), RunRole::Student, "A million steps", document, 1, students[0], &teachers[0], datasets[2], {}, 0.02);
        m_points = 0;
    }

private:
    struct Relations {
        std::vector<RunId> teachers;
        RunId control, twin;
    };

    std::size_t number(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(m_random); }
    double between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(m_random); }
    template <class T, std::size_t N> const T& pick(const T (&from)[N]) { return from[number(N)]; }
    static std::string seedText(std::int64_t seeds, std::int64_t seed) { return seeds > 1 ? " (seed " + std::to_string(seed) + ")" : ""; }

    /// Ids in the order of the invented time of creation, as newRunId() would have given them then.
    RunId newId()
    {
        const char* digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        auto time = std::uint64_t((m_now += m_step) * 1000);
        RunId id(26, '0');
        for (int i = 9; i >= 0; --i, time >>= 5) {
            id[std::size_t(i)] = digits[time & 31];
        }
        for (std::size_t i = 10; i < 26; ++i) {
            id[i] = digits[number(32)];
        }
        return id;
    }

    Json documentOf(const std::string& name, const Network& teacher, const Network& student, const Data& data, double temperature)
    {
        Json document = Json::parse(R"({
            "data": {},
            "teacher": {"kind": "experiment", "experiment": {
                "data": {},
                "student": {},
                "stages": [{"objective": [{"kind": "cross_entropy"}], "epochs": 40}]}},
            "student": {},
            "stages": [{"objective": [{"kind": "cross_entropy", "weight": 0.1}, {"kind": "kd", "weight": 0.9}]}]})");
        document["name"] = name;
        document["notes"] = number(4) == 0 ? "Does it hold with fewer labels? Compare with the ladder of last week before believing it." : "";
        document["data"]["dataset"]["kind"] = data.kind;
        document["data"]["labelled"] = std::array{0, 0, 500, 1000, 5000}[number(5)];
        document["teacher"]["experiment"]["name"] = "Teacher: " + std::string(teacher.label);
        document["teacher"]["experiment"]["data"]["dataset"]["kind"] = data.kind;
        document["teacher"]["experiment"]["student"]["model"] = Json::parse(teacher.model);
        document["student"]["model"] = Json::parse(student.model);
        Json& stage = document["stages"][0];
        stage["objective"][1]["temperature"] = temperature;
        stage["epochs"] = std::array{20, 60, 120, 240}[number(4)];
        stage["batch_size"] = std::array{32, 64, 128, 256}[number(4)];
        stage["learning_rate"] = std::array{0.001, 0.01, 0.05, 0.1}[number(4)];
        stage["optimiser"]["kind"] = number(2) == 0 ? "adam" : "sgd";
        return schema().resolve(document);
    }

    RunId add(const std::string& group, RunRole role, const std::string& name, const Json& document, std::int64_t seed, const Network& network,
              const Network* teacher, const Data& data, const Relations& relations, double gain)
    {
        const Json& stage = document["stages"][0];
        RunRow row;
        row.id = newId();
        row.group = group;
        row.role = role;
        row.name = name;
        row.notes = document.value("notes", "");
        row.seed = seed;
        row.contentHash = sha256(document.dump());
        row.studentModel = network.label;
        row.teacherModel = teacher ? teacher->label : "";
        row.teachers = relations.teachers;
        row.control = relations.control;
        row.twin = relations.twin;
        row.createdAt = m_now;
        for (const char* tag : tagNames) {
            if (number(7) == 0) {
                row.tags.emplace_back(tag);
            }
        }
        row.marks.starred = number(30) == 0;
        row.marks.archived = number(25) == 0;
        const std::size_t fate = number(100);
        row.state = fate < 90 ? RunState::Finished : fate < 93 ? RunState::Stopped : fate < 95 ? RunState::Interrupted : fate < 98 ? RunState::Diverged
                                                                                                                              : RunState::Failed;
        const double share = row.state == RunState::Finished ? 1 : between(0.1, 0.9);
        const std::int64_t points = m_points > 0 ? m_points : m_settings.points;
        const std::int64_t every = m_points > 0 ? 1 : m_every;
        const auto reached = std::max<std::int64_t>(std::int64_t(share * double(points)), 2);
        row.figures.totalSteps = points * every;
        row.figures.step = reached * every;
        row.figures.seconds = double(row.figures.step) * between(0.01, 0.2);
        row.startedAt = row.createdAt + between(0.1, 30);
        row.endedAt = row.startedAt + row.figures.seconds;
        row.message = row.state == RunState::Diverged ? "The loss is not finite at step " + std::to_string(row.figures.step) + "."
            : row.state == RunState::Failed           ? "The data set could not be read: the disk is full."
                                                      : "";
        const double slowness = double(stage["epochs"].get<double>() < 30 ? 3 : 5);
        const double accuracy = std::clamp(network.accuracy - data.hardness + gain + between(-0.006, 0.006)
                                               - (document["data"].value("labelled", 0) > 0 ? 0.08 : 0.0),
                                           0.1, 0.999) * (1 - std::exp(-slowness * share));
        const double agreement = teacher ? std::min(accuracy + 0.03 + gain + between(-0.01, 0.01), 0.999) : std::nan("");
        row.figures.lastAccuracy = accuracy;
        row.figures.bestAccuracy = accuracy + between(0, 0.004);
        row.figures.agreement = agreement;
        if (row.state == RunState::Finished) {
            row.summary = summaryOf(row, network, teacher, data, accuracy, agreement);
        }
        insertRun(m_connection, row, document.dump(2), {});
        const std::int64_t run = numberOfRun(m_connection, row.id);
        curves(run, row, reached, every, accuracy, agreement);
        Statement(m_connection, "INSERT INTO events (run, step, at, kind, text) VALUES (?, ?, ?, 'state', ?)")
            .bind(run, row.figures.step, row.endedAt, nameOf(row.state))
            .run();
        return row.id;
    }

    Json summaryOf(const RunRow& row, const Network& network, const Network* teacher, const Data& data, double accuracy, double agreement)
    {
        const auto split = [&](double off) {
            Json figures = {{"accuracy", accuracy - off}, {"loss", 2.5 * (1 - accuracy + off)}, {"samples", 10'000}};
            if (teacher) {
                figures["agreement"] = agreement - off;
                figures["kl"] = 1.2 * (1 - agreement + off);
            }
            return figures;
        };
        Json summary = {{"reported", "last"}};
        for (const char* block : {"last", "best"}) {
            const double off = std::string(block) == "best" ? -0.001 : 0.0;
            summary[block] = {{"step", row.figures.step}, {"validation", split(off)}, {"test", split(off + 0.004)}};
        }
        summary["teacher"] = nullptr;
        if (teacher) {
            summary["teacher"] = {{"run", row.firstTeacher()},
                                  {"model", teacher->label},
                                  {"parameters", teacher->parameters},
                                  {"multiply_adds", teacher->multiplyAdds},
                                  {"validation", {{"accuracy", teacher->accuracy - data.hardness}, {"loss", 0.3}, {"samples", 6000}}},
                                  {"test", {{"accuracy", teacher->accuracy - data.hardness - 0.004}, {"loss", 0.31}, {"samples", 10'000}}}};
        }
        summary["parameters"] = network.parameters;
        summary["learned_parameters"] = 0;
        summary["multiply_adds"] = network.multiplyAdds;
        summary["seconds"] = row.figures.seconds;
        summary["steps"] = row.figures.step;
        summary["device"] = "cpu";
        summary["precision"] = "fp32";
        summary["layout"] = "channels_first";
        summary["threads"] = 1 + std::int64_t(number(2));
        summary["train_samples"] = data.samples;
        summary["labelled"] = data.samples;
        summary["images_per_second"] = 64 * double(row.figures.step) / row.figures.seconds;
        return summary;
    }

    void curves(std::int64_t run, const RunRow& row, std::int64_t points, std::int64_t every, double accuracy, double agreement)
    {
        // Cheap noise: what is drawn has to look like a curve, and a normal number a point would take longer than storing it.
        std::uint64_t state = std::uint64_t(run) * 0x9E3779B97F4A7C15ULL + 1;
        const auto noise = [&state] {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return double(state >> 11) * 0x1p-52 - 1;
        };
        const double secondsAStep = row.figures.seconds / double(row.figures.step);
        const double end = double(row.figures.totalSteps);
        Statement insert(m_connection, "INSERT INTO points (run, series, step, epoch, seconds, value, flag) VALUES (?, ?, ?, ?, ?, ?, ?)");
        const auto put = [&](const std::string& name, std::int64_t step, double value) {
            insert.bind(run, m_series.at(name), step, double(step) / 390, double(step) * secondsAStep, value, std::isnan(value) ? 1 : 0).run();
        };
        // In the order of the key, which makes appending of inserting.
        const std::int64_t evaluations = std::clamp<std::int64_t>(points / 25, 2, 2000);
        for (std::int64_t i = 0; i < points; ++i) {
            const double progress = 6 * double(i * every) / end;
            const bool last = row.state == RunState::Diverged && i + 1 == points;
            put(series::loss, i * every, last ? std::nan("") : 2.3 * std::exp(-progress) + 0.3 * (1 - accuracy) + 0.12 * std::exp(-0.3 * progress) * noise());
        }
        const auto evaluated = [&](const std::string& name, double from, double to, double jitter) {
            for (std::int64_t i = 1; i <= evaluations; ++i) {
                const std::int64_t step = points * every * i / evaluations;
                put(name, step, to + (from - to) * std::exp(-6 * double(step) / end) + jitter * noise());
            }
        };
        evaluated(series::accuracyValidation, 0.1, accuracy, 0.004);
        evaluated(series::lossValidation, 2.3, 2.5 * (1 - accuracy), 0.02);
        if (!std::isnan(agreement)) {
            evaluated(series::agreementValidation, 0.1, agreement, 0.004);
            evaluated(series::klValidation, 2.0, 1.2 * (1 - agreement), 0.02);
        }
        for (std::int64_t i = 0; i < evaluations; ++i) {
            const double progress = double(i) / double(evaluations);
            put(series::learningRate, i * every, 0.05 * (1 + std::cos(3.14159265 * progress)));
        }
    }

    Connection& m_connection;
    const ManyRuns m_settings;
    std::mt19937 m_random;
    std::map<std::string, std::int64_t> m_series;
    std::map<std::string, RunId> m_teachers;
    std::int64_t m_submissions = 0;
    std::int64_t m_every = 1; ///< steps between two points of a loss
    std::int64_t m_points = 0;
    double m_now = 0;
    double m_step = 0;
};

} // namespace

void makeManyRuns(const std::string& workspace, const ManyRuns& settings, const std::function<void(const std::string&)>& tell)
{
    const std::string path = (std::filesystem::path(workspace) / "history.sqlite").string();
    if (std::filesystem::exists(path)) {
        throw std::runtime_error("There is a history in " + workspace + " already; name another folder.");
    }
    std::filesystem::create_directories(workspace);
    {
        Connection connection(path, Connection::Access::Create);
        migrate(connection, migrations());
        // Nothing is in it yet that could be lost.
        connection.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; PRAGMA foreign_keys = OFF");
        Transaction transaction(connection);
        {
            Filler filler(connection, settings);
            if (settings.longest > 0) {
                filler.longest(); // the oldest, so that the window does not begin with it
            }
            std::int64_t told = 0;
            for (std::int64_t made = 0; made < settings.runs;) {
                made += filler.submission(settings.runs - made);
                if (made - told >= 1000) {
                    told = made;
                    tell(std::to_string(made) + " runs");
                }
            }
        }
        transaction.commit();
    }
    History::open(workspace); // sets the journal up
}

} // namespace distill::bench
