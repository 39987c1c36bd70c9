#include "actors/ledger/queries/ledger_stats.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/testing/queried_line.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

EntryFacets receipt(const std::string& stage, const std::string& status, int64_t time_ms = 0) {
  EntryFacets facets;
  facets.kind = MessageKind::receipt;
  facets.stage = stage;
  facets.status = status;
  facets.failure_mode = status == "failed" ? "F6.1" : "";
  facets.bucket = "security";
  facets.sku = "transport";
  facets.node = "node-1";
  facets.time_ms = time_ms;
  return facets;
}

TEST(LedgerStats, CountsReceiptsByWhatTheyCanBeFoundBy) {
  LedgerStats stats;
  EntryFacets call;
  call.kind = MessageKind::andon_raised;
  call.node = "node-2";
  stats.add(receipt("build", "completed", 2'000));
  stats.add(receipt("build", "failed", 1'000));
  stats.add(call);
  const json counted = stats.to_json();
  EXPECT_EQ(counted["entries"], 3);
  EXPECT_EQ(counted["kinds"], (json{{"andon-raised", 1}, {"receipt", 2}}));
  EXPECT_EQ(counted["stages"], (json{{"build", {{"completed", 1}, {"failed", 1}}}}));
  EXPECT_EQ(counted["failure_modes"], (json{{"F6.1", 1}}));
  EXPECT_EQ(counted["nodes"], (json{{"node-1", 2}}));
  EXPECT_EQ(counted["first_time"], "1970-01-01T00:00:01Z");
  EXPECT_EQ(counted["last_time"], "1970-01-01T00:00:02Z");
}

TEST(LedgerStats, OfPartsAddUpToThoseOfTheWhole) {
  LedgerStats whole, first, second;
  for (int i = 0; i < 50; ++i) {
    EntryFacets facets =
        receipt(i % 3 == 0 ? "build" : "test", i % 7 == 0 ? "failed" : "completed", i * 1000);
    facets.node = "node-" + std::to_string(i % 5);
    whole.add(facets);
    (i < 20 ? first : second).add(facets);
  }
  const auto read = LedgerStats::from_json(first.to_json());
  ASSERT_TRUE(read.has_value()) << read.error().message;
  LedgerStats sum = *read;
  sum.add(second);
  EXPECT_EQ(sum.to_json(), whole.to_json());
}

TEST(LedgerStats, KeepWithinTheirBounds) {
  LedgerStats stats;
  for (size_t i = 0; i < counted_values_max + 500; ++i) {
    EntryFacets facets = receipt("build", "completed");
    facets.node = "node-" + std::to_string(i);
    stats.add(facets);
  }
  const json nodes = stats.to_json()["nodes"];
  EXPECT_EQ(nodes.size(), counted_values_max + 1);
  EXPECT_EQ(nodes["…"], 500);
}

TEST(LedgerStats, RefuseWhatIsNoCount) {
  for (const char* text : {"[]", "{}", R"({"entries": -1, "stages": {}})", R"({"entries": 1, "stages": {}})",
                           R"({"entries": 1, "stages": {}, "kinds": {"a": "b"}})"}) {
    EXPECT_FALSE(LedgerStats::from_json(json::parse(text)).has_value()) << text;
  }
}

TEST(LedgerStats, OfALineAreCountedPieceByPiece) {
  QueriedLine line;
  const LedgerQueries queries(*line.store, line.shared, nullptr);
  const auto id = line.accept("1");
  line.pass_until(id, Stage::build);
  LedgerStats sum;
  uint64_t from = 0;
  for (int piece = 0; piece < 20; ++piece) {
    auto reply = queries.answer("stats", {{"from", from}, {"limit", 3}});
    ASSERT_TRUE(reply.has_value()) << reply.error().message;
    sum.add(*LedgerStats::from_json(reply->at("stats")));
    from = reply->at("next");
    if (from == reply->at("size")) break;
  }
  auto whole = queries.answer("stats", json::object());
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(sum.to_json(), whole->at("stats"));
  EXPECT_EQ(sum.entries(), line.store->head().size);
  EXPECT_EQ(whole->at("stats")["stages"].size(), 6u);
  EXPECT_EQ(whole->at("stats")["buckets"], (json{{"security", 6}}));
}

}  // namespace
}  // namespace tcps::ledger
