#include "nodes/tcpsd/node.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <caf/all.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/engines/channels/registry_process.h"
#include "actors/engines/sandbox/posix_process_runner.h"
#include "actors/stages/catalogue/catalogue.h"
#include "bus/nats/nats_server.h"
#include "nodes/settings/data_folder.h"
#include "nodes/settings/identity.h"
#include "nodes/tcpsd/line_runtime.h"
#include "nodes/wiring/bus_connection.h"

namespace tcps::node {
namespace {

// Where the programs of this build lie: tcpsd, tcps-engine and, beside the bin folder, the unpacked
// nats-server.
std::filesystem::path program_folder() {
  std::error_code error;
  auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::filesystem::path(".") : self.parent_path();
}

constexpr uint64_t passing_streams_bytes = 4ull << 30;
constexpr int recovery_questions_max = 60;  // of one line, half a second apart

size_t crypto_threads(const NodeConfig& config) {
  return config.threads != 0 ? config.threads : std::max(2u, std::thread::hardware_concurrency());
}

// The ledger itself failed, and does not come back by waiting.
bool is_of_disk(const Error& error) {
  return error.code == ErrorCode::full || error.code == ErrorCode::io || error.code == ErrorCode::corrupt;
}

caf::actor_system_config& actor_settings(caf::actor_system_config& settings) {
  settings.set("scheduler.max-threads",
               static_cast<size_t>(std::max(2u, std::thread::hardware_concurrency())));
  settings.set("scheduler.policy", caf::atom("sharing"));  // idle workers sleep: no polling between messages
  return settings;
}

}  // namespace

struct Node::Impl {
  NodeConfig config;
  std::unique_ptr<DataFolder> data;
  SystemClock clock;
  PosixProcessRunner processes;
  std::unique_ptr<bus::NatsServerProcess> server;
  std::unique_ptr<channels::RegistryProcess> registry;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<ThreadPool> crypto;
  caf::actor_system_config actor_config;
  std::unique_ptr<caf::actor_system> actors;
  NodeContext context;
  std::vector<std::unique_ptr<LineRuntime>> lines;
  std::mutex mutex;
  std::string failure;
  std::string line_failure;   // of a line that may yet be recovered
  int signals[2] = {-1, -1};  // a pipe that wakes wait(): 's' stop, 'f' failed, 'r' look after the lines
  std::atomic<bool> stopping{false};
  std::string marketplace;

