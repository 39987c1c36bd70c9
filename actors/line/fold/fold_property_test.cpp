// What holds of every run, however it goes.
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "actors/line/fold/line_snapshot.pb.h"
#include "actors/line/testing/simulated_run.h"
#include "messages/version.h"

namespace tcps::line {
namespace {

using testing::SimulatedRun;

int steps() { return *rc::gen::inRange(1, 160); }

Bytes saved_at(const LineState& state, uint64_t position) {
  auto copy = state;
  copy.advance(position);
  return copy.save();
}

// ---- a naive reference: the same machine, said in the plainest way, fed with what was admitted

struct NaiveOrder {
  std::string phase = "working";
  std::string stage = "pull";
  uint32_t attempt = 1;
};

class NaiveLine {
 public:
  void admit(const Predicate& predicate) {
    std::visit([&](const auto& m) { take(m); }, predicate);
  }
  std::map<std::string, NaiveOrder> orders;
  size_t closed = 0;
  // An order holds a slot while it is working, and past pull.
  size_t wip() const {
    size_t count = 0;
    for (const auto& [id, order] : orders) count += order.phase == "working" && order.stage != "pull";
    return count;
  }

 private:
  void take(const proto::Acceptance& m) { orders[m.work_order().id()] = {}; }
  void take(const proto::Receipt& m) {
    auto& order = orders.at(m.work_order_id());
    if (m.status() == "failed") {
      order.phase = "quarantined";
    } else if (m.stage() == "verify") {
      close(m.work_order_id());
    } else {
      order.stage = m.next().stage();
      order.phase = order.stage == "plan" ? "backlog" : "working";
    }
  }
  void take(const proto::Dispatch& m) { orders.at(m.work_order_id()).phase = "working"; }
  void take(const proto::AndonRaised& m) {
    calls[m.andon_id()] = m.work_order_id();
    if (m.work_order_id().empty()) return;
    auto& order = orders.at(m.work_order_id());
    if (order.phase == "working" || order.phase == "backlog") order.phase = "quarantined";
  }
  void take(const proto::AndonResolved& m) {
    auto id = calls.at(m.andon_id());
    calls.erase(m.andon_id());
    if (id.empty() || m.disposition() == "keep") return;
    if (m.disposition() == "cancel") close(id);
    if (m.disposition() == "resume" && orders.at(id).phase != "working" && orders.at(id).phase != "backlog")
      resume(id);
  }
  void take(const proto::WorkOrderDecision& m) {
    if (m.decision() == "cancel") return close(m.work_order_id());
    if (m.decision() == "resume") return resume(m.work_order_id());
    orders.at(m.work_order_id()).phase = m.decision() == "hold" ? "held" : "quarantined";
  }
  template <class Other>
  void take(const Other&) {}

