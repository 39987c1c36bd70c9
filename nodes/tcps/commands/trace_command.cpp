// tcps ledger trace
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nodes/tcps/ledger/manifest_search.h"
#include "nodes/tcps/shell.h"
#include "nodes/view/trace_pictures.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

// A file on disk, or the digest of one.
Result<Digest> digest_of(const std::string& name) {
  std::error_code error;
  if (std::filesystem::is_regular_file(name, error)) return digest_of_file(name);
  if (auto digest = Digest::parse(name)) return digest;
  return fail(ErrorCode::not_found, name + " is neither a file nor a digest; name one of them");
}

Result<json> trace_of(client::LineAccess& line, const Digest& file) {
  auto reply = line.ask("trace", {{"artifact", file.to_string()}});
  if (reply || reply.error().code != ErrorCode::not_found || !line.bus()) return reply;
  auto request = TCPS_TRY(find_in_manifests(line, file));
  return line.ask("trace", request);
}

Outcome trace(Shell& shell, const std::string& file, const std::string& format) {
  auto digest = TCPS_TRY(digest_of(file));
  auto line = TCPS_TRY(shell.line());
  auto reply = TCPS_TRY(trace_of(*line, digest));
  view::Output& out = shell.out();
  if (format == "dot") {
    out.raw(view::trace_dot(ledger::graph_of(reply)));
  } else if (format == "svg") {
    out.raw(view::trace_svg(ledger::graph_of(reply)));
  } else if (format == "json" || out.json) {
    out.raw(reply.dump(2) + "\n");
  } else {
    out.raw(view::trace_tree(reply));
  }
  return Exit::ok;
}

}  // namespace

void add_trace_command(Shell& shell, CLI::App* group) {
  auto file = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("tree");
  CLI::App* command =
      shell.command(group, "trace", "what a file is: who made it, from what, for which demand",
                    [&shell, file, format] { return trace(shell, *file, *format); });
  command->add_option("file", *file, "file on disk, or a digest sha256:...")->required();
  command->add_option("--format", *format, "tree, json, dot (Graphviz) or svg")
      ->check(CLI::IsMember({"tree", "json", "dot", "svg"}));
}

}  // namespace tcps::cli
