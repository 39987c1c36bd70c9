// How far each work order of a run is, from the ledger's entries in order. A plain class: entries in, changes
// out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "messages/stage.h"
#include "messages/work_order_status.h"
#include "nodes/view/output.h"

namespace tcps::cli {

enum class StageState { untouched, running, passed, failed };

struct StageProgress {
  StageState state = StageState::untouched;
  uint32_t attempt = 1;
  int64_t since_ms = 0;  // by the clock of the caller
  int64_t took_ms = 0;   // once it has ended
};

struct OrderProgress {
  std::string id;
  std::string title;
  WorkOrderStatus status = WorkOrderStatus::working;  // also while it waits in the backlog
  std::string waits;  // "build at node-1: no sandbox ..." while its card cannot be worked; or empty
  std::array<StageProgress, all_stages.size()> stages;

  bool ended() const { return status != WorkOrderStatus::working; }
  StageProgress& at(Stage stage) { return stages[static_cast<size_t>(stage) - 1]; }
};

// One line for people: "wo-…  build  passed (4.1 s)".
struct ProgressChange {
  std::string work_order;
  std::string stage;  // or empty
  std::string what;
};

// As the reply of the work-order query tells it; working when that says no word that is known.
WorkOrderStatus status_of_reply(const nlohmann::json& work_order);

class Progress {
 public:
  // From the reply of the work-order query: what happened before the run began to follow the log.
  void add(const nlohmann::json& work_order, int64_t now_ms);
  // An entry of the entries query. Entries about other work orders change nothing.
  std::vector<ProgressChange> apply(const nlohmann::json& entry, int64_t now_ms);
  // What a node says when it cannot work a card now (tcps.<line>.waits.<work order>). Told once, until the
  // reason changes or the work order goes on.
  std::vector<ProgressChange> card_waits(const nlohmann::json& said);
  // A state that the log does not tell by work order.
  std::vector<ProgressChange> set_status(const std::string& work_order, WorkOrderStatus status);

  bool ended() const;
  // A call was resolved: some work order that was set aside may have been cancelled.
  bool look_again() { return std::exchange(look_again_, false); }
  const std::vector<OrderProgress>& orders() const { return orders_; }
  // A row for each work order, a column for each stage, cut to `columns` characters.
  std::string table(int64_t now_ms, size_t columns, bool colours) const;

 private:
  OrderProgress* find(const std::string& work_order);
  std::vector<ProgressChange> take_receipt(OrderProgress& order, const nlohmann::json& entry, int64_t now_ms);
  void begin(OrderProgress& order, Stage stage, uint32_t attempt, int64_t now_ms);

  std::vector<OrderProgress> orders_;
  std::map<std::string, size_t> by_id_;
  bool look_again_ = false;
};

}  // namespace tcps::cli
