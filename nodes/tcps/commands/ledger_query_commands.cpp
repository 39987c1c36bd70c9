// tcps ledger find | stats | proof
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/ledger_stats.h"
#include "actors/ledger/tlog/merkle.h"
#include "nodes/tcps/ledger/entry_filters.h"
#include "nodes/tcps/ledger/entry_name.h"
#include "nodes/tcps/shell.h"
#include "nodes/view/failure_text.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

Outcome find(Shell& shell, const EntryFilters& filters) {
  auto line = TCPS_TRY(shell.line());
  const auto add = [](view::Table& table, const json& row) {
    const std::string mode = row.value("failure_mode", "");
    table.add({std::to_string(row.value("index", uint64_t{0})), row.value("timestamp", ""),
               row.value("kind", ""), row.value("work_order", ""), row.value("stage", ""),
               row.value("status", "") + (mode.empty() ? "" : " " + mode), row.value("sku", ""),
               row.value("bucket", ""), row.value("node", "")},
              mode.empty() ? view::Colour::none : view::Colour::red);
  };
  TCPS_TRY(print_pages(*line, "entries", filters, shell.out(), "entries",
                       {"ENTRY", "TIME", "KIND", "WORK ORDER", "STAGE", "STATUS", "SKU", "BUCKET", "NODE"},
                       add));
  return Exit::ok;
}

// Piece by piece: a reply counts a bounded number of entries.
Result<ledger::LedgerStats> count_all(client::LineAccess& line) {
  ledger::LedgerStats sum;
  for (uint64_t from = 0;;) {
    auto reply = TCPS_TRY(line.ask("stats", {{"from", from}}));
    auto piece = TCPS_TRY(ledger::LedgerStats::from_json(reply.value("stats", json::object())));
    sum.add(piece);
    const uint64_t next = reply.value("next", from);
    if (next <= from || next >= reply.value("size", uint64_t{0})) return sum;
    from = next;
  }
}

void print_counts(view::Output& out, const char* what, const json& counts,
                  std::string (*shown)(std::string_view) = printable) {
  if (counts.empty()) return;
  view::Table table({what, "COUNT"});
  for (const auto& [name, count] : counts.items()) table.add({shown(name), count.dump()});
  out.text("");
  out.table(table, "");
}

Outcome stats(Shell& shell) {
  auto line = TCPS_TRY(shell.line());
  auto counted = TCPS_TRY(count_all(*line));
  const json stats = counted.to_json();
  view::Output& out = shell.out();
  out.document(stats);
  if (out.json) return Exit::ok;
  const auto time = [&](const char* name) {
    return stats[name].is_string() ? stats[name].get<std::string>() : "-";
  };
  out.text(fmt::format("{} entries, {} to {}", counted.entries(), time("first_time"), time("last_time")));
  view::Table stages({"STAGE", "COMPLETED", "FAILED"});
  for (const auto& [stage, outcomes] : stats["stages"].items())
    stages.add({stage, outcomes["completed"].dump(), outcomes["failed"].dump()});
  out.text("");
  out.table(stages, "no receipts");
  print_counts(out, "FAILURE MODE", stats["failure_modes"], view::failure_text);
  print_counts(out, "BUCKET", stats["buckets"]);
  print_counts(out, "SKU", stats["skus"]);
  print_counts(out, "NODE", stats["nodes"]);
  print_counts(out, "KIND", stats["kinds"]);
  return Exit::ok;
}

struct ProofOptions {
  EntryName entry;
  std::optional<uint64_t> size, from, to;
};

Result<Digest> digest_of(const json& reply, const char* name) {
  auto raw = TCPS_TRY(from_base64(reply.value(name, "")));
  return Digest::from_raw(raw);
}

Result<std::vector<Digest>> path_of(const json& reply) {
  std::vector<Digest> path;
  for (const json& hash : reply.value("proof", json::array())) {
    auto raw = hash.is_string() ? from_base64(hash.get<std::string>())
                                : Result<Bytes>(fail(ErrorCode::invalid, "no hash"));
    auto digest = TCPS_TRY(raw ? Digest::from_raw(*raw) : Result<Digest>(fail(raw.error())));
    path.push_back(digest);
  }
  return path;
}

// The size of the newest checkpoint, when it covers that many entries: what an auditor holds already.
std::optional<uint64_t> checkpoint_size(client::LineAccess& line, uint64_t at_least) {
  auto checkpoint = line.ask("checkpoint", json::object());
  const uint64_t size = checkpoint ? checkpoint->value("size", uint64_t{0}) : 0;
  return size >= at_least && size > 0 ? std::optional(size) : std::nullopt;
}

