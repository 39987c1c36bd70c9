// tcps-audit witness
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "actors/ledger/tlog/witness.h"
#include "nodes/audit/http/commands.h"
#include "nodes/audit/http/witness_desk.h"
#include "nodes/audit/pins.h"
#include "nodes/http/end_signals.h"
#include "nodes/http/server.h"

namespace tcps::audit {
namespace {

struct WitnessOptions {
  std::string name, key_file, state;
  std::vector<std::string> logs;
  http::ServerOptions server;
};

Result<std::shared_ptr<PrivateKey>> load_or_make_key(const std::string& path) {
  auto key = PrivateKey::load(path);
  if (key || key.error().code != ErrorCode::not_found) return key;
  TCPS_TRY(PrivateKey::generate().save(path));
  return PrivateKey::load(path);
}

uint64_t unix_seconds() {
  using namespace std::chrono;
  return static_cast<uint64_t>(duration_cast<seconds>(system_clock::now().time_since_epoch()).count());
}

// Before it serves: from then on the desk is its worker's alone.
std::vector<std::string> describe(const WitnessDesk& desk) {
  std::vector<std::string> logs;
  for (const std::string& origin : desk.witness().origins())
    logs.push_back(fmt::format("log {}: {} entries", origin, desk.witness().size_of(origin)));
  return logs;
}

Outcome witness(const Program& program, WitnessOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.state, error);
  if (error) return fail(ErrorCode::io, fmt::format("{}: {}", options.state, error.message()));
  if (options.key_file.empty()) options.key_file = options.state + "/witness.pem";
  auto logs = TCPS_TRY(read_keys(options.logs));
  auto key = TCPS_TRY(load_or_make_key(options.key_file));
  auto desk = TCPS_TRY(WitnessDesk::open(options.state, options.name, std::move(key), logs, unix_seconds,
                                         [&program](const std::string& what) { program.note(what); }));
  const auto logs_seen = describe(*desk);
  const nlohmann::json origins = desk->witness().origins();
  options.server.body_bytes_max = tlog::add_checkpoint_bytes_max;
  const http::EndSignals ends;
  auto server =
      TCPS_TRY(http::Server::start(options.server, [&](const http::Request& request) -> http::Reply {
        return [&desk = *desk, request] { return desk.answer(request); };
      }));
  const std::string verifier_key = desk->key().format();
  program.line(fmt::format("witness {} on {}", options.name, server->url()));
  program.line(fmt::format("key {}", verifier_key));
  for (const auto& log : logs_seen) program.line(log);
  program.document({{"url", server->url()}, {"key", verifier_key}, {"logs", origins}});
  std::cout.flush();
  ends.wait();
  return Exit::ok;
}

}  // namespace

void add_witness_command(Program& program) {
  auto options = std::make_shared<WitnessOptions>();
  CLI::App* command =
      program.command(nullptr, "witness", "cosign the checkpoints of logs that only grow, over HTTP",
                      [&program, options] { return witness(program, *options); });
  command->add_option("--name", options->name, "the witness's name, as in witness.example")->required();
  command->add_option("--log", options->logs, "verifier key of a log, named as its origin, or a file of them")
      ->required();
  command->add_option("--state", options->state, "folder of what was cosigned")->required();
  command->add_option("--signing-key", options->key_file,
                      "PEM file of the Ed25519 key; made when missing. Default: "
                      "witness.pem in the state's folder");
  command->add_option("--address", options->server.address, "address to listen on")->capture_default_str();
  command->add_option("--port", options->server.port, "port; 0: a free one")->capture_default_str();
}

}  // namespace tcps::audit
