// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/comparisonparts.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace distill::comparison {

namespace {

std::string joined(const std::vector<std::string>& names)
{
    constexpr std::size_t most = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), most); ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more" : text;
}

std::string count(double number)
{
    std::string text = std::to_string(std::llround(number));
    for (auto place = std::ptrdiff_t(text.size()) - 3; place > 0; place -= 3) {
        text.insert(std::size_t(place), 1, ',');
    }
    return text;
}

class Remarks {
public:
    Remarks(const History& history, const Comparison& comparison)
        : m_history(history), m_comparison(comparison)
    {
        std::set<RunId> teachers;
        for (const Comparison::Run& run : comparison.runs) {
            teachers.insert(run.row.teachers.begin(), run.row.teachers.end());
            teachers.insert(run.row.twin);
        }
        for (const ComparedGroup& group : comparison.groups) {
            if (first(group).row.isImported()) {
                continue; // whatever is asked of its document, nobody knows
            }
            m_all.push_back(&group);
            if (!teachers.contains(first(group).row.id)) {
                m_peers.push_back(&group);
            }
        }
    }

    std::vector<std::string> take()
    {
        imported();
        unfinished();
        data();
        learning();
        teachers();
        agreements();
        weights();
        certainty();
        machine();
        return std::move(m_remarks);
    }

private:
    using Groups = std::vector<const ComparedGroup*>;

    const Comparison::Run& first(const ComparedGroup& group) const { return m_comparison.runs[group.runs.front()]; }

    Json at(const ComparedGroup& group, const char* pointer) const
    {
        const Json::json_pointer place(pointer);
        return first(group).document.contains(place) ? first(group).document.at(place) : Json();
    }

    double mean(const ComparedGroup& group, const char* key) const
    {
        for (std::size_t i = 0; i < m_comparison.figures.size(); ++i) {
            if (m_comparison.figures[i].key == key) {
                return group.means[i];
            }
        }
        return std::nan("");
    }

    /// `sentence` with what each of the groups has instead, where they do not all have the same.
    template <class KeyOf, class TextOf>
    void differing(const Groups& groups, const std::string& sentence, KeyOf keyOf, TextOf textOf)
    {
        std::vector<std::pair<std::string, std::vector<const ComparedGroup*>>> parts;
        for (const ComparedGroup* group : groups) {
            const std::string key = keyOf(*group);
            auto part = std::find_if(parts.begin(), parts.end(), [&](const auto& each) { return each.first == key; });
            if (part == parts.end()) {
                part = parts.insert(parts.end(), {key, {}});
            }
            part->second.push_back(group);
        }
        if (parts.size() < 2) {
            return;
        }
        std::string text = sentence + ":";
        constexpr std::size_t most = 6;
        for (std::size_t i = 0; i < std::min(parts.size(), most); ++i) {
            std::vector<std::string> names;
            for (const ComparedGroup* group : parts[i].second) {
                names.push_back(group->name);
            }
            const std::string what = textOf(*parts[i].second.front());
            text += (i == 0 ? " " : "; ") + what + (what.empty() ? "" : " (") + joined(names) + (what.empty() ? "" : ")");
        }
        text += parts.size() > most ? "; and " + std::to_string(parts.size() - most) + " other values." : ".";
        m_remarks.push_back(text);
    }

    void imported()
    {
        std::vector<std::string> names;
        for (const Comparison::Run& run : m_comparison.runs) {
            if (run.row.isImported()) {
                names.push_back(run.row.name);
            }
        }
        if (!names.empty()) {
            m_remarks.push_back("Imported, so that nobody knows here on which data and how it was trained, nor its figures on test: "
                                + joined(names) + ".");
        }
    }

    void unfinished()
    {
        for (const Comparison::Run& run : m_comparison.runs) {
            if (run.row.state == RunState::Finished) {
                continue;
            }
            m_remarks.push_back(run.row.name + " (" + run.row.id + ") is " + nameOf(run.row.state) + " at step "
                                + count(double(run.row.figures.step)) + " of " + count(double(run.row.figures.totalSteps))
                                + (isLive(run.row.state) ? ": its figures are those so far." : ": it has no test figures, and no part in means of them."));
        }
        for (const Comparison::Run& run : m_comparison.runs) {
            std::vector<std::string> changes;
            for (const RunEvent& event : m_history.events(run.row.id)) {
                if (event.kind == "tuned") {
                    changes.push_back(event.text + (event.text.ends_with('.') ? "" : ".") + " (step " + count(double(event.step)) + ")");
                }
            }
            if (!changes.empty()) {
                m_remarks.push_back(run.row.name + " was changed while it trained, so that its document does not tell all: " + joined(changes));
            }
        }
    }

