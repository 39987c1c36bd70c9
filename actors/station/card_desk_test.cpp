// The desk, input by input; card_desk_model_test.cpp lets it live with a server.
#include "actors/station/card_desk.h"

#include <gtest/gtest.h>

#include "actors/line/testing/factory.h"

namespace tcps::station {
namespace {

using line::testing::Factory;

template <class A>
const A* only(const Actions& actions) {
  const A* found = nullptr;
  for (const auto& action : actions) {
    const auto* one = std::get_if<A>(&action);
    if (one == nullptr) continue;
    EXPECT_EQ(found, nullptr) << "twice";
    found = one;
  }
  return found;
}

// The one action of its kind.
template <class A>
A the(const Actions& actions) {
  const auto* found = only<A>(actions);
  EXPECT_NE(found, nullptr);
  return found == nullptr ? A{} : *found;
}

template <class A>
bool has(const Actions& actions) {
  return only<A>(actions) != nullptr;
}

DeskConfig config_of(Stage stage = Stage::build) {
  DeskConfig config;
  config.stage = stage;
  config.workers = 2;
  config.ack_wait_ms = 8'000;
  config.slo_ms = 60'000;
  config.republish_ms = 3'000;
  return config;
}

// A line with a card open at build, and a desk there that has asked for work.
struct Desk : ::testing::Test {
  Desk() : desk(config_of()) {
    factory.begin();
    id = factory.accept("s-1");
    factory.pass_until(id, Stage::build);
    sequence = factory.order(id).card_position;
    desk.open(factory.state);
  }
  uint64_t deliver(uint64_t deliveries = 1) {
    auto actions =
        desk.delivered("token-" + std::to_string(deliveries), sequence, deliveries, {}, 0, factory.state);
    const auto* start = only<Start>(actions);
    return start == nullptr ? 0 : start->key;
  }
  line::testing::Sent outcome() { return factory.seal(factory.passed(factory.order(id)), factory.node_a); }

