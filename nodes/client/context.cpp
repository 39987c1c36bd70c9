#include "nodes/client/context.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "messages/canonical_json.h"
#include "messages/files.h"
#include "messages/ids.h"
#include "messages/json_fields.h"
#include "nodes/toml/key_table.h"

namespace tcps::client {
namespace {

namespace fs = std::filesystem;

constexpr size_t small_file_bytes_max = 1u << 20;

const toml_keys::KeyTable<Context>& context_keys() {
  static const toml_keys::KeyTable<Context> keys(
      {toml_keys::text("data", &Context::data, "data folder of a factory on this machine"),
       toml_keys::text("bus", &Context::bus_url, "NATS servers, separated by commas"),
       toml_keys::text("credentials", &Context::credentials, "path of a NATS .creds file"),
       toml_keys::text("operator_key", &Context::operator_key, "PEM file that signs decisions"),
       toml_keys::text("line", &Context::line, "the line meant when none is named")},
      "use data, bus, credentials, operator_key, line");
  return keys;
}

std::string variable(const EnvironmentLookup& environment, const char* name) {
  const char* value = environment(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string home_folder(const EnvironmentLookup& environment, const char* xdg_variable,
                        const char* below_home) {
  const std::string xdg = variable(environment, xdg_variable);
  if (!xdg.empty() && xdg.front() == '/') return xdg;
  const std::string home = variable(environment, "HOME");
  return (home.empty() ? "/root" : home) + "/" + below_home;
}

}  // namespace

Result<ContextFile> ContextFile::parse(std::string_view text, const std::string& file_name) {
  const auto root = TCPS_TRY(toml_keys::parse_toml(text, file_name));
  toml_keys::Problems problems(file_name);
  ContextFile file;
  for (const auto& [key, node] : root) {
    if (key.str() == "current" && node.is_string()) {
      file.current = node.value_or(std::string());
    } else if (key.str() == "contexts" && node.is_table()) {
      for (const auto& [name, element] : *node.as_table()) {
        const auto path = fmt::format("contexts.{}", name.str());
        if (!is_token(name.str()) || !element.is_table()) {
          problems.add(element, path, "must be a table named a-z, 0-9, '-'");
        } else {
          context_keys().read(*element.as_table(), file.contexts[std::string(name.str())], problems,
                              path + ".");
        }
      }
    } else {
      problems.add(node, key.str(), "unknown key; there are 'current' and tables 'contexts.<name>'");
    }
  }
  TCPS_TRY(problems.status());
  return file;
}

Result<ContextFile> ContextFile::load(const std::string& path) {
  auto text = read_file(path, small_file_bytes_max);
  if (!text && text.error().code == ErrorCode::not_found) return ContextFile{};
  if (!text) return fail(text.error());
  return parse(*text, path);
}

std::string ContextFile::format() const {
  std::string text = "# Ways to factories, as `tcps context` keeps them.\n";
  if (!current.empty()) text += fmt::format("current = {}\n", toml_keys::toml_text(current));
  for (const auto& [name, context] : contexts)
    text += fmt::format("\n[contexts.{}]\n{}", name, context_keys().write(context));
  return text;
}

Status ContextFile::save(const std::string& path) const {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  return replace_file(path, format());
}

std::string context_file_path(const EnvironmentLookup& environment) {
  return home_folder(environment, "XDG_CONFIG_HOME", ".config") + "/tcps/contexts.toml";
}

std::string default_data_folder(const EnvironmentLookup& environment) {
  return home_folder(environment, "XDG_DATA_HOME", ".local/share") + "/tcps";
}

Result<Context> resolve(const CommonOptions& options, const EnvironmentLookup& environment,
                        const ContextFile& file) {
  const bool data_by_option = !options.data.empty() && options.context.empty();
  std::string data = options.data;
  if (data.empty() && options.context.empty()) data = variable(environment, "TCPS_DATA");
  std::string name = options.context;
  if (name.empty() && !data_by_option) name = variable(environment, "TCPS_CONTEXT");
  if (name.empty() && data.empty()) name = file.current;
  Context context;
  if (!name.empty()) {
    const auto found = file.contexts.find(name);
    if (found == file.contexts.end())
      return fail(ErrorCode::not_found, fmt::format("there is no context '{}'; see tcps context list", name));
    context = found->second;
  }
  if (!data.empty()) {
    context.data = data;
    context.bus_url.clear();
  }
  if (context.data.empty() && context.bus_url.empty()) context.data = default_data_folder(environment);
  if (!context.data.empty()) context.data = absolute_folder(context.data);
  if (!options.line.empty()) context.line = options.line;
  return context;
}

std::string absolute_folder(const std::string& folder) {
  std::error_code error;
  const fs::path absolute = fs::absolute(folder, error).lexically_normal();
  return error ? folder : absolute.string();
}

Result<RunningFactory> RunningFactory::parse(std::string_view text) {
  auto parsed = parse_json(text, 8);
  if (!parsed) return fail(parsed.error().at("factory.json"));
  if (!parsed->is_object() || !parsed->contains("pid") || !(*parsed)["pid"].is_number_integer())
    return fail(ErrorCode::invalid, "factory.json: 'pid' is missing: the file is not a factory's; remove it");
  RunningFactory factory;
  factory.pid = (*parsed)["pid"].get<int64_t>();
  if (auto server = parsed->find("nats_server_pid"); server != parsed->end() && server->is_number_integer()) {
    factory.nats_server_pid = server->get<int64_t>();
  }
  factory.node = text_of(*parsed, "node");
  factory.bus_url = text_of(*parsed, "bus_url");
  factory.operator_key = text_of(*parsed, "operator_key");
  factory.registry = text_of(*parsed, "registry");
  factory.marketplace = text_of(*parsed, "marketplace");
  factory.version = text_of(*parsed, "version");
  factory.ready = parsed->contains("ready") && (*parsed)["ready"] == true;
  if (const auto lines = parsed->find("lines"); lines != parsed->end() && lines->is_array()) {
    for (const auto& line : *lines) {
      if (line.is_object()) factory.lines.push_back(text_of(line, "name"));
    }
  }
  return factory;
}

std::optional<RunningFactory> running_factory(const std::string& data_folder, const ProcessProbe& alive) {
  const auto text = read_file(data_folder + "/factory.json", small_file_bytes_max);
  if (!text) return std::nullopt;
  auto factory = RunningFactory::parse(*text);
  if (!factory || !alive(factory->pid)) return std::nullopt;
  return std::move(*factory);
}

bool is_running_tcpsd(int64_t pid) {
  if (pid <= 0 || (kill(static_cast<pid_t>(pid), 0) != 0 && errno != EPERM)) return false;
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid), 4096);
  if (!stat) return true;
  // "77 (tcpsd) S 1 ...". Another process may have taken the number of a factory that died; and one that was
  // killed keeps its number and name until its parent asks for its end.
  const size_t name = stat->find('('), name_end = stat->rfind(')');
  if (name == std::string::npos || name_end == std::string::npos || name_end + 2 >= stat->size()) return true;
  const char state = (*stat)[name_end + 2];
  return stat->compare(name + 1, 5, "tcpsd") == 0 && state != 'Z' && state != 'X';
}

std::vector<std::string> lines_on_disk(const std::string& data_folder) {
  std::vector<std::string> lines;
  std::error_code error;
  for (const auto& folder : fs::directory_iterator(data_folder + "/lines", error)) {
    if (is_token(folder.path().filename().string())) lines.push_back(folder.path().filename().string());
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

Result<std::string> choose_line(const std::string& wanted, const std::vector<std::string>& lines) {
  const std::string all = fmt::format("{}", fmt::join(lines, ", "));
  if (wanted.empty()) {
    if (lines.size() == 1) return lines.front();
    if (lines.empty())
      return fail(ErrorCode::not_found, "there is no line here yet; begin one with tcps run PATH");
    return fail(ErrorCode::invalid, fmt::format("there are several lines; name one with --line: {}", all));
  }
  if (std::find(lines.begin(), lines.end(), wanted) != lines.end()) return wanted;
  return fail(ErrorCode::not_found,
              fmt::format("there is no line '{}'; there is: {}", wanted, all.empty() ? "none" : all));
}

}  // namespace tcps::client
