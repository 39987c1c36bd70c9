// The two ends of a version's way agree: what pull hands out, the line's fold admits.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "actors/line/testing/factory.h"
#include "actors/stages/pull/pull_rules.h"
#include "messages/testing/version_generator.h"
#include "messages/version.h"

namespace tcps::stages {
namespace {

using test::any_assignable_version;

// A line whose work orders come to pull one after the other, for one of two SKUs each, with changes of every
// kind, while people correct initial_version in line.toml now and then.
class Pulling {
 public:
  Pulling() { factory_.begin(); }

  // A work order that waits at pull, as it was accepted.
  proto::WorkOrder accept() {
    auto acceptance =
        factory_.acceptance("s-" + std::to_string(++signals_), *rc::gen::elementOf(all_buckets));
    auto& order = *acceptance.mutable_work_order();
    order.set_sku(*rc::gen::element<std::string>("widget", "gadget"));
    if (*rc::gen::arbitrary<bool>()) (*order.mutable_demand()->mutable_attributes())["breaking"] = "true";
    factory_.admit(acceptance, factory_.node_a);
    return order;
  }

  void correct_initial_version() {
    if (*rc::gen::inRange(0, 4) == 0) work_.initial_version = *any_assignable_version();
  }

  Result<std::string> assign(const proto::WorkOrder& order) const {
    return assign_version(order, work_, factory_.state.highest_version(order.sku()));
  }

  line::Verdict hand_in(const proto::WorkOrder& order, const std::string& version) {
    auto receipt = factory_.passed(standing(order));
    receipt.set_version(version);
    return factory_.send(receipt, factory_.node_a);
  }

  void fail(const proto::WorkOrder& order) {
    factory_.admit(factory_.failed(standing(order)), factory_.node_a);
  }

  // What was admitted is the work order's version, and the highest of its SKU.
  bool has_taken(const proto::WorkOrder& order, const std::string& version) const {
    return standing(order).version == version && factory_.state.highest_version(order.sku()) == version;
  }

  // As after a restart.
  void continue_from_a_snapshot() {
    factory_.state = *line::LineState::load(factory_.line, factory_.state.save(), line::testing::cheap_check);
  }

 private:
  const line::WorkOrderState& standing(const proto::WorkOrder& order) const {
    return factory_.order(*WorkOrderId::parse(order.id()));
  }

  line::testing::Factory factory_;
  StandardWork work_ = [] {
    StandardWork work;
    work.initial_version = *any_assignable_version();
    return work;
  }();
  int signals_ = 0;
};

int work_orders() { return *rc::gen::inRange(1, 30); }

RC_GTEST_PROP(AssignedVersions, AreAdmittedByTheFold, ()) {
  Pulling line;
  for (int i = work_orders(); i > 0; --i) {
    line.correct_initial_version();
    const auto order = line.accept();
    const auto version = line.assign(order);
    if (!version) RC_FAIL(version.error().message);
    if (*rc::gen::inRange(0, 8) == 0) {
      line.fail(order);  // gives the version to the next one
      continue;
    }
    const auto verdict = line.hand_in(order, *version);
    if (!verdict.admitted) RC_FAIL(verdict.reason);
    RC_ASSERT(line.has_taken(order, *version));
    if (*rc::gen::inRange(0, 8) == 0) line.continue_from_a_snapshot();
  }
}

// Two stations count on from the same version: the fold takes one of them, and the other has to count again.
RC_GTEST_PROP(AssignedVersions, AreTakenByOneOfTwoThatRace, ()) {
  Pulling line;
  for (int i = work_orders() / 2 + 1; i > 0; --i) {
    const auto first = line.accept(), second = line.accept();
    const auto one = *line.assign(first), other = *line.assign(second);
    RC_ASSERT(line.hand_in(first, one).admitted);
    const bool is_free = first.sku() != second.sku() || *Version::parse(other) > *Version::parse(one);
    RC_ASSERT(line.hand_in(second, other).admitted == is_free);
    if (is_free) continue;
    const auto again = *line.assign(second);
    RC_ASSERT(line.hand_in(second, again).admitted);
    RC_ASSERT(line.has_taken(second, again));
  }
}

}  // namespace
}  // namespace tcps::stages
