// The ledger on a disk that fails: it stops with a clear error rather than give a wrong answer, and what is
// opened afterwards holds all that was acknowledged and nothing but whole groups, or says that it is corrupt.
#include <gtest/gtest.h>

#include "actors/ledger/store/key_value/testing/key_value_store_faults.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/store/testing/sample_entries.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using test::TemporaryFolder;

constexpr uint64_t group_size = 3;
constexpr size_t envelope_bytes = 2048;
constexpr uint64_t groups_max = 120;

const std::vector<Digest>& leaves() {
  static const auto all = leaves_of(2 * groups_max * group_size, envelope_bytes);
  return all;
}

class LedgerFaultsTest : public testing::Test {
 protected:
  // Small buffers, so that tables are flushed and merged while the test looks on.
  Result<std::unique_ptr<LedgerStore>> try_open(bool read_only = false) {
    StoreOptions options;
    options.read_only = read_only;
    options.data_folder = folder.path();
    options.cache_bytes = 4 << 10;
    options.write_buffer_bytes = 128 << 10;
    options.disk = disk.environment();
    return LedgerStore::open(options);
  }

  void begin_anew() {
    disk.restart(DiskRestart::process_died);
    std::filesystem::remove_all(folder.path() + "/ledger");
    std::filesystem::remove(folder.path() + "/checkpoint");
  }

  // Appends until something fails; the size that was acknowledged last.
  uint64_t append_until_stopped(LedgerStore& store, uint64_t groups = groups_max) {
    uint64_t size = store.head().size;
    for (uint64_t i = 0; i < groups; ++i, size += group_size) {
      const auto head = store.append(group_of(size, size + group_size, envelope_bytes));
      if (!head) break;
      if (i % 10 == 9 && !store.add_checkpoint(checkpoint_of(head->size, head->root, key))) {
        size += group_size;
        break;
      }
    }
    return size;
  }

  // Every call is refused with the error that stopped the store.
  void expect_stopped(LedgerStore& store, ErrorCode code) {
    const auto health = store.health();
    ASSERT_FALSE(health.has_value());
    EXPECT_EQ(health.error().code, code) << health.error().message;
    EXPECT_NE(health.error().message.find(folder.path()), std::string::npos) << health.error().message;
    const uint64_t size = store.head().size;
    EXPECT_EQ(store.append(group_of(size, size + 1)).error().message, health.error().message);
    EXPECT_EQ(store.add_checkpoint(checkpoint_of(size, store.head().root, key)).error().message,
              health.error().message);
    EXPECT_EQ(store.entry(0).error().message, health.error().message);
    EXPECT_EQ(store.summary(0).error().message, health.error().message);
    EXPECT_EQ(store.find({}).error().message, health.error().message);
    EXPECT_EQ(store.tile({0, 0, 1}).error().message, health.error().message);
    EXPECT_EQ(store.root(1).error().message, health.error().message);
    EXPECT_EQ(store.inclusion(0, 1).error().message, health.error().message);
    EXPECT_EQ(store.latest_checkpoint().error().message, health.error().message);
    EXPECT_EQ(store.latest_snapshot().error().message, health.error().message);
    EXPECT_EQ(store.entries(0, 1, [](const auto&) { return true; }).error().message, health.error().message);
  }

  // Whole groups, at least what was acknowledged, each answer right; or a store that says it is corrupt.
  void expect_sound(uint64_t acknowledged) {
    auto opened = try_open();
    if (!opened) {
      EXPECT_EQ(opened.error().code, ErrorCode::corrupt) << opened.error().message;
      ++refused;
      return;
    }
    const Head head = (*opened)->head();
    EXPECT_GE(head.size, acknowledged);
    EXPECT_EQ(head.size % group_size, 0u);
    EXPECT_EQ(head.next, (Position{head.size == 0 ? 0u : 1u, head.size == 0 ? 0 : head.size + 1}));
    EXPECT_EQ(head.root,
              tlog::naive::root_of({leaves().begin(), leaves().begin() + static_cast<long>(head.size)}));
    for (uint64_t i = 0; i < head.size; ++i) {
      const auto entry = (*opened)->entry(i);
      ASSERT_TRUE(entry.has_value()) << entry.error().message;
      ASSERT_EQ(tlog::leaf_hash(entry->envelope()), leaves()[i]);
      ASSERT_EQ((*opened)->find_payload(entry_at(i).facets.payload_digest).value(), i);
    }
    ASSERT_TRUE((*opened)->append(group_of(head.size, head.size + group_size, envelope_bytes)).has_value());
  }

