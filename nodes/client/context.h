// Where a command finds its factory: options before environment before the context file before the default
// data folder. Pure rules over texts, but for the functions that name a file.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "messages/result.h"

namespace tcps::client {

// Options that every command takes.
struct CommonOptions {
  std::string context, data, line;
};

using EnvironmentLookup = std::function<const char*(const char* name)>;  // as getenv()

// A named way to a factory: a data folder on this machine, or a bus.
struct Context {
  std::string data;
  std::string bus_url;
  std::string credentials;   // NATS .creds file
  std::string operator_key;  // PEM file that signs decisions
  std::string line;          // the line meant when none is named
};

struct ContextFile {
  std::string current;  // may be empty
  std::map<std::string, Context> contexts;

  // Errors: invalid, naming file and line.
  static Result<ContextFile> parse(std::string_view text, const std::string& file_name);
  static Result<ContextFile> load(const std::string& path);  // an absent file is an empty one
  std::string format() const;
  Status save(const std::string& path) const;  // makes its folder; whole or not at all
};

std::string context_file_path(const EnvironmentLookup& environment);    // ~/.config/tcps/contexts.toml
std::string default_data_folder(const EnvironmentLookup& environment);  // ~/.local/share/tcps

// Errors: not_found (no such context).
Result<Context> resolve(const CommonOptions& options, const EnvironmentLookup& environment,
                        const ContextFile& file);

// <data>/factory.json, as a running factory announces itself.
struct RunningFactory {
  int64_t pid = 0;
  int64_t nats_server_pid = 0;  // of an embedded server; 0: none
  std::string node, bus_url, operator_key, registry, marketplace, version;
  std::vector<std::string> lines;
  bool ready = false;

  static Result<RunningFactory> parse(std::string_view text);  // Errors: invalid
};

// Of a folder that was named from the one where the program works.
std::string absolute_folder(const std::string& folder);

// Nothing when no factory runs on the folder. `alive` tells whether a process is a running tcpsd.
using ProcessProbe = std::function<bool(int64_t pid)>;
std::optional<RunningFactory> running_factory(const std::string& data_folder, const ProcessProbe& alive);
bool is_running_tcpsd(int64_t pid);

// The lines that a data folder holds a ledger of.
std::vector<std::string> lines_on_disk(const std::string& data_folder);
// Errors: invalid (several lines and none named), not_found.
Result<std::string> choose_line(const std::string& wanted, const std::vector<std::string>& lines);

}  // namespace tcps::client
