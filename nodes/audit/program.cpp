#include "nodes/audit/program.h"

#include <fmt/format.h>

#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tcps::audit {
namespace {

std::string exit_codes() { return exit_help(ProgramKind::verifier); }

}  // namespace

Program::Program(std::string name, const std::string& about) : name_(std::move(name)), app_(about, name_) {
  app_.footer(exit_codes());
  app_.set_version_flag("--version", TCPS_VERSION);
}

void Program::add_help(const std::string& text) { app_.footer(text + "\n" + exit_codes()); }

CLI::App* Program::group(const std::string& name, const std::string& about) {
  CLI::App* group = app_.add_subcommand(name, about);
  group->require_subcommand(1);
  group->footer(exit_codes());
  return group;
}

CLI::App* Program::command(CLI::App* parent, const std::string& name, const std::string& about,
                           std::function<Outcome()> run) {
  CLI::App* command = (parent == nullptr ? &app_ : parent)->add_subcommand(name, about);
  command->footer(exit_codes());
  command->add_flag("--json", json, "print JSON");
  const std::string full_name = parent == nullptr ? name : parent->get_name() + " " + name;
  command->callback([this, full_name, run = std::move(run)] {
    chosen_name_ = full_name;
    chosen_ = run;
  });
  return command;
}

int Program::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return exit_number(app_.exit(error) == 0 ? Exit::ok : Exit::usage);
  }
  if (!chosen_) {
    std::cerr << app_.help();
    return exit_number(Exit::usage);
  }
  auto outcome = chosen_();
  if (outcome) return exit_number(*outcome);
  const bool bad = outcome.error().code == ErrorCode::corrupt;
  note(fmt::format("{} {}: {}", name_, chosen_name_, outcome.error().message));
  document({{"verdict", bad ? "FAIL" : "UNREADABLE"}, {"error", outcome.error().message}});
  return exit_number(bad ? Exit::failed : Exit::usage);
}

void Program::line(std::string_view text) const {
  if (!json) std::cout << printable(text) << '\n';
}

void Program::document(const nlohmann::json& value) const {
  if (json) std::cout << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void Program::note(std::string_view text) const { std::cerr << printable(text) << '\n'; }

std::string program_version() { return TCPS_VERSION; }

}  // namespace tcps::audit
