// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editor/draft.h"

#include "ui/editor/text.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QUndoCommand>
#include <algorithm>

namespace distill::ui {

namespace {

constexpr qint64 mergeMilliseconds = 1000;
constexpr int advicePause = 500; ///< milliseconds: who types 0.05 is told nothing of 0

int lineIn(const char* sentence)
{
    static const QRegularExpression pattern(QStringLiteral("\\bline (\\d+)"));
    return std::max(1, pattern.match(QString::fromUtf8(sentence)).captured(1).toInt());
}

} // namespace

/// The file a document came from, shared by all states of it, so that saving holds for each of them.
struct Draft::Origin {
    QString path;
    QString saved;
    std::optional<Document> savedDocument;
};

struct Draft::State {
    QString text;
    std::shared_ptr<const Document> document;
    std::optional<ParseError> error;
    std::shared_ptr<Origin> origin;
};

class Draft::Step : public QUndoCommand {
public:
    Step(Draft& draft, StatePointer after, const QString& what, std::string mergeKey)
        : QUndoCommand(what)
        , m_draft(draft)
        , m_before(draft.m_state)
        , m_after(std::move(after))
        , m_mergeKey(std::move(mergeKey))
    {
        m_age.start();
    }

    void undo() override { m_draft.show(m_before); }
    void redo() override { m_draft.show(m_after); }
    int id() const override { return m_mergeKey.empty() ? -1 : 1; }

    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const Step*>(other);
        if (next->m_mergeKey != m_mergeKey || m_age.elapsed() > mergeMilliseconds) {
            return false;
        }
        m_after = next->m_after;
        m_age.restart();
        setObsolete(m_after->text == m_before->text && m_after->origin == m_before->origin);
        return true;
    }

private:
    Draft& m_draft;
    StatePointer m_before;
    StatePointer m_after;
    std::string m_mergeKey;
    QElapsedTimer m_age;
};

Draft::Draft(const Schema& schema, QObject* parent)
    : QObject(parent)
    , m_schema(schema)
{
    m_checkTimer.setSingleShot(true);
    connect(&m_checkTimer, &QTimer::timeout, this, &Draft::check);
    m_adviceTimer.setSingleShot(true);
    connect(&m_adviceTimer, &QTimer::timeout, this, &Draft::consider);
    connect(&m_stack, &QUndoStack::indexChanged, this, &Draft::stateChanged);

    auto state = std::make_shared<State>();
    auto document = std::make_shared<Document>(Document::fromJson({{"name", "Untitled"}}));
    state->text = QString::fromStdString(document->text());
    state->origin = std::make_shared<Origin>(Origin{{}, state->text, *document});
    state->document = std::move(document);
    m_state = std::move(state);
    m_checkTimer.start(0);
}

Draft::~Draft()
{
    m_stack.disconnect(this);
}

const Document& Draft::document() const
{
    return *m_state->document;
}

const Json* Draft::valueAt(const std::string& pointer) const
{
    const Json::json_pointer place(pointer);
    return json().contains(place) ? &json().at(place) : nullptr;
}

bool Draft::savedHas(const std::string& pointer) const
{
    const auto& saved = m_state->origin->savedDocument;
    return saved && saved->json().contains(Json::json_pointer(pointer));
}

QString Draft::text() const
{
    return m_state->text;
}

const std::optional<Draft::ParseError>& Draft::parseError() const
{
    return m_state->error;
}

QString Draft::path() const
{
    return m_state->origin->path;
}

QString Draft::savedText() const
{
    return m_state->origin->saved;
}

bool Draft::isModified() const
{
    return m_state->text != m_state->origin->saved;
}

Draft::StatePointer Draft::parsed(const QString& text, const StatePointer& before) const
{
    auto state = std::make_shared<State>();
    state->text = text;
    state->origin = before->origin;
    try {
        state->document = std::make_shared<Document>(Document::parse(text.toStdString()));
    } catch (const std::exception& error) {
        state->document = before->document;
        state->error
            = ParseError{lineIn(error.what()), error.what(), before->error ? before->error->standIn : StandIn::Earlier};
    }
    return state;
}

void Draft::open(const QString& text, const QString& path, const QString& saved)
{
    auto state = std::make_shared<State>(*parsed(text, m_state));
    auto origin = std::make_shared<Origin>(Origin{path, saved, std::nullopt});
    if (text == saved && !state->error) {
        origin->savedDocument = *state->document;
    } else {
        const StatePointer before = parsed(saved, m_state);
        if (!before->error) {
            origin->savedDocument = *before->document;
        }
    }
    if (state->error) {
        // The document so far is another one.
        state->error->standIn = origin->savedDocument ? StandIn::File : StandIn::Empty;
        state->document = std::make_shared<Document>(origin->savedDocument ? *origin->savedDocument
                                                                           : Document::fromJson(Json::object()));
    }
    state->origin = std::move(origin);
    push(std::move(state), tr("Open"), {});
}

void Draft::replaceText(const QString& text)
{
    if (text != m_state->text) {
        push(parsed(text, m_state), tr("Edit JSON"), "text");
    }
}

void Draft::edit(const std::string& pointer, const QString& what, const std::string& mergeKey,
                 const std::function<Json(const Json&)>& change)
{
    try {
        take(change(m_schema.writtenOut(json(), pointer)), what, mergeKey);
    } catch (const Json::exception&) {
        throw InputError(pointer
                         + " cannot be set, because what stands above it is of another type; correct that first");
    }
}

