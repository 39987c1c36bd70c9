#include "actors/ledger/store/entry_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "actors/ledger/store/testing/sample_group.h"

namespace tcps::ledger {
namespace {

TEST(EntryFacets, SayWhatAReceiptIsAbout) {
  SampleLog log;
  log.accept("wo-1");
  log.fail_at(Stage::pull, "F1.2");
  const EntryFacets facets = admitted(log.entries.back()).facets;
  EXPECT_EQ(facets.kind, MessageKind::receipt);
  EXPECT_EQ(facets.work_order, "wo-1");
  EXPECT_EQ(facets.stage, "pull");
  EXPECT_EQ(facets.attempt, 1u);
  EXPECT_EQ(facets.status, "failed");
  EXPECT_EQ(facets.failure_mode, "F1.2");
  EXPECT_EQ(facets.node, "node-1");
  EXPECT_EQ(facets.actor, log.station.public_key().id());
  EXPECT_EQ(facets.time_ms, 1769421660000);
  EXPECT_EQ(facets.predecessor, log.entries[1].message.payload_digest);
  EXPECT_EQ(facets.artifacts.size(), 1u);
}

TEST(EntryFacets, SayWhatAnAcceptanceIsAbout) {
  SampleLog log;
  log.accept("wo-1");
  const EntryFacets facets = admitted(log.entries.back()).facets;
  EXPECT_EQ(facets.kind, MessageKind::acceptance);
  EXPECT_EQ(facets.work_order, "wo-1");
  EXPECT_EQ(facets.bucket, "security");
  EXPECT_EQ(facets.sku, "transport");
}

RC_GTEST_PROP(EntryFacets, ReadBackAsWritten,
              (std::string a, std::string b, int64_t time_ms, uint32_t attempt)) {
  const auto printable = [](std::string text) {
    std::erase_if(text, [](char c) { return c < 0x20 || c >= 0x7f; });
    return text;
  };
  EntryFacets facets;
  facets.kind = *rc::gen::elementOf(all_words<MessageKind>);
  facets.work_order = printable(b);
  facets.attempt = attempt;
  facets.time_ms = time_ms;
  facets.payload_digest = Digest::of(a);
  facets.artifacts = {Digest::of(b), Digest::of("x")};
  RC_ASSERT(*decode_facets(encode_facets(facets)) == facets);
}

TEST(EntryFacets, OfAKindThatThereIsNotAreCorrupt) {
  const Bytes good = encode_facets({.kind = MessageKind::receipt});
  Bytes bad = good;
  bad.replace(bad.find("receipt"), 7, "recipes");
  ASSERT_TRUE(decode_facets(good));
  EXPECT_EQ(decode_facets(bad).error().code, ErrorCode::corrupt);
}

RC_GTEST_PROP(EntryFacets, DecoderSurvivesAnyBytes, (std::string bytes)) {
  const auto facets = decode_facets(bytes);
  RC_ASSERT((facets.has_value() || facets.error().code == ErrorCode::corrupt));
}

RC_GTEST_PROP(EntryFacets, IndexKeysSortByTimeThenEntry,
              (int64_t time_a, int64_t time_b, uint64_t index_a, uint64_t index_b)) {
  const Bytes prefix = index_prefix(IndexTag::stage, "build");
  const TimeAndIndex a{time_a, index_a};
  const TimeAndIndex b{time_b, index_b};
  RC_ASSERT((index_key(prefix, a) < index_key(prefix, b)) == (a < b));
  RC_ASSERT(*parse_index_key(index_key(prefix, a)) == a);
}

RC_GTEST_PROP(EntryFacets, ItemsOfOneSecondShareAPosting, ()) {
  IndexRows rows;
  std::map<int64_t, std::vector<TimeAndIndex>> expected;  // by second
  for (uint64_t index = 100; index < 130; ++index) {
    EntryFacets facets;
    facets.stage = "build";
    facets.time_ms = *rc::gen::inRange<int64_t>(-3'000, 3'000);
    rows.add(index, facets);
    expected[start_of_second(facets.time_ms)].push_back({facets.time_ms, index});
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

RC_GTEST_PROP(EntryFacets, APostingOfAnyBytesIsReadOrRefused,
              (int64_t time_ms, uint64_t index, std::string value)) {
  const auto items = items_of_posting(index_key("s", {time_ms, index}), value);
  RC_ASSERT(
      (items ? std::is_sorted(items->begin(), items->end()) : items.error().code == ErrorCode::corrupt));
}

TEST(EntryFacets, MakeARowForEveryThingAnEntryIsFoundBy) {
  EntryFacets facets;
  facets.kind = MessageKind::receipt;
  facets.work_order = std::string(300, 'w');
  facets.payload_digest = Digest::of("p");
  facets.artifacts = {Digest::of("a"), Digest::of("b")};
  const auto keys_of_rows = [&] {
    IndexRows rows;
    rows.add(7, facets);
    rows.add(8, facets);
    std::vector<Bytes> found;
    rows.hand_over([&](BytesView key, BytesView) { found.emplace_back(key); });
    return found;
  };
  facets.kind = MessageKind::dispatch;
  facets.predecessor = Digest::of("before");
  const auto found = keys_of_rows();
  EXPECT_EQ(
      found.size(),
      2 * 2u + 6);  // summaries, payloads; one for both: time, kind, work order, two artifacts, predecessor
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  for (const auto& key : found) EXPECT_LE(key.size(), 160u);
  facets.kind = MessageKind::receipt;
  facets.status = "completed";
  EXPECT_EQ(keys_of_rows().size(), 2 * 2u + 4);  // what most entries are is told by no row
}

}  // namespace
}  // namespace tcps::ledger
