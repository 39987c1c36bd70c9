#include "actors/ledger/queries/queries.h"

#include <nlohmann/json.hpp>

#include "actors/ledger/queries/testing/queried_line.h"
#include "messages/canonical_json.h"
#include "messages/reply.h"

namespace tcps::ledger {
namespace {

using nlohmann::json;

class LedgerQueriesTest : public AskedLine {};

TEST_F(LedgerQueriesTest, TellsWhereTheLineStands) {
  const auto first = line.accept("1");
  line.accept("2");
  line.pass_until(first, Stage::plan);
  const json status = ask("status");
  EXPECT_EQ(status["line"], "transport");
  EXPECT_EQ(status["genesis"], line.state().genesis());
  EXPECT_EQ(status["position"], line.sequence);
  EXPECT_EQ(status["synced_size"], line.sequence);
  EXPECT_EQ(status["root"], line.store->head().root.to_string());
  EXPECT_EQ(status["wip"], 1);
  EXPECT_EQ(status["wip_limit"], 2);
  EXPECT_EQ(status["waiting"], 1);
  EXPECT_EQ(status["roles"]["planner"], (json{{"node", "node-1"}, {"term", 1}}));
  EXPECT_EQ(status["product"]["sku"], "transport");
  EXPECT_EQ(status["checkpoint"], nullptr);
  const json wip = ask("wip");
  EXPECT_EQ(wip["status"], "ACCEPT");
  EXPECT_EQ(wip["available"], 1);
  EXPECT_EQ(wip["stages"][2], (json{{"stage", "generate"}, {"open_cards", 1}, {"stopped", false}}));
}

TEST_F(LedgerQueriesTest, SaysThatAFullLineIsFull) {
  for (const char* signal : {"1", "2"}) line.pass_until(line.accept(signal), Stage::plan);
  EXPECT_EQ(ask("wip")["status"], "FULL");
  EXPECT_EQ(ask("wip")["available"], 0);
}

TEST_F(LedgerQueriesTest, ListsWorkOrdersByWhatBecameOfThem) {
  const auto done = line.accept("done"), failed = line.accept("failed", "debt"), waits = line.accept("waits"),
             cancelled = line.accept("cancelled");
  line.pass_until(done, Stage::verify);
  line.fail_at(failed, Stage::pull, "F1.1", "no such source");
  line.decide(cancelled, "cancel");
  const auto ids = [&](const json& request) {
    std::vector<std::string> list;
    const json reply = ask("work-orders", request);
    for (const json& row : reply["work_orders"]) list.push_back(row["id"]);
    return list;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids(json::object()), (Ids{failed, waits}));
  EXPECT_EQ(ids({{"status", "all"}}), (Ids{done, failed, waits, cancelled}));
  EXPECT_EQ(ids({{"status", "done"}}), Ids{done});
  EXPECT_EQ(ids({{"status", "cancelled"}}), Ids{cancelled});
  EXPECT_EQ(ids({{"status", "quarantined"}}), Ids{failed});
  EXPECT_EQ(ids({{"status", "all"}, {"bucket", "debt"}}), Ids{failed});
  const json row = ask("work-orders", {{"status", "quarantined"}})["work_orders"][0];
  EXPECT_EQ(row["title"], "Title of failed");
  EXPECT_EQ(row["failure_mode"], "F1.1");
  EXPECT_EQ(row["reason"], "no such source");
  EXPECT_EQ(row["accepted_at"], "2026-01-26T10:00:00Z");
  EXPECT_EQ(ask("work-orders", {{"status", "done"}})["work_orders"][0]["version"], "1.0.1");
}

TEST_F(LedgerQueriesTest, PagesThroughWorkOrdersWithoutGapsOrRepeats) {
  std::vector<std::string> accepted;
  for (int i = 0; i < 7; ++i) accepted.push_back(line.accept(std::to_string(i)));
  for (const char* status : {"open", "all"}) {
    std::vector<std::string> seen;
    json request = {{"status", status}, {"limit", 2}};
    for (int page = 0; page < 10; ++page) {
      const json reply = ask("work-orders", request);
      for (const json& row : reply["work_orders"]) seen.push_back(row["id"]);
      if (reply["next"].is_null()) break;
      request["page"] = reply["next"];
    }
    EXPECT_EQ(seen, accepted) << status;
  }
}

TEST_F(LedgerQueriesTest, ShowsAWorkOrderWithItsReceiptsEventsAndRelease) {
  const auto id = line.accept("1");
  line.pass_until(id, Stage::verify);
  const json order = ask("work-order", {{"id", id}});
  EXPECT_EQ(order["status"], "done");
  EXPECT_EQ(order["version"], "1.0.1");
  EXPECT_EQ(order["work_order"]["demand"]["signal_id"], "1");
  ASSERT_EQ(order["receipts"].size(), 10u);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(order["receipts"][i]["stage"], to_string(all_stages[i]));
  EXPECT_EQ(order["receipts"][5]["duration_ms"], 4'000);
  EXPECT_EQ(order["release"]["publications"], json::parse(R"([{"channel": "marketplace"}])"));
  EXPECT_EQ(order["events"][0]["kind"], "acceptance");
  EXPECT_EQ(order["artifacts"][0]["digest"], Digest::of("thing").to_string());
}

TEST_F(LedgerQueriesTest, ShowsOpenCallsAndTheClosedOnesWhenAsked) {
  const auto id = line.accept("1");
  line.raise("andon-1", id);
  line.raise("andon-2", "");
  line.resolve("andon-2", "keep");
  EXPECT_EQ(ask("andons")["andons"].size(), 1u);
  EXPECT_EQ(ask("andons")["andons"][0]["id"], "andon-1");
  EXPECT_EQ(ask("work-order", {{"id", id}})["andons"][0]["reason"], "come and see");
  const json all = ask("andons", {{"all", true}})["andons"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["open"].get<bool>() + all[1]["open"].get<bool>(), 1);
}

TEST_F(LedgerQueriesTest, NamesTheCallsThatStopTheLineOrAStage) {
  EXPECT_EQ(ask("status")["stops"], json::array());
  line.raise("andon-1", line.accept("1"));
  EXPECT_EQ(ask("status")["stops"], json::array()) << "a call about a work order stops that alone";
  line.raise("andon-2", "", "test");
  line.raise("andon-3", "");
  const json status = ask("status");
  EXPECT_EQ(status["line_stopped"], true);
  EXPECT_EQ(status["stops"],
            (json{{{"andon", "andon-3"}, {"what", "line"}, {"kind", "pulled"}, {"reason", "come and see"}},
                  {{"andon", "andon-2"}, {"what", "test"}, {"kind", "pulled"}, {"reason", "come and see"}}}));
  line.resolve("andon-3", "keep");
  EXPECT_EQ(ask("status")["stops"].size(), 1u);
}

TEST_F(LedgerQueriesTest, TellsAResolvedCallThatCancelledFromOneNotYetInTheLedger) {
  const auto id = line.accept("1");
  line.raise("andon-1", id);
  line.resolve("andon-1", "cancel");
  EXPECT_EQ(ask("work-order", {{"id", id}})["status"], "cancelled");
  const auto ahead = line.accept("2");
  line.pass_until(ahead, Stage::publish);
  line.storing = false;
  line.pass(ahead, Stage::verify);
  EXPECT_EQ(ask("work-order", {{"id", ahead}})["status"], "working");
}

TEST_F(LedgerQueriesTest, FindsReceiptsByTheirFields) {
  const auto id = line.accept("1");
  line.pass_until(id, Stage::render);
  line.fail_at(id, Stage::build, "F6.1", "the compiler refused main.cpp");
  EXPECT_EQ(ask("receipts", {{"work_order", id}})["receipts"].size(), 6u);
  const json failed = ask("receipts", {{"failure_mode", "F6.1"}})["receipts"];
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0]["failure"]["reason"], "the compiler refused main.cpp");
  EXPECT_EQ(failed[0]["timestamp"], "2026-01-26T10:06:04Z");
  EXPECT_EQ(
      ask("receipts", {{"from", "2026-01-26T10:04:00Z"}, {"to", "2026-01-26T10:05:30Z"}})["receipts"].size(),
      2u);
  EXPECT_EQ(ask("receipts", {{"node", "node-9"}})["receipts"].size(), 0u);
}

TEST_F(LedgerQueriesTest, ShowsAReceiptByNumberPayloadOrStage) {
  const auto id = line.accept("1");
  line.pass(id, Stage::pull);
  const json by_stage = ask("receipt", {{"work_order", id}, {"stage", "pull"}});
  EXPECT_EQ(by_stage["statement"]["predicate"]["stage"], "pull");
  EXPECT_EQ(ask("receipt", {{"index", by_stage["index"]}}), by_stage);
  EXPECT_EQ(ask("receipt", {{"payload", by_stage["payload_digest"]}}), by_stage);
  const auto envelope = from_base64(by_stage["envelope"].get<std::string>());
  EXPECT_EQ(LineMessage::decode(*envelope)->payload_digest.to_string(), by_stage["payload_digest"]);
  EXPECT_EQ(ask("entry", {{"index", by_stage["index"]}})["envelope"], by_stage["envelope"]);
  EXPECT_EQ(error_of("receipt", {{"work_order", id}, {"stage", "build"}}), ErrorCode::not_found);
}

TEST_F(LedgerQueriesTest, FollowsTheLogByNumber) {
  const auto id = line.accept("1");
  json reply = ask("entries", {{"from", 0}, {"limit", 3}});
  EXPECT_EQ(reply["entries"].size(), 3u);
  EXPECT_EQ(reply["next"], 3);
  reply = ask("entries", {{"from", 3}});
  EXPECT_EQ(reply["entries"].back()["kind"], "acceptance");
  EXPECT_EQ(reply["entries"].back()["work_order"], id);
  const json end = ask("entries", {{"from", reply["next"]}});
  EXPECT_TRUE(end["entries"].empty());
  EXPECT_EQ(end["next"], reply["next"]);
  EXPECT_EQ(ask("entries", {{"kind", "role-claimed"}})["entries"].size(), 2u);
  EXPECT_EQ(ask("entries", {{"artifact", Digest::of("thing").to_string()}})["entries"].size(), line.sequence);
}

TEST_F(LedgerQueriesTest, ProvesInclusionAndConsistency) {
  for (int i = 0; i < 5; ++i) line.accept(std::to_string(i));
  const auto digest = [](const json& text) {
    return *Digest::from_raw(*from_base64(text.get<std::string>()));
  };
  const auto path = [&](const json& list) {
    std::vector<Digest> digests;
    for (const json& one : list) digests.push_back(digest(one));
    return digests;
  };
  const json proof = ask("proof", {{"index", 2}});
  EXPECT_TRUE(tlog::verify_inclusion(2, line.sequence, digest(proof["leaf_hash"]), path(proof["proof"]),
                                     digest(proof["root"])));
  EXPECT_EQ(digest(proof["root"]), line.store->head().root);
  const json growth = ask("proof", {{"old", 3}, {"new", 8}});
  EXPECT_TRUE(tlog::verify_consistency(3, 8, path(growth["proof"]), digest(growth["old_root"]),
                                       digest(growth["root"])));
  EXPECT_EQ(error_of("proof", json::object()), ErrorCode::invalid);
  EXPECT_EQ(error_of("proof", {{"index", 500}}), ErrorCode::not_found);
}

TEST_F(LedgerQueriesTest, HandsOutACheckpointThatAReplicaOfTheLogSigned) {
  EXPECT_EQ(error_of("checkpoint", json::object()), ErrorCode::not_found);
  line.make_checkpoint(line.node);
  const json checkpoint = ask("checkpoint");
  const auto note = *tlog::Note::parse(checkpoint["note"].get<std::string>());
  EXPECT_TRUE(tlog::verify_note(note, *tlog::NoteKey::parse(checkpoint["key"].get<std::string>())));
  EXPECT_EQ(checkpoint["size"], line.sequence);
}

// More keys than a page of the index has rows.
TEST_F(LedgerQueriesTest, KnowsAReplicasKeyThatWasAddedAfterManyOthers) {
  const auto add_key = [&](const PrivateKey& key, const std::string& owner, const char* role) {
    proto::KeyAdded added;
    *added.mutable_key() = QueriedLine::grant(key, owner, {role});
    line.add(added, line.person);
  };
  for (size_t i = 0; i <= page_rows_max; ++i)
    add_key(PrivateKey::generate(), "guest-" + std::to_string(i), "station");
  PrivateKey late = PrivateKey::generate();
  add_key(late, "node-2", "replica");
  line.make_checkpoint(late);
  EXPECT_EQ(ask("checkpoint")["size"], line.sequence);
}

TEST_F(LedgerQueriesTest, VerifiesChainsAgainstTheCheckpoint) {
  const auto id = line.accept("1");
  line.pass_until(id, Stage::verify);
  line.make_checkpoint(line.node);
  const json whole = ask("verify-chain");
  EXPECT_EQ(whole["pass"], true) << whole.dump(2);
  EXPECT_EQ(whole["covered"], line.sequence);
  EXPECT_EQ(whole["chains"].size(), 1u);
  const json one = ask("verify-chain", {{"work_order", id}});
  EXPECT_EQ(one["pass"], true) << one.dump(2);
  EXPECT_EQ(one["stages"].size(), 10u);
  EXPECT_EQ(one["chain_hash"], whole["chains"][0]["chain_hash"]);
  EXPECT_EQ(ask("verify-chain", {{"work_order", "wo-unknown"}})["pass"], false);
}

TEST_F(LedgerQueriesTest, DoesNotPassAChainWhoseCheckpointAStrangerSigned) {
  line.accept("1");
  PrivateKey stranger = PrivateKey::generate();
  line.make_checkpoint(stranger);
  EXPECT_EQ(ask("verify-chain")["pass"], false);
  EXPECT_EQ(error_of("checkpoint", json::object()), ErrorCode::corrupt);
}

TEST_F(LedgerQueriesTest, NamesTheNodesThatWereHeardAndTheKeysThatCount) {
  line::Heartbeat beat;
  beat.node = "node-1";
  peers.heard(beat, 4'200);
  const json nodes = ask("nodes");
  EXPECT_EQ(nodes["nodes"][0]["silent_ms"], 800);
  EXPECT_EQ(nodes["nodes"][0]["roles"], (json{"planner", "supervisor"}));
  EXPECT_EQ(nodes["keys"].size(), 2u);
  const LedgerQueries stopped(*line.store, line.shared, nullptr);
  EXPECT_TRUE(stopped.answer("nodes", json::object())->at("nodes").empty());
}

TEST_F(LedgerQueriesTest, ShowsWhatTheFoldRefused) {
  Group group;
  proto::RefusedEntry& refused = group.refused.emplace_back();
  refused.set_epoch(1);
  refused.set_sequence(line.sequence + 1);
  refused.set_reason("the key is unknown");
  group.next = {1, line.sequence + 2};
  ASSERT_TRUE(line.store->append(group));
  const json reply = ask("refused");
  EXPECT_EQ(reply["total"], 1);
  EXPECT_EQ(reply["refused"][0]["reason"], "the key is unknown");
}

TEST_F(LedgerQueriesTest, RefusesWrongRequestsNamingTheField) {
  EXPECT_EQ(error_of("nonsense", json::object()), ErrorCode::not_found);
  EXPECT_EQ(error_of("status", json::array()), ErrorCode::invalid);
  EXPECT_EQ(error_of("work-order", json::object()), ErrorCode::invalid);
  EXPECT_EQ(error_of("work-order", {{"id", "wo-unknown"}}), ErrorCode::not_found);
  const std::pair<const char*, json> wrong[] = {{"work-orders", {{"status", "lost"}}},
                                                {"work-orders", {{"limit", 0}}},
                                                {"work-orders", {{"limit", 1'001}}},
                                                {"work-orders", {{"page", "nonsense"}}},
                                                {"receipts", {{"from", "today"}}},
                                                {"receipts", {{"actor", "ann"}}},
                                                {"entries", {{"from", -1}}},
                                                {"andons", {{"all", "yes"}}},
                                                {"receipt", json::object()},
                                                {"receipt", {{"index", "1"}}},
                                                {"work-order", {{"id", 5}}}};
  for (const auto& [query, request] : wrong)
    EXPECT_EQ(error_of(query, request), ErrorCode::invalid) << query << request;
  const auto reply = queries.answer("andons", {{"all", "yes"}});
  EXPECT_NE(reply.error().message.find("'all'"), std::string::npos);
}

TEST(QueryReply, CarriesErrorsThereAndBack) {
  const Error error{ErrorCode::not_found, "there is no such thing"};
  const auto status = reply_status(error_reply(error));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, error.code);
  EXPECT_EQ(status.error().message, error.message);
  EXPECT_TRUE(reply_status(json{{"wip", 1}}).has_value());
  EXPECT_FALSE(reply_status(json::array()).has_value());
}

TEST(LedgerQueries, KeepsRepliesBelowTheBusLimit) {
  QueriedLine line;
  for (int i = 0; i < 40; ++i) line.accept(std::string(900, 'x') + std::to_string(i));
  LedgerQueries queries(*line.store, line.shared, nullptr);
  for (const auto name : LedgerQueries::names()) {
    const auto reply = queries.answer(name, json::object());
    EXPECT_LT(reply ? reply->dump().size() : 0, reply_bytes_max) << name;
  }
  EXPECT_EQ(LedgerQueries::names().size(), 19u);
}

}  // namespace
}  // namespace tcps::ledger