    void data()
    {
        differing(m_all, "They are tested on different data, so that their figures measure different things",
                  [&](const ComparedGroup& group) { return at(group, "/data/dataset").dump(); },
                  [&](const ComparedGroup& group) {
                      const Json kind = at(group, "/data/dataset/kind");
                      return kind.is_string() ? kind.get<std::string>() : std::string("not known");
                  });
        differing(m_all, "Validation and labelled samples are cut differently, so that one may have learned what another is chosen by",
                  [&](const ComparedGroup& group) { return at(group, "/data/split_seed").dump() + at(group, "/data/validation_share").dump(); },
                  [&](const ComparedGroup& group) {
                      return "seed " + at(group, "/data/split_seed").dump() + ", share " + at(group, "/data/validation_share").dump();
                  });
    }

    /// What the students had to learn from; a teacher in the comparison may well have had more.
    void learning()
    {
        const auto labelled = [&](const ComparedGroup& group) {
            const double known = mean(group, "labelled");
            const Json asked = at(group, "/data/labelled");
            return !std::isnan(known) ? count(known) : asked == 0 ? "all" : asked.is_number() ? count(asked.get<double>()) : "not known";
        };
        differing(m_peers, "They learn from different numbers of labels", labelled, labelled);
        const auto steps = [&](const ComparedGroup& group) {
            const RunRow& row = first(group).row;
            const double known = mean(group, "steps");
            return count(row.state == RunState::Finished && !std::isnan(known) ? known : double(row.figures.totalSteps));
        };
        const std::size_t before = m_remarks.size();
        differing(m_peers, "They train for different numbers of steps", steps, [&](const ComparedGroup& group) { return steps(group); });
        if (m_remarks.size() == before) {
            const auto samples = [&](const ComparedGroup& group) {
                const double known = mean(group, "samples_seen");
                return std::isnan(known) ? std::string("not known") : count(known);
            };
            Groups known;
            std::copy_if(m_peers.begin(), m_peers.end(), std::back_inserter(known), [&](const ComparedGroup* group) {
                return first(*group).row.state == RunState::Finished && samples(*group) != "not known";
            });
            differing(known, "In as many steps they see different numbers of samples", samples, samples);
        }
        differing(m_peers, "Their samples are varied differently",
                  [&](const ComparedGroup& group) { return at(group, "/data/augmentation").dump(); },
                  [](const ComparedGroup&) { return std::string(); });
        Groups students; // alone they are shown labelled samples, whatever their pair is shown
        std::copy_if(m_peers.begin(), m_peers.end(), std::back_inserter(students),
                     [&](const ComparedGroup* group) { return first(*group).row.role != RunRole::Control; });
        differing(students, "They are shown different transfer sets",
                  [&](const ComparedGroup& group) { return at(group, "/data/transfer").dump(); },
                  [&](const ComparedGroup& group) {
                      const Json transfer = at(group, "/data/transfer");
                      return !transfer.is_object() ? std::string("not known")
                                                   : std::string(transfer.value("samples", "") == "all" ? "all samples" : "labelled samples")
                              + (transfer.value("labels", true) ? "" : " without labels")
                              + (transfer.contains("left_out_classes") && !transfer.at("left_out_classes").empty() ? " without some classes" : "");
                  });
    }

