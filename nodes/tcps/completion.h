// Completion scripts for the commands of an application.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace tcps::cli {

// What may follow each command: "" for the program itself, "work-order", "work-order list", ...
std::map<std::string, std::vector<std::string>> words_by_command(const CLI::App& app);

// `shell` is bash, zsh or fish.
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace tcps::cli
