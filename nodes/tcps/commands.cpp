#include "nodes/tcps/commands.h"

namespace tcps::cli {

void add_all_commands(Shell& shell) {
  CLI::App& app = shell.app();
  app.name("tcps");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", TCPS_VERSION);
  app.footer(std::string("Begin with: tcps run <path or git URL of a repository>\n") +
             exit_help(ProgramKind::command_line));
  add_run_command(shell);
  add_factory_commands(shell);
  add_status_command(shell);
  add_line_commands(shell);
  add_demand_commands(shell);
  add_work_order_commands(shell);
  add_receipt_commands(shell);
  add_artifact_commands(shell);
  add_andon_commands(shell);
  add_ledger_commands(shell);
  add_node_commands(shell);
  add_context_commands(shell);
  add_bench_commands(shell);
  add_completion_command(shell);
}

}  // namespace tcps::cli