  void resume(const std::string& id) {
    orders.at(id).phase = "backlog";
    ++orders.at(id).attempt;
    std::erase_if(calls, [&](const auto& pair) { return pair.second == id; });
  }
  void close(const std::string& id) {
    orders.erase(id);
    ++closed;
    std::erase_if(calls, [&](const auto& pair) { return pair.second == id; });
  }
  std::map<std::string, std::string> calls;
};

RC_GTEST_PROP(Fold, IsWhatAPlainStateMachineWouldSay, (uint64_t seed)) {
  SimulatedRun run(seed);
  NaiveLine naive;
  for (int i = steps(); i > 0; --i) run.step();
  for (const auto& applied : run.factory.history) naive.admit(applied.sent.message.predicate);
  const auto& state = run.factory.state;
  RC_ASSERT(naive.orders.size() == state.work_orders().size());
  RC_ASSERT(naive.closed == state.closed_count());
  RC_ASSERT(naive.wip() == state.wip().used);
  for (const auto& [id, order] : state.work_orders()) {
    const auto& plain = naive.orders.at(id.str());
    RC_ASSERT(plain.phase == std::string(to_string(order.phase)));
    RC_ASSERT(plain.stage == std::string(to_string(order.stage)));
    RC_ASSERT(plain.attempt == order.attempt);
  }
}

RC_GTEST_PROP(Fold, KeepsItsInvariantsAndLimits, (uint64_t seed)) {
  SimulatedRun run(seed);
  auto& state = run.factory.state;
  std::set<std::tuple<std::string, std::string, uint32_t>> outcomes;
  for (int i = steps(); i > 0; --i) {
    auto used_before = state.wip().used;
    auto sent_before = run.factory.history.size();
    run.step();
    auto wip = state.wip();
    RC_ASSERT(wip.used <= std::max(used_before, wip.limit));
    RC_ASSERT(wip.free() == (wip.used < wip.limit ? wip.limit - wip.used : 0));
    if (auto broken = testing::broken_invariant(state); !broken.empty()) RC_FAIL(broken);
    for (size_t at = sent_before; at < run.factory.history.size(); ++at) {
      const auto* receipt = std::get_if<proto::Receipt>(&run.factory.history[at].sent.message.predicate);
      if (receipt == nullptr) continue;
      RC_ASSERT(outcomes.emplace(receipt->work_order_id(), receipt->stage(), receipt->attempt()).second);
    }
  }
}

RC_GTEST_PROP(Fold, IsNotMovedByWhatItRefuses, (uint64_t seed)) {
  SimulatedRun run(seed);
  for (int i = steps(); i > 0; --i) {
    run.step();
    for (auto disturbances = *rc::gen::inRange(0, 3); disturbances > 0; --disturbances) {
      if (auto wrong = run.disturb(); !wrong.empty()) RC_FAIL(wrong);
    }
  }
  LineState undisturbed(run.factory.line, testing::cheap_check);
  for (const auto& applied : run.factory.history) {
    RC_ASSERT(undisturbed.apply(applied.position, applied.sent.subject, applied.sent.message).admitted);
  }
  RC_ASSERT(saved_at(undisturbed, run.factory.position) == run.factory.state.save());
}

RC_GTEST_PROP(Fold, ContinuesFromItsSnapshotAsIfItHadNotStopped, (uint64_t seed)) {
  SimulatedRun run(seed);
  for (int i = steps(); i > 0; --i) run.step();
  auto loaded = LineState::load(run.factory.line, run.factory.state.save(), testing::cheap_check);
  RC_ASSERT(loaded.has_value());
  if (auto broken = testing::broken_invariant(*loaded); !broken.empty()) RC_FAIL(broken);
  RC_ASSERT(loaded->save() == run.factory.state.save());
  auto at = run.factory.history.size();
  for (int i = steps(); i > 0; --i) run.step();
  for (; at < run.factory.history.size(); ++at) {
    const auto& applied = run.factory.history[at];
    RC_ASSERT(loaded->apply(applied.position, applied.sent.subject, applied.sent.message).admitted);
  }
  RC_ASSERT(loaded->save() == run.factory.state.save());
}

RC_GTEST_PROP(Fold, CountsTheWorkOrdersThatOccupyASlot, (uint64_t seed)) {
  SimulatedRun run(seed);
  for (int i = steps(); i > 0; --i) {
    run.step();
    const auto& orders = run.factory.state.work_orders();
    auto occupying = std::count_if(orders.begin(), orders.end(),
                                   [](const auto& pair) { return occupies_slot(pair.second); });
    RC_ASSERT(run.factory.state.wip().used == static_cast<uint32_t>(occupying));
  }
}

// Snapshots said of each work order whether it held a slot, before that followed from where it stands.
RC_GTEST_PROP(Fold, ReadsWhoHeldASlotFromWhereItStands, (uint64_t seed)) {
  SimulatedRun run(seed);
  for (int i = steps(); i > 0; --i) run.step();
  proto::LineSnapshot old;
  RC_ASSERT(old.ParseFromString(run.factory.state.save()));
  for (auto& order : *old.mutable_work_orders())
    order.GetReflection()->MutableUnknownFields(&order)->AddVarint(14, *rc::gen::inRange<uint64_t>(0, 2));
  auto loaded = LineState::load(run.factory.line, old.SerializeAsString(), testing::cheap_check);
  RC_ASSERT(loaded.has_value());
  RC_ASSERT(loaded->wip().used == run.factory.state.wip().used);
  RC_ASSERT(loaded->save() == run.factory.state.save());
}

RC_GTEST_PROP(Fold, GivesASkuRisingVersions, (uint64_t seed)) {
  SimulatedRun run(seed);
  for (int i = steps(); i > 0; --i) run.step();
  std::string highest;
  for (const auto& applied : run.factory.history) {
    const auto* receipt = std::get_if<proto::Receipt>(&applied.sent.message.predicate);
    if (receipt == nullptr || receipt->stage() != "pull" || receipt->status() != "completed") continue;
    RC_ASSERT(highest.empty() || *Version::parse(receipt->version()) > *Version::parse(highest));
    highest = receipt->version();
  }
}

RC_GTEST_PROP(Fold, ReadsDamagedSnapshotsAsErrorsAndNeverCrashes, (uint64_t seed)) {
  google::protobuf::LogSilencer silence;
  SimulatedRun run(seed);
  for (int i = 0; i < 30; ++i) run.step();
  const auto whole = run.factory.state.save();
  for (int i = 0; i < 20; ++i) {
    auto damaged = whole;
    auto at = *rc::gen::inRange<size_t>(0, damaged.size());
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        damaged[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        damaged.resize(at);
        break;
      default:
        damaged += damaged.substr(at);  // fields that stand there twice
    }
    auto loaded = LineState::load(run.factory.line, damaged, testing::cheap_check);
    if (loaded) RC_ASSERT(LineState::load(run.factory.line, loaded->save()).has_value());
  }
}

TEST(Fold, RefusesSnapshotsOfAnotherLineOrCutShort) {
  SimulatedRun run(1);
  for (int i = 0; i < 50; ++i) run.step();
  auto saved = run.factory.state.save();
  EXPECT_EQ(LineState::load(LineName::literal("paper"), saved).error().code, ErrorCode::invalid);
  EXPECT_EQ(LineState::load(run.factory.line, "").error().code, ErrorCode::invalid);
  EXPECT_EQ(LineState::load(run.factory.line, "\xff\xff\xff").error().code, ErrorCode::corrupt);
}

TEST(Fold, RefusesSnapshotsWithWordsThereAreNot) {
  testing::Factory f;
  f.begin();
  auto call = f.call("c-1", "systemic");
  call.set_stage("build");
  f.admit(call, f.node_a);
  proto::LineSnapshot saved;
  ASSERT_TRUE(saved.ParseFromString(f.state.save()));
  ASSERT_TRUE(LineState::load(f.line, saved.SerializeAsString()));
  auto kind = saved, stage = saved;
  kind.mutable_andons(0)->set_kind("party");
  stage.mutable_andons(0)->set_stage("paint");
  for (const auto& wrong : {kind, stage})
    EXPECT_EQ(LineState::load(f.line, wrong.SerializeAsString()).error().code, ErrorCode::corrupt);
}

// Closed work orders leave eight bytes behind. The run is long, so that its messages are made without being
// signed and read.
TEST(Fold, KeepsEightBytesOfAClosedWorkOrder) {
  testing::Factory f;
  f.begin();
  f.state.set_check([](const LineMessage&, size_t, const PublicKey&) { return true; });
  auto message = f.history.back().sent.message;
  auto apply = [&](Predicate predicate, const testing::Member& by) {
    message.predicate = std::move(predicate);
    message.payload_digest = Digest::of(std::to_string(++f.position));
    message.envelope.signatures.front().key_id = by.grant.key_id();
    return f.state.apply(f.position, *subject_of(f.line, message.predicate), message).admitted;
  };
  constexpr int count = 50'000;
  constexpr int warm = 40'000;  // the replay window is full of decisions by then
  size_t after_warming = 0;
  for (int i = 0; i < count; ++i) {
    auto accepted = f.acceptance("s-" + std::to_string(i));
    ASSERT_TRUE(apply(accepted, f.node_a));
    ASSERT_TRUE(apply(f.decision(f.order(*WorkOrderId::parse(accepted.work_order().id())), "cancel"), f.bob));
    if (i + 1 == warm) after_warming = f.state.save().size();
  }
  EXPECT_EQ(f.state.closed_count(), static_cast<size_t>(count));
  EXPECT_TRUE(f.state.work_orders().empty());
  EXPECT_LE(f.state.save().size() - after_warming, 10u * (count - warm));
}

}  // namespace
}  // namespace tcps::line
