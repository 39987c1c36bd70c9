#include "actors/engines/channels/registry_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "messages/files.h"

namespace tcps::channels {
namespace {

constexpr int launches_max = 3;
constexpr size_t config_bytes_max = 65'536;
constexpr auto start_time_max = std::chrono::seconds(15);
constexpr auto poll_pause = std::chrono::milliseconds(20);

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

// The wanted port when it is free, 0 when it is not; of port 0, any free one. Should another process take it
// in the next moment, the registry ends and the next launch takes another.
uint16_t free_port(uint16_t wanted) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int reuse = 1;  // as the registry does: connections that its predecessor closed do not matter
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
  auto address = loopback(wanted);
  socklen_t length = sizeof address;
  uint16_t port = 0;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
    port = ntohs(address.sin_port);
  }
  close(fd);
  return port;
}

// The port that the registry had at its last start; 0 when there was none. References in receipts name it.
uint16_t last_port(const std::string& config_file) {
  const auto text = read_file(config_file, config_bytes_max);
  const auto config = text ? nlohmann::json::parse(*text, nullptr, false) : nlohmann::json();
  const nlohmann::json::json_pointer place("/http/addr");
  if (!config.is_object() || !config.contains(place) || !config[place].is_string()) return 0;
  const auto address = config[place].get<std::string>();
  const auto port = std::atoi(address.substr(address.rfind(':') + 1).c_str());
  return port > 0 && port <= 65'535 ? static_cast<uint16_t>(port) : 0;
}

bool accepts(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

// JSON is YAML, so that a path needs no quoting rules of its own.
std::string registry_config(const std::string& storage_folder, const std::string& address) {
  std::array<char, 16> secret{};
  TCPS_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), secret.size()) == 1);
  const nlohmann::json config{
      {"version", 0.1},
      {"log", {{"level", "error"}, {"accesslog", {{"disabled", true}}}}},
      {"storage", {{"filesystem", {{"rootdirectory", storage_folder}}}}},
      {"http", {{"addr", address}, {"secret", to_hex({secret.data(), secret.size()})}}}};
  return config.dump();
}

}  // namespace

Result<std::unique_ptr<RegistryProcess>> RegistryProcess::start(ProcessRunner& runner,
                                                                const std::string& storage_folder) {
  std::error_code error;
  const auto folder = std::filesystem::absolute(storage_folder, error).string();
  std::filesystem::create_directories(folder, error);
  if (error)
    return fail(ErrorCode::io, "cannot create the registry's folder '" + folder + "': " + error.message());
  Status launched;
  for (int launch = 0; launch < launches_max; ++launch) {
    std::unique_ptr<RegistryProcess> registry(new RegistryProcess);
    launched = registry->launch(runner, folder);
    if (launched) return registry;
    if (launched.error().code != ErrorCode::unavailable) break;
  }
  return fail(launched.error());
}

Status RegistryProcess::launch(ProcessRunner& runner, const std::string& storage_folder) {
  const auto config = storage_folder + "/config.yml";
  auto port = free_port(last_port(config));
  if (port == 0) port = free_port(0);
  address_ = std::string("127.0.0.1:").append(std::to_string(port));
  TCPS_TRY(replace_file(config, registry_config(storage_folder, address_)));
  ProcessSpec spec;
  spec.argv = {"docker-registry", "serve", config};
  spec.environment = minimal_environment();
  spec.environment["OTEL_TRACES_EXPORTER"] = "none";
  spec.working_directory = storage_folder;
  spec.output_bytes_max = 4096;
  spec.merge_output = true;
  spec.cancel = cancel_.get_token();
  thread_ = std::thread([this, &runner, spec = std::move(spec)] {
    auto result = runner.run(spec);
    end_ = result ? Error{ErrorCode::unavailable,
                          "docker-registry ended (" + describe_end(*result) + "): " + result->output}
                  : result.error().at("cannot start docker-registry, install the package of that name");
    ended_ = true;
  });
  const auto until = std::chrono::steady_clock::now() + start_time_max;
  while (!ended_ && std::chrono::steady_clock::now() < until) {
    const bool accepted = accepts(port);
    std::this_thread::sleep_for(poll_pause);  // a registry that found its port taken has ended by then
    if (accepted && !ended_) return {};
  }
  stop();
  return fail(end_);
}

void RegistryProcess::stop() {
  cancel_.request_stop();
  if (thread_.joinable()) thread_.join();
}

RegistryProcess::~RegistryProcess() { stop(); }

}  // namespace tcps::channels
