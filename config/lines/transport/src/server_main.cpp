// transport-server: see server_help().
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "src/io.h"
#include "src/methods.h"
#include "src/options.h"
#include "src/server.h"
#include "src/version.h"

namespace transport {
namespace {

constexpr int kUsage = 2;
constexpr int kCannotServe = 3;

Server* running = nullptr;

void on_signal(int) {
  if (running != nullptr) running->stop();
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : kCannotServe;
}

int complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "transport-server: %s\n", sentence.c_str());
  return code;
}

/// Appears whole or not at all, so that whoever waits for the file reads the whole port.
bool write_port(const std::string& path, std::uint16_t port) {
  const std::string unfinished = path + ".part";
  std::FILE* file = std::fopen(unfinished.c_str(), "w");
  if (file == nullptr) return false;
  const bool written = std::fprintf(file, "%u\n", unsigned{port}) > 0;
  return (std::fclose(file) == 0) && written && std::rename(unfinished.c_str(), path.c_str()) == 0;
}

int serve(const ServerOptions& options) {
  ignore_broken_pipes();
  Server* server_to_stop = nullptr;
  const Dispatcher dispatcher = standard_methods([&server_to_stop] { server_to_stop->stop(); });
  Server server(dispatcher, *options.transport);
  server_to_stop = &server;
  running = &server;
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  if (options.transport->protocol == Protocol::kStdio) {
    server.adopt(Fd(STDIN_FILENO), Fd(STDOUT_FILENO));
  } else {
    const auto port = server.listen(options.host, options.port);
    if (!port.ok()) return complain(port.error(), kCannotServe);
    std::fprintf(stderr, "transport-server: serving %.*s on %s:%u\n",
                 static_cast<int>(options.transport->name.size()), options.transport->name.data(),
                 options.host.c_str(), unsigned{port.value()});
    if (!options.port_file.empty() && !write_port(options.port_file, port.value())) {
      return complain("cannot write " + options.port_file + ": give a path in a folder that exists",
                      kCannotServe);
    }
  }
  server.run();
  running = nullptr;
  return 0;
}

int main_of(Arguments arguments) {
  const auto options = read_server_options(arguments);
  if (!options.ok()) return complain(options.error(), kUsage);
  switch (options.value().task) {
    case Task::kHelp:
      return print(server_help());
    case Task::kVersion:
      return print("transport-server " + std::string(version()) + "\n");
    case Task::kListTransports:
      return print(transport_table());
    case Task::kRun:
      break;
  }
  return serve(options.value());
}

}  // namespace
}  // namespace transport

int main(int argc, char** argv) {
  return transport::main_of(transport::Arguments(argv, static_cast<std::size_t>(argc)).subspan(1));
}
