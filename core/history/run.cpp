// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiment/error.h"
#include "history/history.h"

#include <array>
#include <chrono>
#include <cmath>
#include <mutex>
#include <random>
#include <unistd.h>

namespace distill {

namespace {

constexpr std::array<const char*, 8> stateNames
    = {"queued", "running", "paused", "finished", "stopped", "interrupted", "diverged", "failed"};
constexpr std::array<const char*, 3> roleNames = {"teacher", "student", "control"};

template <std::size_t N>
std::size_t indexOf(const std::array<const char*, N>& names, std::string_view name, const char* what)
{
    for (std::size_t i = 0; i < N; ++i) {
        if (name == names[i]) {
            return i;
        }
    }
    std::string sentence(1, '"');
    sentence.append(name).append("\" is not a run's ").append(what).append("; expected one of ");
    for (std::size_t i = 0; i < N; ++i) {
        sentence += i ? ", " : "";
        sentence += names[i];
    }
    throw InputError(sentence + ".");
}

} // namespace

const char* nameOf(RunState state)
{
    return stateNames.at(std::size_t(state));
}

RunState runStateFrom(std::string_view name)
{
    return RunState(indexOf(stateNames, name, "state"));
}

const char* nameOf(RunRole role)
{
    return roleNames.at(std::size_t(role));
}

RunRole runRoleFrom(std::string_view name)
{
    return RunRole(indexOf(roleNames, name, "role"));
}

bool isLive(RunState state)
{
    return state == RunState::Queued || state == RunState::Running || state == RunState::Paused;
}

bool canResume(RunState state)
{
    return state == RunState::Stopped || state == RunState::Interrupted || state == RunState::Failed
        || state == RunState::Diverged;
}

RunFigures::RunFigures()
    : bestAccuracy(std::nan(""))
    , lastAccuracy(std::nan(""))
    , agreement(std::nan(""))
{
}

// A ULID: 48 bits of milliseconds since 1970, then 80 random bits, in Crockford's base 32. Ids made in one millisecond
// count on from the first, so that they sort by creation within the process.
RunId newRunId()
{
    static std::mutex mutex;
    static std::int64_t lastTime = -1;
    static std::int64_t lastProcess = 0;
    static std::array<std::uint16_t, 5> random{};

    const std::scoped_lock lock(mutex);
    const std::int64_t now
        = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
              .count();
    bool fresh = now > lastTime || getpid() != lastProcess; // a forked child must not count on from its parent's id
    for (std::size_t i = random.size(); !fresh && i-- > 0;) {
        if (++random[i] != 0) {
            break;
        }
        fresh = i == 0; // all 80 bits ran over
    }
    if (fresh) {
        std::random_device device;
        for (auto& word : random) {
            word = std::uint16_t(device());
        }
        lastTime = std::max(now, lastTime);
        lastProcess = getpid();
    }

    RunId id(26, '0');
    const char* digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int i = 0; i < 10; ++i) {
        id[std::size_t(i)] = digits[(lastTime >> (45 - 5 * i)) & 31];
    }
    for (int i = 0; i < 16; ++i) {
        unsigned digit = 0;
        for (int bit = 5 * i; bit < 5 * i + 5; ++bit) {
            digit = digit << 1 | ((random[std::size_t(bit / 16)] >> (15 - bit % 16)) & 1U);
        }
        id[std::size_t(10 + i)] = digits[digit];
    }
    return id;
}

} // namespace distill
