#include "nodes/audit/fsck/parallel_check.h"

#include <algorithm>
#include <deque>
#include <future>
#include <memory>
#include <random>
#include <vector>

#include "actors/ledger/store/index_check.h"
#include "actors/ledger/store/key_value/key_value_store.h"
#include "actors/runtime/executor.h"

namespace tcps::audit {
namespace {

using ledger::JudgedRange;
using ledger::JudgedRow;

constexpr uint64_t entries_at_once = 512;
constexpr size_t ranges_per_thread = 2;

class ParallelCheck {
 public:
  ParallelCheck(ledger::LedgerStore& store, const LineName& line, const ledger::TrustedHead& head,
                const CheckOptions& options, std::shared_ptr<const ledger::KnownKeys> keys)
      : store_(store),
        line_(line),
        options_(options),
        check_(store, line, head, [](const ledger::WorkOrderChain&) {}),
        keys_(std::move(keys)),
        size_(store.head().size),
        pool_(options.threads) {}

  ledger::ReplicaCheck& check() { return check_; }
  Executor& pool() { return pool_; }

  // Errors: those of reading.
  Status run() {
    for (uint64_t from = 0; from < size_ && !ended_; from += entries_at_once) {
      send(from, std::min(size_, from + entries_at_once));
      if (under_way_.size() == ranges_per_thread * options_.threads) take_oldest();
    }
    while (!under_way_.empty()) take_oldest();
    return read_;
  }

 private:
  void send(uint64_t from, uint64_t to) {
    auto promise = std::make_shared<std::promise<JudgedRange>>();
    under_way_.push_back(promise->get_future());
    pool_.post([this, promise, from, to, keys = keys_] {
      promise->set_value(judge_range(store_, line_, from, to, *keys));
    });
  }

  // Nothing is looked at behind the first thing wrong.
  void take_oldest() {
    const JudgedRange judged = under_way_.front().get();
    under_way_.pop_front();
    if (ended_) return;
    for (const JudgedRow& row : judged.rows) {
      if (!check_.take(row)) return void(ended_ = true);
    }
    read_ = judged.read;
    ended_ = !read_;
    if (!check_.known_keys()->empty()) keys_ = check_.known_keys();
    if (options_.progress) options_.progress(check_.size(), size_);
  }

  ledger::LedgerStore& store_;
  const LineName& line_;
  const CheckOptions& options_;
  ledger::ReplicaCheck check_;
  std::shared_ptr<const ledger::KnownKeys> keys_;
  const uint64_t size_;
  bool ended_ = false;
  Status read_;
  std::deque<std::future<JudgedRange>> under_way_;
  ThreadPool pool_;  // last: its threads end before what they use
};

// Errors: corrupt, when the index is wrong; those of reading.
Result<uint64_t> check_indexes(ledger::KeyValueStore& tables, uint64_t size) {
  std::random_device random;
  const auto word = [&] { return static_cast<uint64_t>(random()) << 32 | random(); };
  ledger::IndexCheck check(size, {word(), word()});
  Status good;
  TCPS_TRY(tables.scan(ledger::Table::indexes, {{}, {}, false, true}, [&](BytesView key, BytesView value) {
    good = check.take(key, value);
    return good.has_value();
  }));
  TCPS_TRY(good);
  TCPS_TRY(check.finish());
  return check.items();
}

}  // namespace

Result<CheckResult> check_replica(ledger::LedgerStore& store, const LineName& line,
                                  const ledger::TrustedHead& head, const CheckOptions& options) {
  auto keys = TCPS_TRY(ledger::genesis_keys(store));
  const uint64_t size = store.head().size;
  std::promise<Result<uint64_t>> indexes;
  auto index_items = indexes.get_future();
  ParallelCheck parallel(store, line, head, options, std::move(keys));
  parallel.pool().post([&] { indexes.set_value(check_indexes(store.tables(), size)); });
  auto read = parallel.run();
  auto items = index_items.get();
  if (!read) return fail(read.error());
  CheckResult result;
  result.report = parallel.check().finish();
  result.tiles = parallel.check().tiles();
  result.checkpoints = parallel.check().checkpoints();
  if (result.report.fault) return result;
  if (!items && items.error().code != ErrorCode::corrupt) return fail(items.error());
  if (!items) {
    result.report.fault = ledger::ChainFault{0, {}, {}, items.error().message};
  } else {
    result.index_items = *items;
  }
  return result;
}

}  // namespace tcps::audit
