#include "actors/ledger/store/ledger_copy.h"

#include <gtest/gtest.h>

#include "actors/ledger/store/key_value/testing/memory_tables.h"
#include "actors/ledger/store/testing/sample_entries.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using test::TemporaryFolder;

class LedgerCopyTest : public testing::Test {
 protected:
  struct Ledger {
    TemporaryFolder folder{"/dev/shm"};
    std::shared_ptr<MemoryTables::Data> data = std::make_shared<MemoryTables::Data>();
    std::unique_ptr<LedgerStore> store = open();
    std::unique_ptr<LedgerStore> open() {
      return *LedgerStore::open_on(std::make_unique<MemoryTables>(data), {folder.path()});
    }
  };

  static proto::RefusedEntry refused(uint64_t sequence) {
    proto::RefusedEntry entry;
    entry.set_epoch(1);
    entry.set_sequence(sequence);
    entry.set_reason("for the test");
    return entry;
  }
  // Entries in groups of 70 up to `size`; those behind carry a snapshot.
  void grow(uint64_t size) {
    for (uint64_t at = original.store->head().size; at < size;) {
      const uint64_t to = std::min(size, at + 70);
      Group group = group_of(at, to);
      group.next = {1, to + 1};
      group.snapshot = "fold at " + std::to_string(to);
      group.refused = {refused(to)};
      const Head head = *original.store->append(group);
      ASSERT_TRUE(original.store->add_checkpoint(checkpoint_of(head.size, head.root, key)).has_value());
      at = to;
    }
  }
  static void expect_same(LedgerStore& a, LedgerStore& b) {
    EXPECT_EQ(a.head().size, b.head().size);
    EXPECT_EQ(a.head().root, b.head().root);
    EXPECT_EQ(a.head().next, b.head().next);
    EXPECT_EQ(a.head().genesis, b.head().genesis);
    EXPECT_EQ(a.head().refused, b.head().refused);
    EXPECT_EQ(a.latest_snapshot()->fold, b.latest_snapshot()->fold);
    EXPECT_EQ(a.latest_snapshot()->next, b.latest_snapshot()->next);
    EXPECT_EQ(a.latest_checkpoint()->note.encode(), b.latest_checkpoint()->note.encode());
    for (uint64_t i = 0; i < a.head().size; ++i) {
      ASSERT_EQ(a.entry(i)->SerializeAsString(), b.entry(i)->SerializeAsString());
      ASSERT_EQ(a.summary(i)->facets, b.summary(i)->facets);
    }
    EXPECT_EQ(a.refused(0, 1000)->size(), b.refused(0, 1000)->size());
  }

  Ledger original, copy;
  PrivateKey key = PrivateKey::generate();
};

TEST_F(LedgerCopyTest, IsTheSameLedgerAgainAndCatchesUpLater) {
  grow(300);
  ASSERT_TRUE(original.store->append(group_of(300, 303)).has_value());  // behind snapshot and checkpoint
  uint64_t told = 0;
  ASSERT_TRUE(
      copy_ledger(*original.store, *copy.store, [&](uint64_t entries) { told = entries; }).has_value());
  EXPECT_EQ(told, 303u);
  expect_same(*original.store, *copy.store);
  EXPECT_EQ((*tlog::read_outside_checkpoint(copy.folder.path()))->checkpoint.size, 300u);
  grow(2500);
  ASSERT_TRUE(copy_ledger(*original.store, *copy.store).has_value());
  expect_same(*original.store, *copy.store);
  ASSERT_TRUE(copy_ledger(*original.store, *copy.store).has_value());  // nothing new
  expect_same(*original.store, *copy.open());
}

TEST_F(LedgerCopyTest, OfAnotherOrALongerLedgerIsLeftAlone) {
  grow(100);
  ASSERT_TRUE(copy.store->append(group_of(0, 120)).has_value());
  EXPECT_EQ(copy_ledger(*original.store, *copy.store).error().code, ErrorCode::conflict);
  Ledger other;
  Group group = group_of(0, 50);
  group.admitted[7].envelope = "another";
  ASSERT_TRUE(other.store->append(group).has_value());
  EXPECT_EQ(copy_ledger(*original.store, *other.store).error().code, ErrorCode::conflict);
  EXPECT_EQ(other.store->head().size, 50u);
}

TEST_F(LedgerCopyTest, DoesNotComeToBeFromADamagedLedger) {
  grow(100);
  original.data->rows(Table::entries)[big_endian(40)][20] ^= 1;
  EXPECT_EQ(copy_ledger(*original.open(), *copy.store).error().code, ErrorCode::corrupt);
  EXPECT_LT(copy.store->head().size, 41u);
}

TEST_F(LedgerCopyTest, OfAnEmptyLedgerIsEmpty) {
  ASSERT_TRUE(copy_ledger(*original.store, *copy.store).has_value());
  EXPECT_EQ(copy.open()->head().size, 0u);
}

}  // namespace
}  // namespace tcps::ledger
