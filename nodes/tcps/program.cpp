#include "nodes/tcps/program.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "nodes/tcps/commands.h"

namespace tcps::cli {

int run_program(int argc, char** argv) {
  CLI::App app{"tcps: a software factory that runs on demand, and proves what it made"};
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  view::Output out(std::cout, terminal, view::Output::takes_colours(terminal, std::getenv("NO_COLOR")));
  Shell shell(app, out);
  add_all_commands(shell);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return exit_number(app.exit(error) == 0 ? Exit::ok : Exit::usage);
  }
  try {
    return exit_number(shell.run_chosen());
  } catch (const std::exception& error) {
    std::cerr << "tcps: internal error: " << error.what() << "; please report it with the command you gave\n";
    return exit_number(Exit::internal);
  }
}

}  // namespace tcps::cli
