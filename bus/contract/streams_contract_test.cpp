// The contract of streams: publishing, following, limits, identity.
#include <atomic>

#include "bus/contract/harness.h"

namespace tcps::bus::contract {
namespace {

TEST_P(BusContract, APublishIsAcknowledgedWithItsSequence) {
  make_stream();
  EXPECT_EQ(publish_well("line.event.a", "one"), 1u);
  EXPECT_EQ(publish_well("line.event.a", "two"), 2u);
  auto stored = bus_->message_at(stream, 2);
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->payload, "two");
  EXPECT_EQ(stored->subject, "line.event.a");
  EXPECT_EQ(stored->sequence, 2u);
}

TEST_P(BusContract, AMessageThatIsNotThereIsNotFound) {
  make_stream();
  for (const uint64_t sequence : {0u, 1u, 77u}) {
    auto stored = bus_->message_at(stream, sequence);
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, ErrorCode::not_found) << sequence;
  }
}

TEST_P(BusContract, ExpectingNoMessageOnASubjectRefusesTheSecond) {
  make_stream();
  auto request = message("line.work.a", "first");
  request.expected_last_subject_sequence = 0;
  ASSERT_TRUE(publish(request));
  request.payload = "second";
  auto second = publish(request);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_EQ(bus_->stream_info(stream)->last_sequence, 1u);
  request.expected_last_subject_sequence = 1;
  EXPECT_TRUE(publish(request));
}

TEST_P(BusContract, ADuplicateMessageIdIsFlaggedAndNotStored) {
  make_stream();
  auto request = message("line.event.a", "mine");
  request.message_id = "id-1";
  auto first = publish(request);
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->duplicate);
  request.payload = "other bytes under the same id";
  auto again = publish(request);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->sequence, first->sequence);
  EXPECT_EQ(bus_->message_at(stream, first->sequence)->payload, "mine");
}

TEST_P(BusContract, APublishThatNoStreamTakesIsUnavailable) {
  make_stream();
  auto lost = publish(message("elsewhere.a", "x"));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::unavailable);
}

TEST_P(BusContract, APublishThatAnotherStreamWouldTakeIsRefused) {
  make_stream();
  StreamConfig other;
  other.name = "OTHER";
  other.subjects = {"other.>"};
  ASSERT_TRUE(bus_->ensure_stream(other));
  auto astray = publish(message("other.a", "x"));
  ASSERT_FALSE(astray);
  EXPECT_EQ(astray.error().code, ErrorCode::refused);
}

TEST_P(BusContract, AFullStreamRefusesNewMessagesAndKeepsTheOldOnes) {
  auto config = stream_config();
  config.bytes_max = 16 * 1024;
  ASSERT_TRUE(bus_->ensure_stream(config));
  Result<PublishAck> ack;
  int stored = 0;
  for (; stored < 40; ++stored)
    if (ack = publish(message("line.event.a", Bytes(1024, 'x'))); !ack) break;
  ASSERT_FALSE(ack);
  EXPECT_EQ(ack.error().code, ErrorCode::full);
  EXPECT_GT(stored, 5);
  EXPECT_TRUE(bus_->message_at(stream, 1));

  config.bytes_max = 64 * 1024;  // a raised limit is reconciled into the stream that exists
  auto raised = bus_->ensure_stream(config);
  ASSERT_TRUE(raised) << raised.error().message;
  EXPECT_EQ(raised->bytes_max, 64u * 1024);
  EXPECT_TRUE(publish(message("line.event.a", Bytes(1024, 'x'))));
}

TEST_P(BusContract, AMessageAboveTheStreamsLimitIsRefused) {
  auto config = stream_config();
  config.message_bytes_max = 1000;
  ASSERT_TRUE(bus_->ensure_stream(config));
  auto large = publish(message("line.event.a", Bytes(2000, 'x')));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, ErrorCode::refused);
}

