// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "cli/commands.h"
#include "engine/engine.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

namespace distill::test {

/// A workspace of its own, and the command line run in this process.
class CommandLineTest : public testing::Test {
protected:
    struct Output {
        int code;
        std::string out, err;
    };

    CommandLineTest()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "distill-app-XXXXXX").string();
        m_folder = mkdtemp(pattern.data());
    }
    ~CommandLineTest() override { std::filesystem::remove_all(m_folder); }

    /// The arguments, then --workspace where the command takes one.
    Output distill(std::vector<std::string> arguments, bool withWorkspace = true) const
    {
        arguments.insert(arguments.begin(), "distill");
        if (withWorkspace) {
            arguments.insert(arguments.end(), {"--workspace", workspace()});
        }
        std::vector<const char*> pointers;
        for (const std::string& argument : arguments) {
            pointers.push_back(argument.c_str());
        }
        std::ostringstream out, err;
        const int code = cli::commandLine(int(pointers.size()), pointers.data(), {out, err, false});
        return {code, out.str(), err.str()};
    }
    std::string workspace() const { return path("workspace"); }
    std::string path(const std::string& name) const { return m_folder + "/" + name; }
    std::string write(const std::string& name, const Json& json) const
    {
        std::ofstream(path(name)) << json.dump(2);
        return path(name);
    }
    /// A student of a taught spiral, small enough to train in a second.
    static Json spirals()
    {
        const Json data = {{"dataset", {{"kind", "spirals"}, {"samples", 300}}}};
        const auto stage = [](const Json& objective) {
            return Json::array(
                {{{"objective", objective}, {"epochs", 3}, {"batch_size", 32}, {"learning_rate", 0.01}}});
        };
        return {
            {"name", "Spirals"},
            {"data", data},
            {"teacher",
             {{"kind", "experiment"},
              {"experiment",
               {{"name", "Teacher"},
                {"data", data},
                {"student", {{"model", {{"kind", "mlp"}, {"hidden", {32}}}}}},
                {"stages", stage(Json::array({{{"kind", "cross_entropy"}}}))}}}}},
            {"student", {{"model", {{"kind", "mlp"}, {"hidden", {8}}}}}},
            {"stages",
             stage(Json::array({{{"kind", "cross_entropy"}, {"weight", 0.5}}, {{"kind", "kd"}, {"weight", 0.5}}}))}};
    }

private:
    std::string m_folder;
};

} // namespace distill::test
