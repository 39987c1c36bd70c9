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
  EXPECT_EQ(f.state.wip().used, 3u);
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
  EXPECT_EQ(f.state.wip().limit, 9u);
  EXPECT_EQ(f.state.product().sku, "gadget");
  EXPECT_EQ(f.state.cycle().weights(), (BucketWeights{0, 0, 0, 0, 5}));
  EXPECT_FALSE(f.send(f.wip(0), f.bob).admitted);
  EXPECT_FALSE(f.send(f.wip(5), f.node_a).admitted);
}

TEST(LineState, RefusesVersionsThatDoNotRise) {
  Factory f;
  f.begin();
  const auto pull = [&](const std::string& signal, const std::string& version) {
    auto receipt = f.passed(f.order(f.accept(signal)));
    receipt.set_version(version);
    return f.send(receipt, f.node_a);
  };
  ASSERT_TRUE(pull("s-1", "1.10.0").admitted);
  for (const char* version : {"1.10.0", "1.9.9", "0.99.99", "1.10", "1.10.0-rc", "01.11.0", "v2.0.0",
                              "2.0.0.0", "2.0.0+build", "2.0.0-rc.01", "2.0.0-"}) {
    const auto verdict = pull(version, version);
    EXPECT_FALSE(verdict.admitted) << version;
    EXPECT_NE(verdict.reason.find(version), std::string::npos) << verdict.reason;
  }
  EXPECT_EQ(f.state.highest_version("widget"), "1.10.0");
  EXPECT_TRUE(pull("s-2", "1.11.0").admitted);
  auto unversioned = f.passed(f.order(f.accept("s-3")));
  unversioned.clear_version();
  EXPECT_TRUE(f.send(unversioned, f.node_a).admitted);
  EXPECT_EQ(f.state.highest_version("widget"), "1.11.0");
}

TEST(LineState, TakesPreReleasesInTheirOrder) {
  Factory f;
  f.begin();
  const auto pull = [&](const std::string& signal, const std::string& version) {
    auto receipt = f.passed(f.order(f.accept(signal)));
    receipt.set_version(version);
    return f.send(receipt, f.node_a).admitted;
  };
  EXPECT_TRUE(pull("first", "2.0.0-rc.1"));
  EXPECT_FALSE(pull("again", "2.0.0-rc.1"));
  EXPECT_FALSE(pull("back", "2.0.0-beta"));
  EXPECT_TRUE(pull("on", "2.0.0-rc.10"));
  EXPECT_FALSE(pull("by-text", "2.0.0-rc.9"));
  EXPECT_TRUE(pull("release", "2.0.0"));
  EXPECT_FALSE(pull("late", "2.0.0-rc.11"));
  EXPECT_EQ(f.state.highest_version("widget"), "2.0.0");
}

}  // namespace
}  // namespace tcps::line
