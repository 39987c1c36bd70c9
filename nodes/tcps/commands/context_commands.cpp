// tcps context ..., tcps version
#include <fmt/format.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "messages/ids.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

Outcome list_contexts(Shell& shell) {
  auto file = TCPS_TRY(client::ContextFile::load(client::context_file_path(std::getenv)));
  json contexts = json::array();
  view::Table table({"", "CONTEXT", "FACTORY", "LINE", "STATE"});
  for (const auto& [name, context] : file.contexts) {
    const bool current = name == file.current;
    const bool remote = !context.bus_url.empty();
    const bool running =
        !remote && client::running_factory(context.data, client::is_running_tcpsd).has_value();
    const char* state = remote ? "remote" : running ? "running" : "stopped";
    table.add({current ? "*" : "", name, remote ? context.bus_url : context.data, context.line, state});
    contexts.push_back({{"name", name},
                        {"current", current},
                        {"data", context.data},
                        {"bus", context.bus_url},
                        {"line", context.line},
                        {"state", state}});
  }
  shell.out().document({{"contexts", contexts}});
  shell.out().table(table, fmt::format("no contexts; without one the data folder is {}",
                                       client::default_data_folder(std::getenv)));
  return Exit::ok;
}

Outcome use(Shell& shell, const std::string& name) {
  const std::string path = client::context_file_path(std::getenv);
  auto file = TCPS_TRY(client::ContextFile::load(path));
  if (!name.empty() && !file.contexts.contains(name))
    return fail(ErrorCode::not_found, fmt::format("there is no context '{}'; see tcps context list", name));
  file.current = name;
  TCPS_TRY(file.save(path));
  shell.out().document({{"current", name}});
  shell.out().text(name.empty() ? "no context is in use" : fmt::format("{} is in use", name));
  return Exit::ok;
}

struct AddOptions {
  std::string name;
  client::Context context;
};

Outcome add(Shell& shell, AddOptions options) {
  if (!is_token(options.name))
    return fail(ErrorCode::invalid, "a context's name is 1-64 characters of a-z, 0-9 and '-'");
  options.context.data = shell.options().data;
  options.context.line = shell.options().line;
  if (options.context.data.empty() == options.context.bus_url.empty())
    return fail(ErrorCode::invalid, "name the factory by --data FOLDER or by --bus URL");
  // The context is used from other folders than this one.
  if (!options.context.data.empty()) options.context.data = client::absolute_folder(options.context.data);
  const std::string path = client::context_file_path(std::getenv);
  auto file = TCPS_TRY(client::ContextFile::load(path));
  file.contexts[options.name] = options.context;
  if (file.current.empty()) file.current = options.name;
  TCPS_TRY(file.save(path));
  shell.out().document({{"added", options.name}, {"current", file.current}});
  shell.out().text(fmt::format("{} added; {} is in use", options.name, file.current));
  return Exit::ok;
}

}  // namespace

void add_context_commands(Shell& shell) {
  shell.command(nullptr, "version", "the version of this program", [&shell] {
    shell.out().document({{"version", TCPS_VERSION}});
    shell.out().text("tcps " TCPS_VERSION);
    return Outcome(Exit::ok);
  });
  CLI::App* group = shell.group("context", "named ways to factories");
  shell.command(group, "list", "the contexts of this user", [&shell] { return list_contexts(shell); });
  auto name = std::make_shared<std::string>();
  shell.command(group, "use", "make a context the default", [&shell, name] { return use(shell, *name); })
      ->add_option("name", *name, "the context")
      ->required();
  auto options = std::make_shared<AddOptions>();
  CLI::App* command = shell.command(group, "add", "name a way to a factory (--data or --bus)",
                                    [&shell, options] { return add(shell, *options); });
  command->add_option("name", options->name, "name of the context")->required();
  command->add_option("--bus", options->context.bus_url, "NATS servers, separated by commas");
  command->add_option("--credentials", options->context.credentials, "NATS .creds file");
  command->add_option("--operator-key", options->context.operator_key, "key file (PEM) that signs decisions");
}

}  // namespace tcps::cli
