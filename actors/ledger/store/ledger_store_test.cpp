#include "actors/ledger/store/ledger_store.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fstream>

#include "actors/ledger/store/key_value/testing/memory_tables.h"
#include "actors/ledger/store/store_chain_source.h"
#include "actors/ledger/store/testing/sample_entries.h"
#include "actors/ledger/store/testing/sample_group.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using test::TemporaryFolder;

class LedgerStoreTest : public testing::Test {
 protected:
  std::unique_ptr<LedgerStore> open() {
    auto opened = try_open();
    EXPECT_TRUE(opened.has_value()) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  Result<std::unique_ptr<LedgerStore>> try_open(std::vector<tlog::NoteKey> keys = {}) {
    return LedgerStore::open_on(std::make_unique<MemoryTables>(data),
                                {folder.path(), false, std::move(keys)});
  }
  Error opening_error() {
    auto opened = try_open();
    EXPECT_FALSE(opened.has_value());
    return opened ? Error{} : opened.error();
  }
  tlog::SignedCheckpoint checkpoint_at(const Head& head) { return checkpoint_of(head.size, head.root, key); }

  TemporaryFolder folder;
  std::shared_ptr<MemoryTables::Data> data = std::make_shared<MemoryTables::Data>();
  PrivateKey key = PrivateKey::generate();
};

TEST_F(LedgerStoreTest, StartsEmpty) {
  auto store = open();
  EXPECT_EQ(store->head().size, 0u);
  EXPECT_EQ(store->head().root, tlog::empty_root());
  EXPECT_EQ(store->entry(0).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->latest_checkpoint().error().code, ErrorCode::not_found);
  EXPECT_EQ(store->latest_snapshot().error().code, ErrorCode::not_found);
  EXPECT_TRUE(store->find({})->rows.empty());
  EXPECT_TRUE(store->health().has_value());
}

TEST_F(LedgerStoreTest, KeepsEntriesRootAndPositionAcrossReopening) {
  const auto leaves = leaves_of(600);
  uint64_t size = 0;
  for (uint64_t step : {1, 2, 250, 3, 44, 300}) {
    auto store = open();
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(store->head().size, size);
    const auto head = store->append(group_of(size, size + step));
    ASSERT_TRUE(head.has_value()) << head.error().message;
    size += step;
    EXPECT_EQ(head->size, size);
    EXPECT_EQ(head->root, tlog::naive::root_of(tlog::naive::first(leaves, size)));
    EXPECT_EQ(head->next, (Position{1, size + 1}));
  }
  auto store = open();
  EXPECT_EQ(store->head().root, tlog::naive::root_of(leaves));
  EXPECT_EQ(store->head().genesis, entry_at(0).facets.payload_digest);
  for (uint64_t i = 0; i < size; ++i) {
    const auto entry = store->entry(i);
    ASSERT_TRUE(entry.has_value()) << entry.error().message;
    EXPECT_EQ(entry->envelope(), entry_at(i).envelope);
    EXPECT_EQ(entry->sequence(), i + 1);
  }
}

TEST_F(LedgerStoreTest, ProvesInclusionConsistencyAndTiles) {
  auto store = open();
  const auto head = *store->append(group_of(0, 700));
  for (uint64_t index : {0, 1, 255, 256, 511, 698}) {
    const auto proof = *store->inclusion(index, 699);
    EXPECT_TRUE(tlog::verify_inclusion(index, 699, tlog::leaf_hash(entry_at(index).envelope), proof,
                                       *store->root(699)));
  }
  const auto proof = *store->consistency(300, 700);
  EXPECT_TRUE(tlog::verify_consistency(300, 700, proof, *store->root(300), head.root));
  EXPECT_EQ(store->inclusion(0, 701).error().code, ErrorCode::invalid);
  EXPECT_EQ(store->consistency(5, 701).error().code, ErrorCode::invalid);
  EXPECT_EQ(store->tile({0, 2, 188})->size(), 188 * Digest::size);
  EXPECT_EQ(store->tile({0, 2, 189}).error().code, ErrorCode::not_found);
  EXPECT_EQ(store->tile({1, 0, 2})->size(), 2 * Digest::size);
  EXPECT_TRUE(store->health().has_value());
}

TEST_F(LedgerStoreTest, RefusesGroupsThatBreakTheirContractAndGoesOn) {
  auto store = open();
  ASSERT_TRUE(store->append(group_of(0, 3)).has_value());
  const std::pair<const char*, std::function<void(Group&)>> cases[] = {
      {"goes back",
       [](Group& g) {
         g.next = {1, 3};
       }},
      {"position seen before",
       [](Group& g) {
         g.admitted[0].position = {1, 3};
       }},
      {"position not before the end", [](Group& g) { g.admitted[1].position = g.next; }},
      {"same position twice", [](Group& g) { g.admitted[1].position = g.admitted[0].position; }},
      {"no payload digest", [](Group& g) { g.admitted[1].facets.payload_digest = {}; }},
      {"no envelope", [](Group& g) { g.admitted[1].envelope.clear(); }},
      {"envelope too long", [](Group& g) { g.admitted[1].envelope.resize(65'536); }},
      {"subject with a control character", [](Group& g) { g.admitted[1].subject = "a\nb"; }},
      {"too many", [](Group& g) { g.admitted.resize(group_entries_max + 1); }},
  };
  for (const auto& [name, break_it] : cases) {
    Group group = group_of(3, 5);
    break_it(group);
    const auto head = store->append(group);
    ASSERT_FALSE(head.has_value()) << name;
    EXPECT_EQ(head.error().code, ErrorCode::invalid) << name;
  }
  EXPECT_EQ(store->append(group_of(3, 5))->root, tlog::naive::root_of(leaves_of(5)));
}

TEST_F(LedgerStoreTest, RefusedMessagesAreKeptAsideAndCounted) {
  auto store = open();
  Group group = group_of(0, 1);
  for (int i = 0; i < 3; ++i) {
    auto& refused = group.refused.emplace_back();
    refused.set_sequence(100 + i);
    refused.set_subject("\xff\x01 garbage");
    refused.set_reason(std::string(5000, 'r'));
    refused.set_digest(std::string(Digest::of("x").raw()));
  }
  EXPECT_EQ(store->append(group)->refused, 3u);
  const auto refused = *store->refused(1, 10);
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[0].sequence(), 101u);
  EXPECT_EQ(refused[0].subject(), "?? garbage");
  EXPECT_LE(refused[0].reason().size(), 512u);
}

TEST_F(LedgerStoreTest, FindsEntriesByEverythingAndInPages) {
  auto store = open();
  ASSERT_TRUE(store->append(group_of(0, 420)).has_value());
  const auto indexes = [&](Query query) {
    std::vector<uint64_t> found;
    query.limit = 17;
    do {
      const auto page = store->find(query);
      EXPECT_TRUE(page.has_value());
      for (const auto& row : page->rows) found.push_back(row.index);
      query.page = page->next;
    } while (!query.page.empty());
    return found;
  };
  const auto expected = [](const std::function<bool(const EntryFacets&)>& wanted) {
    std::vector<uint64_t> found;
    for (uint64_t i = 0; i < 420; ++i) {
      if (wanted(entry_at(i).facets)) found.push_back(i);
    }
    return found;
  };
  Query query;
  EXPECT_EQ(indexes(query), expected([](const auto&) { return true; }));
  query.time_from_ms = 100'000;
  query.time_to_ms = 200'000;
  const auto in_time = [](const EntryFacets& k) { return k.time_ms >= 100'000 && k.time_ms <= 200'000; };
  EXPECT_EQ(indexes(query), expected(in_time));
  query.stage = "build";
  EXPECT_EQ(indexes(query), expected([&](const auto& k) { return in_time(k) && k.stage == "build"; }));
  query.failure_mode = "F3.1";
  EXPECT_EQ(indexes(query), expected([&](const auto& k) {
              return in_time(k) && k.stage == "build" && k.failure_mode == "F3.1";
            }));
  Query other;
  other.node = "node-2";
  other.bucket = "debt";
  other.status = "completed";
  const auto of_other = expected(
      [](const auto& k) { return k.node == "node-2" && k.bucket == "debt" && k.status == "completed"; });
  EXPECT_EQ(indexes(other), of_other);
  other.newest_first = true;
  EXPECT_EQ(indexes(other), std::vector<uint64_t>(of_other.rbegin(), of_other.rend()));
  Query artifact;
  artifact.artifact = Digest::of("artifact3");
  artifact.actor = Digest::of("actor1");
  EXPECT_EQ(indexes(artifact), expected([](const auto& k) {
              return k.artifacts[0] == Digest::of("artifact3") && k.node == "node-1";
            }));
  Query nothing;
  nothing.sku = "other";
  EXPECT_TRUE(indexes(nothing).empty());
}

TEST_F(LedgerStoreTest, RefusesQueriesItCannotAnswer) {
  auto store = open();
  Query query;
  query.limit = page_rows_max + 1;
  EXPECT_EQ(store->find(query).error().code, ErrorCode::invalid);
  query.limit = 1;
  query.page = "zz";
  EXPECT_EQ(store->find(query).error().code, ErrorCode::invalid);
  EXPECT_TRUE(store->health().has_value());
}

TEST_F(LedgerStoreTest, LeadsFromPayloadsToEntriesAndOnward) {
  auto store = open();
  ASSERT_TRUE(store->append(group_of(0, 50)).has_value());
  EXPECT_EQ(*store->find_payload(Digest::of("payload7")), 7u);
  EXPECT_EQ(store->find_payload(Digest::of("nothing")).error().code, ErrorCode::not_found);
  const auto of_order = *store->of_work_order("wo-3");
  ASSERT_EQ(of_order.size(), 7u);
  EXPECT_EQ(of_order[1].index, 10u);
  EXPECT_EQ(of_order[1].facets, entry_at(10).facets);
}

TEST_F(LedgerStoreTest, LeadsFromAMessageToThoseThatFollowIt) {
  SampleLog log;
  log.accept("wo-1");
  log.pass(Stage::pull);
  const Digest pulled = log.last;
  log.fail_at(Stage::plan, "F2.1");
  log.resume_at(Stage::plan);  // a decision, and a dispatch that names what was passed last
  log.accept("wo-2");
  auto store = open();
  ASSERT_TRUE(store->append(group_of(log)).has_value());
  std::vector<uint64_t> indexes;
  const auto followers = *store->following(pulled);
  for (const auto& row : followers) indexes.push_back(row.index);
  EXPECT_EQ(indexes, (std::vector<uint64_t>{3, 5}));
  EXPECT_TRUE(store->following(log.last)->empty());
  EXPECT_TRUE(store->following(Digest::of("nothing"))->empty());
}

TEST_F(LedgerStoreTest, EntriesWithoutATimeTakeThatOfTheEntryBefore) {
  auto store = open();
  Group group = group_of(0, 3);
  group.admitted[1].facets.time_ms = 0;
  group.admitted[0].facets.time_ms = 5;
  ASSERT_TRUE(store->append(group).has_value());
  EXPECT_EQ(store->summary(1)->facets.time_ms, 5);
}

TEST_F(LedgerStoreTest, KeepsTheNewestSnapshots) {
  auto store = open();
  for (uint64_t i = 0; i < 5; ++i) {
    Group group = group_of(i, i + 1);
    group.snapshot = "fold " + std::to_string(i);
    ASSERT_TRUE(store->append(group).has_value());
  }
  EXPECT_EQ(data->rows(Table::snapshots).size(), snapshots_kept);
  const auto snapshot = *open()->latest_snapshot();
  EXPECT_EQ(snapshot.fold, "fold 4");
  EXPECT_EQ(snapshot.size, 5u);
  EXPECT_EQ(snapshot.next, (Position{1, 6}));
}

// ---- checkpoints

TEST_F(LedgerStoreTest, KeepsCheckpointsInsideAndOutside) {
  auto store = open();
  const auto first = checkpoint_at(*store->append(group_of(0, 10)));
  ASSERT_TRUE(store->add_checkpoint(first).has_value());
  const auto second = checkpoint_at(*store->append(group_of(10, 25)));
  ASSERT_TRUE(store->add_checkpoint(second).has_value());
  ASSERT_TRUE(store->add_checkpoint(first).has_value());
  EXPECT_EQ(store->latest_checkpoint()->checkpoint, second.checkpoint);
  EXPECT_EQ(store->checkpoints(0, 10)->size(), 2u);
  EXPECT_EQ((*tlog::read_outside_checkpoint(folder.path()))->checkpoint, second.checkpoint);
  EXPECT_NE(open(), nullptr);
}

TEST_F(LedgerStoreTest, RefusesCheckpointsOfOtherLogs) {
  auto store = open();
  const Head head = *store->append(group_of(0, 10));
  EXPECT_EQ(store->add_checkpoint(checkpoint_of(11, head.root, key)).error().code, ErrorCode::invalid);
  EXPECT_EQ(store->add_checkpoint(checkpoint_of(10, Digest::of("x"), key)).error().code, ErrorCode::conflict);
  auto foreign = checkpoint_at(head);
  foreign.checkpoint.origin = "tcps.dev/line/0000000000000000";
  EXPECT_EQ(store->add_checkpoint(foreign).error().code, ErrorCode::conflict);
  EXPECT_TRUE(store->health().has_value());
  EXPECT_FALSE(*tlog::read_outside_checkpoint(folder.path()));
}

TEST_F(LedgerStoreTest, AStoreRolledBackBehindItsCheckpointIsRefused) {
  auto store = open();
  ASSERT_TRUE(store->append(group_of(0, 10)).has_value());
  const auto old = std::make_shared<MemoryTables::Data>(*data);
  const Head head = *store->append(group_of(10, 20));
  ASSERT_TRUE(store->add_checkpoint(checkpoint_at(head)).has_value());
  data = old;
  const Error error = opening_error();
  EXPECT_EQ(error.code, ErrorCode::corrupt);
  EXPECT_NE(error.message.find("holds 10 entries"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("vouches for 20 entries with root " + head.root.to_string()),
            std::string::npos)
      << error.message;
}

TEST_F(LedgerStoreTest, AWipedOrRewrittenStoreIsRefused) {
  auto store = open();
  ASSERT_TRUE(store->add_checkpoint(checkpoint_at(*store->append(group_of(0, 10)))).has_value());
  data = std::make_shared<MemoryTables::Data>();
  EXPECT_EQ(opening_error().code, ErrorCode::corrupt);

  auto rewritten =
      *LedgerStore::open_on(std::make_unique<MemoryTables>(data), {folder.path() + "/nowhere", false, {}});
  Group other = group_of(0, 12);
  other.admitted[4].envelope = "forged";
  ASSERT_TRUE(rewritten->append(other).has_value());
  const Error error = opening_error();
  EXPECT_EQ(error.code, ErrorCode::corrupt);
  EXPECT_NE(error.message.find("first 10 of 12 entries have root"), std::string::npos) << error.message;
}

TEST_F(LedgerStoreTest, TheOutsideCheckpointMustBeSignedByAGivenKey) {
  auto store = open();
  ASSERT_TRUE(store->add_checkpoint(checkpoint_at(*store->append(group_of(0, 10)))).has_value());
  const auto good = *tlog::NoteKey::make("node-1", tlog::NoteKeyType::ed25519, key.public_key());
  const auto other =
      *tlog::NoteKey::make("node-1", tlog::NoteKeyType::ed25519, PrivateKey::generate().public_key());
  EXPECT_EQ(try_open({other}).error().code, ErrorCode::corrupt);
  EXPECT_TRUE(try_open({other, good}).has_value());
  std::ofstream(tlog::outside_checkpoint_path(folder.path())) << "garbage";
  EXPECT_EQ(opening_error().code, ErrorCode::corrupt);
}

// ---- damage

TEST_F(LedgerStoreTest, ATamperedEntryStopsTheStoreAndIsNamedByTheChain) {
  SampleLog log;
  log.run_whole("wo-1");
  auto store = open();
  const Head head = *store->append(group_of(log));
  StoreChainSource source(*store);
  EXPECT_TRUE(verify_log(log.line, {head.size, head.root}, source)->passed());
  EXPECT_TRUE(verify_work_order(log.line, {head.size, head.root}, "wo-1", source)->passed());
  Bytes& stored = data->rows(Table::entries)[big_endian(7)];
  stored[stored.size() / 2] ^= 1;
  store = open();
  StoreChainSource damaged(*store);
  for (const auto& report : {*verify_log(log.line, {head.size, head.root}, damaged),
                             *verify_work_order(log.line, {head.size, head.root}, "wo-1", damaged)}) {
    ASSERT_FALSE(report.passed());
    EXPECT_TRUE(report.fault->sentence().starts_with("work order wo-1, stage build (entry 7): "))
        << report.fault->sentence();
  }
  EXPECT_EQ(store->entry(7).error().code, ErrorCode::corrupt);
  EXPECT_EQ(store->entry(6).error().code, ErrorCode::corrupt);
  EXPECT_EQ(store->append(group_of(100, 101)).error().code, ErrorCode::corrupt);
  EXPECT_NE(store->health().error().message.find("has stopped"), std::string::npos);
}

TEST_F(LedgerStoreTest, AMissingEntryIsHandedOverAsAnError) {
  auto store = open();
  ASSERT_TRUE(store->append(group_of(0, 6)).has_value());
  data->rows(Table::entries).erase(big_endian(2));
  data->rows(Table::entries).erase(big_endian(3));
  store = open();
  std::vector<uint64_t> missing;
  ASSERT_TRUE(store
                  ->entries(1, 6,
                            [&](const StoredEntry& entry) {
                              if (!entry.entry) missing.push_back(entry.index);
                              return true;
                            })
                  .has_value());
  EXPECT_EQ(missing, (std::vector<uint64_t>{2, 3}));
}

TEST_F(LedgerStoreTest, DamagedTilesAndHeadsAreRefusedOnOpening) {
  auto store = open();
  ASSERT_TRUE(store->append(group_of(0, 300)).has_value());
  auto& tiles = data->rows(Table::tiles);
  const Bytes first_tile = '\0' + big_endian(0);
  tiles[first_tile][40] ^= 1;
  // Opening reads entry 0, whose leaf hash is checked up to the root.
  EXPECT_EQ(opening_error().code, ErrorCode::corrupt);
  tiles[first_tile][40] ^= 1;
  tiles['\1' + big_endian(0)][0] ^= 1;
  EXPECT_EQ(opening_error().code, ErrorCode::corrupt);
  tiles.erase('\1' + big_endian(0));
  EXPECT_EQ(opening_error().code, ErrorCode::corrupt);
  data->rows(Table::meta).clear();
  EXPECT_EQ(opening_error().code, ErrorCode::corrupt);
}

TEST_F(LedgerStoreTest, AStoreOfANewerFormatIsLeftAlone) {
  ASSERT_TRUE(open()->append(group_of(0, 3)).has_value());
  data->rows(Table::meta)["format"] = big_endian(1'000);
  EXPECT_EQ(opening_error().code, ErrorCode::invalid);
  data->rows(Table::meta).erase("format");
  EXPECT_EQ(opening_error().code, ErrorCode::invalid);
}

TEST_F(LedgerStoreTest, AnErrorOfTheDiskStopsEverythingUntilReopened) {
  for (const bool on_write : {true, false}) {
    for (ErrorCode code : {ErrorCode::full, ErrorCode::io, ErrorCode::corrupt}) {
      data = std::make_shared<MemoryTables::Data>();
      auto store = open();
      const Head head = *store->append(group_of(0, 5));
      (on_write ? data->write_error : data->read_error) = Error{code, "the disk says no"};
      EXPECT_EQ(on_write ? store->append(group_of(5, 6)).error().code : store->entry(1).error().code, code);
      data->write_error = data->read_error = std::nullopt;
      EXPECT_EQ(store->append(group_of(5, 6)).error().code, code);
      EXPECT_EQ(store->entry(0).error().code, code);
      EXPECT_EQ(store->find({}).error().code, code);
      EXPECT_EQ(store->add_checkpoint(checkpoint_at(head)).error().code, code);
      EXPECT_NE(store->health().error().message.find("has stopped"), std::string::npos);
      store = open();
      EXPECT_EQ(store->head().root, head.root);
      EXPECT_TRUE(store->append(group_of(5, 6)).has_value());
    }
  }
}

// Clocks of nodes differ, so that neither entries nor groups come in the order of their times.
RC_GTEST_PROP(LedgerStore, FindsInOrderOfTimeHoweverEntriesWereGrouped, ()) {
  auto store = *LedgerStore::open_on(std::make_unique<MemoryTables>(std::make_shared<MemoryTables::Data>()),
                                     {"/nonexistent"});
  std::vector<TimeAndIndex> all;
  for (const uint64_t step :
       *rc::gen::container<std::vector<uint64_t>>(6, rc::gen::inRange<uint64_t>(1, 40))) {
    Group group = group_of(all.size(), all.size() + step);
    for (auto& entry : group.admitted) {
      entry.facets.time_ms = *rc::gen::inRange<int64_t>(-2'500, 2'500);
      if (entry.facets.time_ms == 0) entry.facets.time_ms = 1;  // 0: not said
      all.push_back({entry.facets.time_ms, all.size()});
    }
    RC_ASSERT(store->append(group).has_value());
  }
  Query query;
  if (*rc::gen::arbitrary<bool>()) query.time_from_ms = *rc::gen::inRange<int64_t>(-3'000, 3'000);
  if (*rc::gen::arbitrary<bool>()) query.time_to_ms = *rc::gen::inRange<int64_t>(-3'000, 3'000);
  query.newest_first = *rc::gen::arbitrary<bool>();
  query.limit = *rc::gen::inRange<size_t>(1, 30);
  if (*rc::gen::arbitrary<bool>()) query.bucket = "debt";
  std::erase_if(all, [&](const TimeAndIndex& item) {
    return item.time_ms < query.time_from_ms.value_or(item.time_ms) ||
           item.time_ms > query.time_to_ms.value_or(item.time_ms) ||
           (!query.bucket.empty() && item.index % 2 == 0);
  });
  std::sort(all.begin(), all.end());
  if (query.newest_first) std::reverse(all.begin(), all.end());
  std::vector<TimeAndIndex> found;
  do {
    const auto page = store->find(query);
    for (const auto& row : page->rows) found.push_back({row.facets.time_ms, row.index});
    query.page = page->next;
  } while (!query.page.empty());
  RC_ASSERT((found == all));
}

RC_GTEST_PROP(LedgerStore, AnySplitIntoGroupsGivesTheSameLedger, ()) {
  const auto data = std::make_shared<MemoryTables::Data>();
  const auto open = [&] {
    return *LedgerStore::open_on(std::make_unique<MemoryTables>(data), {"/nonexistent", false, {}});
  };
  auto store = open();
  uint64_t size = 0;
  for (uint64_t step : *rc::gen::container<std::vector<uint64_t>>(8, rc::gen::inRange<uint64_t>(0, 90))) {
    RC_ASSERT(store->append(group_of(size, size + step)).has_value());
    size += step;
    if (step % 3 == 0) store = open();
  }
  RC_ASSERT(store->head().root == tlog::naive::root_of(leaves_of(size)));
}

}  // namespace
}  // namespace tcps::ledger
