// Damage to what a ledger has stored: whichever bit flips, whatever is cut off, swapped or copied over
// something else, opening, reading or verification finds it, or every answer stays the same.
#include <gtest/gtest.h>

#include <fstream>

#include "actors/ledger/chain/chain.h"
#include "actors/ledger/store/index_check.h"
#include "actors/ledger/store/key_value/testing/memory_tables.h"
#include "actors/ledger/store/ledger_store.h"
#include "actors/ledger/store/store_chain_source.h"
#include "actors/ledger/store/testing/sample_entries.h"
#include "actors/ledger/store/testing/sample_group.h"
#include "actors/ledger/tlog/outside_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace tcps::ledger {
namespace {

using test::TemporaryFolder;

namespace fs = std::filesystem;

// What a store answers to every question about the log, or the error that it answers first.
Result<Bytes> answers_of(LedgerStore& store) {
  Bytes all;
  const Head head = store.head();
  all +=
      head.root.hex() + std::to_string(head.next.sequence) + head.genesis.hex() + std::to_string(head.size);
  for (uint64_t i = 0; i < head.size; ++i) {
    auto entry = store.entry(i);
    if (!entry) return fail(entry.error());
    auto proof = store.inclusion(i, head.size);
    if (!proof) return fail(proof.error());
    auto path = store.consistency(i, head.size);
    if (!path) return fail(path.error());
    all += entry->SerializeAsString();
    for (const auto* hashes : {&*proof, &*path}) {
      for (const Digest& hash : *hashes) all += hash.raw();
    }
  }
  auto checkpoints = store.checkpoints(0, 100);
  if (!checkpoints) return fail(checkpoints.error());
  for (const auto& checkpoint : *checkpoints) all += checkpoint.note.encode();
  auto latest = store.latest_checkpoint();
  if (!latest && latest.error().code != ErrorCode::not_found) return fail(latest.error());
  all += latest ? latest->note.encode() : "";
  auto snapshot = store.latest_snapshot();
  if (!snapshot && snapshot.error().code != ErrorCode::not_found) return fail(snapshot.error());
  all += snapshot ? snapshot->fold + std::to_string(snapshot->next.sequence) : "";
  return all;
}

class LedgerRowsTest : public testing::Test {
 protected:
  Result<std::unique_ptr<LedgerStore>> open() {
    return LedgerStore::open_on(std::make_unique<MemoryTables>(data), {folder.path(), false, {note_key}});
  }
  // A small log with all kinds of rows.
  void append(Group group) {
    auto store = *open();
    group.snapshot = "the fold";
    head = *store->append(group);
    const auto origin = tlog::checkpoint_origin(LineName::literal("line"), head.genesis);
    const auto checkpoint = *tlog::sign_checkpoint({origin, head.size, head.root, {}}, note_key, key);
    ASSERT_TRUE(store->add_checkpoint(checkpoint).has_value());
  }
  void append_numbered(uint64_t size) { append(group_of(0, size)); }

  // True when somebody notices: on opening, or on reading all there is.
  bool is_found(const Bytes& good) {
    auto store = open();
    if (!store) return true;
    auto answers = answers_of(**store);
    EXPECT_EQ((*store)->health().has_value(), answers.has_value());
    EXPECT_TRUE(!answers || *answers == good);
    return !answers;
  }

  TemporaryFolder folder{"/dev/shm"};
  std::shared_ptr<MemoryTables::Data> data = std::make_shared<MemoryTables::Data>();
  PrivateKey key = PrivateKey::generate();
  tlog::NoteKey note_key = *tlog::NoteKey::make("node-1", tlog::NoteKeyType::ed25519, key.public_key());
  Head head;
};

constexpr Table damaged_tables[] = {Table::entries, Table::tiles, Table::checkpoints, Table::snapshots,
                                    Table::meta};

TEST_F(LedgerRowsTest, EveryFlippedBitIsFound) {
  append_numbered(6);
  const Bytes good = *answers_of(**open());
  for (const Table table : damaged_tables) {
    for (auto& [row_key, value] : data->rows(table)) {
      for (size_t bit = 0; bit < value.size() * 8; ++bit) {
        value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << bit % 8));
        ASSERT_TRUE(is_found(good)) << static_cast<int>(table) << " " << to_hex(row_key) << " bit " << bit;
        value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << bit % 8));
      }
    }
  }
  EXPECT_FALSE(is_found(good));
}

