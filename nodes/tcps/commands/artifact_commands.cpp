// tcps artifact ...
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "messages/iso8601.h"
#include "messages/subjects.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

constexpr size_t rows_shown = 100;
constexpr size_t rows_per_request = 1000;

Result<std::unique_ptr<bus::ObjectStore>> objects_of(client::LineAccess& line) {
  auto bus = TCPS_TRY(line.bus());
  return bus->objects(object_bucket(line.line()), 0, 1);
}

Outcome fetch(Shell& shell, const std::string& name, const std::string& path) {
  auto digest = TCPS_TRY(Digest::parse(name));
  auto line = TCPS_TRY(shell.line());
  auto objects = TCPS_TRY(objects_of(*line));
  TCPS_TRY(objects->get_file(digest, path));
  shell.out().document({{"digest", digest.to_string()}, {"file", path}});
  shell.out().text(fmt::format("{} is in {}", view::short_digest(digest.to_string()), path));
  return Exit::ok;
}

std::string amount(const json& tally) {
  return fmt::format("{} of {} bytes", tally.value("artifacts", uint64_t{0}),
                     tally.value("bytes", uint64_t{0}));
}

void print_plan(view::Output& out, const json& plan) {
  const auto keep = plan.value("keep_ms", int64_t{0});
  if (keep == 0) return out.text("The line keeps all artifacts for ever (artifacts.keep of line.toml).");
  out.text(fmt::format("Artifacts: {}. Kept for {} after a work order's last entry.", amount(plan["stored"]),
                       view::duration_text(keep)));
  for (const auto& [why, tally] : plan["kept"].items())
    out.text(fmt::format("  stay, {}: {}", why, amount(tally)));
  out.text(fmt::format("  due: {}", amount(plan["due"])));
  view::Table table({"STORED", "BYTES", "ARTIFACT"});
  for (const json& row : plan["artifacts"])
    table.add({row.value("stored_at", ""), std::to_string(row.value("bytes", uint64_t{0})),
               row.value("digest", "")});
  out.table(table, "Nothing is due.");
  if (plan.value("more", false)) out.text("... and more");
}

// What the line says is due, piece by piece until nothing more goes. An artifact that somebody stored again
// meanwhile stays.
Outcome sweep(Shell& shell, client::LineAccess& line) {
  auto objects = TCPS_TRY(objects_of(line));
  uint64_t count = 0, bytes = 0;
  for (bool more = true; more;) {
    auto plan = TCPS_TRY(line.ask("retention", {{"limit", rows_per_request}}));
    const uint64_t count_before = count;
    for (const json& row : plan["artifacts"]) {
      auto digest = TCPS_TRY(Digest::parse(row.value("digest", "")));
      const bus::ObjectInfo seen{digest, row.value("bytes", uint64_t{0}), 0,
                                 row.value("revision", uint64_t{0})};
      auto discarded = objects->discard(seen, bus::swept_by_policy);
      if (!discarded && discarded.error().code != ErrorCode::conflict) return fail(discarded.error());
      if (discarded) ++count, bytes += seen.bytes;
    }
    more = plan.value("more", false) && count > count_before;
  }
  shell.out().document({{"swept", {{"artifacts", count}, {"bytes", bytes}}}});
  shell.out().text(fmt::format("Swept {} artifacts of {} bytes.", count, bytes));
  return Exit::ok;
}

Outcome sweep_or_show(Shell& shell, bool dry_run) {
  auto line = TCPS_TRY(shell.line());
  if (!dry_run) return sweep(shell, *line);
  auto plan = TCPS_TRY(line->ask("retention", {{"limit", rows_shown}}));
  shell.out().document(plan);
  if (!shell.out().json) print_plan(shell.out(), plan);
  return Exit::ok;
}

}  // namespace

void add_artifact_commands(Shell& shell) {
  CLI::App* group = shell.group("artifact", "the files that stages made, by digest");
  auto digest = std::make_shared<std::string>();
  auto path = std::make_shared<std::string>();
  CLI::App* fetched = shell.command(group, "fetch", "write an artifact to a file, checked against its digest",
                                    [&shell, digest, path] { return fetch(shell, *digest, *path); });
  fetched->add_option("digest", *digest, "sha256:...")->required();
  fetched->add_option("-o,--output", *path, "file to write")->required();
  auto dry_run = std::make_shared<bool>(false);
  shell
      .command(group, "sweep",
               "take away what the line's retention policy lets go, now; the factory does so by itself",
               [&shell, dry_run] { return sweep_or_show(shell, *dry_run); })
      ->add_flag("--dry-run", *dry_run, "only show what would go, and why the rest stays");
}

}  // namespace tcps::cli