  TemporaryFolder folder{"/dev/shm"};  // in memory: the faults come from above it
  FaultyDisk disk;
  PrivateKey key = PrivateKey::generate();
  int refused = 0;  // openings
};

struct WriteFault {
  const char* name;
  DiskFault fault;
  ErrorCode code;
};

const WriteFault write_faults[] = {
    {"log, refused", {DiskOperation::append, ".log", 5, DiskEffect::refused}, ErrorCode::io},
    {"log, torn", {DiskOperation::append, ".log", 5, DiskEffect::torn}, ErrorCode::io},
    {"log, torn at once", {DiskOperation::append, ".log", 0, DiskEffect::torn}, ErrorCode::io},
    {"log, full", {DiskOperation::append, ".log", 5, DiskEffect::full, true}, ErrorCode::full},
    {"log, persisted", {DiskOperation::append, ".log", 5, DiskEffect::persisted}, ErrorCode::io},
    {"log sync, refused", {DiskOperation::sync, ".log", 5, DiskEffect::refused}, ErrorCode::io},
    {"log sync, lost", {DiskOperation::sync, ".log", 5, DiskEffect::lost}, ErrorCode::io},
    {"log sync, persisted", {DiskOperation::sync, ".log", 5, DiskEffect::persisted}, ErrorCode::io},
    {"log sync, full", {DiskOperation::sync, ".log", 5, DiskEffect::full, true}, ErrorCode::full},
    {"table, refused", {DiskOperation::append, ".sst", 1, DiskEffect::refused, true}, ErrorCode::io},
    {"table, torn", {DiskOperation::append, ".sst", 1, DiskEffect::torn, true}, ErrorCode::io},
    {"table, full", {DiskOperation::append, ".sst", 1, DiskEffect::full, true}, ErrorCode::full},
    {"table sync, lost", {DiskOperation::sync, ".sst", 0, DiskEffect::lost, true}, ErrorCode::io},
    {"table creation", {DiskOperation::create, ".sst", 1, DiskEffect::refused, true}, ErrorCode::io},
    {"manifest, refused", {DiskOperation::append, "MANIFEST", 0, DiskEffect::refused, true}, ErrorCode::io},
    {"manifest, torn", {DiskOperation::append, "MANIFEST", 0, DiskEffect::torn, true}, ErrorCode::io},
    {"manifest sync, lost", {DiskOperation::sync, "MANIFEST", 0, DiskEffect::lost, true}, ErrorCode::io},
    {"log creation", {DiskOperation::create, ".log", 0, DiskEffect::refused, true}, ErrorCode::io},
    {"log creation, full", {DiskOperation::create, ".log", 0, DiskEffect::full, true}, ErrorCode::full},
    {"folder sync", {DiskOperation::sync_folder, "", 0, DiskEffect::refused, true}, ErrorCode::io},
};
constexpr DiskRestart restarts[] = {DiskRestart::process_died, DiskRestart::power_cut,
                                    DiskRestart::power_cut_in_write};

TEST_F(LedgerFaultsTest, AFailedWriteStopsTheStoreAndLosesNothingAcknowledged) {
  for (const WriteFault& row : write_faults) {
    for (const DiskRestart how : restarts) {
      SCOPED_TRACE(std::string(row.name) + ", restart " + std::to_string(static_cast<int>(how)));
      begin_anew();
      auto store = *try_open();
      disk.inject(row.fault);
      const uint64_t acknowledged = append_until_stopped(*store);
      ASSERT_GE(disk.struck(), 1u);
      expect_stopped(*store, row.code);
      store = nullptr;
      disk.restart(how);
      expect_sound(acknowledged);
    }
  }
  EXPECT_EQ(refused, 0);  // each of these is survived
}

