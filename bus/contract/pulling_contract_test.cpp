// The contract of pulling on credit.
#include <set>

#include "bus/contract/harness.h"

namespace tcps::bus::contract {
namespace {

TEST_P(BusContract, WithoutCreditNothingIsDelivered) {
  make_stream();
  publish_well("line.work.a", "1");
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, consumer_config(), seen);
  harness_->pass(Milliseconds(100));
  EXPECT_EQ(seen.size(), 0u);
  consumer->add_credit(1);
  ASSERT_TRUE(until([&] { return seen.size() == 1; }));
  EXPECT_EQ(seen.at(0).payload, "1");
  EXPECT_EQ(seen.at(0).subject, "line.work.a");
  EXPECT_EQ(seen.at(0).sequence, 1u);
  EXPECT_EQ(seen.at(0).delivery_count, 1u);
}

TEST_P(BusContract, DeliveriesNeverExceedTheCreditAndSkipOtherSubjects) {
  make_stream();
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, consumer_config(), seen);
  consumer->add_credit(2);
  consumer->add_credit(1);
  for (int i = 0; i < 10; ++i) {
    publish_well("line.event.a", "not for this consumer");
    publish_well("line.work.a", std::to_string(i));
  }
  ASSERT_TRUE(until([&] { return seen.size() == 3; }));
  harness_->pass(Milliseconds(100));
  ASSERT_EQ(seen.size(), 3u);
  consumer->add_credit(4);
  ASSERT_TRUE(until([&] { return seen.size() == 7; }));
  harness_->pass(Milliseconds(100));
  ASSERT_EQ(seen.size(), 7u);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(seen.at(i).payload, std::to_string(i));
}

TEST_P(BusContract, ManyCreditsAndMessagesAreAllServedOnce) {
  constexpr size_t messages = 2'000;
  make_stream();
  auto config = consumer_config();
  config.ack_pending_max = 16;
  Seen<Delivery> seen;
  PullConsumer* self = nullptr;
  auto pulled = bus_->pull(config, [&](Delivery delivery) {
    self->acknowledge(delivery.ack_token);
    self->add_credit(1);
    seen.add(std::move(delivery));
  });
  ASSERT_TRUE(pulled) << pulled.error().message;
  self = pulled->get();
  self->add_credit(8);
  for (size_t i = 0; i < messages; ++i) bus_->publish(message("line.work.a", "x"), [](Result<PublishAck>) {});
  ASSERT_TRUE(until([&] { return seen.size() >= messages; })) << seen.size();
  std::set<uint64_t> sequences;
  for (const auto& delivery : seen.all()) sequences.insert(delivery.sequence);
  EXPECT_EQ(sequences.size(), messages);
  pulled->reset();
}

TEST_P(BusContract, TheWipLimitHoldsOverAllClientsOfTheConsumer) {
  make_stream();
  auto config = consumer_config();
  config.ack_pending_max = 3;
  auto second = harness_->attach("second");
  Seen<Delivery> here;
  Seen<Delivery> there;
  auto a = pull(*bus_, config, here);
  auto b = pull(*second, config, there);
  a->add_credit(10);
  b->add_credit(10);
  for (int i = 0; i < 10; ++i) publish_well("line.work.a", std::to_string(i));
  ASSERT_TRUE(until([&] { return here.size() + there.size() == 3; }));
  harness_->pass(Milliseconds(150));
  ASSERT_EQ(here.size() + there.size(), 3u);
  auto& holder = here.size() > 0 ? here : there;
  auto& client = here.size() > 0 ? a : b;
  client->acknowledge(holder.at(0).ack_token);
  ASSERT_TRUE(until([&] { return here.size() + there.size() == 4; }));
  harness_->pass(Milliseconds(100));
  EXPECT_EQ(here.size() + there.size(), 4u);

  config.ack_pending_max = 5;  // a raised limit is reconciled into the consumer that exists
  Seen<Delivery> unused;
  auto raised = pull(*bus_, config, unused);
  EXPECT_TRUE(until([&] { return here.size() + there.size() == 6; }));
  a.reset();
  b.reset();
  raised.reset();
}

TEST_P(BusContract, AConsumerOfAnotherFilterIsAConflict) {
  make_stream();
  Seen<Delivery> seen;
  auto config = consumer_config();
  auto consumer = pull(*bus_, config, seen);
  config.filter_subject = "line.event.>";
  auto other = bus_->pull(config, [](Delivery) {});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
}

TEST_P(BusContract, WhatIsNotAcknowledgedIsRedeliveredAfterAckWait) {
  make_stream();
  auto config = consumer_config();
  config.ack_wait = Milliseconds(300);
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, config, seen);
  consumer->add_credit(5);
  publish_well("line.work.a", "1");
  ASSERT_TRUE(until([&] { return seen.size() == 2; }));
  EXPECT_EQ(seen.at(1).sequence, 1u);
  EXPECT_EQ(seen.at(1).delivery_count, 2u);
  EXPECT_NE(seen.at(0).ack_token, seen.at(1).ack_token);
  consumer->acknowledge(seen.at(1).ack_token);
  harness_->pass(Milliseconds(700));
  EXPECT_EQ(seen.size(), 2u);
}

