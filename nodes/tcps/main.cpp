// tcps: the command line of the factory.
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "nodes/tcps/commands.h"

int main(int argc, char** argv) {
  using namespace tcps::cli;
  CLI::App app{"tcps: a software factory that runs on demand, and proves what it made"};
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  tcps::view::Output out(std::cout, terminal,
                         tcps::view::Output::takes_colours(terminal, std::getenv("NO_COLOR")));
  Shell shell(app, out);
  add_all_commands(shell);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tcps::exit_number(app.exit(error) == 0 ? tcps::Exit::ok : tcps::Exit::usage);
  }
  try {
    return tcps::exit_number(shell.run_chosen());
  } catch (const std::exception& error) {
    std::cerr << "tcps: internal error: " << error.what() << "; please report it with the command you gave\n";
    return tcps::exit_number(tcps::Exit::internal);
  }
}
