// What only the real bus can show: traps of its protocol, and the layout that other people's tools read.
#include "bus/nats/nats_bus.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "bus/nats/link.h"
#include "bus/nats/nats_server.h"
#include "tests/support/places.h"
#include "tests/support/temporary_folder.h"

namespace tcps::bus {
namespace {

using namespace std::chrono_literals;

class NatsBusTest : public ::testing::Test {
 protected:
  void SetUp() override {
    NatsServerOptions options;
    options.store_folder = folder_.path();
    options.candidates = {test::programs_folder() + "/nats-server/nats-server"};
    auto server = NatsServerProcess::start(options);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    client_.url = server_->url();
    auto bus = connect_nats(client_);
    ASSERT_TRUE(bus) << bus.error().message;
    bus_ = std::move(*bus);
    StreamConfig stream;
    stream.name = "LINE";
    stream.subjects = {"line.>"};
    ASSERT_TRUE(bus_->ensure_stream(stream));
  }
  void TearDown() override {
    bus_.reset();
    server_.reset();
  }

  void publish(const std::string& subject) {
    PublishRequest request;
    request.stream = "LINE";
    request.subject = subject;
    request.payload = subject;
    auto stored = std::make_shared<std::atomic<bool>>(false);
    bus_->publish(request, [stored](const Result<PublishAck>& ack) { *stored = ack.has_value(); });
    ASSERT_TRUE(until([&] { return stored->load(); }));
  }

  Result<std::unique_ptr<PullConsumer>> pull() {
    ConsumerConfig config;
    config.stream = "LINE";
    config.name = "stage";
    config.filter_subject = "line.work.>";
    return bus_->pull(config, [this](Delivery delivery) {
      std::lock_guard lock(mutex_);
      deliveries_.push_back(std::move(delivery));
    });
  }
  std::vector<Delivery> delivered() {
    std::lock_guard lock(mutex_);
    return deliveries_;
  }

  template <class Condition>
  static bool until(Condition condition) {
    for (int i = 0; i < 2'000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
    return condition();
  }

  test::TemporaryFolder folder_;
  NatsOptions client_;
  std::unique_ptr<NatsServerProcess> server_;
  std::mutex mutex_;
  std::vector<Delivery> deliveries_;
  std::unique_ptr<Bus> bus_;
};

// A pull request answered twice, as after a reconnect, must not put more work on a node than it has workers
// for.
TEST_F(NatsBusTest, ADeliveryBeyondTheCreditIsHandedBack) {
  std::mutex mutex;
  std::string inbox;
  auto spy = Link::open(client_);
  ASSERT_TRUE(spy);
  auto tap = (*spy)->listen("$JS.API.CONSUMER.MSG.NEXT.>", "", [&](const Incoming& message) {
    std::lock_guard lock(mutex);
    inbox = message.reply_to();
  });
  ASSERT_TRUE(tap);
  ASSERT_TRUE((*spy)->call("$JS.API.INFO", ""));  // by now the server knows the tap
  auto consumer = pull();
  ASSERT_TRUE(consumer);
  (*consumer)->add_credit(1);
  ASSERT_TRUE(until([&] {
    std::lock_guard lock(mutex);
    return !inbox.empty();
  }));
  ASSERT_TRUE(
      (*spy)->publish("$JS.API.CONSUMER.MSG.NEXT.LINE.stage", R"({"batch":5,"expires":1000000000})", inbox));
  for (int i = 0; i < 3; ++i) publish("line.work." + std::to_string(i));
  ASSERT_TRUE(until([&] { return delivered().size() == 1; }));
  std::this_thread::sleep_for(300ms);
  ASSERT_EQ(delivered().size(), 1u);
  (*consumer)->add_credit(2);
  std::set<uint64_t> sequences;
  EXPECT_TRUE(until([&] {
    for (const auto& delivery : delivered()) sequences.insert(delivery.sequence);
    return sequences.size() == 3;
  }));
  EXPECT_EQ(delivered().size(), 3u);
  consumer->reset();
}

TEST_F(NatsBusTest, AServerThatStallsLosesNeitherCreditNorMessages) {
  auto consumer = pull();
  ASSERT_TRUE(consumer);
  (*consumer)->add_credit(2);
  std::vector<uint64_t> followed;
  auto following = bus_->follow("LINE", 1, [&](const Delivery& delivery) {
    std::lock_guard lock(mutex_);
    followed.push_back(delivery.sequence);
  });
  publish("line.event.before");
  kill(server_->pid(), SIGSTOP);
  std::this_thread::sleep_for(9s);  // longer than heartbeats may stay away
  kill(server_->pid(), SIGCONT);
  for (int i = 0; i < 4; ++i) publish("line.work." + std::to_string(i));
  ASSERT_TRUE(until([&] {
    std::lock_guard lock(mutex_);
    return deliveries_.size() >= 2 && followed.size() >= 5;
  }));
  std::this_thread::sleep_for(300ms);
  following.reset();
  EXPECT_EQ(delivered().size(), 2u);
  EXPECT_EQ(followed, (std::vector<uint64_t>{1, 2, 3, 4, 5}));
  consumer->reset();
}

TEST_F(NatsBusTest, ObjectsHaveTheLayoutThatOtherToolsRead) {
  auto store = bus_->objects("PARTS", 16 << 20, 1);
  ASSERT_TRUE(store) << store.error().message;
  const Bytes bytes(200'000, 'p');
  const auto digest = Digest::of(bytes);
  ASSERT_TRUE((*store)->put(digest, bytes));
  auto first = bus_->message_at("OBJ_PARTS", 1);
  auto second = bus_->message_at("OBJ_PARTS", 2);
  auto last = bus_->message_at("OBJ_PARTS", 3);
  ASSERT_TRUE(first && second && last);
  const auto meta = nlohmann::json::parse(last->payload);
  EXPECT_EQ(
      last->subject,
      "$O.PARTS.M." + to_base64(digest.hex()));  // 64 hex digits need no character in which base64url differs
  EXPECT_EQ(first->subject, "$O.PARTS.C." + meta["nuid"].get<std::string>());
  EXPECT_EQ(second->subject, first->subject);
  EXPECT_EQ(first->payload.size(), 128u * 1024);
  EXPECT_EQ(first->payload + second->payload, bytes);
  EXPECT_EQ(meta["name"], digest.hex());
  EXPECT_EQ(meta["bucket"], "PARTS");
  EXPECT_EQ(meta["size"], bytes.size());
  EXPECT_EQ(meta["chunks"], 2);
  EXPECT_EQ(meta["options"]["max_chunk_size"], 128 * 1024);
  auto word = "SHA-256=" + to_base64(digest.raw());
  std::replace(word.begin(), word.end(), '+', '-');
  std::replace(word.begin(), word.end(), '/', '_');
  EXPECT_EQ(meta["digest"], word);
}

TEST_F(NatsBusTest, OptionsThatCannotWorkAreRefusedAtOnce) {
  auto options = client_;
  options.tls_ca_file = folder_.at("no-such-file.pem");
  auto refused = connect_nats(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace tcps::bus
