// The ledger on a real disk: ownership, crashes, and damage to RocksDB's own files.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/store/testing/sample_entries.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using test::TemporaryFolder;

namespace fs = std::filesystem;

std::unique_ptr<LedgerStore> open(const std::string& folder, bool read_only = false) {
  auto opened = LedgerStore::open({folder, read_only, {}});
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

// The largest file of the store with that extension.
fs::path largest_file(const std::string& folder, const std::string& extension) {
  fs::path largest;
  for (const auto& file : fs::directory_iterator(folder + "/ledger")) {
    const bool larger = largest.empty() || file.file_size() > fs::file_size(largest);
    if (file.path().extension() == extension && larger) largest = file.path();
  }
  return largest;
}

void flip_bit(const fs::path& path, size_t byte) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(byte));
  const char flipped = static_cast<char>(file.get() ^ 4);
  file.seekp(static_cast<std::streamoff>(byte));
  file.put(flipped);
}

// True when every entry is there and as it was made.
bool is_whole(LedgerStore& store, uint64_t size) {
  if (store.head().size != size || store.head().root != tlog::naive::root_of(leaves_of(size))) return false;
  for (uint64_t i = 0; i < size; ++i) {
    const auto entry = store.entry(i);
    if (!entry || entry->envelope() != entry_at(i).envelope) return false;
  }
  return true;
}

TEST(LedgerDisk, KeepsWhatWasAppended) {
  TemporaryFolder folder;
  auto store = open(folder.path());
  ASSERT_TRUE(store->append(group_of(0, 300)).has_value());
  ASSERT_TRUE(store->append(group_of(300, 301)).has_value());
  store = nullptr;
  store = open(folder.path());
  EXPECT_TRUE(is_whole(*store, 301));
  EXPECT_FALSE(store->dropped_torn_write());
  EXPECT_EQ(store->find({})->rows.size(), 100u);
}

TEST(LedgerDisk, IsOwnedByOneProcessAndReadByMany) {
  TemporaryFolder folder;
  auto store = open(folder.path());
  ASSERT_TRUE(store->append(group_of(0, 10)).has_value());
  EXPECT_EQ(LedgerStore::open({folder.path(), false, {}}).error().code, ErrorCode::conflict);
  auto reader = open(folder.path(), true);
  ASSERT_TRUE(store->append(group_of(10, 20)).has_value());
  EXPECT_TRUE(is_whole(*reader, 10));
  EXPECT_TRUE(is_whole(*open(folder.path(), true), 20));
  EXPECT_EQ(reader->append(group_of(10, 11)).error().code, ErrorCode::refused);
  EXPECT_TRUE(reader->health().has_value());
  TemporaryFolder empty;
  EXPECT_EQ(LedgerStore::open({empty.path(), true, {}}).error().code, ErrorCode::not_found);
}

// Appends groups of three until the process is killed, writing down each acknowledged size.
void append_until_killed(const std::string& folder, std::chrono::microseconds lifetime) {
  auto store = open(folder);
  std::ofstream acknowledged(folder + "/acknowledged", std::ios::binary);
  std::thread killer([lifetime] {
    std::this_thread::sleep_for(lifetime);
    ::kill(::getpid(), SIGKILL);
  });
  for (uint64_t size = store->head().size;; size += 3) {
    if (!store->append(group_of(size, size + 3, 2048))) break;
    acknowledged.seekp(0);
    acknowledged << size + 3 << std::flush;
  }
  killer.join();
}

TEST(LedgerDiskDeathTest, AKilledWriterLeavesWholeGroupsAndAllThatWasAcknowledged) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  TemporaryFolder own;
  ::setenv("LEDGER_DISK_TEST_FOLDER", own.path().c_str(), 0);  // the re-executed child keeps its parent's
  const std::string folder = ::getenv("LEDGER_DISK_TEST_FOLDER");
  for (int lifetime_us : {3'000, 20'000, 41'700}) {
    EXPECT_EXIT(append_until_killed(folder, std::chrono::microseconds(lifetime_us)),
                testing::KilledBySignal(SIGKILL), "");
    uint64_t acknowledged = 0;
    std::ifstream(folder + "/acknowledged") >> acknowledged;
    auto store = open(folder);
    ASSERT_NE(store, nullptr);
    const Head head = store->head();
    EXPECT_GE(head.size, acknowledged);
    EXPECT_EQ(head.size % 3, 0u);
    EXPECT_EQ(head.root, tlog::naive::root_of(leaves_of(head.size, 2048)));
    EXPECT_EQ(head.next, (Position{head.size == 0 ? 0u : 1u, head.size == 0 ? 0 : head.size + 1}));
  }
  EXPECT_GT(open(folder)->head().size, 0u);
  ::unsetenv("LEDGER_DISK_TEST_FOLDER");
}

class LedgerDamageTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = open(folder.path());
    for (uint64_t size = 0; size < 40; size += 4) head = *store->append(group_of(size, size + 4));
    log = largest_file(folder.path(), ".log").filename();
  }
  // A fresh copy of the undamaged folder.
  std::string copy() {
    std::string path = copies.path() + "/" + std::to_string(made++);
    fs::copy(folder.path(), path, fs::copy_options::recursive);
    return path;
  }
  void vouch(const std::string& path) {
    auto key = PrivateKey::generate();
    std::ofstream(path + "/checkpoint") << checkpoint_of(head.size, head.root, key).note.encode();
  }

  TemporaryFolder folder, copies;
  int made = 0;
  Head head;
  fs::path log;
};

