// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/commands.h"

#include <iostream>
#include <unistd.h>

int main(int argc, char** argv)
{
    std::ios::sync_with_stdio(false);
    return distill::cli::commandLine(argc, argv, {std::cout, std::cerr, isatty(STDOUT_FILENO) == 1});
}
