// What every command has in common: its options, its output, and the way in which it is run after parsing.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>

#include "messages/exit.h"
#include "nodes/client/context.h"
#include "nodes/client/line_access.h"
#include "nodes/view/output.h"

namespace tcps::cli {

class Shell {
 public:
  Shell(CLI::App& app, view::Output& out) : app_(app), out_(out) {}

  // A group of commands ("work-order").
  CLI::App* group(const std::string& name, const std::string& about);
  // A command with the options that all have; `run` is what it does. The parent is null for one of the first
  // level.
  CLI::App* command(CLI::App* parent, const std::string& name, const std::string& about,
                    std::function<Outcome()> run);

  CLI::App& app() { return app_; }
  view::Output& out() { return out_; }
  client::CommonOptions& options() { return options_; }
  Result<client::Context> context() const;
  Result<std::unique_ptr<client::LineAccess>> line() const;

  // Runs the command that was parsed; says what went wrong on standard error.
  Exit run_chosen();

 private:
  CLI::App& app_;
  view::Output& out_;
  client::CommonOptions options_;
  std::string chosen_name_;
  std::function<Outcome()> chosen_;
};

// What an error is printed as: "tcps <command>: <what>".
std::string error_line(const std::string& command, const Error& error);

// The commands, by file.
void add_factory_commands(Shell& shell);
void add_run_command(Shell& shell);
void add_status_command(Shell& shell);
void add_line_commands(Shell& shell);
void add_demand_commands(Shell& shell);
void add_work_order_commands(Shell& shell);
void add_receipt_commands(Shell& shell);
void add_artifact_commands(Shell& shell);
void add_andon_commands(Shell& shell);
void add_ledger_commands(Shell& shell);
void add_ledger_query_commands(Shell& shell, CLI::App* group);
void add_reproduce_command(Shell& shell, CLI::App* work_order_group);
void add_trace_command(Shell& shell, CLI::App* group);
void add_refeed_command(Shell& shell, CLI::App* ledger_group);
void add_countersign_command(Shell& shell, CLI::App* ledger_group);
void add_node_commands(Shell& shell);
void add_context_commands(Shell& shell);
void add_bench_commands(Shell& shell);
void add_completion_command(Shell& shell);

}  // namespace tcps::cli
