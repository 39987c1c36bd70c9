// tcps demand ...
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "messages/files.h"
#include "messages/work_order_status.h"
#include "nodes/tcps/run/demand_files.h"
#include "nodes/tcps/run/interruption.h"
#include "nodes/tcps/run/product_source.h"
#include "nodes/tcps/shell.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

constexpr size_t demand_bytes_max = 64u << 20;

struct PublishOptions {
  std::string file, source, id, title, bucket, priority, feature, type, due_date;
  int64_t patience_s = 60;
};

// A signal made of options.
Result<std::vector<RecordedSignal>> from_options(const PublishOptions& options) {
  if (options.source.empty() || options.id.empty())
    return fail(ErrorCode::invalid, "name a file (or -), or a signal by --source and --id");
  json signal = {{"signal_id", options.id}, {"source", options.source}};
  const std::pair<const char*, const std::string*> texts[] = {
      {"title", &options.title},     {"bucket", &options.bucket}, {"priority", &options.priority},
      {"feature", &options.feature}, {"type", &options.type},     {"due_date", &options.due_date}};
  for (const auto& [name, text] : texts) {
    if (!text->empty()) signal[name] = *text;
  }
  return parse_signals(signal.dump(), "signal", options.source);
}

Result<std::vector<RecordedSignal>> signals_of(const PublishOptions& options) {
  if (options.file.empty()) return from_options(options);
  if (options.file == "-") {
    std::string text(demand_bytes_max + 1, '\0');
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(std::cin.gcount()));
    if (text.size() > demand_bytes_max)
      return fail(ErrorCode::full, "standard input is longer than 64 MiB; split it");
    return parse_signals(text, "standard input", options.source);
  }
  auto text = TCPS_TRY(read_input(options.file, demand_bytes_max));
  return parse_signals(text, options.file, options.source);
}

Outcome publish(Shell& shell, const PublishOptions& options) {
  auto signals = TCPS_TRY(signals_of(options));
  auto line = TCPS_TRY(shell.line());
  const Interruption interruption;
  std::array<size_t, 3> counts{};
  auto sent =
      send_signals(*line, signals, std::chrono::seconds(options.patience_s), Interruption::happened,
                   [&](size_t index, const SignalAnswer& answer) {
                     const RecordedSignal& signal = signals[index];
                     ++counts[static_cast<size_t>(answer.reception)];
                     shell.out().record(to_json(signal, answer));
                     shell.out().text(fmt::format(
                         "{:<8}  {}  {}/{}{}", to_string(answer.reception),
                         answer.work_order.empty() ? "-" : answer.work_order, signal.source,
                         printable(signal.id), answer.reason.empty() ? "" : "  " + printable(answer.reason)));
                   });
  if (Interruption::happened()) return Exit::interrupted;
  if (!sent) return fail(sent.error());
  shell.out().text(fmt::format("{} accepted, {} known, {} refused", counts[0], counts[1], counts[2]));
  return counts[2] == 0 ? Exit::ok : Exit::refused;
}

Outcome collect(Shell& shell, const std::string& path) {
  auto source = TCPS_TRY(ProductSource::open(path));
  auto signals = TCPS_TRY(collect_signals(source.standard_work, source.folder));
  json list = json::array();
  view::Table table({"SOURCE", "SIGNAL", "TITLE"});
  for (const RecordedSignal& signal : signals) {
    list.push_back(json::parse(signal.json));
    table.add({signal.source, signal.id, view::fit(signal.title, 80)});
  }
  shell.out().document({{"signals", std::move(list)}});
  shell.out().table(table, "line.toml names no demand file with signals");
  return Exit::ok;
}

Outcome list(Shell& shell, size_t limit) {
  auto line = TCPS_TRY(shell.line());
  auto reply =
      TCPS_TRY(line->ask("work-orders", {{"status", to_string(StatusFilter::all)}, {"limit", limit}}));
  json demand = json::array();
  view::Table table({"SOURCE", "SIGNAL", "WORK ORDER", "STATUS", "VERSION", "TITLE"});
  for (const json& row : reply["work_orders"]) {
    auto order = TCPS_TRY(line->ask("work-order", {{"id", row["id"]}}));
    const json signal = order["work_order"].value("demand", json::object());
    demand.push_back({{"demand", signal},
                      {"work_order", row["id"]},
                      {"status", row["status"]},
                      {"version", row["version"]}});
    table.add({signal.value("source", ""), signal.value("signal_id", ""), row.value("id", ""),
               row.value("status", ""), row.value("version", ""), view::fit(row.value("title", ""), 60)},
              view::status_colour<WorkOrderStatus>(row.value("status", "")));
  }
  shell.out().document({{"demand", std::move(demand)}, {"next", reply["next"]}});
  shell.out().table(table, "no demand was accepted yet");
  return Exit::ok;
}

}  // namespace

void add_demand_commands(Shell& shell) {
  CLI::App* group = shell.group("demand", "what publishers ask the line for");
  auto options = std::make_shared<PublishOptions>();
  CLI::App* command = shell.command(
      group, "publish", "send demand signals to the line's intake; with --json one line per signal",
      [&shell, options] { return publish(shell, *options); });
  command->add_option("file", options->file, "file of signals; - for standard input");
  command->add_option("--source", options->source,
                      "source of signals that name none: marketplace, github, security, customers, ...");
  command->add_option("--id", options->id,
                      "the publisher's own id of the signal; asking again with it is safe");
  command->add_option("--title", options->title, "one line for people");
  command->add_option("--bucket", options->bucket, "reliability, security, features, compliance or debt");
  command->add_option("--priority", options->priority, "critical, high, medium or low");
  command->add_option("--feature", options->feature, "the feature asked for");
  command->add_option("--type", options->type, "kind of signal: issue, cve, request, ...");
  command->add_option("--due-date", options->due_date, "ISO 8601 date");
  command
      ->add_option("--patience", options->patience_s,
                   "seconds to go on asking where intake says to ask again")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  auto path = std::make_shared<std::string>(".");
  shell
      .command(group, "collect", "show the signals of the demand files that line.toml names",
               [&shell, path] { return collect(shell, *path); })
      ->add_option("path", *path, "the repository: a path or a git URL")
      ->capture_default_str();
  auto limit = std::make_shared<size_t>(100);
  shell
      .command(group, "list", "accepted demand and what became of it",
               [&shell, limit] { return list(shell, *limit); })
      ->add_option("--limit", *limit, "rows at most")
      ->check(CLI::Range(1, 1000));
}

}  // namespace tcps::cli
