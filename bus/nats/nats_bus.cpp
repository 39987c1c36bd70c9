#include "bus/nats/nats_bus.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bus/nats/following.h"
#include "bus/nats/jet_api.h"
#include "bus/nats/link.h"
#include "bus/nats/object_store.h"
#include "bus/nats/pull_consumer.h"

namespace tcps::bus {
namespace {

constexpr size_t error_header_bytes_max = 512;

class NatsSubscription : public Subscription {
 public:
  explicit NatsSubscription(std::shared_ptr<Link> link) : link_(std::move(link)) {}

  Status start(const std::string& subject, const std::string& queue, MessageHandler handler) {
    auto tap =
        TCPS_TRY(link_->listen(subject, queue, [handler = std::move(handler)](const Incoming& message) {
          handler(Message{std::string(message.subject()), Bytes(message.payload()),
                          std::string(message.reply_to())});
        }));
    tap_ = std::move(tap);
    return {};
  }

 private:
  std::shared_ptr<Link> link_;
  std::unique_ptr<Tap> tap_;
};

class NatsBus : public Bus {
 public:
  explicit NatsBus(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~NatsBus() override { link_->close(); }

  Result<StreamInfo> ensure_stream(const StreamConfig& config) override {
    return bus::ensure_stream(*link_, config);
  }
  Result<StreamInfo> stream_info(const std::string& stream) override {
    return bus::stream_info(*link_, stream);
  }
  Status retire_stream(const std::string& stream) override { return bus::retire_stream(*link_, stream); }
  Status purge_below(const std::string& stream, uint64_t sequence) override {
    if (sequence <= 1) return {};  // to JetStream, a purge below 0 or 1 is a purge of everything
    return purge(*link_, stream, {{"seq", sequence}});
  }
  Result<Delivery> message_at(const std::string& stream, uint64_t sequence) override {
    if (sequence == 0) return fail(ErrorCode::not_found, stream + ": sequences begin at 1");
    return stored_message(*link_, stream, {{"seq", sequence}});
  }

  void publish(PublishRequest request, PublishHandler handler) override {
    const auto& expected = request.expected_last_subject_sequence;
    link_->request(
        request.subject, request.payload, link_->options().request_timeout,
        [handler = std::move(handler), subject = request.subject](Result<Reply> reply) {
          handler(reply ? parse_publish_ack(reply->payload, subject) : fail(std::move(reply).error()));
        },
        {{"Nats-Expected-Stream", request.stream},
         {"Nats-Msg-Id", request.message_id},
         {"Nats-Expected-Last-Subject-Sequence", expected ? std::to_string(*expected) : std::string()}});
  }

  std::unique_ptr<Following> follow(const std::string& stream, uint64_t from_sequence,
                                    DeliveryHandler handler) override {
    return start_following(link_, stream, from_sequence, std::move(handler));
  }

  Result<std::unique_ptr<PullConsumer>> pull(const ConsumerConfig& config, DeliveryHandler handler) override {
    TCPS_TRY(ensure_consumer(*link_, config));
    return start_pulling(link_, config, std::move(handler));
  }
  Status remove_consumer(const std::string& stream, const std::string& name) override {
    return bus::remove_consumer(*link_, stream, name);
  }

  void send(const std::string& subject, BytesView payload) override {
    (void)link_->publish(subject, payload);
  }
  void send_error(const std::string& subject, BytesView payload, int code,
                  const std::string& sentence) override {
    std::string line = sentence.substr(0, error_header_bytes_max);  // a header ends with its line
    std::replace_if(
        line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    (void)link_->publish(subject, payload, {},
                         {{"Nats-Service-Error-Code", std::to_string(code)}, {"Nats-Service-Error", line}});
  }

  void request(const std::string& subject, BytesView payload, Milliseconds timeout,
               ReplyHandler handler) override {
    link_->request(subject, payload, timeout, [handler = std::move(handler)](Result<Reply> reply) {
      handler(reply ? Result<Bytes>(std::move(reply->payload)) : fail(std::move(reply).error()));
    });
  }

  Result<std::unique_ptr<Subscription>> subscribe(const std::string& subject, const std::string& queue,
                                                  MessageHandler handler) override {
    auto subscription = std::make_unique<NatsSubscription>(link_);
    TCPS_TRY(subscription->start(subject, queue, std::move(handler)));
    return subscription;
  }

  Result<std::unique_ptr<ObjectStore>> objects(const std::string& bucket, uint64_t bytes_max,
                                               int replicas) override {
    return open_object_store(link_, bucket, bytes_max, replicas);
  }

  void on_connection(std::function<void(Connection)> handler) override {
    link_->on_connection(std::move(handler));
  }
  size_t payload_bytes_max() const override { return link_->payload_bytes_max(); }

 private:
  std::shared_ptr<Link> link_;
};

}  // namespace

Result<std::unique_ptr<Bus>> connect_nats(const NatsOptions& options) {
  auto link = TCPS_TRY(Link::open(options));
  return std::make_unique<NatsBus>(std::move(link));
}

}  // namespace tcps::bus