TEST_F(LedgerRowsTest, EveryTruncationAndEveryMissingRowIsFound) {
  append_numbered(6);
  const Bytes good = *answers_of(**open());
  for (const Table table : damaged_tables) {
    const auto rows = data->rows(table);
    for (const auto& [row_key, value] : rows) {
      for (size_t size = 0; size < value.size(); ++size) {
        data->rows(table)[row_key] = value.substr(0, size);
        ASSERT_TRUE(is_found(good)) << static_cast<int>(table) << " " << to_hex(row_key) << " cut to "
                                    << size;
      }
      data->rows(table)[row_key] = value + '\0';
      ASSERT_TRUE(is_found(good) || table == Table::tiles)
          << static_cast<int>(table) << " " << to_hex(row_key);
      data->rows(table).erase(row_key);
      const bool is_replaceable =
          table == Table::checkpoints || table == Table::snapshots;  // then it is said: none
      auto store = open();
      auto answers = store ? answers_of(**store) : fail(store.error());
      ASSERT_TRUE(is_replaceable ? answers && *answers != good : !answers) << static_cast<int>(table);
      data->rows(table)[row_key] = value;
    }
  }
}

// Rows of 300 entries, among them a full tile, of which opening reads nothing: proofs and reads must find it.
TEST_F(LedgerRowsTest, EveryHashOfAFullTileIsHeldToTheTileAbove) {
  append_numbered(300);
  const Bytes row_key = tile_key({0, 0});
  Bytes& tile = data->rows(Table::tiles)[row_key];
  ASSERT_EQ(tile.size(), tlog::tile_width * Digest::size);
  for (size_t at = 0; at < tile.size(); ++at) {
    const char flip = static_cast<char>(1 << at % 8);
    tile[at] = static_cast<char>(tile[at] ^ flip);
    auto store = open();
    if (store) {
      const uint64_t other = (at / Digest::size + 128) % 256;  // far from the damage
      ASSERT_EQ((*store)->inclusion(other, 300).error().code, ErrorCode::corrupt) << at;
      ASSERT_EQ((*store)->health().error().code, ErrorCode::corrupt);
    }
    tile[at] = static_cast<char>(tile[at] ^ flip);
  }
  EXPECT_TRUE((*open())->inclusion(7, 300).has_value());
}

TEST_F(LedgerRowsTest, EverySwapAndEveryCopyOverAnotherRowIsFound) {
  append_numbered(520);  // two full tiles
  auto store = *open();
  ASSERT_TRUE(store->append(group_of(520, 524)).has_value());
  head = store->head();
  ASSERT_TRUE(store->add_checkpoint(checkpoint_of(head.size, head.root, key)).has_value());
  const Bytes good = *answers_of(**open());
  for (const Table table : {Table::tiles, Table::checkpoints, Table::entries}) {
    auto rows = data->rows(table);
    std::vector<Bytes> keys;
    for (const auto& [row_key, value] : rows) {
      if (keys.size() < 3 || rows.size() < 10 || from_big_endian(row_key) > 518) keys.push_back(row_key);
    }
    for (const Bytes& a : keys) {
      for (const Bytes& b : keys) {
        if (a == b) continue;
        data->rows(table)[a] = rows[b];
        ASSERT_TRUE(is_found(good)) << to_hex(a) << " replaced by " << to_hex(b);
        data->rows(table)[b] = rows[a];
        ASSERT_TRUE(is_found(good)) << to_hex(a) << " swapped with " << to_hex(b);
        data->rows(table)[a] = rows[a];
        data->rows(table)[b] = rows[b];
      }
    }
  }
}

struct Row {
  Table table;
  Bytes key, value;
};

std::vector<Row> rows_of(MemoryTables::Data& data, std::initializer_list<Table> tables) {
  std::vector<Row> all;
  for (const Table table : tables) {
    for (const auto& [key, value] : data.rows(table)) all.push_back({table, key, value});
  }
  return all;
}

// Every row of a small log in the place of every other, of its own table and of all others; and the two
// swapped.
TEST_F(LedgerRowsTest, EveryRowInThePlaceOfEveryOtherIsFound) {
  for (uint64_t size = 0; size < 24; size += 6) append(group_of(size, size + 6));
  const Bytes good = *answers_of(**open());
  const auto rows =
      rows_of(*data, {Table::entries, Table::tiles, Table::checkpoints, Table::snapshots, Table::meta});
  ASSERT_GT(rows.size(), 30u);
  const Bytes newest_snapshot = data->rows(Table::snapshots).rbegin()->first;
  // An older snapshot is not read as long as the newest is there: is_found() holds every answer to the good
  // ones then.
  const auto is_read = [&](const Row& row) {
    return row.table != Table::snapshots || row.key == newest_snapshot;
  };
  size_t tried = 0;
  for (const Row& a : rows) {
    for (const Row& b : rows) {
      if (a.value == b.value) continue;
      data->rows(a.table)[a.key] = b.value;
      ASSERT_EQ(is_found(good), is_read(a)) << to_hex(a.key) << " replaced by " << to_hex(b.key);
      data->rows(b.table)[b.key] = a.value;
      ASSERT_EQ(is_found(good), is_read(a) || is_read(b))
          << to_hex(a.key) << " swapped with " << to_hex(b.key);
      data->rows(a.table)[a.key] = a.value;
      data->rows(b.table)[b.key] = b.value;
      ++tried;
    }
  }
  EXPECT_GT(tried, 900u);
  EXPECT_FALSE(is_found(good));
}

