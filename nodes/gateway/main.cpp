// tcps-gateway: the ledger over HTTP, for auditors.
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "messages/exit.h"
#include "nodes/client/context.h"
#include "nodes/gateway/line_source.h"
#include "nodes/gateway/server.h"
#include "nodes/gateway/tokens.h"
#include "nodes/http/end_signals.h"

namespace {

using namespace tcps;

struct Options {
  client::CommonOptions line;
  gateway::GatewayOptions server;
  std::string log_level = "warn";
  std::string token_name;
  std::string token_file;
};

Exit report(const Error& error) {
  std::cerr << "tcps-gateway: " << error.message << '\n';
  return exit_of(error.code);
}

std::string default_token_file() {
  return (std::filesystem::path(client::context_file_path(std::getenv)).parent_path() / "gateway.tokens")
      .string();
}

Exit serve(Options& options) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("gateway"));
  spdlog::set_level(spdlog::level::from_str(options.log_level));
  const http::EndSignals ends;
  auto file = client::ContextFile::load(client::context_file_path(std::getenv));
  if (!file) return report(file.error());
  auto context = client::resolve(options.line, std::getenv, *file);
  if (!context) return report(context.error());
  gateway::LineSource line(std::move(*context));
  auto server = gateway::Server::start(
      options.server,
      [&line](const std::string& query, const nlohmann::json& request) { return line.ask(query, request); });
  if (!server) return report(server.error());
  std::cout << "tcps-gateway listens on " << (*server)->url() << std::endl;
  ends.wait();
  return Exit::ok;
}

Result<gateway::TokenList> tokens_or_none(const std::string& path) {
  auto tokens = gateway::load_tokens(path);
  if (!tokens && tokens.error().code == ErrorCode::not_found) return gateway::TokenList();
  return tokens;
}

Exit add_token(const Options& options) {
  auto tokens = tokens_or_none(options.token_file);
  if (!tokens) return report(tokens.error());
  auto token = tokens->add(options.token_name, client::now_text());
  if (!token) return report(token.error());
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(options.token_file).parent_path(), error);
  if (auto saved = gateway::save_tokens(*tokens, options.token_file); !saved) return report(saved.error());
  std::cerr << "This is the only time that the token is shown:\n";
  std::cout << *token << '\n';
  return Exit::ok;
}

Exit list_tokens(const Options& options) {
  auto tokens = tokens_or_none(options.token_file);
  if (!tokens) return report(tokens.error());
  for (const auto& entry : tokens->entries())
    std::cout << fmt::format("{}  {}  {}\n", entry.name, entry.scope, entry.created);
  return Exit::ok;
}

Exit revoke_token(const Options& options) {
  auto tokens = gateway::load_tokens(options.token_file);
  if (!tokens) return report(tokens.error());
  if (auto revoked = tokens->revoke(options.token_name); !revoked) return report(revoked.error());
  if (auto saved = gateway::save_tokens(*tokens, options.token_file); !saved) return report(saved.error());
  return Exit::ok;
}

void add_serve(CLI::App& app, Options& options, std::function<Exit()>& chosen) {
  CLI::App* serve_command = app.add_subcommand("serve", "listen and answer until SIGINT or SIGTERM");
  serve_command->add_option("--context", options.line.context, "named way to a factory (tcps context list)");
  serve_command->add_option("--data", options.line.data, "data folder of the factory");
  serve_command->add_option("--line", options.line.line, "the line; not needed where there is only one");
  serve_command->add_option("--address", options.server.address, "IP address to listen on")
      ->capture_default_str();
  serve_command->add_option("--port", options.server.port, "port; 0: one that is free")->default_val(8410);
  serve_command->add_option("--certificate", options.server.certificate_file, "TLS certificate chain, PEM");
  serve_command->add_option("--key", options.server.key_file, "TLS private key, PEM");
  serve_command->add_option("--tokens", options.server.token_file,
                            "file of auditors' tokens: nobody else is answered");
  serve_command->add_option("--connections", options.server.connections_max, "connections at once")
      ->capture_default_str();
  serve_command->add_option("--rate", options.server.rate.per_second, "requests per second and client")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  serve_command->add_option("--burst", options.server.rate.burst, "requests at once per client")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  serve_command->add_option("--log-level", options.log_level, "info also logs each request")
      ->check(CLI::IsMember({"info", "warn", "error"}))
      ->capture_default_str();
  serve_command->callback([&] { chosen = [&options] { return serve(options); }; });
}

void add_tokens(CLI::App& app, Options& options, std::function<Exit()>& chosen) {
  CLI::App* group = app.add_subcommand("token", "tokens of auditors");
  group->require_subcommand(1);
  options.token_file = default_token_file();
  const auto command = [&](const char* name, const char* about, Exit (*run)(const Options&)) {
    CLI::App* one = group->add_subcommand(name, about);
    one->add_option("--tokens", options.token_file, "the file that keeps their hashes")
        ->capture_default_str();
    one->callback([&, run] { chosen = [&options, run] { return run(options); }; });
    return one;
  };
  command("add", "make a token and print it", add_token)
      ->add_option("name", options.token_name, "whose it is")
      ->required();
  command("list", "names, scopes and dates", list_tokens);
  command("revoke", "a running gateway notices at once", revoke_token)
      ->add_option("name", options.token_name, "of the token")
      ->required();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tcps-gateway: a line's ledger over HTTP, for auditors (docs/formats/http.md)"};
  app.name("tcps-gateway");
  app.set_version_flag("--version", TCPS_VERSION);
  app.require_subcommand(1);
  app.footer(exit_help(ProgramKind::command_line));
  Options options;
  std::function<Exit()> chosen;
  add_serve(app, options, chosen);
  add_tokens(app, options, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  return exit_number(chosen());
}
