// The frame that the programs of tcps-audit share: commands, their output, and how they end. Knows no rule.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "messages/digest.h"
#include "messages/exit.h"
#include "messages/text.h"

namespace tcps::audit {

class Program {
 public:
  // `name` is the command that people type ("tcps-audit").
  Program(std::string name, const std::string& about);

  void add_help(const std::string& text);  // after the commands, before the exit codes
  CLI::App* group(const std::string& name, const std::string& about);
  // A command below the parent, or of the first level when it is null. An error that `run` returns ends the
  // program as unreadable (Exit::usage), one of code corrupt as bad (Exit::failed).
  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& about,
                    std::function<Outcome()> run);
  int run(int argc, char** argv);

  bool json = false;                                 // --json was given
  void line(std::string_view text) const;            // for people: nothing with --json
  void document(const nlohmann::json& value) const;  // nothing without --json
  void note(std::string_view text) const;            // warnings and progress, to standard error

 private:
  std::string name_;
  CLI::App app_;
  std::string chosen_name_;
  std::function<Outcome()> chosen_;
};

std::string program_version();

}  // namespace tcps::audit
