// tcps up: a factory in the foreground.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "actors/stages/standard_work/standard_work.h"
#include "nodes/tcps/run/factory_process.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

// The line to work: named, of a repository, or those that the folder has.
Result<std::string> line_of(const client::Context& context, const std::string& path) {
  if (path.empty()) return context.line;
  auto work = TCPS_TRY(StandardWork::load(path + "/line.toml"));
  return work.line.str();
}

// Does not return when it succeeds: this process becomes the factory.
Outcome up(Shell& shell, const std::string& path) {
  auto context = TCPS_TRY(shell.context());
  if (context.data.empty())
    return fail(ErrorCode::invalid,
                "the context names a bus; name a data folder of this machine with --data");
  if (auto factory = client::running_factory(context.data, client::is_running_tcpsd))
    return fail(ErrorCode::conflict, fmt::format("a factory runs on {} already (process {}); stop it first",
                                                 context.data, factory->pid));
  auto line = TCPS_TRY(line_of(context, path));
  auto config = TCPS_TRY(write_factory_config(context.data, line));
  auto program = TCPS_TRY(find_tcpsd());
  shell.out().text(fmt::format("factory on {} (configuration {}); Ctrl-C stops it", context.data, config));
  std::cout.flush();
  execl(program.c_str(), program.c_str(), "--config", config.c_str(), nullptr);
  return fail(ErrorCode::io, fmt::format("{} cannot be run: {}", program, std::strerror(errno)));
}

}  // namespace

void add_factory_commands(Shell& shell) {
  auto path = std::make_shared<std::string>();
  shell
      .command(nullptr, "up", "run a factory in the foreground, with its own bus",
               [&shell, path] { return up(shell, *path); })
      ->add_option("--path", *path, "repository whose line it works")
      ->check(CLI::ExistingDirectory);
}

}  // namespace tcps::cli
