// Reading a ledger: proofs at three sizes (synthetic leaves), queries, what a receipt costs on disk, and how
// long a replica takes to be built from a peer's entries.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "actors/ledger/replication/log_rebuilding.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/store/verified_tiles.h"
#include "tests/bench/sample_receipts.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bench {
namespace {

namespace fs = std::filesystem;
constexpr size_t leaves_per_group = 65'536;
constexpr size_t entries_without_data = 110'000;
constexpr size_t questions = 4'096;

// A tree of that many leaves whose tiles lie in RocksDB as a ledger's do.
struct StoredTree {
  explicit StoredTree(uint64_t size) : tables(*ledger::open_key_value_store({.folder = folder.path()})) {
    tlog::TileWriter tree;
    for (uint64_t i = 0; i < size; ++i) {
      tree.append(tlog::leaf_hash(ledger::big_endian(i)));
      if (i % leaves_per_group != leaves_per_group - 1 && i + 1 != size) continue;
      ledger::WriteGroup changes;
      for (const auto& tile : tree.take_changed())
        changes.put(ledger::Table::tiles, ledger::tile_key(tile.address), tile.hashes);
      TCPS_CHECK(tables->write(changes).has_value());
    }
    root = tree.root();
    edge = std::make_shared<ledger::TileEdge>(tree.edge());
  }

  test::TemporaryFolder folder;
  std::unique_ptr<ledger::KeyValueStore> tables;
  ledger::TileCache cache;
  Digest root;
  std::shared_ptr<const ledger::TileEdge> edge;
};

// Of entries all over the tree, so that hardly any tile is known from the proof before.
void InclusionProof(benchmark::State& state) {
  const auto size = static_cast<uint64_t>(state.range(0));
  StoredTree tree(size);
  std::mt19937_64 random(7);
  size_t tiles = 0;
  for (auto _ : state) {
    const uint64_t index = random() % size;
    ledger::VerifiedTiles verified(*tree.tables, tree.edge, tree.cache);
    tlog::TileHashReader nodes(size, verified);
    const auto proof = tlog::inclusion_proof(index, size, nodes);
    tiles = nodes.tiles_read();
    state.PauseTiming();
    const Digest leaf = tlog::leaf_hash(ledger::big_endian(index));
    if (!proof || !tlog::verify_inclusion(index, size, leaf, *proof, tree.root))
      state.SkipWithError("a bad proof");
    state.ResumeTiming();
  }
  state.counters["tiles"] = static_cast<double>(tiles);
}

// A ledger of whole work orders: that in TCPS_BENCH_DATA (make_ledger), or one made once.
class StoredLedger {
 public:
  StoredLedger() {
    const char* given = std::getenv("TCPS_BENCH_DATA");
    const std::string data = given != nullptr ? given : folder_.path();
    if (given == nullptr) make_ledger(data, entries_without_data);
    folder_of_line = data + "/lines/bench";
    store = *ledger::LedgerStore::open({.data_folder = folder_of_line, .read_only = true});
    std::mt19937_64 random(7);
    for (size_t i = 0; i < questions; ++i) {
      const uint64_t index = 4 + random() % (store->head().size - 4);  // of work orders, not of the line
      asked.push_back(store->summary(index).value());
    }
  }
  uint64_t bytes_on_disk() const {
    uint64_t bytes = 0;
    for (const auto& file : fs::recursive_directory_iterator(folder_of_line))
      bytes += file.is_regular_file() ? file.file_size() : 0;
    return bytes;
  }

  std::string folder_of_line;
  std::unique_ptr<ledger::LedgerStore> store;
  std::vector<ledger::EntrySummary> asked;

 private:
  test::TemporaryFolder folder_;
};

const StoredLedger& stored_ledger() {
  static const StoredLedger made;
  return made;
}

// About entries all over the log.
template <class Ask>
void ask_at_random(benchmark::State& state, Ask ask) {
  const auto& ledger = stored_ledger();
  size_t next = 0;
  for (auto _ : state) {
    if (!ask(*ledger.store, ledger.asked[next++ % ledger.asked.size()]))
      state.SkipWithError("a query failed");
  }
  state.counters["entries"] = static_cast<double>(ledger.store->head().size);
}

void QueryWorkOrder(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto& entry) {
    return store.of_work_order(entry.facets.work_order)->size() == 11;
  });
}

void QueryArtifact(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto& entry) {
    return entry.facets.artifacts.empty() ||
           !store.find({.artifact = entry.facets.artifacts[0]})->rows.empty();
  });
}

void QueryPageOfStage(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto&) {
    return store.find({.stage = "build", .newest_first = true, .limit = 100})->rows.size() == 100;
  });
}

void ReadEntry(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto& entry) { return store.entry(entry.index).has_value(); });
}

// What a node does that rebuilds from a peer, the peer's part included, but for the transport.
void RebuildReplica(benchmark::State& state) {
  const auto& source = stored_ledger();
  const auto head = source.store->head();
  const auto pages = [&](uint64_t from, uint64_t target) {
    return ledger::entry_page(*source.store, from, target);
  };
  for (auto _ : state) {
    const test::TemporaryFolder folder;
    const auto staged =
        ledger::stage_log(pages, LineName::literal("bench"), folder.path(), {head.size, head.root},
                          *source.store->latest_checkpoint(), head.genesis);
    if (!staged) state.SkipWithError(staged.error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(head.size));
  state.counters["disk_bytes_per_entry"] =
      static_cast<double>(source.bytes_on_disk()) / static_cast<double>(head.size);
}

BENCHMARK(InclusionProof)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Arg(10'000'000)
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(2000);
BENCHMARK(QueryWorkOrder)->Unit(benchmark::kMicrosecond);
BENCHMARK(QueryArtifact)->Unit(benchmark::kMicrosecond);
BENCHMARK(QueryPageOfStage)->Unit(benchmark::kMicrosecond);
BENCHMARK(ReadEntry)->Unit(benchmark::kMicrosecond);
BENCHMARK(RebuildReplica)
    ->Iterations(1)
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tcps::bench
