#include "actors/ledger/queries/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/testing/queried_line.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

class TraceTest : public testing::Test {
 protected:
  json trace(const json& request) {
    auto reply = queries.answer("trace", request);
    EXPECT_TRUE(reply.has_value()) << reply.error().message;
    return reply.value_or(json::object());
  }
  std::string thing = Digest::of("thing").to_string();  // what every receipt of the fixture makes
  QueriedLine line;
  LedgerQueries queries{*line.store, line.shared, nullptr};
};

TEST_F(TraceTest, GoesBackFromAnArtifactToTheDemandSignal) {
  const auto id = line.accept("77");
  line.pass_until(id, Stage::extract);
  const json reply =
      trace({{"payload", line.state().find(*WorkOrderId::parse(id))->card.to_string()}, {"artifact", thing}});
  ASSERT_EQ(reply["made_by"].size(), 1u);
  const json& origin = reply["made_by"][0];
  std::vector<std::string> way;
  uint64_t index = UINT64_MAX;
  for (const json& step : origin["steps"]) {
    way.push_back(step["kind"] == "receipt" ? step["stage"] : step["kind"]);
    EXPECT_LT(step["index"], index) << "each follows an earlier entry";
    index = step["index"];
  }
  EXPECT_EQ(way, (std::vector<std::string>{"extract", "generate", "plan", "pull", "acceptance"}));
  EXPECT_EQ(origin["steps"][0]["names"], json::array({"thing"}));
  EXPECT_EQ(origin["demand"]["signal_id"], "77");
  EXPECT_EQ(origin["work_order"]["id"], id);
  EXPECT_EQ(origin["work_order"]["version"], "1.0.1");
}

TEST_F(TraceTest, NamesTheFirstReceiptOfEachWorkOrderThatMadeTheFile) {
  const auto first = line.accept("1"), second = line.accept("2");
  line.pass_until(first, Stage::plan);
  line.pass_until(second, Stage::pull);
  const json reply = trace({{"artifact", thing}});
  ASSERT_EQ(reply["made_by"].size(), 2u);
  EXPECT_EQ(reply["more"], false);
  for (const json& origin : reply["made_by"]) EXPECT_EQ(origin["steps"][0]["stage"], "pull");
  EXPECT_EQ(reply["made_by"][0]["work_order"]["id"], first);
  EXPECT_EQ(reply["made_by"][1]["work_order"]["id"], second);
}

TEST_F(TraceTest, CrossesAResumeOverItsDispatch) {
  const auto id = line.accept("1");
  line.pass_until(id, Stage::generate);
  line.fail_at(id, Stage::extract, "F4.1", "a query failed");
  line.decide(id, "resume");
  proto::Dispatch dispatch;
  const auto& order = *line.state().find(*WorkOrderId::parse(id));
  dispatch.set_work_order_id(id);
  dispatch.set_attempt(order.attempt);
  dispatch.mutable_next()->set_stage("extract");
  dispatch.mutable_next()->set_pool("any");
  dispatch.set_predecessor(order.passed.to_string());
  dispatch.set_manifest(order.manifest.empty() ? "" : order.manifest.to_string());
  dispatch.set_term(1);
  line.add(dispatch, line.node);
  line.pass(id, Stage::extract);
  const json reply = trace({{"work_order", id}, {"index", line.store->head().size - 1}});
  std::vector<std::string> kinds;
  for (const json& step : reply["made_by"][0]["steps"]) kinds.push_back(step["kind"]);
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"receipt", "dispatch", "receipt", "receipt", "receipt", "acceptance"}));
}

TEST_F(TraceTest, SaysThatNoReceiptNamesAnUnknownFile) {
  EXPECT_EQ(queries.answer("trace", {{"artifact", Digest::of("unknown").to_string()}}).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(queries.answer("trace", {{"artifact", "sha256:12"}}).error().code, ErrorCode::invalid);
  EXPECT_EQ(queries.answer("trace", json::object()).error().code, ErrorCode::invalid);
}

TEST_F(TraceTest, IsDrawnAsAGraphWhoseArrowsLeadToTheDemand) {
  const auto id = line.accept("77");
  line.pass_until(id, Stage::pull);
  const TraceGraph graph = graph_of(trace({{"artifact", thing}}));
  using Kind = TraceGraph::Kind;
  std::vector<Kind> kinds;
  std::vector<std::string> titles;
  for (const auto& node : graph.nodes) {
    kinds.push_back(node.kind);
    titles.push_back(node.title);
  }
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::artifact, Kind::receipt, Kind::acceptance, Kind::demand}));
  EXPECT_EQ(titles, (std::vector<std::string>{"thing", "pull", "acceptance", "demand github 77"}));
  ASSERT_EQ(graph.arrows.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(graph.arrows[i].from, i);
    EXPECT_EQ(graph.arrows[i].to, i + 1);
  }
}

TEST(TraceGraph, DrawsWhateverAReplyHolds) {
  for (const char* text :
       {"{}", "[]", R"({"artifact": 3, "made_by": [1, {"steps": 2}]})",
        R"({"artifact": "sha256:ab", "made_by": [{"steps": [{"names": [7]}], "demand": {}}]})",
        R"({"artifact": "sha256:ab", "made_by": [{"steps": [{}], "demand": null}]})",
        R"({"made_by": [{"steps": [{"kind": "receipt", "materials": [{}]}], "demand": {}}]})"}) {
    const TraceGraph graph = graph_of(json::parse(text));
    for (const auto& arrow : graph.arrows) {
      EXPECT_LT(arrow.from, graph.nodes.size()) << text;
      EXPECT_LT(arrow.to, graph.nodes.size()) << text;
    }
  }
}

}  // namespace
}  // namespace tcps::ledger