    void teachers()
    {
        Groups taught;
        std::copy_if(m_peers.begin(), m_peers.end(), std::back_inserter(taught), [&](const ComparedGroup* group) {
            return first(*group).row.role == RunRole::Student && !first(*group).row.teacherModel.empty();
        });
        differing(taught, "They have different teachers",
                  [&](const ComparedGroup& group) {
                      const RunRow& row = first(group).row;
                      std::string key;
                      for (const RunId& teacher : row.teachers) {
                          const auto there = m_history.run(teacher);
                          key += (there ? contentWithoutSeed(m_history, *there, runOf(m_history, teacher).document) : teacher) + " ";
                      }
                      return key.empty() ? at(group, "/teacher").dump() : key;
                  },
                  [&](const ComparedGroup& group) {
                      const RunRow& row = first(group).row;
                      const auto teacher = row.teachers.empty() ? std::nullopt : m_history.run(row.teachers.front());
                      return row.teacherModel + (teacher ? " of " + nameWithoutSeed(*teacher) : "");
                  });
    }

    /// Each agrees with whatever taught it.
    void agreements()
    {
        std::vector<std::string> random;
        for (const ComparedGroup* group : m_peers) {
            if (at(*group, "/teacher/kind") == "random" && !std::isnan(mean(*group, "test/agreement"))) {
                random.push_back(group->name);
            }
        }
        if (!random.empty() && random.size() < m_peers.size()) {
            m_remarks.push_back("Agreement and KL are with the network that taught a run, and that of " + joined(random)
                                + " never learned: theirs are no measure of the other teacher's.");
        }
    }

    void weights()
    {
        const auto report = [&](const ComparedGroup& group) {
            const Json asked = at(group, "/evaluation/report");
            return asked.is_string() ? asked.get<std::string>() : std::string("last");
        };
        differing(m_all, "They report different weights, and the best on validation are ahead of the last by choice alone", report, report);
    }

    void certainty()
    {
        std::vector<std::string> single;
        for (const ComparedGroup* group : m_peers) {
            if (group->runs.size() == 1) {
                single.push_back(group->name);
            }
        }
        if (!single.empty() && m_peers.size() > 1) {
            m_remarks.push_back("One seed alone, so that what another seed would change is not known: " + joined(single) + ".");
        }
        Groups variants;
        std::copy_if(m_peers.begin(), m_peers.end(), std::back_inserter(variants), [&](const ComparedGroup* group) {
            return first(*group).row.role != RunRole::Control && !std::isnan(mean(*group, "test/accuracy"));
        });
        constexpr std::size_t many = 3;
        if (variants.size() < many) {
            return;
        }
        const auto best = [&](const char* key) {
            return *std::max_element(variants.begin(), variants.end(), [&](const ComparedGroup* left, const ComparedGroup* right) {
                return mean(*left, key) < mean(*right, key);
            });
        };
        std::string text = std::to_string(variants.size())
            + " variants stand beside one another: the highest of several test figures is too high by chance. Choose by validation, then read"
              " the test figure of that one";
        if (std::all_of(variants.begin(), variants.end(),
                        [&](const ComparedGroup* group) { return !std::isnan(mean(*group, "validation/accuracy")); })) {
            const std::string byValidation = best("validation/accuracy")->name, byTest = best("test/accuracy")->name;
            text += ": validation chooses " + byValidation
                + (byValidation == byTest ? ", which is the highest on test as well" : ", and not " + byTest + ", the highest on test");
        }
        m_remarks.push_back(text + ".");
    }

    void machine()
    {
        const auto machineOf = [&](const ComparedGroup& group) {
            const Json& summary = first(group).row.summary;
            if (!summary.is_object() || !summary.contains("device")) {
                return std::string();
            }
            const std::int64_t threads = summary.value("threads", std::int64_t(0));
            return summary.value("device", "") + ", " + summary.value("precision", "") + ", " + std::to_string(threads)
                + (threads == 1 ? " thread" : " threads");
        };
        Groups known;
        std::copy_if(m_peers.begin(), m_peers.end(), std::back_inserter(known),
                     [&](const ComparedGroup* group) { return !machineOf(*group).empty(); });
        differing(known, "Their training times are of different arrangements", machineOf, machineOf);
    }

    const History& m_history;
    const Comparison& m_comparison;
    Groups m_all, m_peers; ///< all groups; without those that teach another one here, and twins of these
    std::vector<std::string> m_remarks;
};

} // namespace

std::vector<std::string> remarksOn(const History& history, const Comparison& comparison)
{
    return comparison.runs.size() > 1 ? Remarks(history, comparison).take() : std::vector<std::string>();
}

} // namespace distill::comparison
