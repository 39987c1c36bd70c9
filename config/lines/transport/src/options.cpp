#include "src/options.h"

#include <charconv>
#include <optional>

namespace transport {
namespace {

/// Hands out arguments one by one, and the values that options take.
class Reader {
 public:
  explicit Reader(Arguments arguments) : rest_(arguments) {}

  std::optional<std::string_view> next() {
    if (rest_.empty()) return std::nullopt;
    const std::string_view argument = rest_.front();
    rest_ = rest_.subspan(1);
    return argument;
  }

 private:
  Arguments rest_;
};

std::optional<std::int64_t> parse_number(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

std::optional<Task> task_of(std::string_view argument) {
  if (argument == "--help") return Task::kHelp;
  if (argument == "--version") return Task::kVersion;
  if (argument == "--list-transports") return Task::kListTransports;
  return std::nullopt;
}

Error missing_value(std::string_view option) {
  return Error{std::string(option) + " needs a value: see --help"};
}

Error not_a_port(std::string_view text) {
  return Error{std::string(text) + " is not a port: use a number from 0 to 65535"};
}

Error unknown_argument(std::string_view argument) {
  return Error{"The argument " + std::string(argument) + " is not known: see --help"};
}

Result<const Transport*> named_transport(std::string_view name) {
  const Transport* found = find_transport(name);
  if (found == nullptr)
    return Error{"No transport " + std::string(name) + " is compiled in: see --list-transports"};
  return found;
}

/// Splits HOST:PORT.
std::optional<Error> read_place(std::string_view text, ClientOptions& options) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) {
    return Error{std::string(text) + " is not a place: write HOST:PORT"};
  }
  const auto port = parse_number(text.substr(colon + 1), 1, 65535);
  if (!port) return not_a_port(text.substr(colon + 1));
  options.host = text.substr(0, colon);
  options.port = static_cast<std::uint16_t>(*port);
  return std::nullopt;
}

/// What was asked for, before the defaults of the transport are known.
struct Wanted {
  std::string_view transport;
  std::optional<Protocol> protocol;
  std::optional<std::int64_t> port;
  std::optional<std::int64_t> timeout_ms;
};

Result<const Transport*> choose(const Wanted& wanted, Protocol otherwise) {
  if (!wanted.transport.empty()) return named_transport(wanted.transport);
  const Protocol protocol = wanted.protocol.value_or(otherwise);
  const Transport* first = first_transport(protocol);
  if (first == nullptr)
    return Error{"No transport over " + std::string(name_of(protocol)) + " is compiled in"};
  return first;
}

std::optional<Error> read_server_option(std::string_view option, Reader& reader, Wanted& wanted,
                                        ServerOptions& options) {
  if (option == "--stdio") {
    wanted.protocol = Protocol::kStdio;
    return std::nullopt;
  }
  if (option != "--tcp" && option != "--transport" && option != "--port" && option != "--host" &&
      option != "--port-file") {
    return unknown_argument(option);
  }
  const auto value = reader.next();
  if (!value) return missing_value(option);
  if (option == "--transport") wanted.transport = *value;
  if (option == "--host") options.host = *value;
  if (option == "--port-file") options.port_file = *value;
  if (option == "--tcp" || option == "--port") {
    wanted.port = parse_number(*value, 0, 65535);
    if (!wanted.port) return not_a_port(*value);
  }
  if (option == "--tcp") wanted.protocol = Protocol::kTcp;
  return std::nullopt;
}

std::optional<Error> read_client_option(std::string_view option, Reader& reader, Wanted& wanted,
                                        ClientOptions& options) {
  if (option != "--tcp" && option != "--transport" && option != "--timeout-ms")
    return unknown_argument(option);
  const auto value = reader.next();
  if (!value) return missing_value(option);
  if (option == "--tcp") return read_place(*value, options);
  if (option == "--transport") wanted.transport = *value;
  if (option == "--timeout-ms") {
    wanted.timeout_ms = parse_number(*value, 1, 3'600'000);
    if (!wanted.timeout_ms) return Error{"--timeout-ms takes a number from 1 to 3600000"};
  }
  return std::nullopt;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string result(text);
  result.resize(std::max(width, text.size()), ' ');
  return result + "  ";
}

}  // namespace

