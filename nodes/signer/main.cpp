// tcps-signer: keeps a node's private key and signs for it.
#include <signal.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "messages/exit.h"
#include "nodes/signer/signing_service.h"

namespace {

using tcps::Exit;

struct Options {
  std::string key_file;
  bool make_key = false;
  bool json = false;
  tcps::signer::ServiceOptions service;
};

Exit complain(const tcps::Error& error, Exit exit) {
  std::cerr << "tcps-signer: " << error.message << '\n';
  return exit;
}

void tell(const Options& options, const nlohmann::json& event, const std::string& sentence) {
  if (options.json) {
    std::cout << event.dump() << std::endl;
  } else {
    std::cout << sentence << std::endl;
  }
}

Exit serve(const Options& options) {
  if (options.make_key && !std::filesystem::exists(options.key_file)) {
    if (auto saved = tcps::PrivateKey::generate().save(options.key_file); !saved)
      return complain(saved.error(), Exit::usage);
  }
  auto key = tcps::PrivateKey::load(options.key_file);
  if (!key) return complain(key.error(), Exit::usage);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  auto service = tcps::signer::SigningService::start(options.service, *key);
  if (!service)
    return complain(service.error(),
                    service.error().code == tcps::ErrorCode::invalid ? Exit::usage : Exit::unavailable);
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
  return Exit::ok;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "tcps-signer: keeps a node's private key in a process of its own and signs line messages and "
      "checkpoints for the node"};
  app.footer(tcps::exit_help(tcps::ProgramKind::signer));
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
    return tcps::exit_number(app.exit(error) == 0 ? Exit::ok : Exit::usage);
  }
  if (other_user >= 0) options.service.other_user = static_cast<uid_t>(other_user);
  return tcps::exit_number(serve(options));
}