TEST_P(BusContract, InProgressExtendsTheDeliveryAndTellsThatTheServerHeardIt) {
  make_stream();
  auto config = consumer_config();
  config.ack_wait = Milliseconds(500);
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, config, seen);
  consumer->add_credit(5);
  publish_well("line.work.a", "1");
  ASSERT_TRUE(until([&] { return seen.size() == 1; }));
  Seen<bool> heard;
  for (int i = 0; i < 6; ++i) {
    consumer->in_progress(seen.at(0).ack_token, Milliseconds(2'000),
                          [&](Status status) { heard.add(status.has_value()); });
    harness_->pass(Milliseconds(150));
  }
  EXPECT_EQ(seen.size(), 1u);
  ASSERT_EQ(heard.size(), 6u);
  for (const bool good : heard.all()) EXPECT_TRUE(good);
  EXPECT_TRUE(until([&] { return seen.size() == 2; }));
}

TEST_P(BusContract, InProgressWithoutAServerReportsIt) {
  make_stream();
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, consumer_config(), seen);
  consumer->add_credit(1);
  publish_well("line.work.a", "1");
  ASSERT_TRUE(until([&] { return seen.size() == 1; }));
  harness_->crash_server();
  Seen<Status> heard;
  consumer->in_progress(seen.at(0).ack_token, Milliseconds(300), [&](Status status) { heard.add(status); });
  ASSERT_TRUE(until([&] { return heard.size() == 1; }));
  ASSERT_FALSE(heard.at(0));
  EXPECT_TRUE(heard.at(0).error().code == ErrorCode::timeout ||
              heard.at(0).error().code == ErrorCode::unavailable);
}

TEST_P(BusContract, WhatIsHandedBackComesAgainAfterItsDelayAndKeepsItsSlot) {
  make_stream();
  auto config = consumer_config();
  config.ack_pending_max = 1;
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, config, seen);
  consumer->add_credit(5);
  publish_well("line.work.a", "1");
  publish_well("line.work.b", "2");
  ASSERT_TRUE(until([&] { return seen.size() == 1; }));
  consumer->hand_back(seen.at(0).ack_token, Milliseconds(400));
  harness_->pass(Milliseconds(200));
  ASSERT_EQ(seen.size(), 1u);
  ASSERT_TRUE(until([&] { return seen.size() == 2; }));
  EXPECT_EQ(seen.at(1).sequence, 1u);
  EXPECT_EQ(seen.at(1).delivery_count, 2u);
  consumer->hand_back(seen.at(1).ack_token, Milliseconds(0));
  ASSERT_TRUE(until([&] { return seen.size() == 3; }));
  EXPECT_EQ(seen.at(2).delivery_count, 3u);
}

TEST_P(BusContract, CreditAndUnacknowledgedWorkSurviveCrashesOfTheServer) {
  make_stream();
  auto config = consumer_config();
  config.ack_wait = Milliseconds(500);
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, config, seen);
  consumer->add_credit(3);
  for (int crash = 0; crash < 2; ++crash) {
    harness_->crash_server();
    harness_->pass(Milliseconds(50));
    harness_->restart_server();
  }
  for (int i = 0; i < 6; ++i) publish_stubbornly("line.work.m" + std::to_string(i), std::to_string(i));
  ASSERT_TRUE(until([&] { return seen.size() == 3; })) << seen.size();
  harness_->pass(Milliseconds(300));
  EXPECT_EQ(seen.size(), 3u);
  harness_->crash_server();
  harness_->restart_server();
  consumer->add_credit(20);
  std::set<uint64_t> sequences;
  EXPECT_TRUE(until([&] {
    for (const auto& delivery : seen.all()) sequences.insert(delivery.sequence);
    return sequences.size() == 6;
  }));
}

TEST_P(BusContract, AnEndedClientLeavesItsWorkToTheOthers) {
  make_stream();
  auto config = consumer_config();
  config.ack_wait = Milliseconds(400);
  auto second = harness_->attach("second");
  Seen<Delivery> here;
  Seen<Delivery> there;
  auto leaving = pull(*second, config, there);
  leaving->add_credit(10);
  publish_well("line.work.a", "1");
  ASSERT_TRUE(until([&] { return there.size() == 1; }));
  leaving.reset();
  auto staying = pull(*bus_, config, here);
  staying->add_credit(10);
  publish_well("line.work.b", "2");
  std::set<uint64_t> sequences;
  EXPECT_TRUE(until([&] {
    for (const auto& delivery : here.all()) sequences.insert(delivery.sequence);
    return sequences.size() == 2;
  }));
  EXPECT_EQ(there.size(), 1u);
}

TEST_P(BusContract, ARemovedConsumerIsGoneAndRemovingItAgainIsFine) {
  make_stream();
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, consumer_config(), seen);
  consumer->add_credit(1);
  ASSERT_TRUE(bus_->remove_consumer(stream, "stage"));
  EXPECT_TRUE(bus_->remove_consumer(stream, "stage"));
  publish_well("line.work.a", "1");
  harness_->pass(Milliseconds(100));
  EXPECT_EQ(seen.size(), 0u);
}

}  // namespace
}  // namespace tcps::bus::contract