Result<ServerOptions> read_server_options(Arguments arguments) {
  ServerOptions options;
  Wanted wanted;
  Reader reader(arguments);
  if (arguments.empty())
    return Error{"Say what to serve: --stdio, --tcp PORT or --transport NAME; see --help"};
  while (const auto argument = reader.next()) {
    if (const auto task = task_of(*argument)) {
      options.task = *task;
      return options;
    }
    if (auto error = read_server_option(*argument, reader, wanted, options)) return *error;
  }
  const auto transport = choose(wanted, Protocol::kStdio);
  if (!transport.ok()) return Error{transport.error()};
  options.transport = transport.value();
  if (options.transport->protocol == Protocol::kStdio && (wanted.port || !options.port_file.empty())) {
    return Error{"A transport over stdio has no port: leave out --port and --port-file"};
  }
  options.port = static_cast<std::uint16_t>(wanted.port.value_or(options.transport->default_port));
  return options;
}

Result<ClientOptions> read_client_options(Arguments arguments) {
  ClientOptions options;
  Wanted wanted;
  Reader reader(arguments);
  std::size_t words = 0;
  while (const auto argument = reader.next()) {
    if (const auto task = task_of(*argument)) {
      options.task = *task;
      return options;
    }
    if (argument->starts_with("--")) {
      if (auto error = read_client_option(*argument, reader, wanted, options)) return *error;
      continue;
    }
    if (words == 0 && *argument != "call") return unknown_argument(*argument);
    if (words == 1) options.method = *argument;
    if (words == 2) options.params = *argument;
    if (++words > 3) return unknown_argument(*argument);
  }
  if (options.method.empty()) return Error{"Say what to call: call METHOD [PARAMS]; see --help"};
  const auto transport = choose(wanted, Protocol::kTcp);
  if (!transport.ok()) return Error{transport.error()};
  options.transport = transport.value();
  if (options.transport->protocol != Protocol::kTcp) {
    return Error{"A client calls over tcp: for stdio, start the server and write to its standard input"};
  }
  if (options.port == 0) options.port = options.transport->default_port;
  options.timeout =
      wanted.timeout_ms ? std::chrono::milliseconds(*wanted.timeout_ms) : options.transport->request_timeout;
  return options;
}

std::string server_help() {
  return "transport-server: answers JSON-RPC 2.0 calls\n"
         "  --stdio             serve standard input and output\n"
         "  --tcp PORT          serve TCP; port 0 lets the system pick\n"
         "  --transport NAME    serve the named transport, on --port PORT or its own\n"
         "  --host ADDRESS      address to listen on (127.0.0.1)\n"
         "  --port-file FILE    write the port there once calls are taken\n"
         "  --list-transports   list the transports compiled in\n"
         "  --version, --help\n"
         "SIGTERM, SIGINT and the method shutdown end it cleanly.\n";
}

std::string client_help() {
  return "transport-client call METHOD [PARAMS]: makes a JSON-RPC 2.0 call and prints the result\n"
         "  --tcp HOST:PORT     the server\n"
         "  --transport NAME    the transport it serves (the first over tcp)\n"
         "  --timeout-ms N      longest wait for the answer\n"
         "  --list-transports   list the transports compiled in\n"
         "  --version, --help\n"
         "Exit code: 0 a result, 1 an error answer, 2 a wrong command line, 3 no answer.\n";
}

std::string transport_table() {
  std::string table;
  for (const Transport& each : transports()) {
    table += padded(each.name, 16) + padded(name_of(each.protocol), 5) + padded(name_of(each.framing), 14) +
             padded(each.default_port == 0 ? "-" : std::to_string(each.default_port), 5) +
             std::string(each.description) + "\n";
  }
  return table;
}

}  // namespace transport
