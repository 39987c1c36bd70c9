#include "actors/ledger/store/ledger_copy.h"

#include <fmt/format.h>

namespace tcps::ledger {
namespace {

constexpr size_t copied_at_once = 1000;

// Groups entries for the target; the group that reaches the snapshot's size carries it.
class Copier {
 public:
  Copier(LedgerStore& from, LedgerStore& to, const CopyProgress& progress)
      : from_(from), to_(to), progress_(progress), end_(from.head()) {}

  Status copy_entries() {
    const Head begin = to_.head();
    TCPS_TRY(find_snapshot(begin));
    Status good;
    auto read = from_.entries(begin.size, end_.size, [&](const StoredEntry& stored) {
      good = stored.entry ? take(*stored.entry) : fail(stored.entry.error());
      return good.has_value();
    });
    if (!good || !read) return good ? read : good;
    return write(end_.next);
  }

  Status copy_refused() {
    for (uint64_t at = to_.head().refused; at < end_.refused;) {
      auto some = TCPS_TRY(from_.refused(at, page_rows_max));
      if (some.empty()) break;
      at += some.size();
      Group group;
      group.refused = std::move(some);
      group.next = end_.next;
      TCPS_TRY(to_.append(group));
    }
    return {};
  }

  Status copy_checkpoint() {
    auto checkpoint = from_.latest_checkpoint();
    if (!checkpoint && checkpoint.error().code == ErrorCode::not_found) return {};
    if (!checkpoint) return fail(checkpoint.error());
    return to_.add_checkpoint(*checkpoint);
  }

 private:
  Status find_snapshot(const Head& begin) {
    auto snapshot = from_.latest_snapshot();
    if (!snapshot && snapshot.error().code == ErrorCode::not_found) return {};
    if (!snapshot) return fail(snapshot.error());
    if (snapshot->size > begin.size && snapshot->next > begin.next) snapshot_ = std::move(*snapshot);
    return {};
  }

  Status take(const proto::LedgerEntry& entry) {
    auto summary = TCPS_TRY(from_.summary(entry.index()));
    const Position position{entry.epoch(), entry.sequence()};
    group_.admitted.push_back({position, entry.subject(), entry.envelope(), std::move(summary.facets)});
    const uint64_t size = entry.index() + 1;
    if (snapshot_ && size == snapshot_->size) {
      group_.snapshot = std::move(snapshot_->fold);
      return write(snapshot_->next);
    }
    return group_.admitted.size() < copied_at_once ? Status{}
                                                   : write({position.epoch, position.sequence + 1});
  }

  Status write(Position next) {
    group_.next = next;
    auto head = to_.append(group_);
    group_ = {};
    if (!head) return fail(head.error());
    if (progress_) progress_(head->size);
    return {};
  }

  LedgerStore& from_;
  LedgerStore& to_;
  const CopyProgress& progress_;
  const Head end_;
  Group group_;
  std::optional<FoldSnapshot> snapshot_;
};

Status check_earlier_copy(LedgerStore& from, LedgerStore& to) {
  const Head begin = to.head();
  const Head end = from.head();
  if (begin.size > end.size || begin.next > end.next) {
    return fail(
        ErrorCode::conflict,
        fmt::format("the copy holds {} entries, the ledger {}: it is not copied over", begin.size, end.size));
  }
  auto root = TCPS_TRY(from.root(begin.size));
  if (root == begin.root) return {};
  return fail(
      ErrorCode::conflict,
      fmt::format(
          "the copy's {} entries have root {}, the ledger's first ones {}: they are of different logs",
          begin.size, begin.root.to_string(), root.to_string()));
}

}  // namespace

Result<Head> copy_ledger(LedgerStore& from, LedgerStore& to, const CopyProgress& progress) {
  TCPS_TRY(check_earlier_copy(from, to));
  Copier copier(from, to, progress);
  TCPS_TRY(copier.copy_entries());
  TCPS_TRY(copier.copy_refused());
  TCPS_TRY(copier.copy_checkpoint());
  const Head head = to.head();
  if (head.root == from.head().root) return head;
  return fail(ErrorCode::corrupt,
              fmt::format("the copy has root {}, the ledger's head says {}: restore that replica",
                          head.root.to_string(), from.head().root.to_string()));
}

}  // namespace tcps::ledger
