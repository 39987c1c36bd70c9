#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/queries.h"
#include "actors/ledger/queries/testing/queried_line.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

class LedgerQueriesTreeTest : public AskedLine {
 protected:
  void grow(int entries) {
    for (int i = 0; i < entries; ++i) line.raise("andon-" + std::to_string(++andons), "");
  }

  int andons = 0;
};

TEST_F(LedgerQueriesTreeTest, TilesAndBundlesOfAReplyGiveTheTreesRoot) {
  grow(300);
  const uint64_t size = line.store->head().size;
  ASSERT_GT(size, 256u);
  std::vector<Digest> leaves;
  for (uint64_t from = 0; from < size;) {
    const json reply = ask("entry-bundle", {{"from", from}});
    EXPECT_EQ(reply["from"], from);
    const auto entries = tlog::decode_bundle(*from_base64(reply["bundle"].get<std::string>()));
    ASSERT_TRUE(entries.has_value());
    ASSERT_EQ(entries->size(), reply["count"]);
    for (const Bytes& entry : *entries) leaves.push_back(tlog::leaf_hash(entry));
    from += entries->size();
    EXPECT_TRUE(from == size || from % 256 == 0) << "a bundle ends at a tile's end: " << from;
  }
  tlog::CompactRange range;
  for (const Digest& leaf : leaves) range.append(leaf);
  EXPECT_EQ(range.root(), line.store->head().root);

  Bytes hashes = *from_base64(ask("tile", {{"level", 0}, {"index", 0}})["hashes"].get<std::string>());
  const json last = ask("tile", {{"level", 0}, {"index", 1}, {"width", size - 256}});
  EXPECT_EQ(last["path"], "tile/0/001.p/" + std::to_string(size - 256));
  hashes += *from_base64(last["hashes"].get<std::string>());
  ASSERT_EQ(hashes.size(), size * Digest::size);
  for (uint64_t i = 0; i < size; ++i)
    EXPECT_EQ(BytesView(hashes).substr(i * Digest::size, Digest::size), leaves[i].raw()) << i;
}

TEST_F(LedgerQueriesTreeTest, RefusesWhatTheTreeDoesNotHave) {
  const uint64_t size = line.store->head().size;
  EXPECT_EQ(error_of("tile", {{"level", 0}, {"index", 0}}), ErrorCode::not_found) << "not full yet";
  EXPECT_EQ(error_of("tile", {{"level", 0}, {"index", 0}, {"width", size + 1}}), ErrorCode::not_found);
  EXPECT_EQ(error_of("tile", {{"level", 1}, {"index", 0}, {"width", 1}}), ErrorCode::not_found);
  EXPECT_EQ(error_of("tile", {{"level", 8}, {"index", 0}, {"width", 1}}), ErrorCode::invalid);
  EXPECT_EQ(error_of("tile", {{"level", 0}, {"index", 0}, {"width", 257}}), ErrorCode::invalid);
  EXPECT_EQ(error_of("tile", {{"level", 0}, {"index", UINT64_MAX}, {"width", 1}}), ErrorCode::not_found);
  EXPECT_EQ(error_of("entry-bundle", {{"from", size}}), ErrorCode::not_found);
  EXPECT_EQ(error_of("entry-bundle", {{"from", UINT64_MAX}}), ErrorCode::not_found);
  EXPECT_EQ(error_of("entry-bundle", {{"from", 0}, {"limit", 0}}), ErrorCode::invalid);
  EXPECT_EQ(ask("entry-bundle", {{"from", 1}, {"limit", 2}})["count"], 2);
}

TEST_F(LedgerQueriesTreeTest, CutsABundleThatWouldNotFitAReplyAndGoesOnWhereItEnded) {
  for (int i = 0; i < 60; ++i) {
    proto::Evidence evidence;
    evidence.set_name("long-" + std::to_string(i));
    (*evidence.mutable_fields()->mutable_fields())["text"].set_string_value(std::string(30'000, 'x'));
    line.add(evidence, line.person);
  }
  const json first = ask("entry-bundle", {{"from", 0}});
  EXPECT_LT(first.dump().size(), reply_bytes_max);
  EXPECT_LT(first["count"], line.store->head().size);
  const json next = ask("entry-bundle", {{"from", first["count"]}});
  EXPECT_GT(next["count"], 0);
}

TEST_F(LedgerQueriesTreeTest, EveryReplySaysHowFarTheReplicaHadFollowed) {
  for (const char* query : {"status", "entries", "receipts", "nodes", "stats", "proof"}) {
    const json as_of = ask(query, {{"index", 0}})["as_of"];
    EXPECT_EQ(as_of["size"], line.store->head().size) << query;
    EXPECT_EQ(as_of["sequence"], line.sequence) << query;
    EXPECT_EQ(as_of["epoch"], 1) << query;
  }
}

TEST_F(LedgerQueriesTreeTest, AReplicaWithFewerEntriesThanAskedForSaysSo) {
  const uint64_t size = line.store->head().size;
  EXPECT_EQ(ask("status", {{"at_least", size}})["synced_size"], size);
  EXPECT_EQ(error_of("status", {{"at_least", size + 1}}), ErrorCode::unavailable);
  EXPECT_EQ(error_of("status", {{"at_least", "many"}}), ErrorCode::invalid);
  grow(1);
  EXPECT_EQ(ask("status", {{"at_least", size + 1}})["synced_size"], size + 1);
}

}  // namespace
}  // namespace tcps::ledger