  Status start_bus();
  Status start_channels();
  Status start_lines();
  Status start_keys();
  Status announce_start();
  Status announce_ready();
  nlohmann::json description() const;
  void watch_server();
  void check_lines();
  bool keep_going();
  void wake(char why) { [[maybe_unused]] auto written = write(signals[1], &why, 1); }
  void fail_with(std::string reason);
};

Status Node::Impl::start_bus() {
  if (config.bus_url.empty()) {
    bus::NatsServerOptions embedded;
    embedded.binary = config.embedded_binary;
    embedded.candidates = {(program_folder() / "../nats-server/nats-server").lexically_normal().string()};
    embedded.store_folder = config.data_folder + "/nats";
    embedded.server_name = config.id.str();
    embedded.port = config.embedded_port;
    // JetStream reserves what streams may hold: that of every line, and room for streams of a passing need.
    embedded.file_store_bytes_max =
        config.lines.size() * (config.stream_bytes_max + config.objects_bytes_max) + passing_streams_bytes;
    embedded.sync_interval = config.embedded_sync_interval;
    server = TCPS_TRY(bus::NatsServerProcess::start(embedded));
    config.bus_url = server->url();
    spdlog::info("embedded nats-server: {} (pid {})", config.bus_url, server->pid());
  }
  bus = TCPS_TRY(
      wiring::connect_bus({config.bus_url, config.id.str(), config.bus_credentials, config.bus_tls_ca}));
  bus->on_connection([this](bus::Connection connection) {
    if (connection == bus::Connection::connected) wake('r');
  });
  return {};
}

Status Node::Impl::start_channels() {
  auto& workshop = context.workshop;
  if (config.registry == "embedded") {
    registry = TCPS_TRY(channels::RegistryProcess::start(processes, config.data_folder + "/registry"));
    workshop.oci_registry = registry->address();
  } else if (config.registry != "none") {
    workshop.oci_registry = config.registry;
  }
  if (config.marketplace != "none") {
    marketplace = config.marketplace == "embedded" ? config.data_folder + "/marketplace" : config.marketplace;
    std::error_code error;
    std::filesystem::create_directories(marketplace, error);
    if (error) return fail(ErrorCode::io, "marketplace " + marketplace + ": " + error.message());
    workshop.marketplace_directory = marketplace;
  }
  workshop.processes = &processes;
  workshop.engine_program = (program_folder() / "tcps-engine").string();
  workshop.unix_ms = [this] { return clock.unix_ms(); };
  return {};
}

Status Node::Impl::start_keys() {
  context.node_key = TCPS_TRY(node_signer(config.data_folder, config.signer));
  for (const auto& line : config.lines) {
    if (!line.found || context.operator_key) continue;
    context.operator_key = TCPS_TRY(load_or_make_key(config.data_folder, "operator"));
  }
  return {};
}

Status Node::Impl::start_lines() {
  actors = std::make_unique<caf::actor_system>(actor_settings(actor_config));
  crypto = std::make_unique<ThreadPool>(crypto_threads(config));
  context.config = &config;
  context.system = actors.get();
  context.bus = bus.get();
  context.clock = &clock;
  context.crypto = crypto.get();
  context.procedures = [](Stage stage, const StandardWork& work) { return make_procedure(stage, work); };
  context.keep_going = [this] { return keep_going(); };
  context.fail = [this](std::string reason) {
    {
      std::lock_guard lock(mutex);
      line_failure = std::move(reason);
    }
    wake('r');
  };
  for (const auto& line : config.lines) {
    auto runtime = LineRuntime::start(context, line);
    if (!runtime) return fail(runtime.error().at("line " + line.name.str()));
    lines.push_back(std::move(*runtime));
  }
  return {};
}

nlohmann::json Node::Impl::description() const {
  nlohmann::json factory{
      {"pid", getpid()}, {"node", config.id.str()}, {"bus_url", config.bus_url}, {"version", TCPS_VERSION}};
  factory["nats_server_pid"] = server ? nlohmann::json(server->pid()) : nlohmann::json();
  factory["registry"] = context.workshop.oci_registry.empty() ? nlohmann::json()
                                                              : nlohmann::json(context.workshop.oci_registry);
  factory["marketplace"] = marketplace.empty() ? nlohmann::json() : nlohmann::json(marketplace);
  factory["operator_key"] =
      context.operator_key ? nlohmann::json(config.data_folder + "/keys/operator.pem") : nlohmann::json();
  return factory;
}

// A line may have to wait for other replicas before it runs: who asks meanwhile is to find this process.
Status Node::Impl::announce_start() {
  auto factory = description();
  factory["ready"] = false;
  for (const auto& line : config.lines) factory["lines"].push_back({{"name", line.name.str()}});
  return data->announce(factory);
}

Status Node::Impl::announce_ready() {
  nlohmann::json described = nlohmann::json::array();
  for (const auto& line : lines) {
    if (!line) continue;  // it could not be started again, and the node is about to end
    auto deadline = clock.boot_ms() + 30'000;
    while (line->genesis().empty() && clock.boot_ms() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (line->genesis().empty())
      return fail(ErrorCode::timeout, "line " + line->line().str() +
                                          " has no genesis: found it on one node ([[line]] found = true)");
    described.push_back({{"name", line->line().str()}, {"genesis", line->genesis()}});
  }
  auto factory = description();
  factory["ready"] = true;
  factory["lines"] = std::move(described);
  return data->announce(factory);
}

void Node::Impl::fail_with(std::string reason) {
  {
    std::lock_guard lock(mutex);
    if (failure.empty()) failure = std::move(reason);
  }
  wake('f');
}

// Asked while a line waits for replicas: signals that nobody takes yet, and the embedded server, are looked
// after.
bool Node::Impl::keep_going() {
  sigset_t pending;
  sigpending(&pending);
  if (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1) stopping = true;
  if (!stopping && server && !server->running()) {
    if (auto again = server->start_again(); !again) fail_with(again.error().message);
  }
  return !stopping;
}

// After a reconnect, or when a line ended: one whose stream is lost, or was cut off above its log, starts
// again as after a crash. A line that ended for another reason ends the node.
void Node::Impl::check_lines() {
  const auto ended = [this] {
    std::lock_guard lock(mutex);
    return std::exchange(line_failure, {});
  }();
  bool recovered = false;
  for (auto& line : lines) {
    auto must = line->must_recover();
    for (int i = 0; i < recovery_questions_max && !must && !is_of_disk(must.error()) && keep_going(); ++i) {
      std::this_thread::sleep_for(
          std::chrono::milliseconds(500));  // JetStream may come up later than the server
      must = line->must_recover();
    }
    if (stopping) return;
    if (!must) return fail_with(must.error().at("line " + line->line().str()).message);
    if (!*must) continue;
    const auto found = std::find_if(config.lines.begin(), config.lines.end(),
                                    [&](const auto& known) { return known.name == line->line(); });
    line->stop(LineRuntime::Stop::at_once);
    line.reset();
    auto again = LineRuntime::start(context, *found);
    if (!again && stopping) return;
    if (!again) return fail_with(again.error().at("line " + found->name.str()).message);
    line = std::move(*again);
    recovered = true;
    spdlog::info("line {}: it runs again", found->name.str());
  }
  if (!ended.empty() && !recovered) fail_with(ended);
}

// A killed embedded server is started again on its port and store; the bus reconnects by itself.
void Node::Impl::watch_server() {
  if (!server || server->running()) return;
  spdlog::error("embedded nats-server ended: it is started again");
  if (auto again = server->start_again(); !again) {
    fail_with(again.error().message);
    return;
  }
  if (auto told = announce_ready(); !told) spdlog::warn("{}", told.error().message);
}

Node::Node(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Node>> Node::start(NodeConfig config) {
  auto impl = std::make_unique<Impl>();
  impl->config = std::move(config);
  impl->data = TCPS_TRY(DataFolder::lock(impl->config.data_folder));
  if (pipe2(impl->signals, O_CLOEXEC | O_NONBLOCK) != 0) return fail(ErrorCode::io, "no pipe for signals");
  std::unique_ptr<Node> node(new Node(std::move(impl)));
  auto& parts = *node->impl_;
  for (auto step : {&Impl::start_keys, &Impl::start_bus, &Impl::start_channels, &Impl::announce_start,
                    &Impl::start_lines, &Impl::announce_ready}) {
    TCPS_TRY((parts.*step)());
  }
  return node;
}

Node::~Node() { stop(); }

Status Node::wait() {
  pollfd wake{impl_->signals[0], POLLIN, 0};
  for (char why = 0; why != 's' && why != 'f';) {
    if (poll(&wake, 1, 500) <= 0 || read(impl_->signals[0], &why, 1) != 1) {
      impl_->watch_server();
    } else if (why == 'r') {
      impl_->check_lines();
    }
  }
  std::lock_guard lock(impl_->mutex);
  if (!impl_->failure.empty()) return fail(ErrorCode::unavailable, impl_->failure);
  return {};
}

void Node::stop_soon() {
  impl_->stopping = true;
  impl_->wake('s');
}

void Node::stop() {
  auto& parts = *impl_;
  parts.data->withdraw();
  parts.lines.clear();
  parts.crypto.reset();
  parts.actors.reset();
  parts.bus.reset();
  parts.registry.reset();
  parts.server.reset();
}

}  // namespace tcps::node
