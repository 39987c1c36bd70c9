#include "nodes/tcps/run/progress.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nodes/tcps/run/run_report.h"

namespace tcps::cli {
namespace {

using nlohmann::json;

json accepted(const std::string& id) {
  return {{"id", id},        {"title", "T"}, {"status", "working"},
          {"stage", "pull"}, {"attempt", 1}, {"receipts", json::array()}};
}
json receipt(const std::string& id, std::string_view stage, const std::string& status = "completed",
             uint32_t attempt = 1) {
  return {
      {"kind", "receipt"}, {"work_order", id}, {"stage", stage}, {"status", status}, {"attempt", attempt}};
}
json decision(const std::string& id, const std::string& what) {
  return {{"kind", "decision"}, {"work_order", id}, {"subject", "tcps.transport.event." + what + "." + id}};
}

TEST(Progress, FollowsAWorkOrderThroughTheTenStages) {
  Progress progress;
  progress.add(accepted("wo-1"), 0);
  int64_t now = 0;
  for (Stage stage : all_stages) {
    EXPECT_FALSE(progress.ended());
    const auto changes = progress.apply(receipt("wo-1", to_string(stage)), now += 1'000);
    ASSERT_FALSE(changes.empty());
    EXPECT_EQ(changes[0].stage, to_string(stage));
    EXPECT_EQ(changes[0].what, "passed (1.0 s)");
  }
  EXPECT_TRUE(progress.ended());
  EXPECT_EQ(progress.orders()[0].status, WorkOrderStatus::done);
}

TEST(Progress, EndsForAWorkOrderThatFailedAndGoesOnWhenItIsResumed) {
  Progress progress;
  progress.add(accepted("wo-1"), 0);
  progress.apply(receipt("wo-1", "pull", "failed"), 500);
  EXPECT_TRUE(progress.ended());
  EXPECT_EQ(progress.orders()[0].status, WorkOrderStatus::quarantined);
  progress.apply(decision("wo-1", "resume"), 600);
  EXPECT_FALSE(progress.ended());
  const auto changes =
      progress.apply({{"kind", "dispatch"}, {"work_order", "wo-1"}, {"stage", "pull"}, {"attempt", 2}}, 700);
  EXPECT_EQ(changes[0].what, "released again, attempt 2");
  progress.apply(receipt("wo-1", "pull", "completed", 2), 900);
  EXPECT_EQ(progress.orders()[0].stages[0].state, StageState::passed);
}

TEST(Progress, TellsOnceWhyACardWaits) {
  Progress progress;
  progress.add(accepted("wo-1"), 0);
  const json waits = {{"work_order", "wo-1"}, {"stage", "pull"}, {"node", "a"}, {"reason", "no\x1b sandbox"}};
  const auto changes = progress.card_waits(waits);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].what, "waits at a: " + printable("no\x1b sandbox"));
  EXPECT_TRUE(progress.card_waits(waits).empty()) << "each try says the same";
  EXPECT_NE(progress.table(0, 200, false).find("wo-1 waits in pull at a"), std::string::npos);
  progress.apply(receipt("wo-1", "pull"), 500);
  EXPECT_EQ(progress.orders()[0].waits, "") << "it goes on";
  EXPECT_EQ(progress.card_waits(waits).size(), 1u);
  for (const json& junk : {json(), json(1), json{{"work_order", 7}}, json{{"work_order", "wo-9"}}})
    EXPECT_TRUE(progress.card_waits(junk).empty()) << junk;
}

TEST(Progress, HearsWhatPeopleDecide) {
  for (const auto& [what, status] :
       {std::pair("quarantine", "quarantined"), {"hold", "held"}, {"cancel", "cancelled"}}) {
    Progress progress;
    progress.add(accepted("wo-1"), 0);
    progress.apply(decision("wo-1", what), 1);
    EXPECT_EQ(to_string(progress.orders()[0].status), status);
    EXPECT_TRUE(progress.ended());
  }
}

TEST(Progress, AsksAgainAfterAResolvedCallSinceItMayHaveCancelled) {
  Progress progress;
  progress.add(accepted("wo-1"), 0);
  EXPECT_FALSE(progress.look_again());
  progress.apply({{"kind", "andon-resolved"}, {"work_order", ""}}, 1);
  EXPECT_TRUE(progress.look_again());
  EXPECT_FALSE(progress.look_again());
}

TEST(Progress, LeavesOtherWorkOrdersAndRepetitionsAlone) {
  Progress progress;
  json done = accepted("wo-1");
  done["receipts"] = {{{"stage", "pull"}, {"status", "completed"}, {"attempt", 1}, {"duration_ms", 400}}};
  done["stage"] = "plan";
  progress.add(done, 0);
  EXPECT_TRUE(progress.apply(receipt("wo-1", "pull"), 10).empty());
  EXPECT_TRUE(progress.apply(receipt("wo-2", "pull"), 10).empty());
  EXPECT_TRUE(progress.apply(receipt("wo-1", "nonsense"), 10).empty());
  EXPECT_EQ(progress.orders()[0].stages[0].took_ms, 400);
  EXPECT_EQ(progress.orders()[0].stages[1].state, StageState::running);
}

TEST(Progress, HasEndedAtOnceForDemandThatWasDoneBefore) {
  Progress progress;
  EXPECT_TRUE(progress.ended());
  json done = accepted("wo-1");
  done["status"] = "done";
  progress.add(done, 0);
  progress.add(done, 0);
  EXPECT_TRUE(progress.ended());
  EXPECT_EQ(progress.orders().size(), 1u);
}

TEST(Progress, DrawsATableThatFitsTheTerminal) {
  Progress progress;
  for (int i = 0; i < 30; ++i) progress.add(accepted("wo-" + std::to_string(i)), 0);
  const std::string table = progress.table(1'500, 40, false);
  size_t lines = 0;
  for (size_t begin = 0; begin < table.size(); ++lines) {
    const size_t end = table.find('\n', begin);
    EXPECT_LE(view::display_width(table.substr(begin, end - begin)), 40u);
    begin = end + 1;
  }
  EXPECT_EQ(lines, 22u);  // head, 20 rows, and how many more
  EXPECT_NE(table.find("▸1.5s"), std::string::npos);
}

TEST(ReleasePlaces, TellsWhereAReleaseLies) {
  const json order = {
      {"sku", "transport"},
      {"version", "1.0.0"},
      {"release",
       {{"publications",
         {{{"channel", "hex.pm"}, {"applicable", false}, {"reason", "no Erlang"}},
          {{"channel", "docker"}, {"registry", "127.0.0.1:5000"}, {"image", "tcps/transport:1.0.0"}},
          {{"channel", "marketplace"}, {"listing_url", "transport/1.0.0/release.json"}}}}}}};
  EXPECT_EQ(release_places(order, ""),
            (std::vector<std::string>{"image: 127.0.0.1:5000/tcps/transport:1.0.0",
                                      "marketplace: transport/1.0.0/release.json"}));
  EXPECT_TRUE(release_places(json::object(), "").empty());
}

}  // namespace
}  // namespace tcps::cli