// What only points into the log: fsck finds every index row that is another's, or stands in another's place.
TEST_F(LedgerRowsTest, EveryIndexRowInThePlaceOfEveryOtherIsFoundByTheCheckOfIndexes) {
  append_numbered(10);
  const auto is_whole = [&] {
    IndexCheck check(10, {7, 11});
    for (const auto& [key, value] : data->rows(Table::indexes)) {
      if (!check.take(key, value)) return false;
    }
    return check.finish().has_value();
  };
  ASSERT_TRUE(is_whole());
  auto& table = data->rows(Table::indexes);
  const auto rows = rows_of(*data, {Table::indexes});
  ASSERT_GT(rows.size(), 40u);
  for (const Row& a : rows) {
    table.erase(a.key);
    ASSERT_FALSE(is_whole()) << to_hex(a.key) << " is gone";
    table[a.key] = a.value;
    for (const Row& b : rows) {
      if (a.value == b.value) continue;
      table[a.key] = b.value;
      ASSERT_FALSE(is_whole()) << to_hex(a.key) << " replaced by " << to_hex(b.key);
      table[b.key] = a.value;
      ASSERT_FALSE(is_whole()) << to_hex(a.key) << " swapped with " << to_hex(b.key);
      table[a.key] = a.value;
      table[b.key] = b.value;
    }
  }
  EXPECT_TRUE(is_whole());
}

TEST_F(LedgerRowsTest, CopiesBehindTheEndChangeNoAnswer) {
  append_numbered(6);
  const Bytes good = *answers_of(**open());
  data->rows(Table::entries)[big_endian(6)] = data->rows(Table::entries)[big_endian(5)];
  data->rows(Table::tiles)[tile_key({0, 1})] = data->rows(Table::tiles)[tile_key({0, 0})];
  EXPECT_FALSE(is_found(good));
  data->rows(Table::checkpoints)[big_endian(7)] = data->rows(Table::checkpoints)[big_endian(6)];
  EXPECT_TRUE(is_found(good));
}

// Who can write the store can make check values; he cannot sign.
TEST_F(LedgerRowsTest, EveryFlippedBitOfAnEnvelopeAndItsSignatureIsFoundWhateverElseIsRewritten) {
  SampleLog log;
  log.accept("wo-1");
  log.pass(Stage::pull);
  append(group_of(log));
  for (size_t bit = 0; bit < log.entries[2].envelope.size() * 8; ++bit) {
    Group forged = group_of(log);
    Bytes& envelope = forged.admitted[2].envelope;
    envelope[bit / 8] = static_cast<char>(envelope[bit / 8] ^ (1 << bit % 8));
    data = std::make_shared<MemoryTables::Data>();
    auto store = *LedgerStore::open_on(std::make_unique<MemoryTables>(data), {folder.path() + "/nowhere"});
    const Head forged_head = *store->append(forged);
    StoreChainSource source(*store);
    // Even with a checkpoint over the forged tree, the message itself tells.
    ASSERT_FALSE(verify_log(log.line, {forged_head.size, forged_head.root}, source)->passed()) << bit;
    ASSERT_EQ(open().error().code, ErrorCode::corrupt) << bit;
  }
}

TEST_F(LedgerRowsTest, EveryDamageToTheCheckpointOutsideIsFound) {
  append_numbered(6);
  const std::string path = tlog::outside_checkpoint_path(folder.path());
  const Bytes good = (*tlog::read_outside_checkpoint(folder.path()))->note.encode();
  const auto opens_with = [&](const Bytes& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
    return open().has_value();
  };
  ASSERT_TRUE(opens_with(good));
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(opens_with(flipped)) << bit;
  }
  for (size_t size = 0; size < good.size(); ++size) ASSERT_FALSE(opens_with(good.substr(0, size))) << size;
  std::vector<Bytes> lines;
  for (size_t at = 0; at < good.size(); at = good.find('\n', at) + 1)
    lines.push_back(good.substr(at, good.find('\n', at) + 1 - at));
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t j = 0; j < lines.size(); ++j) {
      if (i == j || lines[i] == lines[j]) continue;
      auto swapped = lines;
      std::swap(swapped[i], swapped[j]);
      auto doubled = lines;
      doubled[i] = lines[j];
      for (const auto& some : {swapped, doubled}) {
        Bytes bytes;
        for (const Bytes& line : some) bytes += line;
        ASSERT_FALSE(opens_with(bytes)) << i << " " << j;
      }
    }
  }
}

