// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/runs/tablefeed.h"

#include "ui/runs/runmodel.h"
#include "ui/session.h"

#include <algorithm>
#include <utility>

namespace distill::ui {

TableFeed::TableFeed(Session& session, RunModel& model, QObject* parent)
    : QObject(parent), m_session(session), m_model(model)
{
    m_later.setSingleShot(true);
    m_later.setInterval(500);
    connect(&m_later, &QTimer::timeout, this, [this] { read(true); });
}

void TableFeed::want(std::vector<RunColumn> columns)
{
    m_wanted = std::move(columns);
    read(false);
}

void TableFeed::runsChanged()
{
    m_later.start();
}

void TableFeed::read(bool all)
{
    if (m_reading) {
        m_readAgain = true;
        m_againAll = m_againAll || all;
        return;
    }
    std::vector<RunColumn> missing;
    for (const RunColumn& column : m_wanted) {
        const bool known = std::find(missing.begin(), missing.end(), column) != missing.end();
        if (column.from != RunColumn::From::Row && !known && (all || !m_model.hasValues(column))) {
            missing.push_back(column);
        }
    }
    if (missing.empty()) {
        return;
    }
    using Values = std::vector<ColumnValues>;
    m_reading = true;
    m_session.read<Values>(
        this,
        [missing](const History& history) {
            try {
                return RunModel::columns().read(history, missing);
            } catch (const std::exception&) { // the session says why the history cannot be read
                return Values();
            }
        },
        [this, missing](Values values) {
            m_reading = false;
            if (values.size() == missing.size()) {
                m_model.setValues(missing, std::move(values));
            }
            if (std::exchange(m_readAgain, false)) {
                read(std::exchange(m_againAll, false));
            }
            Q_EMIT arrived();
        });
}

} // namespace distill::ui
