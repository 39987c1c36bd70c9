// The contract of core messages, requests and objects.
#include <filesystem>
#include <fstream>

#include "bus/contract/harness.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bus::contract {
namespace {

using test::TemporaryFolder;

TEST_P(BusContract, ARequestIsAnswered) {
  auto service = bus_->subscribe("service.>", "", [&](Message message) {
    bus_->send(message.reply_to, message.subject + " heard " + message.payload);
  });
  ASSERT_TRUE(service);
  Seen<Result<Bytes>> replies;
  bus_->request("service.echo", "this", Milliseconds(2'000),
                [&](Result<Bytes> reply) { replies.add(std::move(reply)); });
  ASSERT_TRUE(until([&] { return replies.size() == 1; }));
  ASSERT_TRUE(replies.at(0)) << replies.at(0).error().message;
  EXPECT_EQ(*replies.at(0), "service.echo heard this");
}

TEST_P(BusContract, AnAnswerThatTellsOfAnErrorIsAnAnswer) {
  auto service = bus_->subscribe("service.fails", "", [&](Message message) {
    bus_->send_error(message.reply_to, "no", 404, "two\r\nlines: and a colon");
  });
  ASSERT_TRUE(service);
  Seen<Result<Bytes>> replies;
  bus_->request("service.fails", "", Milliseconds(2'000),
                [&](Result<Bytes> reply) { replies.add(std::move(reply)); });
  ASSERT_TRUE(until([&] { return replies.size() == 1; }));
  ASSERT_TRUE(replies.at(0)) << replies.at(0).error().message;
  EXPECT_EQ(*replies.at(0), "no");
}

TEST_P(BusContract, ARequestNobodyListensToIsUnavailableAtOnce) {
  Seen<Result<Bytes>> replies;
  bus_->request("nobody.here", "x", Milliseconds(60'000),
                [&](Result<Bytes> reply) { replies.add(std::move(reply)); });
  ASSERT_TRUE(until([&] { return replies.size() == 1; }));
  ASSERT_FALSE(replies.at(0));
  EXPECT_EQ(replies.at(0).error().code, ErrorCode::unavailable);
}

TEST_P(BusContract, ARequestNobodyAnswersTimesOut) {
  auto silent = bus_->subscribe("silent", "", [](Message) {});
  ASSERT_TRUE(silent);
  Seen<Result<Bytes>> replies;
  bus_->request("silent", "x", Milliseconds(100),
                [&](Result<Bytes> reply) { replies.add(std::move(reply)); });
  ASSERT_TRUE(until([&] { return replies.size() == 1; }));
  ASSERT_FALSE(replies.at(0));
  EXPECT_EQ(replies.at(0).error().code, ErrorCode::timeout);
}

TEST_P(BusContract, AQueueGroupSharesMessagesAndOthersHearAll) {
  constexpr size_t messages = 60;
  Seen<Bytes> first;
  Seen<Bytes> second;
  Seen<Bytes> everyone;
  auto other = harness_->attach("second");
  auto a = bus_->subscribe("shared.*", "workers", [&](Message message) { first.add(message.payload); });
  auto b = other->subscribe("shared.*", "workers", [&](Message message) { second.add(message.payload); });
  auto c = bus_->subscribe("shared.>", "", [&](Message message) { everyone.add(message.payload); });
  ASSERT_TRUE(a && b && c);
  harness_->pass(Milliseconds(50));
  for (size_t i = 0; i < messages; ++i) bus_->send("shared.x", std::to_string(i));
  ASSERT_TRUE(until([&] { return first.size() + second.size() == messages && everyone.size() == messages; }));
  EXPECT_GT(first.size(), 0u);
  EXPECT_GT(second.size(), 0u);
}

size_t entries(const TemporaryFolder& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {}));
}

constexpr uint64_t bucket_bytes = 64 << 20;

TEST_P(BusContract, ObjectsOfEverySizeComeBackAsTheyWere) {
  auto store = bus_->objects("BUCKET", bucket_bytes, 1);
  ASSERT_TRUE(store) << store.error().message;
  TemporaryFolder folder;
  size_t stored = 0;
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{128 * 1024}, size_t{128 * 1024 + 1}, size_t{3 << 20}}) {
    Bytes bytes(size, '\0');
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
    const auto digest = Digest::of(bytes);
    auto put = (*store)->put_file(digest, folder.write("in", bytes));
    ASSERT_TRUE(put) << size << ": " << put.error().message;
    ASSERT_TRUE((*store)->put(digest, bytes));  // again: cheap and fine
    EXPECT_TRUE(*(*store)->contains(digest));
    auto got = (*store)->get_file(digest, folder.at("out"));
    ASSERT_TRUE(got) << size << ": " << got.error().message;
    EXPECT_TRUE(folder.read("out") == bytes) << size;
    auto in_memory = (*store)->get(digest, size);
    ASSERT_TRUE(in_memory) << in_memory.error().message;
    EXPECT_TRUE(*in_memory == bytes) << size;
    EXPECT_EQ((*store)->list()->size(), ++stored);
  }
  EXPECT_EQ(entries(folder), 2u);  // no partial file is left
}

