// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/predictions/loader.h"

#include <QCoreApplication>
#include <algorithm>
#include <list>

namespace distill::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t mostKept = 6;
constexpr qsizetype mostPartners = 40;

QString translate(const char* text)
{
    return QCoreApplication::translate("predictions", text);
}

QString text(const std::string& string)
{
    return QString::fromStdString(string);
}

QString sentenceOf(const std::exception& error)
{
    return QString::fromUtf8(error.what()).section(u'\n', 0, 0); // a library's may be followed by a backtrace
}

bool teaches(const RunRow& teacher, const RunRow& student)
{
    return std::find(student.teachers.begin(), student.teachers.end(), teacher.id) != student.teachers.end();
}

QString nameOf(const RunRow& row)
{
    return translate("%1 \u00b7 %2 \u00b7 seed %3").arg(text(row.name), text(row.studentModel)).arg(row.seed);
}

bool mayHaveAnswers(const RunRow& row)
{
    return row.state == RunState::Finished || row.state == RunState::Stopped;
}

QVector<Partner> partnersOf(const RunRow& row, const History& history, const QVector<RunId>& shown)
{
    QVector<Partner> partners;
    const auto add = [&](const RunRow& other, const QString& what) {
        const bool known
            = std::any_of(partners.begin(), partners.end(), [&](const Partner& each) { return each.run == other.id; });
        if (!known && other.id != row.id && !other.isImported() && partners.size() < mostPartners) {
            partners.append({other.id, what.arg(nameOf(other))});
        }
    };
    for (const RunId& teacher : row.teachers) {
        if (const auto found = history.run(teacher)) {
            add(*found, translate("its teacher: %1"));
        }
    }
    const std::pair<RunId, QString> controls[] = {{row.control, translate("the same student alone: %1")},
                                                  {row.twin, translate("a twin of its teacher: %1")},
                                                  {row.randomTeacher, translate("taught by a random network: %1")}};
    for (const auto& [control, what] : controls) {
        if (const auto found = control.empty() ? std::nullopt : history.run(control)) {
            add(*found, what);
        }
    }
    const std::vector<RunRow> rows = history.runs(false);
    for (const RunRow& other : rows) {
        const bool siblings = !row.teachers.empty() && !other.teachers.empty() && other.firstTeacher() == row.firstTeacher();
        if (siblings && other.role == RunRole::Student && mayHaveAnswers(other)) {
            add(other, translate("another student of its teacher: %1"));
        }
    }
    for (const RunRow& other : rows) {
        if (other.role == RunRole::Student && teaches(row, other) && mayHaveAnswers(other)) {
            add(other, translate("its student: %1"));
        }
    }
    for (const RunRow& other : rows) {
        if (!row.group.empty() && other.group == row.group && mayHaveAnswers(other)) {
            add(other, translate("of the same group: %1"));
        }
    }
    for (const RunId& run : shown) {
        if (const auto other = history.run(run)) {
            add(*other, translate("shown, too: %1"));
        }
    }
    return partners;
}

} // namespace

namespace {

/// What was used last, first.
template <class Value> class Kept {
public:
    std::shared_ptr<const Value> find(const RunId& run)
    {
        const auto found = std::find_if(m_list.begin(), m_list.end(), [&](const auto& each) { return each.first == run; });
        if (found == m_list.end()) {
            return nullptr;
        }
        m_list.splice(m_list.begin(), m_list, found);
        return m_list.front().second;
    }
    void keep(const RunId& run, std::shared_ptr<const Value> value)
    {
        m_list.emplace_front(run, std::move(value));
        if (m_list.size() > mostKept) {
            m_list.pop_back();
        }
    }
    void drop(const RunId& run)
    {
        m_list.remove_if([&](const auto& each) { return each.first == run; });
    }
    auto begin() const { return m_list.begin(); }
    auto end() const { return m_list.end(); }

private:
    std::list<std::pair<RunId, std::shared_ptr<const Value>>> m_list;
};

} // namespace

/// The answers and test sets used last.
class PredictionLoader::Store {
public:
    Store(std::shared_ptr<History> history, PredictionSource source)
        : m_history(std::move(history))
        , m_source(std::move(source))
    {
    }

    std::shared_ptr<const LoadedPredictions> load(const Request& request, const PredictionSource::KeepGoing& keepGoing);

private:
    std::shared_ptr<const Answers> answersOf(const RunId& run, const PredictionSource::KeepGoing& keepGoing);
    std::shared_ptr<const TestSet> testSetOf(const RunId& run);
    void lay(LoadedPredictions& result, const PredictionSource::KeepGoing& keepGoing);

    std::shared_ptr<History> m_history;
    PredictionSource m_source;
    Kept<Answers> m_answers;
    Kept<TestSet> m_tests;
};

std::shared_ptr<const Answers> PredictionLoader::Store::answersOf(const RunId& run, const PredictionSource::KeepGoing& keepGoing)
{
    if (auto known = m_answers.find(run)) {
        return known;
    }
    auto answers = std::make_shared<const Answers>(m_source.answers(*m_history, run, keepGoing));
    if (answers->samples() > 0) { // else it was ended early
        m_answers.keep(run, answers);
    }
    return answers;
}