TEST_F(LedgerDamageTest, ATornEndOfTheLogDropsTheLastGroupAndSaysSo) {
  const std::string path = copy();
  const fs::path file = fs::path(path) / "ledger" / log;
  fs::resize_file(file, fs::file_size(file) - 9);
  auto store = open(path);
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(store->dropped_torn_write());
  EXPECT_TRUE(is_whole(*store, 36));
  EXPECT_EQ(store->head().next, (Position{1, 37}));
  ASSERT_TRUE(store->append(group_of(36, 40)).has_value());
  store = nullptr;
  store = open(path);
  EXPECT_FALSE(store->dropped_torn_write());
  EXPECT_TRUE(is_whole(*store, 40));
}

TEST_F(LedgerDamageTest, ACutLogIsRefusedWhenACheckpointVouchesForMore) {
  const std::string path = copy();
  const fs::path file = fs::path(path) / "ledger" / log;
  fs::resize_file(file, fs::file_size(file) / 2);
  vouch(path);
  EXPECT_EQ(LedgerStore::open({path, false, {}}).error().code, ErrorCode::corrupt);
}

TEST_F(LedgerDamageTest, FlippedBitsInTheLogAreRefusedOrChangeNothing) {
  const size_t size = fs::file_size(fs::path(folder.path()) / "ledger" / log);
  for (size_t part = 0; part < 8; ++part) {
    const std::string path = copy();
    vouch(path);
    flip_bit(fs::path(path) / "ledger" / log, size * part / 8 + 3);
    auto store = LedgerStore::open({path, false, {}});
    if (store) {
      EXPECT_TRUE(is_whole(**store, 40)) << part;
    } else {
      EXPECT_EQ(store.error().code, ErrorCode::corrupt) << store.error().message;
    }
  }
}

TEST_F(LedgerDamageTest, FlippedBitsInATableFileAreRefusedOrChangeNothing) {
  ASSERT_NE(open(folder.path()), nullptr);  // opening turns the log into table files
  const fs::path table = largest_file(folder.path(), ".sst").filename();
  const size_t size = fs::file_size(fs::path(folder.path()) / "ledger" / table);
  for (size_t part = 0; part < 6; ++part) {
    const std::string path = copy();
    vouch(path);
    flip_bit(fs::path(path) / "ledger" / table, size * part / 6 + 3);
    auto store = LedgerStore::open({path, false, {}});
    bool refused = !store;
    for (uint64_t i = 0; !refused && i < 40; ++i) {
      const auto entry = (*store)->entry(i);
      const auto summary = (*store)->summary(i);
      refused = !entry || !summary;
      if (refused) break;
      EXPECT_EQ(entry->envelope(), entry_at(i).envelope);
      EXPECT_EQ(summary->facets, entry_at(i).facets);
    }
    if (refused && store) {
      EXPECT_EQ((*store)->health().error().code, ErrorCode::corrupt);
    }
  }
}

TEST(LedgerDisk, AViewTakenWhileItsOwnerTurnsLogsIntoTablesHasNoHole) {
  TemporaryFolder folder("/dev/shm");
  ASSERT_TRUE(open(folder.path())->append(group_of(0, 10)).has_value());
  std::atomic<bool> ended = false;
  std::thread owner([&] {
    // Each opening turns what the one before has logged into tables.
    for (uint64_t at = 10; at < 400; at += 10)
      EXPECT_TRUE(open(folder.path())->append(group_of(at, at + 10)).has_value());
    ended = true;
  });
  do {
    const auto view = open(folder.path(), true);
    EXPECT_TRUE(view != nullptr && is_whole(*view, view->head().size));
  } while (!ended);
  owner.join();
}

// The address sanitizer keeps freed memory for a while, which says nothing about ours.
#if defined(__SANITIZE_ADDRESS__)
constexpr size_t growth_bytes_max = 256u << 20;
#else
constexpr size_t growth_bytes_max = 8u << 20;
#endif

size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  size_t pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

TEST(LedgerDisk, ReadsEverythingInFlatMemory) {
  TemporaryFolder folder;
  auto store = open(folder.path());
  constexpr uint64_t size = 16'000;  // 32 MiB of envelopes
  for (uint64_t at = 0; at < size; at += 1000)
    ASSERT_TRUE(store->append(group_of(at, at + 1000, 2048)).has_value());
  store = nullptr;
  store = open(folder.path());
  uint64_t seen = 0;
  size_t before = 0;
  size_t most = 0;
  ASSERT_TRUE(store
                  ->entries(0, size,
                            [&](const StoredEntry& entry) {
                              EXPECT_TRUE(entry.entry.has_value());
                              if (++seen == 1000) before = resident_bytes();
                              if (seen % 1000 == 0) most = std::max(most, resident_bytes());
                              return true;
                            })
                  .has_value());
  EXPECT_EQ(seen, size);
  EXPECT_LT(most, before + growth_bytes_max);
}

}  // namespace
}  // namespace tcps::ledger
