// What the line actor tells whom, and what may be sent to whom. The test itself is everybody whom the actor
// talks to, on the simulated bus and by CAF's scheduler for tests: all on one thread.
#include "actors/line/following/line_actor.h"

#include <gtest/gtest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <optional>

#include "actors/runtime/testing/inline_executor.h"
#include "bus/sim/sim_bus.h"

namespace tcps::line {
namespace {

template <class Handle, class Message>
constexpr bool understands =
    caf::response_type_unbox<typename Handle::signatures, caf::detail::type_list<Message>>::valid;

TEST(LineMessages, AreUnderstoodByWhomTheyAreFor) {
  EXPECT_TRUE((understands<LineActor, Watch> && understands<LineActor, AskVerdict>));
  EXPECT_TRUE((understands<LineActor, Appended> && understands<LineActor, Certified>));
  EXPECT_FALSE((understands<LineActor, AppendGroup> || understands<LineActor, CertificateWanted>));
  EXPECT_TRUE((understands<ReplicaActor, AppendGroup> && understands<ReplicaActor, CertificateWanted>));
  EXPECT_FALSE((understands<ReplicaActor, Watch> || understands<ReplicaActor, AskVerdict>));
  EXPECT_TRUE((understands<Watcher, FoldMoved>));
  EXPECT_FALSE((understands<Watcher, Certified> || understands<Watcher, VerdictAnswer>));
  EXPECT_FALSE((understands<CertificateWatcher, FoldMoved>));
  EXPECT_FALSE((understands<VerdictAsker, FoldMoved>));
}

struct LineActorTest : ::testing::Test {
  LineActorTest() {
    EXPECT_TRUE(bus->ensure_stream({.name = "glue", .subjects = {"tcps.glue.>"}}));
    LineActorConfig config;
    config.bus = bus.get();
    config.executor = &executor;
    config.line = view;
    config.memo = std::make_shared<SignatureMemo>();
    config.stream = "glue";
    config.replica = caf::actor_cast<ReplicaActor>(self);
    line = spawn_line(system, config);
    scheduler.run();
  }
  ~LineActorTest() override {
    caf::anon_send_exit(line, caf::exit_reason::user_shutdown);
    scheduler.run();
  }

  Watcher watcher() { return caf::actor_cast<Watcher>(self); }

  template <class Message>
  void tell(const LineActor& told, Message message) {
    caf::anon_send(told, std::move(message));
    scheduler.run();
  }
  // The next message of that type, where one has come.
  template <class Message>
  std::optional<Message> heard() {
    std::optional<Message> got;
    self->receive([&](const Message& message) { got = message; },
                  caf::after(std::chrono::seconds(0)) >> [] {});
    return got;
  }

  bus::SimNetwork network;
  std::unique_ptr<bus::Bus> bus = network.attach("node-a");
  InlineExecutor executor;
  std::shared_ptr<SharedLine> view = std::make_shared<SharedLine>(LineState(LineName::literal("glue")));
  caf::actor_system_config settings;
  caf::actor_system system{settings.set("scheduler.policy", caf::atom("testing"))};
  caf::scheduler::test_coordinator& scheduler =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  caf::scoped_actor self{system};
  LineActor line;
};

TEST_F(LineActorTest, AnswersForAMessageOnceTheReplicaHasWrittenIt) {
  bus->publish({"glue", "tcps.glue.work.x", "garbage", {}, std::nullopt}, [](auto) {});
  network.run_for(std::chrono::seconds(2));
  scheduler.run();
  auto group = heard<AppendGroup>();
  ASSERT_TRUE(group);
  EXPECT_EQ(group->position, 1u);
  EXPECT_TRUE(group->line == line);
  tell(line, AskVerdict{1, 9, caf::actor_cast<VerdictAsker>(self)});
  EXPECT_FALSE(heard<VerdictAnswer>());
  tell(group->line, Appended{1});
  auto answer = heard<VerdictAnswer>();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token, 9u);
  EXPECT_FALSE(answer->admitted);
}

TEST_F(LineActorTest, TellsItsWatchersWhatConcernsThem) {
  tell(line, Watch{watcher(), [](const FoldBatch& batch) { return batch.position > 1; }});
  auto first = heard<FoldMoved>();
  ASSERT_TRUE(first);  // where the fold stands
  EXPECT_EQ(first->batch->position, 0u);
  for (const bool concerned : {false, true}) {
    bus->publish({"glue", "tcps.glue.work.x", "garbage", {}, std::nullopt}, [](auto) {});
    network.run_for(std::chrono::seconds(2));
    scheduler.run();
    EXPECT_EQ(heard<FoldMoved>().has_value(), concerned);
  }
}

TEST_F(LineActorTest, TellsOfCertificatesWhomItWasAskedTo) {
  tell(line, Watch{watcher(), {}});
  tell(line, Certified{1});
  EXPECT_EQ(view->certified(), 1u);
  EXPECT_FALSE(heard<Certified>());
  tell(line, Watch{watcher(), {}, caf::actor_cast<CertificateWatcher>(self)});
  tell(line, Certified{2});
  auto told = heard<Certified>();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->position, 2u);
  tell(line, Unwatch{watcher()});
  tell(line, Certified{3});
  EXPECT_FALSE(heard<Certified>());
}

}  // namespace
}  // namespace tcps::line
