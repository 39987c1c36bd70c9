// Appending receipts to the ledger, with verification and sync, beside what bounds it: RocksDB's own batched
// synced writes of the same bytes, and the Ed25519 verifications that the cores can do.
#include <benchmark/benchmark.h>
#include <rocksdb/db.h>

#include <condition_variable>
#include <thread>

#include "actors/ledger/store/ledger_store.h"
#include "messages/line_message.h"
#include "tests/bench/sample_receipts.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bench {
namespace {

constexpr size_t entries = 33'000;
constexpr size_t group_size = 256;
constexpr size_t chunk_size = 64;  // verified at a time by one thread

size_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

void report(benchmark::State& state, const SampleReceipts& sample) {
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * sample.entries.size()));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * sample.envelope_bytes));
}

// Runs `work(thread)` on every core and waits.
template <class Work>
void on_all_cores(Work work) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < cores(); ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

void Ed25519Limit(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  std::vector<Envelope> envelopes;
  for (const auto& entry : sample.entries) envelopes.push_back(*Envelope::decode(entry.envelope));
  for (auto _ : state) {
    std::atomic<size_t> good{0};
    on_all_cores([&](size_t thread) {
      for (size_t i = thread; i < envelopes.size(); i += cores())
        good += verify(envelopes[i], 0, sample.station);
    });
    if (good != envelopes.size()) state.SkipWithError("a signature did not verify");
  }
  report(state, sample);
}

// What one thread reads of an entry before its signature is looked at.
void DecodeReceipt(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  size_t i = 0;
  for (auto _ : state) {
    const auto message = LineMessage::decode(sample.entries[i++ % entries].envelope);
    benchmark::DoNotOptimize(ledger::facets_of(*message));
  }
}

// One batch per group, synced, default options: `rows` are (key, value) per group.
using Rows = std::vector<std::pair<Bytes, Bytes>>;
void write_with_rocksdb(const std::vector<Rows>& groups) {
  test::TemporaryFolder folder;
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  TCPS_CHECK(rocksdb::DB::Open(options, folder.path(), &raw).ok());
  const std::unique_ptr<rocksdb::DB> database(raw);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  for (const Rows& rows : groups) {
    rocksdb::WriteBatch batch;
    for (const auto& [key, value] : rows) batch.Put(key, value);
    TCPS_CHECK(database->Write(synced, &batch).ok());
  }
}

void RocksDbEnvelopes(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  std::vector<Rows> groups;
  for (size_t i = 0; i < sample.entries.size(); ++i) {
    if (i % group_size == 0) groups.emplace_back();
    groups.back().emplace_back(ledger::big_endian(i), sample.entries[i].envelope);
  }
  for (auto _ : state) write_with_rocksdb(groups);
  report(state, sample);
}

// Notes what a ledger writes.
class RecordingTables final : public ledger::KeyValueStore {
 public:
  explicit RecordingTables(std::vector<Rows>& groups) : groups_(groups) {}
  Status write(const ledger::WriteGroup& group) override {
    auto& rows = groups_.emplace_back();
    for (size_t i = 0; i < group.size(); ++i) {
      const auto change = group[i];
      rows.emplace_back(static_cast<char>(change.table) + Bytes(change.key),
                        change.value.value_or(BytesView()));
    }
    return {};
  }
  Result<std::optional<Bytes>> get(ledger::Table, BytesView) override { return std::optional<Bytes>(); }
  Status scan(ledger::Table, const ledger::ScanRange&, const ledger::RowVisitor&) override { return {}; }

 private:
  std::vector<Rows>& groups_;
};

template <class Taker>
void in_groups(const std::vector<ledger::AdmittedEntry>& all, Taker take) {
  for (size_t from = 0; from < all.size(); from += group_size) {
    const size_t to = std::min(all.size(), from + group_size);
    ledger::Group group;
    group.admitted.assign(all.begin() + static_cast<long>(from), all.begin() + static_cast<long>(to));
    group.next = {1, to + 1};
    take(std::move(group));
  }
}

void RocksDbSameRows(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  std::vector<Rows> groups;
  test::TemporaryFolder folder;
  auto store = *ledger::LedgerStore::open_on(std::make_unique<RecordingTables>(groups), {folder.path()});
  in_groups(sample.entries,
            [&](const ledger::Group& group) { TCPS_CHECK(store->append(group).has_value()); });
  for (auto _ : state) write_with_rocksdb(groups);
  report(state, sample);
}

void LedgerAppend(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  std::vector<ledger::Group> groups;
  in_groups(sample.entries, [&](ledger::Group group) { groups.push_back(std::move(group)); });
  for (auto _ : state) {
    test::TemporaryFolder folder;
    auto store = *ledger::LedgerStore::open({folder.path()});
    for (const auto& group : groups) TCPS_CHECK(store->append(group).has_value());
  }
  report(state, sample);
}

// Decodes and verifies chunks on all cores, and hands them over in order.
class VerifiedChunks {
 public:
  explicit VerifiedChunks(const SampleReceipts& sample)
      : sample_(sample), chunks_((sample.entries.size() + chunk_size - 1) / chunk_size) {
    for (size_t i = 0; i < cores(); ++i) threads_.emplace_back([this] { work(); });
  }
  ~VerifiedChunks() {
    for (auto& thread : threads_) thread.join();
  }
  size_t size() const { return chunks_.size(); }
  std::vector<ledger::AdmittedEntry> take(size_t chunk) {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return !chunks_[chunk].empty(); });
    return std::move(chunks_[chunk]);
  }

 private:
  void work() {
    for (size_t chunk = next_++; chunk < chunks_.size(); chunk = next_++) {
      std::vector<ledger::AdmittedEntry> verified;
      const size_t to = std::min(sample_.entries.size(), (chunk + 1) * chunk_size);
      for (size_t i = chunk * chunk_size; i < to; ++i) {
        const auto& raw = sample_.entries[i];
        auto message = LineMessage::decode(raw.envelope);
        TCPS_CHECK(message && verify(message->envelope, 0, sample_.station));
        TCPS_CHECK(subject_of(sample_.line, message->predicate).value() == raw.subject);
        verified.push_back({raw.position, raw.subject, raw.envelope, ledger::facets_of(*message)});
      }
      const std::lock_guard lock(mutex_);
      chunks_[chunk] = std::move(verified);
      done_.notify_one();
    }
  }

  const SampleReceipts& sample_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  std::vector<std::vector<ledger::AdmittedEntry>> chunks_;
  std::vector<std::thread> threads_;
};

void LedgerAppendVerified(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  for (auto _ : state) {
    test::TemporaryFolder folder;
    auto store = *ledger::LedgerStore::open({folder.path()});
    VerifiedChunks verified(sample);
    ledger::Group group;
    for (size_t chunk = 0; chunk < verified.size(); ++chunk) {
      auto admitted = verified.take(chunk);
      std::move(admitted.begin(), admitted.end(), std::back_inserter(group.admitted));
      if (group.admitted.size() < group_size && chunk + 1 < verified.size()) continue;
      group.next = {1, group.admitted.back().position.sequence + 1};
      TCPS_CHECK(store->append(group).has_value());
      group = {};
    }
  }
  report(state, sample);
}

BENCHMARK(Ed25519Limit)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(DecodeReceipt)->Unit(benchmark::kMicrosecond);
BENCHMARK(RocksDbEnvelopes)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(RocksDbSameRows)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(LedgerAppend)->Iterations(1)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
BENCHMARK(LedgerAppendVerified)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tcps::bench
