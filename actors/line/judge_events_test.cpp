// What changes the line itself: genesis, calls, limits, roles, keys, replicas; and what is the same for every
// message.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Keys;
using testing::Member;

// ---- genesis ----

TEST(LineState, BeginsWithASoundGenesisOnly) {
  struct Row {
    const char* name;
    std::function<void(proto::Genesis&)> spoil;
    const char* reason;
  };
  const Row rows[] = {
      {"line", [](auto& m) { m.set_line("paper"); }, "of line paper"},
      {"rules", [](auto& m) { m.set_rules_version(99); }, "rules version 99"},
      {"no wip", [](auto& m) { m.set_wip_limit(0); }, "wip_limit"},
      {"large wip", [](auto& m) { m.set_wip_limit(100'001); }, "wip_limit"},
      {"no backlog", [](auto& m) { m.set_backlog_limit(0); }, "backlog_limit"},
      {"bucket", [](auto& m) { (*m.mutable_bucket_weights())["fun"] = 1; }, "fun"},
      {"weight", [](auto& m) { (*m.mutable_bucket_weights())["debt"] = 1001; }, "0-1000"},
      {"key twice", [](auto& m) { *m.add_keys() = m.keys(0); }, "already known"},
      {"key id", [](auto& m) { m.mutable_keys(0)->set_key_id("sha256:00"); }, "not the digest"},
      {"role", [](auto& m) { m.mutable_keys(1)->add_roles("king"); }, "king"},
      {"no keys", [](auto& m) { m.clear_keys(); }, "root key that it names"},
      {"no root",
       [](auto& m) {
         m.mutable_keys(0)->mutable_roles()->RemoveLast();
         m.mutable_keys(0)->set_roles(0, "operator");
       },
       "root key"},
      {"sku", [](auto& m) { m.set_sku(std::string(257, 'x')); }, "sku"},
  };
  Factory f(Keys::real);
  EXPECT_THAT(f.send(f.acceptance("s-1"), f.node_a).reason, HasSubstr("no genesis yet"));
  for (const auto& row : rows) {
    auto m = f.genesis();
    row.spoil(m);
    auto verdict = f.send(m, f.ann);
    EXPECT_FALSE(verdict.admitted) << row.name;
    EXPECT_THAT(verdict.reason, HasSubstr(row.reason)) << row.name;
  }
  EXPECT_TRUE(f.send(f.genesis(), f.bob).forged);  // an operator, no root
  EXPECT_TRUE(f.state.genesis().empty());
  f.admit(f.genesis(), f.ann);
  EXPECT_EQ(f.state.genesis(), f.history.back().sent.message.payload_digest.to_string());
  EXPECT_THAT(f.send(f.genesis(), f.ann).reason, HasSubstr("genesis already"));
}

TEST(LineState, RefusesAGenesisWhoseSignatureIsNotTheKeys) {
  Factory f(Keys::real);
  auto sent = f.seal(f.genesis(), f.ann);
  sent.message.envelope.signatures.front().signature[5] ^= 1;
  auto verdict = f.apply(sent);
  EXPECT_FALSE(verdict.admitted);
  EXPECT_TRUE(verdict.forged);
}

// ---- what is common ----

TEST(LineState, KnowsForgeriesFromHonestMistakes) {
  Factory f(Keys::real);
  f.begin();
  auto stranger = testing::make_member(Keys::real, "mallory", {Role::station});
  auto id = f.accept("s-1");
  auto verdict = f.send(f.passed(f.order(id)), stranger);
  EXPECT_THAT(verdict.reason, HasSubstr("unknown"));
  EXPECT_TRUE(verdict.forged);

  auto altered = f.seal(f.passed(f.order(id)), f.node_a);
  altered.message.envelope.payload += " ";
  EXPECT_TRUE(f.apply(altered).forged);

  auto borrowed = f.seal(f.passed(f.order(id)), stranger);
  borrowed.message.envelope.signatures.front().key_id = f.node_a.grant.key_id();
  EXPECT_TRUE(f.apply(borrowed).forged);

  auto twice = f.seal(f.passed(f.order(id)), f.node_a);
  twice.message.envelope.signatures.push_back(twice.message.envelope.signatures.front());
  EXPECT_THAT(f.apply(twice).reason, HasSubstr("exactly one signature"));

  auto none = f.seal(f.passed(f.order(id)), f.node_a);
  none.message.envelope.signatures.clear();
  EXPECT_FALSE(f.apply(none).admitted);

  auto astray = f.seal(f.passed(f.order(id)), f.node_a);
  astray.subject = "tcps.glue.event.failed." + id.str();
  auto refused = f.apply(astray);
  EXPECT_THAT(refused.reason, HasSubstr("subject is not the one"));
  EXPECT_FALSE(refused.forged);
  EXPECT_EQ(f.order(id).stage, Stage::pull);
}

TEST(LineState, RefusesARevokedKeyFromItsPositionOn) {
  Factory f(Keys::real);
  f.begin();
  auto id = f.accept("s-1");
  f.pass(id);
  proto::KeyRevoked revoked;
  *revoked.mutable_log() = f.origin();
  revoked.set_key_id(f.node_a.grant.key_id());
  EXPECT_THAT(f.send(revoked, f.bob).reason, HasSubstr("lacks the role root"));
  f.admit(revoked, f.ann);
  auto verdict = f.send(f.passed(f.order(id)), f.node_a);
  EXPECT_TRUE(verdict.forged);
  EXPECT_THAT(verdict.reason, HasSubstr("revoked"));

  proto::KeyAdded again;
  *again.mutable_log() = f.origin();
  *again.mutable_key() = f.node_a.grant;
  EXPECT_THAT(f.send(again, f.ann).reason, HasSubstr("revoked"));
  *again.mutable_key() = f.ann.grant;
  EXPECT_THAT(f.send(again, f.ann).reason, HasSubstr("already known"));
  revoked.set_key_id(f.ann.grant.key_id());
  EXPECT_THAT(f.send(revoked, f.ann).reason, HasSubstr("last root key"));
}

TEST(LineState, AdmitsAnEventOnceAndOnlyWithinTheWindow) {
  Factory f;
  f.begin();
  auto ahead = f.wip(7);
  ahead.mutable_log()->set_seen(f.position + 1);
  EXPECT_THAT(f.send(ahead, f.bob).reason, HasSubstr("future"));
  auto unseen = f.wip(7);
  unseen.mutable_log()->clear_seen();
  EXPECT_THAT(f.send(unseen, f.bob).reason, HasSubstr("too far"));

  auto first = f.seal(f.wip(7), f.bob);
  auto early = f.seal(f.wip(8), f.bob);
  auto seen = f.state.position();
  EXPECT_TRUE(f.apply(first).admitted);
  EXPECT_THAT(f.apply(first).reason, HasSubstr("repetition"));
  f.position = seen + replay_window - 2;
  EXPECT_THAT(f.apply(first).reason, HasSubstr("repetition"));
  EXPECT_TRUE(f.apply(early).admitted);  // at the last position that may look back so far
  EXPECT_THAT(f.apply(f.seal(f.wip(9), f.bob)).reason, "");
  EXPECT_THAT(f.apply(first).reason, HasSubstr("too far"));
  EXPECT_THAT(f.apply(early).reason, HasSubstr("too far"));
}

TEST(LineState, ForgetsEventsThatNoReplayCouldReach) {
  Factory f;
  f.begin();
  for (uint32_t i = 1; i <= 100; ++i) f.admit(f.wip(i), f.bob);
  auto with_events = f.state.save().size();
  f.position += replay_window;
  f.state.advance(f.position);
  f.admit(f.wip(1), f.bob);
  EXPECT_LT(f.state.save().size() + 100 * 34, with_events + 100);
}

TEST(LineState, CountsWhatCannotBeDecodedAsARefusedPosition) {
  Factory f;
  f.begin();
  auto verdict = f.state.skip(++f.position, "not a message");
  EXPECT_FALSE(verdict.admitted);
  EXPECT_EQ(verdict.reason, "not a message");
  EXPECT_EQ(f.state.position(), f.position);
}

// ---- calls ----

TEST(LineState, LetsEachKindOfCallComeFromWhoMayMakeIt) {
  struct Row {
    const char* kind;
    bool ann, node_a, node_b;
  };
  const Row rows[] = {{"stage_failed", false, true, false}, {"forgery", false, true, false},
                      {"overdue", false, true, false},      {"systemic", false, true, false},
                      {"pulled", true, false, false},       {"crash_loop", false, true, true},
                      {"party", false, false, false}};
  for (const auto& row : rows) {
    const std::string kind = row.kind;
    auto made_by = [&](const char* who) {
      Factory f;
      f.begin();
      auto id = f.accept("s-1");
      if (kind == "stage_failed") f.admit(f.failed(f.order(id), "F1.1"), f.node_a);
      const auto& by = std::string(who) == "ann" ? f.ann : std::string(who) == "a" ? f.node_a : f.node_b;
      auto verdict = f.send(f.call("c-1", kind, &f.order(id)), by);
      EXPECT_EQ(verdict.admitted, f.state.andons().contains("c-1"));
      EXPECT_EQ(testing::broken_invariant(f.state), "");
      if (verdict.admitted) {
        EXPECT_EQ(f.order(id).phase, Phase::quarantined) << kind;
        EXPECT_TRUE(f.order(id).called);
      }
      return verdict.admitted;
    };
    EXPECT_EQ(made_by("ann"), row.ann) << kind;
    EXPECT_EQ(made_by("a"), row.node_a) << kind;
    EXPECT_EQ(made_by("b"), row.node_b) << kind;
  }
}

TEST(LineState, RefusesCallsThatDoNotFit) {
  struct Row {
    const char* name;
    std::function<void(proto::AndonRaised&)> spoil;
    const char* reason;
  };
  const Row rows[] = {
      {"id", [](auto& m) { m.set_andon_id("C 1"); }, "malformed"},
      {"reason", [](auto& m) { m.set_reason(std::string(4097, 'x')); }, "4096"},
      {"severity", [](auto& m) { m.set_severity(std::string(257, 'x')); }, "256"},
      {"stage", [](auto& m) { m.set_stage("paint"); }, "paint"},
      {"work order", [](auto& m) { m.set_work_order_id("wo-0"); }, "not known"},
      {"attempt", [](auto& m) { m.set_attempt(2); }, "another attempt"},
  };
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  for (const auto& row : rows) {
    auto m = f.call("c-1", "pulled", &f.order(id));
    row.spoil(m);
    EXPECT_THAT(f.send(m, f.bob).reason, HasSubstr(row.reason)) << row.name;
  }
  EXPECT_THAT(f.send(f.call("c-1", "stage_failed", &f.order(id)), f.node_a).reason,
              HasSubstr("has not failed"));
  f.admit(f.call("c-1", "pulled", &f.order(id)), f.bob);
  EXPECT_THAT(f.send(f.call("c-1", "pulled"), f.ann).reason, HasSubstr("open already"));
}

// A station whose card went on meanwhile (its acknowledgement was lost, the redelivery counted as a crash)
// must not stop the next stage.
TEST(LineState, RefusesACrashLoopOfACardThatIsNoLongerOpen) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  f.pass_until(id, Stage::render);
  auto call = f.call("c-1", "crash_loop", &f.order(id));
  EXPECT_THAT(f.send(f.call("c-2", "crash_loop", &f.order(id)), f.node_c).reason, HasSubstr("may work"));
  EXPECT_THAT(f.send(f.call("c-3", "crash_loop"), f.node_a).reason, HasSubstr("of a work order's card"));
  f.pass(id);
  EXPECT_THAT(f.send(call, f.node_a).reason, HasSubstr("another stage"));
  EXPECT_EQ(f.order(id).phase, Phase::working);
  f.admit(f.decision(f.order(id), "hold"), f.bob);
  EXPECT_FALSE(f.send(f.call("c-4", "crash_loop", &f.order(id)), f.node_a).admitted);
}

TEST(LineState, BoundsTheOpenCalls) {
  Factory f;
  f.keeps_history = false;
  f.begin();
  for (size_t i = 0; i < open_andons_max; ++i) f.admit(f.call("c-" + std::to_string(i), "overdue"), f.node_a);
  EXPECT_THAT(f.send(f.call("one-more", "overdue"), f.node_a).reason, HasSubstr("too many"));
  f.admit(f.resolution("c-0", "keep"), f.bob);
  EXPECT_TRUE(f.send(f.call("one-more", "overdue"), f.node_a).admitted);
}

TEST(LineState, EscalatesLevelByLevel) {
  Factory f;
  f.begin();
  f.admit(f.call("c-1", "overdue"), f.node_a);
  auto escalated = [&](const std::string& id, uint32_t level, const Member& by) {
    proto::AndonEscalated m;
    *m.mutable_log() = f.origin();
    m.set_andon_id(id);
    m.set_level(level);
    m.set_term(f.state.holder(Role::supervisor).term);
    return f.send(m, by);
  };
  EXPECT_THAT(escalated("c-1", 2, f.node_a).reason, HasSubstr("at level 0"));
  EXPECT_THAT(escalated("c-2", 1, f.node_a).reason, HasSubstr("not open"));
  EXPECT_FALSE(escalated("c-1", 1, f.node_b).admitted);
  EXPECT_TRUE(escalated("c-1", 1, f.node_a).admitted);
  EXPECT_THAT(escalated("c-1", 1, f.node_a).reason, HasSubstr("at level 1"));
}

TEST(LineState, AcknowledgesAndResolvesByPeopleOnly) {
  Factory f;
  f.begin();
  f.admit(f.call("c-1", "overdue"), f.node_a);
  proto::AndonAcknowledged seen;
  *seen.mutable_log() = f.origin();
  seen.set_andon_id("c-1");
  EXPECT_FALSE(f.send(seen, f.node_a).admitted);
  f.admit(seen, f.bob);
  EXPECT_TRUE(f.state.andons().at("c-1").acknowledged);
  EXPECT_FALSE(f.send(f.resolution("c-1", "keep"), f.node_a).admitted);
  EXPECT_THAT(f.send(f.resolution("c-1", "ignore"), f.bob).reason, HasSubstr("resume, keep or cancel"));
  f.admit(f.resolution("c-1", "keep"), f.bob);
  EXPECT_THAT(f.send(f.resolution("c-1", "keep"), f.bob).reason, HasSubstr("not open"));
}

TEST(LineState, DisposesOfTheWorkOrderOfAResolvedCall) {
  for (const std::string disposition : {"resume", "keep", "cancel"}) {
    Factory f;
    f.begin();
    auto id = f.accept("s-1");
    f.admit(f.failed(f.order(id), "F1.1"), f.node_a);
    f.admit(f.call("c-1", "stage_failed", &f.order(id)), f.node_a);
    f.admit(f.call("c-2", "pulled", &f.order(id)), f.bob);
    f.admit(f.resolution("c-1", disposition), f.bob);
    EXPECT_EQ(testing::broken_invariant(f.state), "") << disposition;
    EXPECT_EQ(f.state.andons().size(), disposition == "keep" ? 1u : 0u);
    if (disposition == "cancel") {
      EXPECT_TRUE(f.state.closed(id));
    } else {
      EXPECT_EQ(f.order(id).phase, disposition == "keep" ? Phase::quarantined : Phase::backlog);
      EXPECT_EQ(f.order(id).attempt, disposition == "keep" ? 1u : 2u);
    }
  }
}

TEST(LineState, StopsAStageOrTheLineUntilTheCallIsResolved) {
  Factory f;
  f.begin();
  auto call = f.call("c-1", "systemic");
  call.set_stage("build");
  f.admit(call, f.node_a);
  EXPECT_TRUE(f.state.stage_stopped(Stage::build));
  EXPECT_FALSE(f.state.stage_stopped(Stage::test));
  EXPECT_FALSE(f.state.line_stopped());
  EXPECT_TRUE(f.state.failure_run(Stage::build).called);
  f.admit(f.resolution("c-1", "keep"), f.bob);
  EXPECT_FALSE(f.state.stage_stopped(Stage::build));
  EXPECT_FALSE(f.state.failure_run(Stage::build).called);
  f.admit(f.call("c-2", "pulled"), f.bob);
  EXPECT_TRUE(f.state.line_stopped());
  EXPECT_TRUE(f.state.stage_stopped(Stage::test));
  f.admit(f.resolution("c-2", "keep"), f.bob);
  f.admit(f.call("c-3", "overdue"), f.node_a);
  EXPECT_FALSE(f.state.line_stopped());
}

// ---- limits, roles, keys, replicas ----

TEST(LineState, ChangesProductAndLimitsByAnOperator) {
  struct Row {
    const char* name;
    std::function<void(proto::ProductChanged&)> spoil;
  };
  const Row rows[] = {
      {"wip", [](auto& m) { m.set_wip_limit(0); }},
      {"backlog", [](auto& m) { m.set_backlog_limit(1'000'001); }},
      {"pool", [](auto& m) { m.clear_pool(); }},
      {"standard work", [](auto& m) { m.clear_standard_work(); }},
      {"snapshot", [](auto& m) { m.set_snapshot("x"); }},
      {"sku", [](auto& m) { m.set_sku(std::string(257, 'x')); }},
      {"weights", [](auto& m) { (*m.mutable_bucket_weights())["x"] = 1; }},
  };
  Factory f;
  f.begin();
  for (const auto& row : rows) {
    auto m = f.product();
    row.spoil(m);
    EXPECT_FALSE(f.send(m, f.bob).admitted) << row.name;
  }
  EXPECT_FALSE(f.send(f.product(), f.node_a).admitted);
  auto m = f.product();
  m.set_wip_limit(9);
  m.set_sku("gadget");
  (*m.mutable_bucket_weights())["debt"] = 5;
  f.admit(m, f.bob);
  EXPECT_EQ(f.state.wip_limit(), 9u);
  EXPECT_EQ(f.state.product().sku, "gadget");
  EXPECT_EQ(f.state.cycle().weights(), (BucketWeights{0, 0, 0, 0, 5}));
  EXPECT_FALSE(f.send(f.wip(0), f.bob).admitted);
  EXPECT_FALSE(f.send(f.wip(5), f.node_a).admitted);
}

TEST(LineState, GivesARoleToTheNextTermOnly) {
  Factory f;
  f.begin();
  auto term_two = f.claim(Role::planner, f.node_b);
  EXPECT_THAT(f.send(term_two, f.node_a).reason, HasSubstr("for itself only"));
  auto skipped = term_two;
  skipped.set_term(3);
  EXPECT_THAT(f.send(skipped, f.node_b).reason, HasSubstr("next term is 2"));
  auto unknown = term_two;
  unknown.set_role("station");
  EXPECT_THAT(f.send(unknown, f.node_b).reason, HasSubstr("only planner and supervisor"));
  EXPECT_FALSE(f.send(f.claim(Role::planner, f.node_c), f.node_c).admitted);
  f.admit(term_two, f.node_b);
  EXPECT_EQ(f.state.holder(Role::planner).node, "node-b");
  EXPECT_FALSE(f.send(f.claim(Role::supervisor, f.node_b), f.bob).admitted);

  auto id = f.accept("s-1");
  f.pass(id);
  auto of_term_one = f.passed(f.order(id));
  of_term_one.set_term(1);
  EXPECT_THAT(f.send(of_term_one, f.node_a).reason, HasSubstr("held by node-b"));
  EXPECT_THAT(f.send(f.passed(f.order(id)), f.node_a).reason,
              HasSubstr("held by node-b"));  // the right term by the wrong key
  EXPECT_TRUE(f.send(f.passed(f.order(id)), f.node_b).admitted);
}

TEST(LineState, AddsAKeyThatCountsFromThenOn) {
  Factory f(Keys::real);
  f.begin();
  auto late = testing::make_member(Keys::real, "node-late", {Role::station});
  auto id = f.accept("s-1");
  proto::KeyAdded added;
  *added.mutable_log() = f.origin();
  *added.mutable_key() = late.grant;
  EXPECT_THAT(f.send(added, f.bob).reason, HasSubstr("lacks the role root"));
  auto malformed = added;
  malformed.mutable_key()->clear_owner();
  EXPECT_FALSE(f.send(malformed, f.ann).admitted);
  f.admit(added, f.ann);
  EXPECT_TRUE(f.send(f.passed(f.order(id)), late).admitted);
}

TEST(LineState, RegistersTheReplicasThatTheGenesisNames) {
  Factory f;
  f.begin();
  EXPECT_EQ(f.state.replicas(), (std::map<std::string, uint64_t>{{"node-a", 1}, {"node-b", 1}}));
}

TEST(LineState, RegistersReplicasByThemselvesAndEjectsThemByPeople) {
  Factory f;
  f.begin();
  f.admit(f.replica(f.node_b, "ejected"), f.bob);
  EXPECT_FALSE(f.send(f.replica(f.node_b, "added"), f.node_a).admitted);
  EXPECT_FALSE(f.send(f.replica(f.node_c, "added"), f.node_c).admitted);
  f.admit(f.replica(f.node_b, "added"), f.node_b);
  EXPECT_EQ(f.state.replicas().at("node-b"), f.position);
  EXPECT_THAT(f.send(f.replica(f.node_b, "added"), f.node_b).reason, HasSubstr("already"));
  EXPECT_FALSE(f.send(f.replica(f.node_b, "ejected"), f.node_a).admitted);
  EXPECT_FALSE(f.send(f.replica(f.node_b, "mended"), f.bob).admitted);
  f.admit(f.replica(f.node_b, "ejected"), f.bob);
  EXPECT_THAT(f.send(f.replica(f.node_b, "ejected"), f.bob).reason, HasSubstr("not a replica"));
}

TEST(Epochs, BeginOneAfterTheOtherWhereTheirStreamBegins) {
  Factory f;
  f.begin();
  EXPECT_EQ(f.state.epoch(), 1u);
  proto::EpochBegun begun;
  *begun.mutable_log() = f.origin();
  begun.set_epoch(2);
  begun.set_root(Digest::of("root").to_string());
  f.position += 100;
  begun.set_first_sequence(f.position + 1);
  auto wrong = begun;
  wrong.set_epoch(3);
  EXPECT_THAT(f.send(wrong, f.node_a).reason, HasSubstr("the next epoch is 2"));
  EXPECT_THAT(f.send(begun, f.node_a).reason, HasSubstr("stands first"));
  begun.set_first_sequence(f.position + 1);
  EXPECT_FALSE(f.send(begun, f.node_c).admitted) << "no replica";
  begun.set_first_sequence(f.position + 1);
  f.admit(begun, f.node_a);
  EXPECT_EQ(f.state.epoch(), 2u);
  auto loaded = LineState::load(f.line, f.state.save(), testing::cheap_check);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->epoch(), 2u);
}

TEST(Divergence, IsCalledByReplicasAndStopsTheLineUntilAPersonHasResolvedIt) {
  Factory f;
  f.begin();
  auto call = f.call("andon-diverged-7", "diverged");
  EXPECT_FALSE(f.send(call, f.bob).admitted) << "no replica";
  f.admit(call, f.node_a);
  EXPECT_TRUE(f.state.diverged());
  EXPECT_TRUE(f.state.line_stopped());
  EXPECT_TRUE(f.state.stage_stopped(Stage::build));
  EXPECT_FALSE(f.send(call, f.node_b).admitted) << "one call is enough";
  f.admit(f.resolution("andon-diverged-7", "keep"), f.bob);
  EXPECT_FALSE(f.state.diverged());
  EXPECT_FALSE(f.state.line_stopped());
}

TEST(LineState, KeepsEvidenceOfOperatorsAndSupervisors) {
  Factory f;
  f.begin();
  proto::Evidence evidence;
  *evidence.mutable_log() = f.origin();
  evidence.set_name("gate-3");
  EXPECT_FALSE(f.send(evidence, f.node_c).admitted);
  auto verdict = f.send(evidence, f.bob);
  ASSERT_TRUE(verdict.admitted);
  EXPECT_EQ(verdict.changes.front().detail, "gate-3");
}

TEST(KeyRing, GrantsStagesAndPoolsAsWritten) {
  auto member = testing::make_member(Keys::cheap, "node-x", {Role::station});
  member.grant.add_stages("build");
  member.grant.add_pools("arm");
  auto grant = KeyGrant::from_proto(member.grant).value();
  EXPECT_TRUE(grant.may_work(Stage::build, "arm"));
  EXPECT_FALSE(grant.may_work(Stage::build, "any"));
  EXPECT_FALSE(grant.may_work(Stage::test, "arm"));
  EXPECT_EQ(grant.to_proto().SerializeAsString(), member.grant.SerializeAsString());
  for (auto spoil : std::vector<std::function<void(proto::PublicKeyEntry&)>>{
           [](auto& m) { m.set_public_key("AAAA"); }, [](auto& m) { m.clear_roles(); },
           [](auto& m) { m.add_stages("x"); }, [](auto& m) { m.add_pools("A B"); },
           [](auto& m) { m.set_owner(std::string(257, 'x')); }}) {
    auto entry = member.grant;
    spoil(entry);
    EXPECT_FALSE(KeyGrant::from_proto(entry));
  }
}

TEST(KeyRing, IsBoundedWithRevokedKeysCounted) {
  KeyRing ring;
  for (size_t i = 0; i < keys_max; ++i) {
    ring.add(KeyGrant::from_proto(
                 testing::make_member(Keys::cheap, "k-" + std::to_string(i), {Role::station}).grant)
                 .value());
  }
  auto one_more =
      KeyGrant::from_proto(testing::make_member(Keys::cheap, "one-more", {Role::station}).grant).value();
  EXPECT_FALSE(ring.can_add(one_more));
  ring.revoke(ring.all().front()->key_id);
  EXPECT_FALSE(ring.can_add(one_more));
  EXPECT_FALSE(ring.can_revoke("sha256:0"));
}

}  // namespace
}  // namespace tcps::line