// ---- RocksDB's own files

class LedgerFilesTest : public testing::Test {
 protected:
  Result<std::unique_ptr<LedgerStore>> open(const std::string& path) {
    return LedgerStore::open({.data_folder = path, .checkpoint_keys = {note_key}});
  }
  // Tables from before the last opening, and a log with what came since.
  void SetUp() override {
    for (const uint64_t from : {0, 60, 120}) {
      auto store = *open(folder.path());
      for (uint64_t size = from; size < from + 60; size += 4)
        head = *store->append(group_of(size, size + 4, 600));
    }
    auto store = *open(folder.path());
    for (uint64_t size = 180; size < 200; size += 4) head = *store->append(group_of(size, size + 4, 600));
    ASSERT_TRUE(store->add_checkpoint(checkpoint_of(head.size, head.root, key)).has_value());
    good = *answers_with_indexes(*store);
  }

  // Everything that is asked of the log and of its indexes.
  static Result<Bytes> answers_with_indexes(LedgerStore& store) {
    auto all = answers_of(store);
    if (!all) return all;
    const Query queries[] = {{.limit = 1000},
                             {.work_order = "wo-3", .limit = 1000},
                             {.stage = "build", .limit = 1000},
                             {.failure_mode = "F3.1", .limit = 1000},
                             {.sku = "transport", .newest_first = true, .limit = 1000},
                             {.node = "node-1", .limit = 1000}};
    for (const Query& query : queries) {
      auto page = store.find(query);
      if (!page) return fail(page.error());
      for (const auto& row : page->rows) *all += std::to_string(row.index) + encode_facets(row.facets);
    }
    return all;
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> names;
    for (const auto& file : fs::directory_iterator(folder.path() + "/ledger")) {
      const auto name = file.path().filename().string();
      if (name != "LOCK" && !name.starts_with("LOG") && file.file_size() > 0) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // Opens a copy of the store in which `damage` was done to the file.
  template <class Damage>
  void expect_found_or_harmless(const fs::path& name, Damage damage) {
    TemporaryFolder copy("/dev/shm");
    fs::copy(folder.path(), copy.path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    damage(fs::path(copy.path()) / "ledger" / name);
    auto store = open(copy.path());
    if (!store || (*store)->dropped_torn_write()) {
      ++found;
      return;
    }
    auto answers = answers_with_indexes(**store);
    if (!answers) {
      EXPECT_FALSE((*store)->health().has_value());
      ++found;
      return;
    }
    EXPECT_TRUE(*answers == good) << "another answer";
    ++harmless;
  }

  TemporaryFolder folder{"/dev/shm"};
  PrivateKey key = PrivateKey::generate();
  tlog::NoteKey note_key = *tlog::NoteKey::make("node-1", tlog::NoteKeyType::ed25519, key.public_key());
  Head head;
  Bytes good;
  int found = 0, harmless = 0;
};

TEST_F(LedgerFilesTest, FlippedBitsInAnyFileAreFoundOrChangeNoAnswer) {
  for (const auto& name : files()) {
    const size_t size = fs::file_size(fs::path(folder.path()) / "ledger" / name);
    const size_t flips =
        std::min<size_t>(size, name.extension() == ".sst" ? 4 : 16);  // there are many tables
    for (size_t flip = 0; flip < flips; ++flip) {
      const size_t at = size * flip / flips;
      SCOPED_TRACE(name.string() + " byte " + std::to_string(at));
      expect_found_or_harmless(name, [&](const fs::path& path) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const char flipped = static_cast<char>(file.get() ^ (1 << flip % 8));
        file.seekp(static_cast<std::streamoff>(at));
        file.put(flipped);
      });
    }
  }
  EXPECT_GT(found,
            40);  // the rest is in files that only describe (OPTIONS, IDENTITY) or in parts nobody reads
}

TEST_F(LedgerFilesTest, CutAndMissingFilesAreFoundOrChangeNoAnswer) {
  for (const auto& name : files()) {
    const size_t size = fs::file_size(fs::path(folder.path()) / "ledger" / name);
    for (const size_t kept : {size_t{0}, size / 3, size - 1}) {
      SCOPED_TRACE(name.string() + " cut to " + std::to_string(kept));
      expect_found_or_harmless(name, [&](const fs::path& path) { fs::resize_file(path, kept); });
    }
    SCOPED_TRACE(name.string() + " removed");
    expect_found_or_harmless(name, [](const fs::path& path) { fs::remove(path); });
  }
  EXPECT_GT(found, 20);
}

}  // namespace
}  // namespace tcps::ledger
