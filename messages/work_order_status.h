// What a work order is doing, as people are told: the words of queries, commands and HTTP. Messages do not say
// it; it follows from them.
#pragma once

#include <cstdint>
#include <optional>

#include "messages/words.h"

namespace tcps {

// The fold (actors/line/fold) knows those that are not closed; the ledger tells which became of the others.
enum class WorkOrderStatus : uint8_t { working, backlog, quarantined, held, done, cancelled };

struct WorkOrderStatusWord {
  WorkOrderStatus value;
  std::string_view text;
  bool is_closed = false;  // nothing follows any more
};

template <>
struct Vocabulary<WorkOrderStatus> {
  static constexpr std::string_view name = "status of a work order";
  static constexpr std::array rows = {
      WorkOrderStatusWord{WorkOrderStatus::working, "working"},
      WorkOrderStatusWord{WorkOrderStatus::backlog, "backlog"},
      WorkOrderStatusWord{WorkOrderStatus::quarantined, "quarantined"},
      WorkOrderStatusWord{WorkOrderStatus::held, "held"},
      WorkOrderStatusWord{.value = WorkOrderStatus::done, .text = "done", .is_closed = true},
      WorkOrderStatusWord{.value = WorkOrderStatus::cancelled, .text = "cancelled", .is_closed = true},
  };
};

constexpr bool is_closed(WorkOrderStatus status) { return row_of(status).is_closed; }

// Which work orders a list shows: those of one status, those that are not closed, or all.
enum class StatusFilter : uint8_t { open, working, backlog, quarantined, held, done, cancelled, all };

struct StatusFilterWord {
  StatusFilter value;
  std::string_view text;
  std::optional<WorkOrderStatus> only = std::nullopt;

  constexpr StatusFilterWord(StatusFilter filter, std::string_view word) : value(filter), text(word) {}
  constexpr StatusFilterWord(StatusFilter filter, WorkOrderStatus status)
      : value(filter), text(to_string(status)), only(status) {}
};

template <>
struct Vocabulary<StatusFilter> {
  static constexpr std::string_view name = "status to list";
  static constexpr std::array rows = {
      StatusFilterWord{StatusFilter::open, "open"},
      StatusFilterWord{StatusFilter::working, WorkOrderStatus::working},
      StatusFilterWord{StatusFilter::backlog, WorkOrderStatus::backlog},
      StatusFilterWord{StatusFilter::quarantined, WorkOrderStatus::quarantined},
      StatusFilterWord{StatusFilter::held, WorkOrderStatus::held},
      StatusFilterWord{StatusFilter::done, WorkOrderStatus::done},
      StatusFilterWord{StatusFilter::cancelled, WorkOrderStatus::cancelled},
      StatusFilterWord{StatusFilter::all, "all"},
  };
};

constexpr bool takes(StatusFilter filter, WorkOrderStatus status) {
  if (const auto only = row_of(filter).only) return *only == status;
  return filter == StatusFilter::all || !is_closed(status);
}
// Whether it may take one that the fold no longer knows.
constexpr bool takes_closed(StatusFilter filter) {
  return takes(filter, WorkOrderStatus::done) || takes(filter, WorkOrderStatus::cancelled);
}

}  // namespace tcps
