#include "nodes/audit/fsck/parallel_check.h"

#include <deque>
#include <future>
#include <memory>
#include <random>
#include <vector>

#include "actors/ledger/index_check.h"
#include "actors/ledger/key_value_store.h"
#include "actors/runtime/executor.h"

namespace tcps::audit {
namespace {

using ledger::JudgedRow;
using ledger::StoredEntry;

constexpr size_t batch_entries = 128;
constexpr size_t batches_per_thread = 4;

using Batch = std::vector<StoredEntry>;
using Judged = std::vector<JudgedRow>;

class ParallelCheck {
 public:
  ParallelCheck(ledger::LedgerStore& store, ledger::KeyValueStore& tables, const LineName& line,
                const ledger::TrustedHead& head, const CheckOptions& options,
                std::shared_ptr<const ledger::KnownKeys> keys)
      : store_(store),
        tables_(tables),
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
    auto read = store_.entries(0, size_, [this](const StoredEntry& entry) {
      filling_.push_back(entry);
      if (filling_.size() < batch_entries) return true;
      send();
      return under_way_.size() < batches_per_thread * options_.threads || take_oldest();
    });
    if (!filling_.empty()) send();
    bool good = true;
    while (!under_way_.empty()) good = take_oldest() && good;
    return read;
  }

 private:
  void send() {
    auto promise = std::make_shared<std::promise<Judged>>();
    under_way_.push_back(promise->get_future());
    pool_.post([this, promise, keys = keys_, batch = std::make_shared<Batch>(std::move(filling_))] {
      promise->set_value(judge_rows(tables_, line_, *batch, *keys));
    });
    filling_ = {};
    filling_.reserve(batch_entries);
  }

  // False when something is wrong; later batches are then not looked at.
  bool take_oldest() {
    const Judged judged = under_way_.front().get();
    under_way_.pop_front();
    for (const JudgedRow& row : judged) {
      if (failed_ || !check_.take(row)) return !(failed_ = true);
    }
    if (!check_.known_keys()->empty()) keys_ = check_.known_keys();
    if (options_.progress) options_.progress(check_.size(), size_);
    return true;
  }

  ledger::LedgerStore& store_;
  ledger::KeyValueStore& tables_;
  const LineName& line_;
  const CheckOptions& options_;
  ledger::ReplicaCheck check_;
  std::shared_ptr<const ledger::KnownKeys> keys_;
  const uint64_t size_;
  bool failed_ = false;
  Batch filling_;
  std::deque<std::future<Judged>> under_way_;
  ThreadPool pool_;  // last: its threads end before what they use
};

// Errors: corrupt, when the index is wrong; those of reading.
Result<uint64_t> check_indexes(ledger::KeyValueStore& tables, uint64_t size) {
  std::random_device random;
  const auto word = [&] { return static_cast<uint64_t>(random()) << 32 | random(); };
  ledger::IndexCheck check(size, {word(), word()});
  Status good;
  const auto read =
      tables.scan(ledger::Table::indexes, {{}, {}, false, true}, [&](BytesView key, BytesView value) {
        good = check.take(key, value);
        return good.has_value();
      });
  if (!read) return fail(read.error());
  if (good) good = check.finish();
  if (!good) return fail(good.error());
  return check.items();
}

}  // namespace

Result<CheckResult> check_replica(const std::string& folder, ledger::LedgerStore& store, const LineName& line,
                                  const ledger::TrustedHead& head, const CheckOptions& options) {
  auto keys = ledger::genesis_keys(store);
  if (!keys) return fail(keys.error());
  auto tables = ledger::open_key_value_store({folder + "/ledger", true});
  if (!tables) return fail(tables.error());
  const uint64_t size = store.head().size;
  std::promise<Result<uint64_t>> indexes;
  auto index_items = indexes.get_future();
  ParallelCheck parallel(store, **tables, line, head, options, std::move(*keys));
  parallel.pool().post([&] { indexes.set_value(check_indexes(**tables, size)); });
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
