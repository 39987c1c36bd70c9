// Reading a ledger: proofs at three sizes (synthetic leaves), queries, what a receipt costs on disk, and how
// long a replica takes to be built from a peer's entries.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <random>

#include "actors/ledger/ledger_store.h"
#include "actors/ledger/verified_tiles.h"
#include "messages/line_message.h"
#include "tests/bench/sample_receipts.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bench {
namespace {

namespace fs = std::filesystem;
constexpr size_t leaves_per_group = 65'536;
constexpr size_t entries_per_group = 1'000;

// A tree of that many leaves whose tiles lie in RocksDB as a ledger's do.
struct StoredTree {
  explicit StoredTree(uint64_t size) : tables(*ledger::open_key_value_store({.folder = folder.path()})) {
    merkle::TileWriter tree;
    for (uint64_t i = 0; i < size; ++i) {
      tree.append(merkle::leaf_hash(ledger::big_endian(i)));
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
    merkle::TileHashReader nodes(size, verified);
    const auto proof = merkle::inclusion_proof(index, size, nodes);
    tiles = nodes.tiles_read();
    state.PauseTiming();
    const Digest leaf = merkle::leaf_hash(ledger::big_endian(index));
    if (!proof || !merkle::verify_inclusion(index, size, leaf, *proof, tree.root))
      state.SkipWithError("a bad proof");
    state.ResumeTiming();
  }
  state.counters["tiles"] = static_cast<double>(tiles);
}

// A ledger of whole work orders, made once.
struct StoredLedger {
  explicit StoredLedger(size_t count) : sample(sample_receipts(count)) {
    store = *ledger::LedgerStore::open({folder.path()});
    for (size_t from = 0; from < sample.entries.size(); from += entries_per_group) {
      const size_t to = std::min(sample.entries.size(), from + entries_per_group);
      ledger::Group group;
      group.admitted.assign(sample.entries.begin() + static_cast<long>(from),
                            sample.entries.begin() + static_cast<long>(to));
      group.next = {1, to + 1};
      TCPS_CHECK(store->append(group).has_value());
    }
  }
  uint64_t bytes_on_disk() const {
    uint64_t bytes = 0;
    for (const auto& file : fs::recursive_directory_iterator(folder.path()))
      bytes += file.is_regular_file() ? file.file_size() : 0;
    return bytes;
  }

  const SampleReceipts& sample;
  test::TemporaryFolder folder;
  std::unique_ptr<ledger::LedgerStore> store;
};

const StoredLedger& stored_ledger() {
  static const StoredLedger made(110'000);
  return made;
}

template <class Ask>
void ask_at_random(benchmark::State& state, Ask ask) {
  const auto& ledger = stored_ledger();
  std::mt19937_64 random(7);
  for (auto _ : state) {
    if (!ask(*ledger.store, ledger.sample.entries[random() % ledger.sample.entries.size()]))
      state.SkipWithError("a query failed");
  }
}

void QueryWorkOrder(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto& entry) {
    return !entry.keys.work_order.empty() ? store.of_work_order(entry.keys.work_order)->size() == 11 : true;
  });
}

void QueryArtifact(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto& entry) {
    return entry.keys.artifacts.empty() || !store.find({.artifact = entry.keys.artifacts[0]})->rows.empty();
  });
}

void QueryPageOfStage(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto&) {
    return store.find({.stage = "build", .newest_first = true, .limit = 100})->rows.size() == 100;
  });
}

void ReadEntry(benchmark::State& state) {
  ask_at_random(state, [](auto& store, const auto& entry) {
    return store.entry(entry.position.sequence - 1).has_value();
  });
}

// What a replica that rebuilds from a peer does with every entry but the transport: decode, verify, index,
// append.
void RebuildReplica(benchmark::State& state) {
  const auto& source = stored_ledger();
  for (auto _ : state) {
    test::TemporaryFolder folder;
    auto store = *ledger::LedgerStore::open({folder.path()});
    ledger::Group group;
    auto read =
        source.store->entries(0, source.sample.entries.size(), [&](const ledger::StoredEntry& stored) {
          const auto message = LineMessage::decode(stored.entry->envelope());
          TCPS_CHECK(message && verify(message->envelope, 0, source.sample.station));
          group.admitted.push_back({{1, stored.entry->sequence()},
                                    stored.entry->subject(),
                                    stored.entry->envelope(),
                                    ledger::keys_of(*message)});
          if (group.admitted.size() < entries_per_group && stored.index + 1 < source.sample.entries.size())
            return true;
          group.next = {1, stored.entry->sequence() + 1};
          TCPS_CHECK(store->append(group).has_value());
          group = {};
          return true;
        });
    TCPS_CHECK(read.has_value() && store->head().root == source.store->head().root);
  }
  const auto count = static_cast<double>(source.sample.entries.size());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * source.sample.entries.size()));
  state.counters["disk_bytes_per_entry"] = static_cast<double>(source.bytes_on_disk()) / count;
  state.counters["envelope_bytes"] = static_cast<double>(source.sample.envelope_bytes) / count;
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
