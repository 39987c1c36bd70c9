// tcps-signer: keeps a node's private key and signs for it. Exit codes: 0 stopped by signal, 2 bad usage or
// key, 69 the socket cannot be served.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "nodes/signer/signing_service.h"

namespace {

constexpr int exit_usage = 2;
constexpr int exit_unavailable = 69;

struct Options {
  std::string key_file;
  bool make_key = false;
  bool json = false;
  tcps::signer::ServiceOptions service;
};

int complain(const tcps::Error& error, int code) {
  std::cerr << "tcps-signer: " << error.message << '\n';
  return code;
}

void tell(const Options& options, const nlohmann::json& event, const std::string& sentence) {
  if (options.json) {
    std::cout << event.dump() << std::endl;
  } else {
    std::cout << sentence << std::endl;
  }
}

int serve(const Options& options) {
  if (options.make_key && !std::filesystem::exists(options.key_file)) {
    if (auto saved = tcps::PrivateKey::generate().save(options.key_file); !saved)
      return complain(saved.error(), exit_usage);
  }
  auto key = tcps::PrivateKey::load(options.key_file);
  if (!key) return complain(key.error(), exit_usage);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto service = tcps::signer::SigningService::start(options.service, *key);
  if (!service)
    return complain(service.error(),
                    service.error().code == tcps::ErrorCode::invalid ? exit_usage : exit_unavailable);
  const auto id = (*key)->public_key().id().to_string();
  tell(options, {{"event", "ready"}, {"key_id", id}, {"socket", options.service.socket_path}},
       "signing by " + id + " at " + options.service.socket_path);
  int signal = 0;
  sigwait(&signals, &signal);
  const auto made = (*service)->signed_count();
  const auto refused = (*service)->refused_count();
  tell(options, {{"event", "stopped"}, {"signed", made}, {"refused", refused}},
       "stopped after " + std::to_string(made) + " signatures; " + std::to_string(refused) +
           " requests were refused");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "tcps-signer: keeps a node's private key in a process of its own and signs line messages and "
      "checkpoints for the node"};
  app.footer(
      "Exit codes: 0 stopped by SIGINT or SIGTERM, 2 bad usage or key, 69 the socket cannot be served.");
  Options options;
  int64_t other_user = -1;
  app.add_option("--key", options.key_file, "the private key's file: PKCS #8 PEM, mode 0600")->required();
  app.add_flag("--make-key", options.make_key, "make the key when the file is missing");
  app.add_option("--socket", options.service.socket_path,
                 "where to listen; [node] signer of tcpsd.toml names the same path")
      ->required();
  app.add_option("--allow-user", other_user, "number of another user whose processes may ask")
      ->check(CLI::Range(int64_t{0}, int64_t{4'294'967'294}));
  app.add_flag("--json", options.json, "print JSON");
  app.set_version_flag("--version", TCPS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  if (other_user >= 0) options.service.other_user = static_cast<uid_t>(other_user);
  return serve(options);
}
