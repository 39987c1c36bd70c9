// How much work the line lets in: WIP limit, backlog limit, versions that rise; and who changes the limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "actors/line/testing/factory.h"

namespace tcps::line {
namespace {

using testing::Factory;
using ::testing::HasSubstr;

TEST(LineState, ReleasesNothingBeyondTheWipLimitAndDrainsDownToALowerOne) {
  Factory f;
  f.begin();
  std::vector<WorkOrderId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(f.accept("s-" + std::to_string(i)));
    f.pass(ids.back());
  }
  for (int i = 0; i < 3; ++i) f.pass(ids[static_cast<size_t>(i)]);
  EXPECT_THAT(f.send(f.passed(f.order(ids[3])), f.node_a).reason, HasSubstr("WIP limit of 3"));
  f.admit(f.wip(1), f.bob);
  EXPECT_EQ(f.state.wip(), 3u);
  f.finish(ids[0]);
  f.finish(ids[1]);
  EXPECT_THAT(f.send(f.passed(f.order(ids[3])), f.node_a).reason, HasSubstr("WIP limit of 1"));
  f.finish(ids[2]);
  EXPECT_TRUE(f.send(f.passed(f.order(ids[3])), f.node_a).admitted);
}

TEST(LineState, RefusesADispatchBeyondTheWipLimit) {
  Factory f;
  f.begin();
  f.admit(f.wip(1), f.bob);
  auto stuck = f.accept("s-1");
  f.pass_until(stuck, Stage::build);
  f.admit(f.decision(f.order(stuck), "hold"), f.bob);
  f.pass_until(f.accept("s-2"), Stage::generate);
  f.admit(f.decision(f.order(stuck), "resume"), f.bob);
  EXPECT_THAT(f.send(f.dispatch(f.order(stuck)), f.node_a).reason, HasSubstr("WIP limit of 1"));
}

TEST(LineState, AcceptsNothingBeyondTheBacklogLimit) {
  Factory f;
  f.begin();
  auto product = f.product();
  product.set_backlog_limit(2);
  f.admit(product, f.ann);
  f.accept("s-1");
  f.pass(f.accept("s-2"));
  EXPECT_THAT(f.send(f.acceptance("s-3"), f.node_a).reason, HasSubstr("backlog of 2 is full"));
  f.pass(work_order_id(f.line, "github", "s-2"));
  EXPECT_TRUE(f.send(f.acceptance("s-3"), f.node_a).admitted);
}

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

TEST(LineState, RefusesVersionsThatDoNotRise) {
  Factory f;
  f.begin();
  auto id = f.accept("s-1");
  auto receipt = f.passed(f.order(id));
  receipt.set_version("1.10.0");
  f.admit(receipt, f.node_a);
  for (const char* version : {"1.10.0", "1.9.9", "0.99.99", "1.10", "1.10.0-rc", "01.11.0", "v2.0.0",
                              "2.0.0.0", "99999999999999999999.0.0"}) {
    auto next = f.passed(f.order(f.accept(version)));
    next.set_version(version);
    EXPECT_FALSE(f.send(next, f.node_a).admitted) << version;
  }
  EXPECT_EQ(f.state.highest_version("widget"), "1.10.0");
  auto next = f.passed(f.order(f.accept("s-2")));
  next.set_version("1.11.0");
  EXPECT_TRUE(f.send(next, f.node_a).admitted);
  auto unversioned = f.passed(f.order(f.accept("s-3")));
  unversioned.clear_version();
  EXPECT_TRUE(f.send(unversioned, f.node_a).admitted);
}

TEST(CompareVersions, FollowsSemanticVersioning) {
  EXPECT_EQ(*compare_versions("1.10.0", "1.9.3"), 1);
  EXPECT_EQ(*compare_versions("1.9.3", "1.10.0"), -1);
  EXPECT_EQ(*compare_versions("2.0.0", "2.0.0"), 0);
  for (const char* text : {"", "1", "1.2", "1.2.", ".1.2", "1.2.3.", "1.2.3.4", "1.2.x", "-1.2.3", "1.2.03",
                           "+1.2.3", " 1.2.3"}) {
    EXPECT_FALSE(compare_versions(text, "1.0.0")) << text;
  }
}

}  // namespace
}  // namespace tcps::line