Outcome report(Shell& shell, const json& document, const std::string& claim, bool proven) {
  view::Output& out = shell.out();
  out.document(document);
  out.text(claim + ": " + out.verdict(proven));
  if (!out.json) {
    for (const json& hash : document["proof"]) out.text("  " + hash.get<std::string>());
  }
  return proven ? Exit::ok : Exit::failed;
}

Outcome inclusion(Shell& shell, client::LineAccess& line, const ProofOptions& options) {
  auto name = TCPS_TRY(options.entry.request());
  auto entry = TCPS_TRY(line.ask("entry", name));
  const uint64_t index = entry.value("index", uint64_t{0});
  json request = {{"index", index}};
  const auto size = options.size ? options.size : checkpoint_size(line, index + 1);
  if (size) request["size"] = *size;
  auto reply = TCPS_TRY(line.ask("proof", request));
  auto path = path_of(reply);
  auto root = digest_of(reply, "root"), leaf = digest_of(reply, "leaf_hash");
  auto envelope = from_base64(entry.value("envelope", ""));
  for (const Status& read :
       {path ? Status() : fail(path.error()), root ? Status() : fail(root.error()),
        leaf ? Status() : fail(leaf.error()), envelope ? Status() : fail(envelope.error())}) {
    if (!read) return fail(read.error());
  }
  const uint64_t tree = reply.value("size", uint64_t{0});
  const bool proven =
      *leaf == tlog::leaf_hash(*envelope) && tlog::verify_inclusion(index, tree, *leaf, *path, *root);
  const json document = {{"leafIdx", index},
                         {"treeSize", tree},
                         {"root", reply["root"]},
                         {"leafHash", reply["leaf_hash"]},
                         {"proof", reply["proof"]}};
  return report(
      shell, document,
      fmt::format("Entry {} is in the tree of {} entries with root {}", index, tree, root->to_string()),
      proven);
}

Outcome consistency(Shell& shell, client::LineAccess& line, const ProofOptions& options) {
  json request = {{"old", *options.from}};
  const auto to = options.to ? options.to : checkpoint_size(line, *options.from);
  if (to) request["new"] = *to;
  auto reply = TCPS_TRY(line.ask("proof", request));
  auto path = TCPS_TRY(path_of(reply));
  auto before = TCPS_TRY(digest_of(reply, "old_root"));
  auto root = TCPS_TRY(digest_of(reply, "root"));
  const uint64_t tree = reply.value("new", uint64_t{0});
  const bool proven = tlog::verify_consistency(*options.from, tree, path, before, root);
  const json document = {{"size1", *options.from},
                         {"size2", tree},
                         {"root1", reply["old_root"]},
                         {"root2", reply["root"]},
                         {"proof", reply["proof"]}};
  return report(shell, document,
                fmt::format("The tree of {} entries begins with that of {}", tree, *options.from), proven);
}

Outcome proof(Shell& shell, const ProofOptions& options) {
  if (options.from.has_value() == !options.entry.name.empty())
    return fail(ErrorCode::invalid,
                "name an entry to prove that it is in the log, or --old to prove that the log only grew");
  auto line = TCPS_TRY(shell.line());
  return options.from ? consistency(shell, *line, options) : inclusion(shell, *line, options);
}

}  // namespace

void add_ledger_query_commands(Shell& shell, CLI::App* group) {
  auto filters = std::make_shared<EntryFilters>();
  CLI::App* found = shell.command(group, "find", "entries by any of their fields",
                                  [&shell, filters] { return find(shell, *filters); });
  found->add_option("--kind", filters->kind,
                    "only of this kind: receipt, acceptance, decision, andon-raised, ...");
  filters->add_to(*found);
  shell.command(group, "stats", "how much of what the log holds", [&shell] { return stats(shell); });
  auto options = std::make_shared<ProofOptions>();
  CLI::App* proven =
      shell.command(group, "proof", "prove that an entry is in the log, or that the log only grew",
                    [&shell, options] { return proof(shell, *options); });
  options->entry.add_to(*proven);
  proven->get_option("entry")->required(false);
  proven->add_option("--size", options->size, "of the tree; that of the newest checkpoint when not named");
  proven->add_option("--old", options->from, "size of the earlier tree");
  proven->add_option("--new", options->to,
                     "size of the later tree; that of the newest checkpoint when not named");
}

}  // namespace tcps::cli