TEST_P(BusContract, AnObjectLargerThanTheCallerTakesIsFull) {
  auto store = bus_->objects("BUCKET", bucket_bytes, 1);
  ASSERT_TRUE(store);
  const Bytes bytes(1000, 'a');
  ASSERT_TRUE((*store)->put(Digest::of(bytes), bytes));
  auto got = (*store)->get(Digest::of(bytes), 999);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::full);
}

TEST_P(BusContract, BytesOfAnotherDigestAreNotStored) {
  auto store = bus_->objects("BUCKET", bucket_bytes, 1);
  ASSERT_TRUE(store);
  const auto digest = Digest::of("something else");
  auto put = (*store)->put(digest, "these bytes");
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::corrupt);
  EXPECT_FALSE(*(*store)->contains(digest));
  EXPECT_TRUE((*store)->list()->empty());
}

TEST_P(BusContract, ACorruptedObjectIsReportedAndNeverHandedOut) {
  auto store = bus_->objects("BUCKET", bucket_bytes, 1);
  ASSERT_TRUE(store);
  const Bytes bytes = "precious bytes";
  const auto digest = Digest::of(bytes);
  ASSERT_TRUE((*store)->put(digest, bytes));
  harness_->corrupt_object(*bus_, "BUCKET", digest);
  TemporaryFolder folder;
  auto got = (*store)->get(digest, 1000);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::corrupt);
  auto file = (*store)->get_file(digest, folder.at("out"));
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::corrupt);
  EXPECT_EQ(entries(folder), 0u);
}

TEST_P(BusContract, ADiscardedObjectIsGoneAndSaysWhyAndSinceWhenUntilItIsStoredAgain) {
  auto store = bus_->objects("BUCKET", 1 << 20, 1);
  ASSERT_TRUE(store);
  const Bytes bytes(300'000, 'r');
  const auto digest = Digest::of(bytes);
  for (int round = 0; round < 8; ++round) {  // more than the bucket holds at once: the room is free again
    ASSERT_TRUE((*store)->put(digest, bytes));
    ASSERT_TRUE((*store)->get(digest, bytes.size()));
    const auto listed = (*store)->list();
    ASSERT_EQ(listed->size(), 1u);
    EXPECT_EQ(listed->front().digest, digest);
    EXPECT_EQ(listed->front().bytes, bytes.size());
    auto discarded = (*store)->discard(listed->front(), "swept for room");
    ASSERT_TRUE(discarded) << discarded.error().message;
    EXPECT_FALSE(*(*store)->contains(digest));
    EXPECT_TRUE((*store)->list()->empty());
    auto got = (*store)->get(digest, bytes.size());
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, ErrorCode::not_found);
    EXPECT_NE(got.error().message.find("swept for room (since 20"), std::string::npos) << got.error().message;
  }
}

TEST_P(BusContract, AnObjectThatWasStoredAgainIsNotDiscarded) {
  auto store = bus_->objects("BUCKET", bucket_bytes, 1);
  ASSERT_TRUE(store);
  const Bytes bytes = "made again";
  const auto digest = Digest::of(bytes);
  ASSERT_TRUE((*store)->put(digest, bytes));
  const auto seen = (*store)->list();
  ASSERT_EQ(seen->size(), 1u);
  harness_->pass(Milliseconds(2'100));  // within a second it is the same storing
  ASSERT_TRUE((*store)->put(digest, bytes));
  const auto again = (*store)->list();
  ASSERT_EQ(again->size(), 1u);
  EXPECT_GT(again->front().stored_unix_ms, seen->front().stored_unix_ms);
  auto discarded = (*store)->discard(seen->front(), "swept");
  ASSERT_FALSE(discarded);
  EXPECT_EQ(discarded.error().code, ErrorCode::conflict);
  EXPECT_EQ(*(*store)->get(digest, 100), bytes);
  ASSERT_TRUE((*store)->discard(again->front(), "swept"));
  discarded = (*store)->discard(again->front(), "swept");  // and only once
  ASSERT_FALSE(discarded);
  EXPECT_EQ(discarded.error().code, ErrorCode::conflict);
}

TEST_P(BusContract, AFullBucketSaysSoAndKeepsNoHalfObject) {
  auto store = bus_->objects("SMALL", 512 * 1024, 1);
  ASSERT_TRUE(store) << store.error().message;
  const Bytes large(2 << 20, 'z');
  auto put = (*store)->put(Digest::of(large), large);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::full);
  EXPECT_FALSE(*(*store)->contains(Digest::of(large)));
  const Bytes fits(100'000, 'f');
  EXPECT_TRUE((*store)->put(Digest::of(fits), fits));  // the chunks of the failed one are gone
}

}  // namespace
}  // namespace tcps::bus::contract
