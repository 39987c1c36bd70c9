// Rechecking a whole replica (tcps-audit fsck) beside what bounds it: the SHA-256 and Ed25519 work that every
// entry needs, on all cores.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

#include "actors/ledger/tlog/merkle.h"
#include "messages/dsse.h"
#include "nodes/audit/fsck/parallel_check.h"
#include "tests/bench/sample_receipts.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bench {
namespace {

constexpr size_t entries = 33'000;
constexpr size_t group_size = 4096;

size_t cores() { return std::max(1u, std::thread::hardware_concurrency()); }

// Leaf hash, payload digest, signature.
void FsckLimit(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  std::vector<Envelope> envelopes;
  for (const auto& entry : sample.entries) envelopes.push_back(*Envelope::decode(entry.envelope));
  for (auto _ : state) {
    std::atomic<size_t> next{0}, good{0};
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < cores(); ++thread) {
      threads.emplace_back([&] {
        for (size_t i = next++; i < envelopes.size(); i = next++) {
          benchmark::DoNotOptimize(tlog::leaf_hash(sample.entries[i].envelope));
          benchmark::DoNotOptimize(Digest::of(envelopes[i].payload));
          good += verify(envelopes[i], 0, sample.station);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    if (good != envelopes.size()) state.SkipWithError("a signature did not verify");
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * envelopes.size()));
}

void FsckReplica(benchmark::State& state) {
  const auto& sample = sample_receipts(entries);
  const test::TemporaryFolder folder;
  {
    auto store = *ledger::LedgerStore::open({folder.path()});
    for (size_t from = 0; from < sample.entries.size(); from += group_size) {
      const size_t to = std::min(sample.entries.size(), from + group_size);
      ledger::Group group;
      group.admitted.assign(sample.entries.begin() + static_cast<long>(from),
                            sample.entries.begin() + static_cast<long>(to));
      group.next = {1, group.admitted.back().position.sequence + 1};
      TCPS_CHECK(store->append(group).has_value());
    }
  }
  auto store = *ledger::LedgerStore::open({folder.path(), true});
  const ledger::TrustedHead head{store->head().size, store->head().root};
  for (auto _ : state) {
    const auto result = audit::check_replica(*store, sample.line, head, {cores(), nullptr});
    TCPS_CHECK(result.has_value());
    if (result->report.fault) state.SkipWithError(result->report.fault->sentence().c_str());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * sample.entries.size()));
}

BENCHMARK(FsckLimit)->Iterations(3)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
BENCHMARK(FsckReplica)->Iterations(3)->UseRealTime()->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tcps::bench