TEST_P(BusContract, AStreamOfOtherSubjectsIsAConflict) {
  make_stream();
  auto config = stream_config();
  config.subjects = {"quite.another.>"};
  auto again = bus_->ensure_stream(config);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
}

TEST_P(BusContract, AStreamBeginsAtTheSequenceAskedFor) {
  auto config = stream_config();
  config.first_sequence = 5'000;
  ASSERT_TRUE(bus_->ensure_stream(config));
  EXPECT_EQ(publish_well("line.event.a", "x"), 5'000u);
}

TEST_P(BusContract, ARetiredStreamLeavesItsSubjectsToAnother) {
  make_stream();
  publish_well("line.work.a", "old");
  Seen<Delivery> seen;
  auto consumer = pull(*bus_, consumer_config(), seen);
  ASSERT_TRUE(consumer);
  auto next = stream_config();
  next.name = "LINE_2";
  next.first_sequence = 100;
  EXPECT_EQ(bus_->ensure_stream(next).error().code, ErrorCode::conflict);
  ASSERT_TRUE(bus_->retire_stream(stream));
  EXPECT_TRUE(bus_->retire_stream(stream)) << "once more is well";
  auto made = bus_->ensure_stream(next);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(bus_->message_at(stream, 1)->payload, "old");
  auto request = message("line.work.a", "new");
  EXPECT_FALSE(publish(request)) << "the retired stream takes nothing";
  request.stream = "LINE_2";
  auto stored = publish(request);
  ASSERT_TRUE(stored) << stored.error().message;
  EXPECT_EQ(stored->sequence, 100u);
  EXPECT_EQ(bus_->retire_stream("NO_SUCH").error().code, ErrorCode::not_found);
}

TEST_P(BusContract, ARecreatedStreamHasAnotherIdentity) {
  auto config = stream_config();
  auto first = bus_->ensure_stream(config);
  ASSERT_TRUE(first);
  EXPECT_GT(first->created_unix_ms, 0);
  EXPECT_EQ(bus_->ensure_stream(config)->created_unix_ms, first->created_unix_ms);
  harness_->pass(Milliseconds(20));
  harness_->delete_stream(*bus_, stream);
  auto gone = bus_->stream_info(stream);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::not_found);
  auto second = bus_->ensure_stream(config);
  ASSERT_TRUE(second);
  EXPECT_NE(second->created_unix_ms, first->created_unix_ms);
}

TEST_P(BusContract, PurgingBelowASequenceKeepsItAndWhatFollows) {
  make_stream();
  for (int i = 1; i <= 10; ++i) publish_well("line.event.a", std::to_string(i));
  ASSERT_TRUE(bus_->purge_below(stream, 0));  // nothing: a careless adapter would purge everything
  EXPECT_EQ(bus_->stream_info(stream)->messages, 10u);
  ASSERT_TRUE(bus_->purge_below(stream, 7));
  auto info = bus_->stream_info(stream);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->first_sequence, 7u);
  EXPECT_EQ(info->last_sequence, 10u);
  EXPECT_EQ(info->messages, 4u);
  EXPECT_FALSE(bus_->message_at(stream, 6));
  EXPECT_EQ(bus_->message_at(stream, 7)->payload, "7");
}

TEST_P(BusContract, FollowingShowsEverythingInOrderFromASequenceOn) {
  make_stream();
  for (int i = 1; i <= 5; ++i) publish_well("line.event.a", std::to_string(i));
  Seen<Delivery> seen;
  auto following = bus_->follow(stream, 3, [&](Delivery delivery) { seen.add(std::move(delivery)); });
  ASSERT_TRUE(until([&] { return seen.size() == 3; }));
  publish_well("line.work.b", "6");
  ASSERT_TRUE(until([&] { return seen.size() == 4; }));
  for (uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(seen.at(i).sequence, i + 3);
    EXPECT_EQ(seen.at(i).payload, std::to_string(i + 3));
    EXPECT_TRUE(seen.at(i).ack_token.empty());
    EXPECT_EQ(seen.at(i).delivery_count, 0u);
  }
  EXPECT_EQ(seen.at(3).subject, "line.work.b");
}