  Factory factory;
  CardDesk desk;
  WorkOrderId id;
  uint64_t sequence = 0;
};

TEST_F(Desk, AsksForAsManyCardsAsThereAreWorkers) {
  CardDesk fresh(config_of());
  EXPECT_EQ(the<AddCredit>(fresh.open(factory.state)).count, 2);
  EXPECT_FALSE(has<AddCredit>(fresh.fold_moved(0, factory.state)));
}

TEST_F(Desk, RunsPublishesAndAcknowledgesOnlyWhatTheFoldHasClosed) {
  auto key = deliver();
  ASSERT_NE(key, 0u);
  auto sent = outcome();
  auto finished = desk.finished(key, sent.message.payload_digest, factory.state);
  ASSERT_TRUE(has<Publish>(finished));
  EXPECT_TRUE(the<Publish>(finished).expect_first);
  EXPECT_FALSE(has<Acknowledge>(desk.fold_moved(20, factory.state)));
  factory.apply(sent);
  auto closed = desk.fold_moved(30, factory.state);
  EXPECT_EQ(the<Acknowledge>(closed).ack_token, "token-1");
  EXPECT_EQ(the<AddCredit>(closed).count, 1);
  EXPECT_EQ(desk.in_hand(), 0u);
}

TEST_F(Desk, WaitsUntilTheFoldHasReachedTheCard) {
  auto ahead = factory.seal(factory.passed(factory.order(id)), factory.node_a);  // the card for test
  CardDesk at_test(config_of(Stage::test));
  EXPECT_FALSE(has<Start>(at_test.delivered("t", factory.position + 1, 1, {}, 0, factory.state)));
  EXPECT_EQ(at_test.running(), 0u);
  factory.apply(ahead);
  EXPECT_TRUE(has<Start>(at_test.fold_moved(5, factory.state)));
}

TEST_F(Desk, AcknowledgesWhatIsNoOpenCardOfItsStage) {
  auto stale = desk.delivered("t", sequence - 1, 1, {}, 0, factory.state);
  EXPECT_TRUE(has<Acknowledge>(stale));
  CardDesk elsewhere(config_of(Stage::test));
  EXPECT_TRUE(has<Acknowledge>(elsewhere.delivered("t", sequence, 1, {}, 0, factory.state)));
}

TEST_F(Desk, KnowsACardThatWasPutBackByItsContent) {
  factory.state.skip(++factory.position, "the copy is refused");
  auto actions = desk.delivered("t", factory.position, 1, factory.order(id).card, 0, factory.state);
  EXPECT_TRUE(has<Start>(actions));
}

TEST_F(Desk, HandsBackACopyOfACardThatItHas) {
  ASSERT_NE(deliver(), 0u);
  factory.state.skip(++factory.position, "the copy is refused");
  auto actions = desk.delivered("copy", factory.position, 1, factory.order(id).card, 0, factory.state);
  EXPECT_EQ(the<HandBack>(actions).ack_token, "copy");
  EXPECT_EQ(desk.running(), 1u);
}

TEST_F(Desk, TakesARedeliveryOfACardThatItHasForTheSameCard) {
  auto key = deliver(1);
  auto again = desk.delivered("token-2", sequence, 2, {}, 5, factory.state);
  EXPECT_FALSE(has<HandBack>(again));  // it would be redelivered to another station while it runs here
  EXPECT_FALSE(has<Start>(again));
  EXPECT_EQ(desk.in_hand(), 1u);
  auto sent = outcome();
  desk.finished(key, sent.message.payload_digest, factory.state);
  factory.apply(sent);
  EXPECT_EQ(the<Acknowledge>(desk.fold_moved(30, factory.state)).ack_token, "token-2");
}

TEST_F(Desk, MarksEachQuarterOfTheAckWait) {
  auto key = deliver();
  EXPECT_FALSE(has<Mark>(desk.tick(1'999, factory.state)));
  EXPECT_EQ(the<Mark>(desk.tick(2'000, factory.state)).key, key);
  EXPECT_FALSE(has<Mark>(desk.tick(2'500, factory.state)));
  desk.mark_answered(key, true, 2'600);
  EXPECT_TRUE(has<Mark>(desk.tick(4'000, factory.state)));
  desk.mark_answered(key, false, 4'100);
  EXPECT_TRUE(has<Mark>(desk.tick(6'000, factory.state)));
  EXPECT_FALSE(has<Kill>(desk.tick(6'599, factory.state)));
  EXPECT_TRUE(has<Kill>(desk.tick(6'600, factory.state)));
}

TEST_F(Desk, PublishesNothingOnceItHasLetGo) {
  auto key = deliver();
  auto let_go = desk.tick(4'000, factory.state);
  EXPECT_FALSE(the<Kill>(let_go).deadline);
  EXPECT_FALSE(has<HandBack>(let_go));
  desk.mark_answered(key, true, 4'001);  // too late
  auto finished = desk.finished(key, outcome().message.payload_digest, factory.state);
  EXPECT_FALSE(has<Publish>(finished));
  EXPECT_FALSE(has<Acknowledge>(finished));
  EXPECT_EQ(desk.in_hand(), 0u);
}

TEST_F(Desk, LetsGoOfAPublishedOutcomeToo) {
  auto key = deliver();
  desk.finished(key, outcome().message.payload_digest, factory.state);
  desk.publish_failed(key, false, 10);
  EXPECT_FALSE(has<Publish>(desk.tick(4'000, factory.state)));
  EXPECT_EQ(desk.in_hand(), 0u);
}

TEST_F(Desk, KillsAtTheDeadlineAndPublishesTheFailureThatComesOfIt) {
  auto config = config_of();
  config.slo_ms = 1'000;
  CardDesk desk(config);
  desk.open(factory.state);
  auto key = the<Start>(desk.delivered("t", sequence, 1, {}, 0, factory.state)).key;
  EXPECT_FALSE(has<Kill>(desk.tick(999, factory.state)));
  EXPECT_TRUE(the<Kill>(desk.tick(1'000, factory.state)).deadline);
  EXPECT_FALSE(has<Kill>(desk.tick(1'100, factory.state)));
  auto failed = factory.seal(factory.failed(factory.order(id), "F6.4"), factory.node_a);
  EXPECT_TRUE(has<Publish>(desk.finished(key, failed.message.payload_digest, factory.state)));
  factory.apply(failed);
  EXPECT_TRUE(has<Acknowledge>(desk.fold_moved(1'200, factory.state)));
}

TEST_F(Desk, GivesEachRunOfARefusedOutcomeADeadlineOfItsOwn) {
  auto config = config_of();
  config.slo_ms = 1'000;
  CardDesk desk(config);
  desk.open(factory.state);
  auto key = the<Start>(desk.delivered("t", sequence, 1, {}, 0, factory.state)).key;
  desk.tick(1'000, factory.state);
  auto outcome = Digest::of("refused");
  desk.finished(key, outcome, factory.state);
  ASSERT_TRUE(has<Start>(desk.refused(outcome, 1'100, factory.state)));
  EXPECT_FALSE(has<Kill>(desk.tick(2'099, factory.state)));
  EXPECT_TRUE(the<Kill>(desk.tick(2'100, factory.state)).deadline);
}

TEST_F(Desk, RunsARefusedOutcomeAgainUntilItCallsForHelp) {
  auto key = deliver();
  for (int i = 1; i < outcomes_refused_max; ++i) {
    auto outcome = Digest::of(std::to_string(i));
    EXPECT_EQ(the<Publish>(desk.finished(key, outcome, factory.state)).expect_first, i == 1);
    EXPECT_TRUE(desk.refused(Digest::of("of another"), 10, factory.state).empty());
    ASSERT_TRUE(has<Start>(desk.refused(outcome, 10, factory.state)));
    EXPECT_TRUE(desk.refused(outcome, 11, factory.state).empty());  // its copy
  }
  desk.finished(key, Digest::of("last"), factory.state);
  auto given_up = desk.refused(Digest::of("last"), 20, factory.state);
  ASSERT_TRUE(has<RaiseCrashLoop>(given_up));
  EXPECT_FALSE(has<Start>(given_up));
  auto call = factory.call("c-1", "crash_loop", &factory.order(id));
  factory.admit(call, factory.node_a);
  EXPECT_TRUE(has<Acknowledge>(desk.fold_moved(30, factory.state)));
}

TEST_F(Desk, PublishesAgainWhatTheFoldDoesNotShow) {
  auto key = deliver();
  desk.finished(key, outcome().message.payload_digest, factory.state);
  EXPECT_FALSE(has<Publish>(desk.tick(1'000, factory.state)));  // just published
  EXPECT_FALSE(has<Publish>(desk.tick(3'900, factory.state)));
  desk.mark_answered(key, true, 3'900);
  auto again = desk.tick(4'000, factory.state);
  ASSERT_TRUE(has<Publish>(again));
  EXPECT_FALSE(the<Publish>(again).expect_first);
}

TEST_F(Desk, KeepsABlockedCardInHandAndTriesItAgain) {
  auto key = deliver(deliveries_before_crash_loop - 1);
  desk.blocked(key, 1'000);
  EXPECT_TRUE(desk.holds(key));
  EXPECT_FALSE(has<Start>(desk.fold_moved(2'000, factory.state)));
  EXPECT_EQ(desk.in_hand(), 1u);
  auto marked = desk.tick(3'000, factory.state);
  EXPECT_TRUE(has<Mark>(marked));
  EXPECT_FALSE(has<Start>(marked));
  desk.mark_answered(key, true, 3'000);
  EXPECT_EQ(the<Start>(desk.tick(6'000, factory.state)).key, key);
  EXPECT_TRUE(has<Publish>(desk.finished(key, Digest::of("at last"), factory.state)));
}

TEST_F(Desk, LetsABlockedCardGoWhenItIsClosed) {
  auto key = deliver();
  desk.blocked(key, 1'000);
  factory.pass(id);
  EXPECT_TRUE(has<Acknowledge>(desk.fold_moved(7'000, factory.state)));
  EXPECT_EQ(desk.in_hand(), 0u);
}

TEST_F(Desk, PublishesBesideAMessageThatWasFirstAndIsNoOutcome) {
  auto key = deliver();
  desk.finished(key, outcome().message.payload_digest, factory.state);
  desk.publish_failed(key, true, 0);
  auto again = desk.tick(1'000, factory.state);
  ASSERT_TRUE(has<Publish>(again));
  EXPECT_FALSE(the<Publish>(again).expect_first);
}

TEST_F(Desk, PublishesNothingForACardThatIsClosed) {
  auto key = deliver();
  desk.finished(key, Digest::of("ours"), factory.state);
  desk.publish_failed(key, true, 0);
  factory.pass(id);  // another station's outcome
  EXPECT_FALSE(has<Publish>(desk.tick(1'000, factory.state)));
  EXPECT_TRUE(has<Acknowledge>(desk.fold_moved(1'001, factory.state)));
}

TEST_F(Desk, CallsForHelpAtTheFifthDeliveryInPlaceOfRunning) {
  EXPECT_NE(deliver(deliveries_before_crash_loop - 1), 0u);
  CardDesk second(config_of());
  auto actions = second.delivered("t", sequence, deliveries_before_crash_loop, {}, 0, factory.state);
  EXPECT_FALSE(has<Start>(actions));
  ASSERT_TRUE(has<RaiseCrashLoop>(actions));
  auto again = second.tick(3'000, factory.state);
  EXPECT_TRUE(has<RaiseCrashLoop>(again));  // the fold does not show it
  factory.admit(factory.call("c-1", "crash_loop", &factory.order(id)), factory.node_a);
  EXPECT_TRUE(has<Acknowledge>(second.fold_moved(3'100, factory.state)));
}

TEST_F(Desk, KillsWhenAPersonTakesTheWorkOrderAway) {
  for (const char* what : {"hold", "cancel"}) {
    Factory f;
    f.begin();
    auto id = f.accept("s-1");
    CardDesk desk(config_of(Stage::pull));
    auto key = the<Start>(desk.delivered("t", f.order(id).card_position, 1, {}, 0, f.state)).key;
    f.admit(f.decision(f.order(id), what), f.bob);
    auto taken = desk.fold_moved(5, f.state);
    EXPECT_EQ(the<Kill>(taken).key, key);
    EXPECT_TRUE(has<Acknowledge>(taken));
    EXPECT_EQ(desk.in_hand(), 1u);  // until the run is over
    EXPECT_FALSE(has<Publish>(desk.finished(key, std::nullopt, f.state)));
    EXPECT_EQ(desk.in_hand(), 0u);
  }
}

TEST_F(Desk, HandsBackWhatCannotBeWorkedHere) {
  auto key = deliver();
  auto actions = desk.finished(key, std::nullopt, factory.state);
  EXPECT_EQ(the<HandBack>(actions).delay_ms, 5'000);
  EXPECT_EQ(the<AddCredit>(actions).count, 1);
}

// Handed back again and again, it would count as a crash loop by the time that the stage works again.
TEST_F(Desk, KeepsADeliveredCardWhileItsStageIsStopped) {
  factory.admit(factory.call("stop", "pulled"), factory.bob);
  EXPECT_EQ(deliver(), 0u);
  EXPECT_EQ(desk.in_hand(), 1u);
  EXPECT_TRUE(has<Mark>(desk.tick(2'000, factory.state)));
  factory.admit(factory.resolution("stop", "keep"), factory.bob);
  EXPECT_TRUE(has<Start>(desk.fold_moved(2'100, factory.state)));
}

TEST_F(Desk, AsksForNothingWhileItsStageIsStoppedOrTheNextIsFull) {
  factory.admit(factory.call("stop", "pulled"), factory.bob);
  CardDesk stopped(config_of());
  EXPECT_TRUE(stopped.open(factory.state).empty());
  factory.admit(factory.resolution("stop", "keep"), factory.bob);
  EXPECT_TRUE(has<AddCredit>(stopped.fold_moved(0, factory.state)));

  auto config = config_of(Stage::render);
  config.downstream_cards_max = 1;  // one card is open at build
  CardDesk upstream(config);
  EXPECT_TRUE(upstream.open(factory.state).empty());
  factory.pass(id);
  EXPECT_TRUE(has<AddCredit>(upstream.fold_moved(0, factory.state)));
}

TEST_F(Desk, WaitsForACertificateWhereItsStageNeedsOne) {
  auto config = config_of();
  config.wait_certified = true;
  CardDesk desk(config);
  EXPECT_FALSE(has<Start>(desk.delivered("t", sequence, 1, {}, 0, factory.state)));
  EXPECT_EQ(desk.certificate_wanted(), sequence);
  desk.certified(sequence - 1);
  EXPECT_FALSE(has<Start>(desk.fold_moved(1, factory.state)));
  desk.certified(sequence);
  desk.certified(sequence - 1);  // never back
  EXPECT_EQ(desk.certificate_wanted(), std::nullopt);
  EXPECT_TRUE(has<Start>(desk.fold_moved(2, factory.state)));
}

TEST_F(Desk, HandsBackEverythingWhenItCloses) {
  auto key = deliver();
  auto closed = desk.close();
  EXPECT_TRUE(has<Kill>(closed));
  EXPECT_EQ(the<HandBack>(closed).ack_token, "token-1");
  EXPECT_GT(the<HandBack>(closed).delay_ms, 0) << "a server that stops now would forget it";
  EXPECT_EQ(desk.in_hand(), 1u);
  auto finished = desk.finished(key, std::nullopt, factory.state);
  EXPECT_TRUE(finished.empty());  // no credit, no second hand-back
  EXPECT_EQ(desk.in_hand(), 0u);
}

TEST_F(Desk, StartsNothingOnceItIsClosed) {
  desk.close();
  auto late = desk.delivered("late", sequence, 1, {}, 0, factory.state);
  EXPECT_EQ(the<HandBack>(late).ack_token, "late");
  EXPECT_EQ(late.size(), 1u);
  EXPECT_EQ(desk.in_hand(), 0u);
  EXPECT_TRUE(desk.fold_moved(1, factory.state).empty());
  EXPECT_TRUE(desk.tick(10'000, factory.state).empty());
}

}  // namespace
}  // namespace tcps::station
