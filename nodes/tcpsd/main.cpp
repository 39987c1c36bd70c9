// tcpsd: the node daemon.
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "messages/codec.h"
#include "messages/exit.h"
#include "messages/proto/line.pb.h"
#include "nodes/settings/config.h"
#include "nodes/settings/identity.h"
#include "nodes/tcpsd/node.h"

namespace {

using tcps::Exit;

// The entry that an operator adds to a line with `tcps node add`.
Exit print_key(const tcps::node::NodeConfig& config) {
  auto key = tcps::node::node_signer(config.data_folder, config.signer);
  if (!key) {
    std::cerr << "tcpsd: " << key.error().message << '\n';
    return Exit::usage;
  }
  std::cout << tcps::to_json(tcps::node::node_key_entry(config.id, (*key)->public_key())).dump() << '\n';
  return Exit::ok;
}

// Signals are blocked in every thread and taken by one that waits for them.
void stop_on_signal(tcps::node::Node& node, const sigset_t& signals) {
  std::thread([&node, signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    spdlog::info("signal {}: stopping", signal);
    node.stop_soon();
  }).detach();
}

Exit run(tcps::node::NodeConfig config) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  auto node = tcps::node::Node::start(std::move(config));
  if (!node) {
    spdlog::critical("{}", node.error().message);
    return Exit::unavailable;
  }
  spdlog::info("ready");
  stop_on_signal(**node, signals);
  auto status = (*node)->wait();
  (*node)->stop();
  if (!status) {
    spdlog::critical("{}", status.error().message);
    return Exit::internal;
  }
  spdlog::info("stopped");
  return Exit::ok;
}

struct Options {
  std::string path = "tcpsd.toml";
  bool help_config = false;
  bool key_only = false;
  bool check_only = false;
};

Exit carry_out(const Options& options) {
  if (options.help_config) {
    std::cout << tcps::node::describe_config_keys();
    return Exit::ok;
  }
  auto config = tcps::node::NodeConfig::load(options.path);
  if (!config) {
    std::cerr << config.error().message << '\n';
    return Exit::usage;
  }
  if (options.key_only) return print_key(*config);
  if (options.check_only) return Exit::ok;
  spdlog::set_default_logger(spdlog::stderr_color_mt("tcpsd"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(config->log_level));
  return run(std::move(*config));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tcpsd: works the stations of TCPS lines on this node"};
  app.footer(tcps::exit_help(tcps::ProgramKind::node));
  Options options;
  app.add_option("--config,-c", options.path, "configuration file (TOML)");
  app.add_flag("--help-config", options.help_config,
               "print every configuration key with unit, range, default and meaning");
  app.add_flag("--print-key", options.key_only,
               "make this node's key when missing and print its entry for tcps node add, as JSON");
  app.add_flag("--check", options.check_only, "check the configuration and end");
  app.set_version_flag("--version", TCPS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return tcps::exit_number(app.exit(error) == 0 ? Exit::ok : Exit::usage);
  }
  return tcps::exit_number(carry_out(options));
}
