#include "nodes/tcps/run/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "messages/json_fields.h"
#include "messages/vocabulary.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

constexpr size_t rows_shown_max = 20;

// "event.<kind>.<work order>" or "work.<stage>..." of a subject.
std::string event_kind(const std::string& subject) {
  const size_t at = subject.find(".event.");
  if (at == std::string::npos) return {};
  const size_t begin = at + 7;
  return subject.substr(begin, subject.find('.', begin) - begin);
}

WorkOrderStatus status_after(Decision decision) {
  switch (decision) {
    case Decision::quarantine:
      return WorkOrderStatus::quarantined;
    case Decision::hold:
      return WorkOrderStatus::held;
    case Decision::cancel:
      return WorkOrderStatus::cancelled;
    case Decision::resume:
      break;
  }
  return WorkOrderStatus::working;
}

// Who waits for a run waits for work in the backlog as for work in a stage.
WorkOrderStatus as_run(WorkOrderStatus status) {
  return status == WorkOrderStatus::backlog ? WorkOrderStatus::working : status;
}

std::string cell(const StageProgress& stage, int64_t now_ms) {
  const auto seconds = [](int64_t ms) {
    return ms < 99'950 ? fmt::format("{:.1f}s", static_cast<double>(ms) / 1000)
                       : fmt::format("{}m", ms / 60'000);
  };
  switch (stage.state) {
    case StageState::untouched:
      return "·";
    case StageState::running:
      return fmt::format("▸{}", seconds(now_ms - stage.since_ms));
    case StageState::passed:
      return fmt::format("✓{}", seconds(stage.took_ms));
    case StageState::failed:
      return "✗";
  }
  return "";
}

}  // namespace

WorkOrderStatus status_of_reply(const json& work_order) {
  return find_word<WorkOrderStatus>(work_order.value("status", "")).value_or(WorkOrderStatus::working);
}

OrderProgress* Progress::find(const std::string& work_order) {
  const auto found = by_id_.find(work_order);
  return found == by_id_.end() ? nullptr : &orders_[found->second];
}

void Progress::begin(OrderProgress& order, Stage stage, uint32_t attempt, int64_t now_ms) {
  order.at(stage) = {StageState::running, attempt, now_ms, 0};
}

void Progress::add(const json& work_order, int64_t now_ms) {
  const std::string id = work_order.value("id", "");
  if (find(id) != nullptr) return;
  by_id_[id] = orders_.size();
  OrderProgress& order = orders_.emplace_back();
  order.id = id;
  order.title = work_order.value("title", "");
  for (const json& receipt : work_order.value("receipts", json::array())) {
    const auto stage = parse_stage(receipt.value("stage", ""));
    if (!stage) continue;
    const bool passed = find_word<ReceiptStatus>(receipt.value("status", "")) == ReceiptStatus::completed;
    order.at(*stage) = {passed ? StageState::passed : StageState::failed, receipt.value("attempt", 1u),
                        now_ms, receipt.value("duration_ms", int64_t{0})};
  }
  order.status = as_run(status_of_reply(work_order));
  const auto stage = parse_stage(work_order.value("stage", ""));
  if (!order.ended() && stage) begin(order, *stage, work_order.value("attempt", 1u), now_ms);
}

std::vector<ProgressChange> Progress::take_receipt(OrderProgress& order, const json& entry, int64_t now_ms) {
  const auto stage = parse_stage(entry.value("stage", ""));
  if (!stage) return {};
  StageProgress& at = order.at(*stage);
  if (at.state == StageState::passed) return {};  // told already by the work order itself
  const int64_t took = at.state == StageState::running ? now_ms - at.since_ms : 0;
  const bool passed = find_word<ReceiptStatus>(entry.value("status", "")) == ReceiptStatus::completed;
  at = {passed ? StageState::passed : StageState::failed, entry.value("attempt", 1u), at.since_ms, took};
  const std::string name(to_string(*stage));
  if (!passed) {
    order.status = WorkOrderStatus::quarantined;
    return {{order.id, name, fmt::format("failed ({}), attempt {}", view::duration_text(took), at.attempt)}};
  }
  std::vector<ProgressChange> changes = {
      {order.id, name, fmt::format("passed ({})", view::duration_text(took))}};
  if (const auto next = next_stage(*stage)) {
    begin(order, *next, at.attempt, now_ms);
  } else {
    order.status = WorkOrderStatus::done;
    changes.push_back({order.id, "", std::string(to_string(order.status))});
  }
  return changes;
}