TEST_F(LedgerFaultsTest, WhicheverWriteFailsFirstAndForEverNothingAcknowledgedIsLost) {
  size_t at = 0;
  for (bool failed = true; failed; at += 1 + at / 16) {
    SCOPED_TRACE(at);
    begin_anew();
    const auto effect = at % 2 == 0 ? DiskEffect::torn : DiskEffect::full;
    disk.inject({DiskOperation::any_write, "", at, effect, true});
    auto store = try_open();
    uint64_t acknowledged = 0;
    if (store) {
      acknowledged = append_until_stopped(**store, 60);
      EXPECT_TRUE(!(*store)->health() || acknowledged == 60 * group_size);
      *store = nullptr;
    } else {
      EXPECT_NE(store.error().code, ErrorCode::corrupt) << store.error().message;
    }
    failed = disk.struck() > 0;
    disk.restart(restarts[at % 3]);
    expect_sound(acknowledged);
  }
  EXPECT_GT(at, 300u);  // so many writes there were
  EXPECT_EQ(refused, 0);
}

// A disk that reports success and forgets: nobody can undo that, but the checkpoint outside tells.
TEST_F(LedgerFaultsTest, AStoreBehindTheCheckpointItVouchedForIsCorrupt) {
  auto store = *try_open();
  const uint64_t size = append_until_stopped(*store, 20);
  store = nullptr;
  const auto ledger = std::filesystem::path(folder.path()) / "ledger";
  for (const auto& file : std::filesystem::directory_iterator(ledger)) {
    if (file.path().extension() == ".log") std::filesystem::resize_file(file.path(), 0);
  }
  disk.restart(DiskRestart::process_died);
  expect_sound(size);
  EXPECT_EQ(refused, 1);
}

struct ReadFault {
  const char* name;
  DiskFault fault;
  ErrorCode code, or_code;
};

const ReadFault read_faults[] = {
    {"table, refused", {DiskOperation::read, ".sst", 0, DiskEffect::refused}, ErrorCode::io, ErrorCode::io},
    {"table, flipped",
     {DiskOperation::read, ".sst", 0, DiskEffect::flipped},
     ErrorCode::corrupt,
     ErrorCode::corrupt},
    {"table, shortened",
     {DiskOperation::read, ".sst", 0, DiskEffect::shortened},
     ErrorCode::corrupt,
     ErrorCode::corrupt},
};

// Where tables end and how far they were merged depends on when RocksDB's threads ran; what each read here is
// of does not: entries and tiles have no filters, so that every block read is one that the answer needs.
TEST_F(LedgerFaultsTest, ABlockThatCannotBeReadOnceStopsTheStore) {
  auto store = *try_open();
  const uint64_t size = append_until_stopped(*store);
  for (const ReadFault& row : read_faults) {
    for (size_t after : {0, 1, 7, 40}) {
      SCOPED_TRACE(std::string(row.name) + " after " + std::to_string(after));
      store = nullptr;
      disk.restart(DiskRestart::process_died);
      store = *try_open(true);  // nothing reads in the background
      DiskFault fault = row.fault;
      fault.after = after;
      disk.inject(fault);
      for (uint64_t i = 0; i < size && store->health(); ++i) {
        const auto entry = store->entry(i);
        EXPECT_TRUE(entry ? tlog::leaf_hash(entry->envelope()) == leaves()[i] : !store->health()) << i;
      }
      ASSERT_EQ(disk.struck(), 1u);
      expect_stopped(*store, row.code);
    }
  }
  store = nullptr;
  disk.restart(DiskRestart::process_died);
  expect_sound(size);
  EXPECT_EQ(refused, 0);
}

// Indexes have filters, and a filter that cannot be read is done without: one failed read may change nothing.
// When none succeeds any more, the store stops at the first block that it needs.
TEST_F(LedgerFaultsTest, AnIndexThatCannotBeReadStopsTheStoreAndItsFilterIsDoneWithout) {
  auto store = *try_open();
  const uint64_t size = append_until_stopped(*store);
  for (const ReadFault& row : read_faults) {
    for (bool lasting : {false, true}) {
      for (size_t after : {0, 1, 7, 40}) {
        SCOPED_TRACE(std::string(row.name) + " after " + std::to_string(after) +
                     (lasting ? ", lasting" : ""));
        store = nullptr;
        disk.restart(DiskRestart::process_died);
        store = *try_open(true);
        DiskFault fault = row.fault;
        fault.after = after;
        fault.lasting = lasting;
        disk.inject(fault);
        for (uint64_t i = 0; i < size && store->health(); ++i) {
          const auto found = store->find_payload(entry_at(i).facets.payload_digest);
          const auto page = store->find({.work_order = "wo-1", .limit = 10});
          EXPECT_TRUE(found ? *found == i : !store->health()) << i;
          EXPECT_TRUE(page ? page->rows[1].index == 8 : !store->health()) << i;
        }
        ASSERT_GE(disk.struck(), 1u);
        if (lasting || !store->health()) expect_stopped(*store, row.code);
      }
    }
  }
}

