// SPDX-License-Identifier: GPL-3.0-or-later
// How long OpenMP's threads spin at a barrier decides how runs share a machine: with libgomp's default two runs slow each
// other down sixteenfold, with a few thousand turns hardly at all. libgomp reads GOMP_SPINCOUNT while it is loaded, before
// main(), so the program starts itself once more with it set. The preinit array runs before any library's constructor, which
// makes the second start cost a tenth of a second only. No library may be called here but the system call.
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr int mostVariables = 4000;
char spinCount[] = "GOMP_SPINCOUNT=5000";
char* environmentWithSpinCount[mostVariables + 2];

__attribute__((no_sanitize("address", "undefined", "thread"))) bool isSet(char** environment, const char* name)
{
    for (; *environment; ++environment) {
        const char *have = *environment, *want = name;
        while (*want && *have == *want) {
            ++have;
            ++want;
        }
        if (!*want && *have == '=') {
            return true;
        }
    }
    return false;
}

__attribute__((no_sanitize("address", "undefined", "thread"))) void boundSpinning(int, char** arguments, char** environment)
{
    if (isSet(environment, "GOMP_SPINCOUNT") || isSet(environment, "OMP_WAIT_POLICY")) {
        return;
    }
    int count = 0;
    while (environment[count] && count < mostVariables) {
        environmentWithSpinCount[count] = environment[count];
        ++count;
    }
    if (environment[count]) {
        return;
    }
    environmentWithSpinCount[count] = spinCount;
    syscall(SYS_execve, "/proc/self/exe", arguments, environmentWithSpinCount);
}

__attribute__((section(".preinit_array"), used)) void (*const bound)(int, char**, char**) = boundSpinning;

} // namespace