TEST_P(BusContract, AFollowingThatEndedHearsNothingMore) {
  make_stream();
  Seen<Delivery> seen;
  auto following = bus_->follow(stream, 1, [&](Delivery delivery) { seen.add(std::move(delivery)); });
  publish_well("line.event.a", "1");
  ASSERT_TRUE(until([&] { return seen.size() == 1; }));
  following.reset();
  publish_well("line.event.a", "2");
  harness_->pass(Milliseconds(50));
  EXPECT_EQ(seen.size(), 1u);
}

TEST_P(BusContract, FollowingWaitsForAStreamThatDoesNotExistYet) {
  Seen<Delivery> seen;
  auto following = bus_->follow(stream, 1, [&](Delivery delivery) { seen.add(std::move(delivery)); });
  harness_->pass(Milliseconds(150));
  make_stream();
  publish_well("line.event.a", "1");
  EXPECT_TRUE(until([&] { return seen.size() == 1; }));
}

TEST_P(BusContract, FollowingABurstLosesNothingThoughTheHandlerIsSlow) {
  constexpr uint64_t messages = 20'000;
  make_stream();
  auto acknowledged = std::make_shared<std::atomic<uint64_t>>(0);
  for (uint64_t i = 1; i <= messages; ++i)
    bus_->publish(message("line.event.a", Bytes(512, 'x')),
                  [acknowledged](Result<PublishAck> ack) { *acknowledged += ack ? 1 : 0; });
  ASSERT_TRUE(until([&] { return *acknowledged == messages; }));
  std::atomic<uint64_t> expected = 1;
  std::atomic<bool> in_order = true;
  auto following = bus_->follow(stream, 1, [&](Delivery delivery) {
    in_order = in_order && delivery.sequence == expected;
    ++expected;
    if (expected % 1000 == 0) harness_->pass(Milliseconds(0));
  });
  ASSERT_TRUE(until([&] { return expected == messages + 1; })) << expected;
  EXPECT_TRUE(in_order);
}

TEST_P(BusContract, FollowingSurvivesCrashesOfTheServerWithoutGapOrRepeat) {
  make_stream();
  Seen<Delivery> seen;
  auto following = bus_->follow(stream, 1, [&](Delivery delivery) { seen.add(std::move(delivery)); });
  int published = 0;
  for (int crash = 0; crash < 3; ++crash) {
    for (int i = 0; i < 50; ++i) {
      ++published;
      publish_stubbornly("line.event.m" + std::to_string(published), std::to_string(published));
    }
    harness_->crash_server();
    harness_->pass(Milliseconds(50));
    harness_->restart_server();
  }
  publish_stubbornly("line.event.last", "last");
  ASSERT_TRUE(until([&] { return seen.size() >= 151; })) << seen.size();
  harness_->pass(Milliseconds(50));
  auto all = seen.all();
  ASSERT_EQ(all.size(), 151u);
  for (size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i].sequence, i + 1);
}

TEST_P(BusContract, APublishWithoutAServerEndsInAnErrorAndTheBusRecovers) {
  make_stream();
  auto news = std::make_shared<Seen<Connection>>();  // the bus tells its end after this body
  bus_->on_connection([news](Connection connection) { news->add(connection); });
  harness_->crash_server();
  auto lost = publish(message("line.event.a", "x"));
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().code == ErrorCode::timeout || lost.error().code == ErrorCode::unavailable);
  auto info = bus_->stream_info(stream);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, ErrorCode::unavailable);
  harness_->restart_server();
  EXPECT_TRUE(until([&] { return news->size() >= 2; }));
  EXPECT_EQ(news->at(0), Connection::disconnected);
  EXPECT_EQ(news->at(1), Connection::connected);
  publish_stubbornly("line.event.b", "y");
}

}  // namespace
}  // namespace tcps::bus::contract