std::vector<ProgressChange> Progress::apply(const json& entry, int64_t now_ms) {
  const auto kind = find_word<MessageKind>(entry.value("kind", ""));
  if (kind == MessageKind::andon_resolved) look_again_ = true;
  OrderProgress* order = find(entry.value("work_order", ""));
  if (order == nullptr) return {};
  order->waits.clear();
  if (kind == MessageKind::receipt) return take_receipt(*order, entry, now_ms);
  if (kind == MessageKind::dispatch) {
    const auto stage = parse_stage(entry.value("stage", ""));
    if (!stage) return {};
    order->status = WorkOrderStatus::working;
    begin(*order, *stage, entry.value("attempt", 1u), now_ms);
    return {{order->id, entry.value("stage", ""),
             fmt::format("released again, attempt {}", entry.value("attempt", 1u))}};
  }
  if (kind == MessageKind::andon_raised)
    return set_status(order->id, order->ended() ? order->status : WorkOrderStatus::quarantined);
  if (kind != MessageKind::decision) return {};
  const auto decision = find_word<Decision>(event_kind(entry.value("subject", "")));
  return decision ? set_status(order->id, status_after(*decision)) : std::vector<ProgressChange>{};
}

std::vector<ProgressChange> Progress::card_waits(const json& said) {
  // Anybody may send such a message.
  const auto text = [&said](const char* name) { return printable(tcps::text_of(said, name)); };
  OrderProgress* order = find(text("work_order"));
  if (order == nullptr || order->ended()) return {};
  std::string why = fmt::format("{} at {}: {}", text("stage"), text("node"), text("reason"));
  if (why == order->waits) return {};
  order->waits = std::move(why);
  return {{order->id, text("stage"), fmt::format("waits at {}: {}", text("node"), text("reason"))}};
}

std::vector<ProgressChange> Progress::set_status(const std::string& work_order, WorkOrderStatus status) {
  OrderProgress* order = find(work_order);
  const WorkOrderStatus now = as_run(status);
  if (order == nullptr || order->status == now) return {};
  order->status = now;
  return {{order->id, "", order->ended() ? std::string(to_string(now)) : "resumed"}};
}

bool Progress::ended() const {
  return std::all_of(orders_.begin(), orders_.end(),
                     [](const OrderProgress& order) { return order.ended(); });
}

std::string Progress::table(int64_t now_ms, size_t columns, bool colours) const {
  std::vector<std::string> head = {"WORK ORDER"};
  for (Stage stage : all_stages) head.emplace_back(to_string(stage));
  head.emplace_back("STATUS");
  view::Table table(head);
  // Unfinished ones first to be seen; the others are listed at the end anyway.
  std::vector<const OrderProgress*> shown;
  for (const OrderProgress& order : orders_) shown.push_back(&order);
  if (shown.size() > rows_shown_max)
    std::stable_partition(shown.begin(), shown.end(),
                          [](const OrderProgress* order) { return !order->ended(); });
  for (size_t i = 0; i < std::min(shown.size(), rows_shown_max); ++i) {
    std::vector<std::string> cells = {shown[i]->id};
    for (const StageProgress& stage : shown[i]->stages) cells.push_back(cell(stage, now_ms));
    cells.emplace_back(to_string(shown[i]->status));
    table.add(std::move(cells), view::colour_of(shown[i]->status));
  }
  std::string text = table.render(false), cut;
  for (size_t begin = 0, row = 0; begin < text.size(); ++row) {
    const size_t end = text.find('\n', begin);
    const view::Colour colour = row == 0 ? view::Colour::bold : view::colour_of(shown[row - 1]->status);
    cut += view::paint(view::fit(text.substr(begin, end - begin), columns), colour, colours) + "\n";
    begin = end + 1;
  }
  for (size_t i = 0; i < std::min(shown.size(), rows_shown_max); ++i) {
    if (!shown[i]->waits.empty())
      cut += view::paint(view::fit(fmt::format("{} waits in {}", shown[i]->id, shown[i]->waits), columns),
                         view::Colour::yellow, colours) +
             "\n";
  }
  if (shown.size() > rows_shown_max) cut += fmt::format("and {} more\n", shown.size() - rows_shown_max);
  return cut;
}

}  // namespace tcps::cli
