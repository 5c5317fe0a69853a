// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaObject>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <functional>
#include <optional>
#include <utility>

namespace distill::ui {

/// Work on a thread of its own of which only the latest counts: what was asked for before the last is not begun any more, or
/// its answer is dropped. A member of `context`, on whose thread the answers arrive.
template <class Answer> class LatestWork {
public:
    using Work = std::function<Answer()>;
    /// With the answer, or with what the work threw.
    using Done = std::function<void(const std::optional<Answer>&, const QString& problem)>;

    explicit LatestWork(QObject* context)
        : m_context(context)
    {
        m_pool.setMaxThreadCount(1);
    }
    ~LatestWork()
    {
        m_pool.clear();
        m_pool.waitForDone();
    }
    LatestWork(const LatestWork&) = delete;
    LatestWork& operator=(const LatestWork&) = delete;

    void ask(Work work, Done done)
    {
        ++m_request;
        m_next = {std::move(work), std::move(done)};
        if (!m_running) {
            start();
        }
    }
    /// No answer is wanted any more.
    void forget()
    {
        ++m_request;
        m_next.reset();
    }

private:
    void start()
    {
        m_running = true;
        auto [work, done] = *std::exchange(m_next, std::nullopt);
        m_pool.start([this, work = std::move(work), done = std::move(done), request = m_request] {
            std::optional<Answer> answer;
            QString problem;
            try {
                answer = work();
            } catch (const std::exception& error) {
                problem = QString::fromUtf8(error.what());
            }
            // The pool is waited for before the context goes.
            QMetaObject::invokeMethod(
                m_context, [=, this] { finish(request, done, answer, problem); }, Qt::QueuedConnection);
        });
    }
    void finish(quint64 request, const Done& done, const std::optional<Answer>& answer, const QString& problem)
    {
        m_running = false;
        if (request == m_request) {
            done(answer, problem);
        }
        if (m_next && !m_running) {
            start();
        }
    }

    QObject* m_context;
    QThreadPool m_pool;
    std::optional<std::pair<Work, Done>> m_next;
    quint64 m_request = 0;
    bool m_running = false;
};

} // namespace distill::ui
