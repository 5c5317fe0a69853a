// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/comparisontable.h"

#include "experiment/error.h"
#include "history/runtable.h"

namespace distill {

namespace {

void checkName(const std::string& name)
{
    if (name.find_first_not_of(" \t\r\n") == std::string::npos) {
        throw InputError("A comparison is kept under a name; give it one.");
    }
}

InputError unknown(const std::string& name)
{
    return InputError("The history keeps no comparison \"" + name + "\".");
}

} // namespace

std::vector<SavedComparison> readComparisons(Connection& connection)
{
    std::vector<SavedComparison> kept;
    Statement select(connection, "SELECT name, content, saved_at FROM comparisons ORDER BY saved_at DESC, name");
    while (select.step()) {
        Json content = Json::parse(select.text(1), nullptr, false);
        kept.push_back({select.text(0), content.is_discarded() ? Json(nullptr) : std::move(content), select.real(2)});
    }
    return kept;
}

void saveComparison(Connection& connection, const std::string& name, const Json& content)
{
    checkName(name);
    Statement(connection, "INSERT OR REPLACE INTO comparisons (name, content, saved_at) VALUES (?, ?, ?)")
        .bind(name, content.dump(-1, ' ', false, Json::error_handler_t::replace), secondsNow())
        .run();
}

void renameComparison(Connection& connection, const std::string& name, const std::string& newName)
{
    checkName(newName);
    if (name != newName) {
        Statement taken(connection, "SELECT 1 FROM comparisons WHERE name = ?");
        if (taken.bind(newName).step()) {
            throw InputError("The history keeps a comparison \"" + newName + "\" already; choose another name.");
        }
    }
    Statement(connection, "UPDATE comparisons SET name = ? WHERE name = ?").bind(newName, name).run();
    if (connection.changes() == 0) {
        throw unknown(name);
    }
}

void removeComparison(Connection& connection, const std::string& name)
{
    Statement(connection, "DELETE FROM comparisons WHERE name = ?").bind(name).run();
    if (connection.changes() == 0) {
        throw unknown(name);
    }
}

} // namespace distill
