// What changes the line itself, genesis, roles, replicas, epochs, evidence; and what is the same for every
// event.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;
using testing::Keys;

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

// ---- what is common

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

// ---- roles, replicas, epochs, evidence

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

}  // namespace
}  // namespace tcps::line
