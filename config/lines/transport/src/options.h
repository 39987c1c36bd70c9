// The command lines of both programs, read into values. Error: one sentence for the user.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "src/result.h"
#include "src/transport.h"

namespace transport {

using Arguments = std::span<const char* const>;  // without the program's name

enum class Task : std::uint8_t { kRun, kHelp, kVersion, kListTransports };

struct ServerOptions {
  Task task = Task::kRun;
  const Transport* transport = nullptr;  // with kRun
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string port_file;  // empty: none
};

struct ClientOptions {
  Task task = Task::kRun;
  const Transport* transport = nullptr;  // with kRun
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::chrono::milliseconds timeout{0};
  std::string method;
  std::string params = "[]";
};

Result<ServerOptions> read_server_options(Arguments arguments);
Result<ClientOptions> read_client_options(Arguments arguments);

std::string server_help();
std::string client_help();
/// One line for each transport compiled in: name, protocol, framing, port and description.
std::string transport_table();

}  // namespace transport
