// What the supervisor calls for, escalates and puts back; who claims a role; how far the stream is cut.
#include "actors/supervisor/supervision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "actors/line/following/peers.h"
#include "actors/line/testing/simulated_run.h"
#include "actors/supervisor/replica_watch.h"
#include "actors/supervisor/role_watch.h"
#include "actors/supervisor/trim.h"

namespace tcps::supervisor {
namespace {

using line::testing::Factory;
using ::testing::HasSubstr;

line::Heartbeat beat_of(const std::string& node, uint64_t synced = 0) {
  line::Heartbeat beat;
  beat.node = node;
  beat.synced = synced;
  beat.pools = {"any"};
  return beat;
}

// ---- supervision

struct Supervising : ::testing::Test {
  Supervising() {
    factory.begin();
    config.escalate_after = {std::chrono::seconds(60), std::chrono::seconds(600)};
    config.silent_card_ms.fill(30'000);
    rules.configure(config);
  }
  Supervision step(int64_t now_ms) { return rules.step(factory.state, now_ms); }
  // Signs and applies a call of the rules as the actor would.
  line::Verdict apply(proto::AndonRaised call) {
    *call.mutable_log() = factory.origin();
    call.set_term(1);
    return factory.send(call, factory.node_a);
  }
  WorkOrderId failed(const std::string& signal, const std::string& mode = "F1.1") {
    auto id = factory.accept(signal);
    factory.admit(factory.failed(factory.order(id), mode), factory.node_a);
    return id;
  }

  Factory factory;
  SupervisionConfig config;
  SupervisionRules rules;
};

TEST_F(Supervising, CallsOnceForWhatFailed) {
  auto id = failed("s-1");
  auto out = step(0);
  ASSERT_EQ(out.calls.size(), 1u);
  EXPECT_EQ(out.calls[0].work_order_id(), id.str());
  EXPECT_EQ(out.calls[0].mode(), "F1.1");
  EXPECT_TRUE(step(100).calls.empty());
  EXPECT_EQ(step(5'100).calls.size(), 1u);  // the first was lost
  EXPECT_TRUE(apply(out.calls[0]).admitted);
  EXPECT_TRUE(step(20'000).calls.empty());
  factory.admit(factory.resolution(out.calls[0].andon_id(), "keep"), factory.bob);
  EXPECT_TRUE(step(40'000).calls.empty());
}

TEST_F(Supervising, CallsAgainForTheNextAttempt) {
  auto id = failed("s-1");
  auto first = step(0).calls.at(0);
  apply(first);
  factory.admit(factory.decision(factory.order(id), "resume"), factory.bob);
  factory.pass(id);
  factory.admit(factory.failed(factory.order(id), "F1.1"), factory.node_a);
  auto second = step(10'000);
  ASSERT_EQ(second.calls.size(), 1u);
  EXPECT_NE(second.calls[0].andon_id(), first.andon_id());
}

TEST_F(Supervising, CallsForNothingThatAPersonPutAside) {
  for (const char* what : {"hold", "quarantine"})
    factory.admit(factory.decision(factory.order(factory.accept(what)), what), factory.bob);
  EXPECT_TRUE(step(0).calls.empty());
}

TEST_F(Supervising, CallsForALongReasonToo) {
  auto id = factory.accept("s-1");
  auto failure = factory.failed(factory.order(id));
  failure.mutable_failure()->set_reason(std::string(9'000, 'x'));
  factory.admit(failure, factory.node_a);
  EXPECT_TRUE(apply(step(0).calls.at(0)).admitted);
}

TEST_F(Supervising, CallsForABoundedNumberAtATime) {
  config.stop_stage_after = 0;
  rules.configure(config);
  for (int i = 0; i < 80; ++i) failed("s-" + std::to_string(i));
  EXPECT_EQ(step(0).calls.size(), 64u);
  EXPECT_EQ(step(250).calls.size(), 16u);
}

TEST_F(Supervising, DoesNotRepeatWhatAnotherSupervisorHasCalledFor) {
  SupervisionRules other;
  for (auto* one : {&rules, &other}) one->report({7, "subject", "unknown key", Digest::of("forged")});
  auto calls = step(0).calls;
  ASSERT_EQ(calls.size(), 1u);
  ASSERT_TRUE(apply(calls[0]).admitted);
  other.stand_by(factory.state);
  factory.admit(factory.resolution(calls[0].andon_id(), "keep"), factory.bob);
  EXPECT_TRUE(other.step(factory.state, 1'000).calls.empty());
}

TEST_F(Supervising, MakesOneCallOfAFloodOfForgeries) {
  for (uint64_t i = 1; i <= 1'000; ++i)
    rules.report({i, "tcps.glue.event.wip-changed.-", "the key is unknown", Digest::of("x")});
  auto out = step(0);
  ASSERT_EQ(out.calls.size(), 1u);
  EXPECT_EQ(out.calls[0].kind(), "forgery");
  EXPECT_THAT(out.calls[0].reason(), HasSubstr("1000 such"));
  EXPECT_TRUE(step(250).calls.empty());
  ASSERT_TRUE(apply(out.calls[0]).admitted);
  EXPECT_TRUE(step(10'000).calls.empty());
  rules.report({2'000, "s", "r", {}});
  EXPECT_TRUE(step(10'250).calls.empty());  // the open call stands for it
  factory.admit(factory.resolution(out.calls[0].andon_id(), "keep"), factory.bob);
  EXPECT_TRUE(step(20'000).calls.empty());
  rules.report({3'000, "s", "r", {}});
  EXPECT_EQ(step(30'000).calls.size(), 1u);
}

TEST_F(Supervising, StopsAStageThatFailsAgainAndAgain) {
  failed("s-1");
  failed("s-2");
  auto systemic = [](const Supervision& out) {
    std::vector<proto::AndonRaised> calls;
    for (const auto& call : out.calls) {
      if (call.kind() == "systemic") calls.push_back(call);
    }
    return calls;
  };
  EXPECT_TRUE(systemic(step(0)).empty());
  failed("s-3");
  auto calls = systemic(step(10'000));
  ASSERT_EQ(calls.size(), 1u);
  ASSERT_TRUE(apply(calls[0]).admitted);
  EXPECT_TRUE(factory.state.stage_stopped(Stage::pull));
  EXPECT_TRUE(systemic(step(20'000)).empty());
  factory.admit(factory.resolution(calls[0].andon_id(), "keep"), factory.bob);
  EXPECT_TRUE(systemic(step(30'000)).empty());
  for (const char* signal : {"s-4", "s-5", "s-6"}) failed(signal);
  EXPECT_EQ(systemic(step(40'000)).size(), 1u);
}

TEST_F(Supervising, EscalatesByTimeUntilSomebodyAcknowledges) {
  factory.admit(factory.call("c-1", "overdue"), factory.node_a);
  factory.admit(factory.call("c-2", "overdue"), factory.node_a);
  proto::AndonAcknowledged seen;
  *seen.mutable_log() = factory.origin();
  seen.set_andon_id("c-2");
  factory.admit(seen, factory.bob);
  auto escalate = [&](proto::AndonEscalated m) {
    *m.mutable_log() = factory.origin();
    m.set_term(1);
    return factory.send(m, factory.node_a).admitted;
  };
  EXPECT_TRUE(step(0).escalations.empty());
  EXPECT_TRUE(step(59'999).escalations.empty());
  auto first = step(60'000).escalations;
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].andon_id(), "c-1");
  EXPECT_EQ(first[0].to(), "team-lead");
  EXPECT_TRUE(step(60'250).escalations.empty());
  EXPECT_TRUE(escalate(first[0]));
  EXPECT_TRUE(step(599'999).escalations.empty());
  auto second = step(600'000).escalations;
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].level(), 2u);
  EXPECT_TRUE(escalate(second[0]));
  EXPECT_TRUE(step(9'000'000).escalations.empty());
}

TEST_F(Supervising, PutsBackACardThatIsSilentAndTheNextTimeAsLate) {
  auto id = factory.accept("s-1");
  EXPECT_TRUE(step(0).put_back.empty());
  EXPECT_TRUE(step(29'999).put_back.empty());
  EXPECT_EQ(step(30'000).put_back, std::vector{id});
  EXPECT_TRUE(step(30'250).put_back.empty());
  EXPECT_EQ(step(60'000).put_back, std::vector{id});
  factory.pass(id);
  EXPECT_TRUE(step(600'000).put_back.empty());
}

TEST_F(Supervising, CountsTheSilenceOfACardFromTheRestartOfItsStage) {
  factory.accept("s-1");
  step(0);
  factory.admit(factory.call("stop", "pulled"), factory.bob);
  EXPECT_TRUE(step(40'000).put_back.empty());
  factory.admit(factory.resolution("stop", "keep"), factory.bob);
  EXPECT_TRUE(step(40'250).put_back.empty());
  EXPECT_EQ(step(70'000).put_back.size(), 1u);
}

// ---- roles

struct Watching : ::testing::Test {
  Watching() : watch(Role::planner, "node-b", factory.node_b.grant.key_id()) {
    factory.admit(factory.genesis(), factory.ann);
  }
  std::optional<uint32_t> claim(int64_t now_ms) { return watch.claim(factory.state, peers, now_ms); }
  void revoke(const line::testing::Member& member) {
    proto::KeyRevoked m;
    *m.mutable_log() = factory.origin();
    m.set_key_id(member.grant.key_id());
    factory.admit(m, factory.ann);
  }
  Factory factory;
  line::Peers peers;
  RoleWatch watch;
};

TEST_F(Watching, ClaimsWhatNobodyEverHeldAndGivesTheFoldTimeToShowIt) {
  EXPECT_EQ(claim(0), 1u);
  EXPECT_EQ(claim(1'999), std::nullopt);
  EXPECT_EQ(claim(2'000), 1u);
  factory.admit(factory.claim(Role::planner, factory.node_b), factory.node_b);
  EXPECT_EQ(claim(9'000), std::nullopt);
  EXPECT_EQ(watch.held(factory.state), 1u);
}

TEST_F(Watching, ClaimsFromAHolderThatFellSilent) {
  factory.admit(factory.claim(Role::planner, factory.node_a), factory.node_a);
  EXPECT_EQ(watch.held(factory.state), std::nullopt);
  EXPECT_EQ(claim(0), std::nullopt);
  EXPECT_EQ(claim(4'999), std::nullopt);  // never heard, but watched for a moment only
  EXPECT_EQ(claim(5'000), 2u);
  peers.heard(beat_of("node-a"), 6'000);
  EXPECT_EQ(claim(10'000), std::nullopt);
  EXPECT_EQ(claim(11'000), 2u);
}

TEST_F(Watching, ClaimsFromAHolderWhoseKeyCountsNoMore) {
  factory.admit(factory.claim(Role::planner, factory.node_a), factory.node_a);
  claim(0);
  revoke(factory.node_a);
  peers.heard(beat_of("node-a"), 100);  // alive, and of no use
  EXPECT_EQ(claim(200), 2u);
}

TEST_F(Watching, ClaimsWhatItHeldByAKeyOfBefore) {
  factory.admit(factory.claim(Role::planner, factory.node_b), factory.node_b);
  auto renewed = line::testing::make_member(line::testing::Keys::cheap, "node-b-new", {Role::planner});
  renewed.grant.set_owner("node-b");
  proto::KeyAdded m;
  *m.mutable_log() = factory.origin();
  *m.mutable_key() = renewed.grant;
  factory.admit(m, factory.ann);
  RoleWatch with_new_key(Role::planner, "node-b", renewed.grant.key_id());
  peers.heard(beat_of("node-b"), 0);
  EXPECT_EQ(with_new_key.claim(factory.state, peers, 0), 2u);
}

TEST_F(Watching, ClaimsNothingThatTheFoldWouldRefuse) {
  EXPECT_EQ(RoleWatch(Role::planner, "node-c", factory.node_c.grant.key_id()).claim(factory.state, peers, 0),
            std::nullopt);
  revoke(factory.node_b);
  EXPECT_EQ(claim(0), std::nullopt);
  Factory without_genesis;
  EXPECT_EQ(watch.claim(without_genesis.state, peers, 0), std::nullopt);
}

// ---- trimming

TEST(Trim, CutsBelowEveryReplicaAndEveryOpenCard) {
  Factory f;
  f.begin();
  line::Peers peers;
  EXPECT_EQ(trim_below(f.state, peers, f.position), 0u);  // no replica was heard of
  peers.heard(beat_of("node-a", 1'000), 0);
  EXPECT_EQ(trim_below(f.state, peers, f.position), 0u);  // node-b was never heard of
  peers.heard(beat_of("node-b", 3), 0);
  EXPECT_EQ(trim_below(f.state, peers, f.position), 3u);
  peers.heard(beat_of("node-b", 1'000), 0);
  EXPECT_EQ(trim_below(f.state, peers, f.position), f.position);
  auto id = f.accept("s-1");
  auto card = f.position;
  f.accept("s-2");
  EXPECT_EQ(trim_below(f.state, peers, f.position), card);
  f.admit(f.decision(f.order(id), "hold"), f.bob);  // state, not a card
  EXPECT_EQ(trim_below(f.state, peers, f.position), card + 1);
  f.admit(f.replica(f.node_b, "ejected"), f.bob);
  peers.heard(beat_of("node-a", 3), 0);
  EXPECT_EQ(trim_below(f.state, peers, f.position), 3u);
  EXPECT_EQ(trim_below(f.state, peers, 2), 2u);  // what is not certified cannot be had from a peer
}

// ---- replicas that fell silent

TEST(ReplicaWatch, EjectsTheSilentOneAfterHavingWaited) {
  Factory f;
  f.begin();
  line::Peers peers;
  ReplicaWatch watch(std::chrono::seconds(10));
  const auto step = [&](int64_t now_ms) { return watch.step(f.state, peers, "node-a", now_ms); };
  EXPECT_FALSE(step(100'000)) << "not heard of yet: waited for since now";
  peers.heard(beat_of("node-b"), 105'000);
  EXPECT_FALSE(step(112'000));
  EXPECT_EQ(step(115'000), "node-b");
  EXPECT_FALSE(step(116'000)) << "asked for a moment ago";
  auto ejection = f.replica(f.node_b, "ejected");
  EXPECT_FALSE(f.send(ejection, f.node_a).admitted) << "only by who holds the role, in its term";
  ejection.set_term(1);
  EXPECT_FALSE(f.send(ejection, f.node_b).admitted);
  f.admit(ejection, f.node_a);
  EXPECT_FALSE(step(130'000));
  f.admit(f.replica(f.node_b, "added"), f.node_b);
  EXPECT_FALSE(step(131'000)) << "back again: waited for anew";
  EXPECT_EQ(step(141'000), "node-b");
}

}  // namespace
}  // namespace tcps::supervisor