void Draft::take(const Json& json, const QString& what, const std::string& mergeKey)
{
    Document edited = Document::fromJson(json);
    const auto& origin = m_state->origin;
    if (origin->savedDocument && origin->savedDocument->json() == edited.json()) {
        edited = *origin->savedDocument;
    }
    auto state = std::make_shared<State>();
    state->text = QString::fromStdString(edited.text());
    if (origin->savedDocument && edited.text() == origin->savedDocument->text()) {
        state->text = origin->saved;
    }
    state->document = std::make_shared<Document>(std::move(edited));
    state->origin = origin;
    push(std::move(state), what, mergeKey);
}

void Draft::setValue(const std::string& pointer, const Json& value)
{
    const QString what = tr("Change %1").arg(titleOf(pointer.substr(pointer.rfind('/') + 1)).toLower());
    edit(pointer, what, pointer, [&](Json json) {
        json[Json::json_pointer(pointer)] = value;
        return json;
    });
}

void Draft::setValues(const std::vector<Edit>& edits, const QString& what)
{
    Json json = this->json();
    for (const Edit& each : edits) {
        const Json::json_pointer place(each.pointer);
        const Field* field = m_schema.find(json, each.pointer);
        if (field && each.value == field->defaultValue && !savedHas(each.pointer) && !isRequired(*field)) {
            json = json.contains(place) ? without(std::move(json), each.pointer) : std::move(json);
        } else {
            json = m_schema.writtenOut(std::move(json), each.pointer);
            json[place] = each.value;
        }
    }
    take(json, what, {});
}

void Draft::remove(const std::string& pointer)
{
    if (!valueAt(pointer)) {
        return;
    }
    const QString what = tr("Reset %1").arg(titleOf(pointer.substr(pointer.rfind('/') + 1)).toLower());
    edit(pointer, what, pointer, [&](Json json) { return without(std::move(json), pointer); });
}

Json Draft::without(Json json, const std::string& pointer) const
{
    std::string place = pointer;
    for (bool first = true; !place.empty(); first = false) {
        const std::string parent = parentPointer(place);
        const Field* field = m_schema.find(json, place);
        Json& value = json[Json::json_pointer(place)];
        // An object that this leaves empty says nothing any more; an empty item of a list does.
        const bool empty = value.is_object() && value.empty() && field && field->type == Field::Type::Object
            && json[Json::json_pointer(parent)].is_object();
        if (!first && !empty) {
            break;
        }
        json[Json::json_pointer(parent)].erase(place.substr(parent.size() + 1));
        place = parent;
    }
    return json;
}

Json listAt(const Schema& schema, const Json& document, const std::string& pointer)
{
    const Json written = schema.writtenOut(document, pointer + "/0");
    const Json& list = written.at(Json::json_pointer(pointer));
    return list.is_array() ? list : Json::array();
}

void Draft::insertItem(const std::string& list, std::size_t index, const Json& value)
{
    edit(list + "/0", tr("Add item"), {}, [&](Json json) {
        Json& items = json[Json::json_pointer(list)];
        items.insert(items.begin() + static_cast<std::ptrdiff_t>(std::min(index, items.size())), value);
        return json;
    });
}

void Draft::removeItem(const std::string& list, std::size_t index)
{
    edit(list + "/0", tr("Remove item"), {}, [&](Json json) {
        json[Json::json_pointer(list)].erase(index);
        return json;
    });
}

void Draft::moveItem(const std::string& list, std::size_t from, std::size_t to)
{
    edit(list + "/0", tr("Move item"), {}, [&](Json json) {
        Json& items = json[Json::json_pointer(list)];
        Json item = items.at(from);
        items.erase(from);
        items.insert(items.begin() + static_cast<std::ptrdiff_t>(std::min(to, items.size())), std::move(item));
        return json;
    });
}

void Draft::push(StatePointer after, const QString& what, const std::string& mergeKey)
{
    if (after->text == m_state->text && after->origin == m_state->origin) {
        return;
    }
    m_stack.push(new Step(*this, std::move(after), what, mergeKey));
}

void Draft::show(const StatePointer& state)
{
    m_state = state;
    m_checkTimer.start(0);
    Q_EMIT changed();
}

void Draft::markSaved(const QString& path)
{
    Origin& origin = *m_state->origin;
    origin.path = path;
    origin.saved = m_state->text;
    origin.savedDocument = m_state->error ? std::nullopt : std::optional(*m_state->document);
    Q_EMIT stateChanged();
}

void Draft::checkNow()
{
    check();
    consider();
}

void Draft::check()
{
    m_checkTimer.stop();
    std::vector<Problem> problems;
    if (m_state->error) {
        problems.push_back({{}, m_state->error->line, m_state->error->sentence, m_state->error->sentence});
    } else {
        try {
            problems = m_schema.check(document());
        } catch (const std::exception& error) {
            problems.push_back({{}, 1, error.what(), error.what()});
        }
    }
    m_problems = std::move(problems);
    if (m_problems.empty()) {
        m_adviceTimer.start(advicePause);
    } else {
        consider();
    }
    Q_EMIT problemsChanged();
}

void Draft::consider()
{
    m_adviceTimer.stop();
    m_advice = m_problems.empty() ? advise(m_schema, document()) : std::vector<Advice>();
    Q_EMIT adviceChanged();
}

} // namespace distill::ui
