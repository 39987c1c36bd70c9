#include "nodes/tcps/shell.h"

#include <fmt/format.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "messages/reply.h"

namespace tcps::cli {

CLI::App* Shell::group(const std::string& name, const std::string& about) {
  CLI::App* group = app_.add_subcommand(name, about);
  group->require_subcommand(1);
  group->footer(exit_help(ProgramKind::command_line));
  return group;
}

CLI::App* Shell::command(CLI::App* parent, const std::string& name, const std::string& about,
                         std::function<Outcome()> run) {
  CLI::App* command = (parent == nullptr ? &app_ : parent)->add_subcommand(name, about);
  command->footer(exit_help(ProgramKind::command_line));
  command->add_flag("--json", out_.json, "print JSON");
  command->add_option("--context", options_.context, "named way to a factory (tcps context list)");
  command->add_option("--data", options_.data, "data folder of the factory");
  command->add_option("--line", options_.line, "the line; not needed where there is only one");
  const std::string full_name = parent == nullptr ? name : parent->get_name() + " " + name;
  command->callback([this, full_name, run = std::move(run)] {
    chosen_name_ = full_name;
    chosen_ = run;
  });
  return command;
}

Result<client::Context> Shell::context() const {
  auto file = TCPS_TRY(client::ContextFile::load(client::context_file_path(std::getenv)));
  return client::resolve(options_, std::getenv, file);
}

Result<std::unique_ptr<client::LineAccess>> Shell::line() const {
  auto where = TCPS_TRY(context());
  return client::open_line(where);
}

Exit Shell::run_chosen() {
  if (!chosen_) {
    std::cerr << app_.help();
    return Exit::usage;
  }
  auto outcome = chosen_();
  if (outcome) return *outcome;
  std::cerr << error_line(chosen_name_, outcome.error()) << '\n';
  if (out_.json) out_.document(error_reply(outcome.error()));
  return exit_of(outcome.error().code);
}

std::string error_line(const std::string& command, const Error& error) {
  return fmt::format("tcps {}: {}", command, error.message);
}

}  // namespace tcps::cli
