// SPDX-License-Identifier: GPL-3.0-or-later
#include "history/owner.h"

#include <array>
#include <fstream>
#include <iterator>
#include <sstream>
#include <unistd.h>

namespace distill {

namespace {

/// Start time of a process in clock ticks since the boot; -1 where there is none, or only what its parent has not
/// reaped.
std::int64_t startOf(std::int64_t pid)
{
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    // The second field is the program's name in brackets and may hold anything; state is the third, start the 22nd.
    const auto bracket = text.rfind(')');
    if (bracket == std::string::npos) {
        return -1;
    }
    std::istringstream rest(text.substr(bracket + 1));
    std::string field;
    rest >> field;
    if (field == "Z" || field == "X") {
        return -1;
    }
    for (int i = 4; i <= 22; ++i) {
        rest >> field;
    }
    return rest ? std::stoll(field) : -1;
}

std::string bootId()
{
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string boot;
    file >> boot;
    std::array<char, 64> space{};
    const ssize_t length = readlink("/proc/self/ns/pid", space.data(), space.size());
    return boot + "/" + std::string(space.data(), std::size_t(length > 0 ? length : 0));
}

} // namespace

Owner Owner::thisProcess()
{
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    return {getpid(), bootId(), startOf(getpid()), host.data()};
}

bool isAlive(const Owner& owner, double silent)
{
    if (owner.pid <= 0) {
        return false;
    }
    const Owner here = Owner::thisProcess();
    if (owner.boot == here.boot) {
        return startOf(owner.pid) == owner.start;
    }
    const std::string bootOfOwner = owner.boot.substr(0, owner.boot.find('/'));
    const std::string bootHere = here.boot.substr(0, here.boot.find('/'));
    if (owner.host == here.host && bootOfOwner != bootHere) {
        return false; // this machine has been started anew since
    }
    return silent < ownerSilentAfter;
}

} // namespace distill