std::shared_ptr<const TestSet> PredictionLoader::Store::testSetOf(const RunId& run)
{
    if (auto known = m_tests.find(run)) {
        return known;
    }
    std::shared_ptr<const TestSet> test = m_source.testSet(*m_history, run);
    for (const auto& [other, known] : m_tests) { // the same for most: once in memory
        if (known->dataset == test->dataset && known->labels == test->labels && known->rows == test->rows
            && std::ranges::equal(known->images, test->images)) {
            test = known;
            break;
        }
    }
    m_tests.keep(run, test);
    return test;
}

std::shared_ptr<const LoadedPredictions> PredictionLoader::Store::load(const Request& request,
                                                                       const PredictionSource::KeepGoing& keepGoing)
{
    auto result = std::make_shared<LoadedPredictions>();
    if (request.anew) {
        m_answers.drop(request.run);
        m_answers.drop(request.against.value_or(RunId()));
    }
    result->row = m_history->run(request.run);
    if (!result->row) {
        result->problem = translate("This run is not in the history any more.");
        return result;
    }
    const RunRow& row = *result->row;
    if (row.isImported()) {
        result->problem = translate("\u201c%1\u201d was imported: it has curves, and no network that could answer.").arg(text(row.name));
        return result;
    }
    result->partners = partnersOf(row, *m_history, request.shown);
    const auto offered = [&](const RunId& run) {
        return std::any_of(result->partners.begin(), result->partners.end(),
                           [&](const Partner& each) { return each.run == run; });
    };
    if (request.against && (request.against->empty() || offered(*request.against))) {
        result->against = *request.against;
    } else if (!row.teachers.empty() && offered(row.firstTeacher())) {
        result->against = row.firstTeacher();
    }
    result->taught = std::find(row.teachers.begin(), row.teachers.end(), result->against) != row.teachers.end();
    try {
        lay(*result, keepGoing);
    } catch (const std::exception& error) {
        result->set = nullptr;
        result->problem = isLive(row.state)
            ? translate("\u201c%1\u201d is still training. What it answers on the test set is stored when it ends.")
                  .arg(text(row.name))
            : sentenceOf(error);
        return result;
    }
    if (isLive(row.state)) {
        result->note
            = translate("\u201c%1\u201d is still training: these are the answers that were stored last.").arg(text(row.name));
    } else if (row.teachers.empty() && !row.teacherModel.empty() && result->note.isEmpty()) {
        result->note = translate("Its teacher (%1) is no run of this workspace, so what it answers is not known here.")
                           .arg(text(row.teacherModel));
    }
    return result;
}

void PredictionLoader::Store::lay(LoadedPredictions& result, const PredictionSource::KeepGoing& keepGoing)
{
    const RunRow& row = *result.row;
    NetworkAnswers student{row.id, text(row.name), translate("Student"), translate("S"), answersOf(row.id, keepGoing), {}, {},
                           {}};
    const std::shared_ptr<const TestSet> test = testSetOf(row.id);
    std::optional<NetworkAnswers> other;
    bool taught = result.taught;
    if (!result.against.empty()) {
        try {
            const RunRow against = m_history->run(result.against).value_or(RunRow());
            other = NetworkAnswers{
                against.id, text(against.name), translate("Teacher"), translate("T"), answersOf(against.id, keepGoing), {}, {},
                {}};
            const std::shared_ptr<const TestSet> theirs = testSetOf(against.id);
            if (theirs != test && theirs->labels != test->labels) {
                result.note = translate("\u201c%1\u201d was tested on other samples (%2) than \u201c%3\u201d (%4): only runs "
                                        "with one test set can be "
                                        "laid side by side.")
                                  .arg(other->name, text(theirs->dataset), student.name, text(test->dataset));
                other.reset();
            } else if (teaches(row, against)) {
                taught = true;
                std::swap(student, *other);
                std::swap(student.title, other->title);
                std::swap(student.letter, other->letter);
            } else if (!result.taught) {
                student.title = student.letter = translate("A");
                other->title = other->letter = translate("B");
            }
        } catch (const std::exception& error) {
            result.note
                = result.taught ? translate("Its teacher's answers cannot be had: %1").arg(sentenceOf(error)) : sentenceOf(error);
            other.reset();
        }
    }
    if (!other) {
        student.title = row.teachers.empty() ? translate("Network") : translate("Student");
        student.letter = row.teachers.empty() ? translate("N") : translate("S");
    }
    result.set = predictionSet(test, std::move(student), std::move(other), taught);
}

PredictionLoader::PredictionLoader(std::shared_ptr<History> history, PredictionSource source, QObject* parent)
    : QObject(parent)
    , m_store(std::make_shared<Store>(std::move(history), std::move(source)))
{
}

PredictionLoader::~PredictionLoader()
{
    m_wanted.end();
}

void PredictionLoader::load(const Request& request)
{
    m_work.ask([store = m_store, request, keepGoing = m_wanted.begin()] { return store->load(request, keepGoing); },
               [this](const std::optional<std::shared_ptr<const LoadedPredictions>>& loadedNow, const QString& problem) {
                   if (loadedNow) {
                       Q_EMIT loaded(*loadedNow);
                       return;
                   }
                   auto failed = std::make_shared<LoadedPredictions>();
                   failed->problem = problem;
                   Q_EMIT loaded(failed);
               });
}

void PredictionLoader::forget()
{
    m_wanted.end();
    m_work.forget();
}

} // namespace distill::ui
