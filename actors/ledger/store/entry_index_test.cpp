#include "actors/ledger/store/entry_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "actors/ledger/store/testing/sample_group.h"

namespace tcps::ledger {
namespace {

TEST(EntryKeys, SayWhatAReceiptIsAbout) {
  SampleLog log;
  log.accept("wo-1");
  log.fail_at(Stage::pull, "F1.2");
  const EntryKeys keys = admitted(log.entries.back()).keys;
  EXPECT_EQ(keys.kind, "receipt");
  EXPECT_EQ(keys.work_order, "wo-1");
  EXPECT_EQ(keys.stage, "pull");
  EXPECT_EQ(keys.attempt, 1u);
  EXPECT_EQ(keys.status, "failed");
  EXPECT_EQ(keys.failure_mode, "F1.2");
  EXPECT_EQ(keys.node, "node-1");
  EXPECT_EQ(keys.actor, log.station.public_key().id());
  EXPECT_EQ(keys.time_ms, 1769421660000);
  EXPECT_EQ(keys.predecessor, log.entries[1].message.payload_digest);
  EXPECT_EQ(keys.artifacts.size(), 1u);
}

TEST(EntryKeys, SayWhatAnAcceptanceIsAbout) {
  SampleLog log;
  log.accept("wo-1");
  const EntryKeys keys = admitted(log.entries.back()).keys;
  EXPECT_EQ(keys.kind, "acceptance");
  EXPECT_EQ(keys.work_order, "wo-1");
  EXPECT_EQ(keys.bucket, "security");
  EXPECT_EQ(keys.sku, "transport");
}

RC_GTEST_PROP(EntryKeys, ReadBackAsWritten,
              (std::string a, std::string b, int64_t time_ms, uint32_t attempt)) {
  const auto printable = [](std::string text) {
    std::erase_if(text, [](char c) { return c < 0x20 || c >= 0x7f; });
    return text;
  };
  EntryKeys keys;
  keys.kind = printable(a);
  keys.work_order = printable(b);
  keys.attempt = attempt;
  keys.time_ms = time_ms;
  keys.payload_digest = Digest::of(a);
  keys.artifacts = {Digest::of(b), Digest::of("x")};
  RC_ASSERT(*decode_keys(encode_keys(keys)) == keys);
}

RC_GTEST_PROP(EntryKeys, DecoderSurvivesAnyBytes, (std::string bytes)) {
  const auto keys = decode_keys(bytes);
  RC_ASSERT((keys.has_value() || keys.error().code == ErrorCode::corrupt));
}

RC_GTEST_PROP(EntryKeys, IndexKeysSortByTimeThenEntry,
              (int64_t time_a, int64_t time_b, uint64_t index_a, uint64_t index_b)) {
  const Bytes prefix = index_prefix(IndexTag::stage, "build");
  const TimeAndIndex a{time_a, index_a};
  const TimeAndIndex b{time_b, index_b};
  RC_ASSERT((index_key(prefix, a) < index_key(prefix, b)) == (a < b));
  RC_ASSERT(*parse_index_key(index_key(prefix, a)) == a);
}

RC_GTEST_PROP(EntryKeys, ItemsOfOneSecondShareAPosting, ()) {
  IndexRows rows;
  std::map<int64_t, std::vector<TimeAndIndex>> expected;  // by second
  for (uint64_t index = 100; index < 130; ++index) {
    EntryKeys keys;
    keys.stage = "build";
    keys.time_ms = *rc::gen::inRange<int64_t>(-3'000, 3'000);
    rows.add(index, keys);
    expected[start_of_second(keys.time_ms)].push_back({keys.time_ms, index});
  }
  const Bytes prefix = index_prefix(IndexTag::stage, "build");
  std::map<int64_t, std::vector<TimeAndIndex>> found;
  rows.hand_over([&](BytesView key, BytesView value) {
    if (!key.starts_with(prefix)) return;
    const auto items = *items_of_posting(key, value);
    const bool is_new = found.emplace(start_of_second(items.front().time_ms), items).second;
    RC_ASSERT(is_new);
  });
  for (auto& [second, items] : expected) std::sort(items.begin(), items.end());
  RC_ASSERT((found == expected));
}

RC_GTEST_PROP(EntryKeys, APostingOfAnyBytesIsReadOrRefused,
              (int64_t time_ms, uint64_t index, std::string value)) {
  const auto items = items_of_posting(index_key("s", {time_ms, index}), value);
  RC_ASSERT(
      (items ? std::is_sorted(items->begin(), items->end()) : items.error().code == ErrorCode::corrupt));
}

TEST(EntryKeys, MakeARowForEveryThingAnEntryIsFoundBy) {
  EntryKeys keys;
  keys.kind = "receipt";
  keys.work_order = std::string(300, 'w');
  keys.payload_digest = Digest::of("p");
  keys.artifacts = {Digest::of("a"), Digest::of("b")};
  const auto keys_of_rows = [&] {
    IndexRows rows;
    rows.add(7, keys);
    rows.add(8, keys);
    std::vector<Bytes> found;
    rows.hand_over([&](BytesView key, BytesView) { found.emplace_back(key); });
    return found;
  };
  keys.kind = "dispatch";
  keys.predecessor = Digest::of("before");
  const auto found = keys_of_rows();
  EXPECT_EQ(
      found.size(),
      2 * 2u + 6);  // summaries, payloads; one for both: time, kind, work order, two artifacts, predecessor
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  for (const auto& key : found) EXPECT_LE(key.size(), 160u);
  keys.kind = "receipt";
  keys.status = "completed";
  EXPECT_EQ(keys_of_rows().size(), 2 * 2u + 4);  // what most entries are is told by no row
}

}  // namespace
}  // namespace tcps::ledger