const ReadFault opening_faults[] = {
    {"current, refused",
     {DiskOperation::read, "CURRENT", 0, DiskEffect::refused, true},
     ErrorCode::io,
     ErrorCode::io},
    {"current, flipped",
     {DiskOperation::read, "CURRENT", 0, DiskEffect::flipped, true},
     ErrorCode::corrupt,
     ErrorCode::io},
    {"manifest, refused",
     {DiskOperation::read, "MANIFEST", 0, DiskEffect::refused, true},
     ErrorCode::io,
     ErrorCode::corrupt},
    {"manifest, flipped",
     {DiskOperation::read, "MANIFEST", 0, DiskEffect::flipped, true},
     ErrorCode::corrupt,
     ErrorCode::corrupt},
    {"log, refused",
     {DiskOperation::read, ".log", 0, DiskEffect::refused, true},
     ErrorCode::io,
     ErrorCode::corrupt},
    {"log, flipped",
     {DiskOperation::read, ".log", 0, DiskEffect::flipped, true},
     ErrorCode::corrupt,
     ErrorCode::corrupt},
    {"table, refused",
     {DiskOperation::read, ".sst", 0, DiskEffect::refused, true},
     ErrorCode::io,
     ErrorCode::io},
    {"table, flipped",
     {DiskOperation::read, ".sst", 0, DiskEffect::flipped, true},
     ErrorCode::corrupt,
     ErrorCode::corrupt},
    {"table, shortened",
     {DiskOperation::read, ".sst", 0, DiskEffect::shortened, true},
     ErrorCode::corrupt,
     ErrorCode::corrupt},
};

TEST_F(LedgerFaultsTest, AStoreThatCannotBeReadDoesNotOpenAndIsNotHarmed) {
  for (const ReadFault& row : opening_faults) {
    SCOPED_TRACE(row.name);
    begin_anew();
    const uint64_t size = append_until_stopped(**try_open(), 70);
    disk.inject(row.fault);
    auto opened = try_open();
    EXPECT_GE(disk.struck(), 1u);
    ASSERT_FALSE(opened.has_value());
    EXPECT_TRUE(opened.error().code == row.code || opened.error().code == row.or_code)
        << opened.error().message;
    disk.restart(DiskRestart::process_died);
    ASSERT_TRUE((opened = try_open()).has_value()) << opened.error().message;
    EXPECT_EQ((*opened)->head().size, size);
  }
}

TEST_F(LedgerFaultsTest, ACheckpointThatCannotBeKeptOutsideStopsTheStore) {
  auto store = *try_open();
  const uint64_t size = append_until_stopped(*store, 10);
  const auto in_the_way = folder.path() + "/checkpoint";
  std::filesystem::remove(in_the_way);
  std::filesystem::create_directory(in_the_way);
  const Head head = *store->append(group_of(size, size + group_size, envelope_bytes));
  EXPECT_EQ(store->add_checkpoint(checkpoint_of(head.size, head.root, key)).error().code, ErrorCode::io);
  expect_stopped(*store, ErrorCode::io);
  store = nullptr;
  std::filesystem::remove(in_the_way);
  expect_sound(head.size);
  EXPECT_EQ(refused, 0);
}

TEST_F(LedgerFaultsTest, TablesWithoutTheFileThatLeadsToThemAreNotBegunAnew) {
  auto store = *try_open();
  append_until_stopped(*store, 20);
  store = nullptr;
  const auto current = std::filesystem::path(folder.path()) / "ledger" / "CURRENT";
  std::filesystem::rename(current, current.string() + ".aside");
  EXPECT_EQ(try_open().error().code, ErrorCode::corrupt);
  std::filesystem::rename(current.string() + ".aside", current);
  expect_sound(20 * group_size);
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace tcps::ledger
