// tcps-audit monitor
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "actors/ledger/tlog/log_monitor.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "messages/files.h"
#include "nodes/audit/http/commands.h"
#include "nodes/audit/pins.h"
#include "nodes/http/client.h"

namespace tcps::audit {
namespace {

// The log's files below an address.
class ServedFiles final : public tlog::LogFiles {
 public:
  explicit ServedFiles(http::Client& client) : client_(client) {}
  Result<Bytes> get(const std::string& path) override { return client_.get(path); }

 private:
  http::Client& client_;
};

namespace fs = std::filesystem;

struct MonitorOptions {
  http::ClientOptions log;
  std::string token_file, state;
  double interval_s = 10;
  bool once = false;
  PinOptions pins;
};

constexpr size_t token_bytes_max = 4096;

Result<std::string> read_token(const std::string& path) {
  auto text = TCPS_TRY(read_input(path, token_bytes_max));
  std::string token = text.substr(0, text.find('\n'));
  const bool visible = std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (token.empty() || !visible) return fail(ErrorCode::invalid, path + ": its first line must be a token");
  return token;
}

// What was seen last by this monitor, or what the auditor kept: the larger one.
Status remember(tlog::LogMonitor& monitor, const MonitorOptions& options) {
  auto seen = TCPS_TRY(tlog::read_outside_checkpoint(options.state));
  if (seen) monitor.remember(*seen);
  if (options.pins.checkpoint.empty()) return {};
  auto kept = TCPS_TRY(read_checkpoint(options.pins.checkpoint));
  if (!seen || seen->checkpoint.size < kept.checkpoint.size) monitor.remember(kept);
  return {};
}

// Keeps what was served as evidence beside what was seen.
Exit shout(const Program& program, const tlog::LogMonitor& monitor, const MonitorOptions& options,
           const std::string& what) {
  const std::string evidence = options.state + "/offending-checkpoint";
  program.note("ALARM: " + what);
  if (const auto kept = replace_file(evidence, monitor.newest_note()); !kept)
    program.note("the evidence is not kept: " + kept.error().message);
  program.line(fmt::format("Log: BAD: {}; the checkpoint that was served is in {}", what, evidence));
  program.document({{"verdict", "FAIL"}, {"what", what}, {"evidence", evidence}});
  return Exit::failed;
}

void tell(const Program& program, const tlog::LogMonitor& monitor, bool grown) {
  const tlog::Checkpoint& head = monitor.remembered()->checkpoint;
  program.line(fmt::format("{}: {} entries, root {}{}", head.origin, head.size, head.root.to_string(),
                           grown ? "" : " (as before)"));
  program.document(
      {{"verdict", "PASS"}, {"origin", head.origin}, {"size", head.size}, {"root", head.root.to_string()}});
  std::cout.flush();
}

Outcome monitor_log(const Program& program, const MonitorOptions& options) {
  auto keys = TCPS_TRY(read_keys(options.pins.keys));
  auto where = options.log;
  where.agent = "tcps-audit";
  if (!options.token_file.empty()) {
    where.token = TCPS_TRY(read_token(options.token_file));
  }
  auto client = TCPS_TRY(http::Client::make(where));
  std::error_code error;
  fs::create_directories(options.state, error);
  if (error) return fail(ErrorCode::io, fmt::format("{}: {}", options.state, error.message()));
  ServedFiles files(*client);
  tlog::LogMonitor monitor(files, std::move(keys));
  TCPS_TRY(remember(monitor, options));
  for (;;) {
    const auto grown = monitor.look();
    if (!grown && grown.error().code == ErrorCode::corrupt)
      return shout(program, monitor, options, grown.error().message);
    if (!grown && options.once) return fail(grown.error());
    if (!grown) {
      program.note("the log cannot be read now: " + grown.error().message);
    } else {
      TCPS_TRY(tlog::write_outside_checkpoint(options.state, *monitor.remembered()));
      if (*grown || options.once) tell(program, monitor, *grown);
    }
    if (options.once) return Exit::ok;
    std::this_thread::sleep_for(std::chrono::duration<double>(options.interval_s));
  }
}

// CLI::Range lets NaN through: it is neither below nor above.
std::string refuse_no_number(const std::string& text) {
  return std::isnan(std::strtod(text.c_str(), nullptr)) ? text + " is not a number" : std::string();
}

}  // namespace

void add_monitor_command(Program& program) {
  auto options = std::make_shared<MonitorOptions>();
  CLI::App* command =
      program.command(nullptr, "monitor", "follow a log over HTTP, and shout when it is not what it was",
                      [&program, options] { return monitor_log(program, *options); });
  command
      ->add_option("url", options->log.url,
                   "http or https address below which the log serves checkpoint and tile/")
      ->required();
  command->add_option("--ca", options->log.ca_file,
                      "file of the certificates, PEM, that may vouch for an https address; whom the machine "
                      "trusts without it");
  command->add_option("--token-file", options->token_file, "file that holds the bearer token to show");
  command->add_option("--state", options->state, "folder of what was seen")->required();
  command->add_option("--interval", options->interval_s, "seconds between looks")
      ->capture_default_str()
      ->check(CLI::Range(0.05, 86'400.0))
      ->check(CLI::Validator(refuse_no_number, ""));
  command->add_flag("--once", options->once, "look once and end");
  options->pins.add_key_options(command);
  command->get_option("--key")->required();
}

}  // namespace tcps::audit
