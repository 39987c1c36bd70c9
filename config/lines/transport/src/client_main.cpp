// transport-client: see client_help().
#include <cstdio>
#include <string>

#include "src/client.h"
#include "src/io.h"
#include "src/options.h"
#include "src/version.h"

namespace transport {
namespace {

constexpr int kErrorAnswer = 1;
constexpr int kUsage = 2;
constexpr int kNoAnswer = 3;

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : kNoAnswer;
}

int complain(const std::string& sentence, int code) {
  std::fprintf(stderr, "transport-client: %s\n", sentence.c_str());
  return code;
}

int call(const ClientOptions& options) {
  ignore_broken_pipes();
  auto client = Client::connect(*options.transport, options.host, options.port);
  if (!client.ok()) return complain(client.error(), kNoAnswer);
  const auto answer = client.value().call(options.method, options.params, options.timeout);
  if (!answer.ok()) return complain(answer.error(), kNoAnswer);
  if (answer.value().is_error) {
    return complain("error " + std::to_string(answer.value().error_code) + ": " + answer.value().text,
                    kErrorAnswer);
  }
  return print(answer.value().text + "\n");
}

int main_of(Arguments arguments) {
  const auto options = read_client_options(arguments);
  if (!options.ok()) return complain(options.error(), kUsage);
  switch (options.value().task) {
    case Task::kHelp:
      return print(client_help());
    case Task::kVersion:
      return print("transport-client " + std::string(version()) + "\n");
    case Task::kListTransports:
      return print(transport_table());
    case Task::kRun:
      break;
  }
  return call(options.value());
}

}  // namespace
}  // namespace transport

int main(int argc, char** argv) {
  return transport::main_of(transport::Arguments(argv, static_cast<std::size_t>(argc)).subspan(1));
}
