#include "bus/nats/following.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "bus/nats/jet_api.h"

namespace tcps::bus {
namespace {

using Clock = Timers::Clock;

constexpr Milliseconds follow_heartbeat{2'000};
constexpr Milliseconds follow_silence_max = follow_heartbeat * 3;
constexpr Milliseconds retry_pause_min{100};
constexpr Milliseconds retry_pause_max{2'000};
constexpr Milliseconds unused_consumer_life{30'000};

class Follower : public Reconnectable, public std::enable_shared_from_this<Follower> {
 public:
  Follower(std::shared_ptr<Link> link, std::string stream, uint64_t from_sequence, DeliveryHandler handler)
      : link_(std::move(link)),
        stream_(std::move(stream)),
        handler_(std::move(handler)),
        next_sequence_(std::max<uint64_t>(1, from_sequence)) {}

  void start() {
    link_->watch_reconnects(weak_from_this());
    restart();
    watch();
  }

  void close() {
    std::lock_guard lifecycle(lifecycle_mutex_);
    closed_ = true;
    drop_consumer();
  }

  void reconnected() override { restart(); }

 private:
  void restart() {
    std::lock_guard lifecycle(lifecycle_mutex_);
    if (closed_) return;
    drop_consumer();
    const std::string inbox = link_->new_inbox();
    consumer_ = "follow_" + inbox.substr(inbox.rfind('.') + 1);
    const uint64_t generation = [this] {
      std::lock_guard lock(mutex_);
      consumer_sequence_ = 0;
      heard_ = Clock::now();
      broken_ = false;
      return ++generation_;
    }();
    auto tap = link_->listen(inbox, "", [self = weak_from_this()](const Incoming& message) {
      if (auto follower = self.lock()) follower->received(message);
    });
    if (!tap) return restart_after(retry_pause_max, generation);
    tap_ = std::move(*tap);
    create_consumer(inbox, generation);
  }

  void create_consumer(const std::string& inbox, uint64_t generation) {
    const nlohmann::json request{
        {"stream_name", stream_},
        {"config",
         {{"name", consumer_},
          {"deliver_subject", inbox},
          {"deliver_policy", "by_start_sequence"},
          {"opt_start_seq", next_sequence_},  // the tap is new, so nobody writes it now
          {"ack_policy", "none"},
          {"max_deliver", 1},
          {"replay_policy", "instant"},
          {"flow_control", true},
          {"idle_heartbeat", nanoseconds(follow_heartbeat)},
          {"inactive_threshold", nanoseconds(unused_consumer_life)},
          {"mem_storage", true},
          {"num_replicas", 1}}}};
    const auto subject = "$JS.API.CONSUMER.CREATE." + stream_ + "." + consumer_;
    link_->request(subject, request.dump(), link_->options().request_timeout,
                   [self = weak_from_this(), generation](Result<Reply> reply) {
                     auto follower = self.lock();
                     if (follower)
                       follower->created(
                           generation, reply ? parse_answer(reply->payload, "following").has_value() : false);
                   });
  }

  void created(uint64_t generation, bool good) {
    Milliseconds pause{};
    {
      std::lock_guard lock(mutex_);
      if (generation != generation_) return;
      pause = retry_pause_;
      retry_pause_ = good ? retry_pause_min : std::min(retry_pause_ * 2, retry_pause_max);
    }
    if (!good) restart_after(pause, generation);
  }

  void received(const Incoming& message) {
    const bool control = message.status() == 100;
    auto place = control ? Result<DeliveryPlace>(DeliveryPlace{}) : parse_ack_subject(message.reply_to());
    if (!place) return;
    bool hand_on = false;
    {
      std::lock_guard lock(mutex_);
      heard_ = Clock::now();
      if (broken_) return;
      const bool whole = control ? keeps_up_with(message.header("Nats-Last-Consumer"))
                                 : place->consumer_sequence == consumer_sequence_ + 1;
      if (!whole) {
        broken_ = true;
        restart_after({}, generation_);
        return;
      }
      if (!control) {
        consumer_sequence_ = place->consumer_sequence;
        hand_on = place->stream_sequence >= next_sequence_;
        if (hand_on) next_sequence_ = place->stream_sequence + 1;
      }
    }
    if (control) {
      answer_flow_control(message);
    } else if (hand_on) {
      handler_(
          Delivery{std::string(message.subject()), Bytes(message.payload()), place->stream_sequence, 0, {}});
    }
  }

  // A heartbeat tells the last consumer sequence the server has sent; the flow control request tells nothing.
  bool keeps_up_with(std::string_view last_sent) const {  // holds mutex_
    uint64_t sent = 0;
    std::from_chars(last_sent.data(), last_sent.data() + last_sent.size(), sent);
    return sent <= consumer_sequence_;
  }

  void answer_flow_control(const Incoming& message) {
    const auto stalled = message.header("Nats-Consumer-Stalled");
    const auto answer_to = stalled.empty() ? message.reply_to() : stalled;
    if (!answer_to.empty()) (void)link_->publish(std::string(answer_to), "");
  }

  void restart_after(Milliseconds pause, uint64_t generation) {
    link_->timers().after(pause, [self = weak_from_this(), generation] {
      auto follower = self.lock();
      if (!follower) return;
      {
        std::lock_guard lock(follower->mutex_);
        if (generation != follower->generation_) return;
      }
      follower->restart();
    });
  }

  void watch() {
    link_->timers().after(follow_heartbeat, [self = weak_from_this()] {
      auto follower = self.lock();
      if (!follower) return;
      bool silent = false;
      {
        std::lock_guard lock(follower->mutex_);
        silent = follower->link_->connected() && Clock::now() - follower->heard_ > follow_silence_max;
      }
      if (silent) follower->restart();
      follower->watch();
    });
  }

  void drop_consumer() {  // holds lifecycle_mutex_
    if (!tap_) return;
    tap_.reset();
    if (link_->connected()) (void)link_->publish("$JS.API.CONSUMER.DELETE." + stream_ + "." + consumer_, "");
  }

  const std::shared_ptr<Link> link_;
  const std::string stream_;
  const DeliveryHandler handler_;

  // before mutex_; never taken by the tap's handler, which the tap's end waits for
  std::mutex lifecycle_mutex_;
  bool closed_ = false;
  std::unique_ptr<Tap> tap_;
  std::string consumer_;

  std::mutex mutex_;
  uint64_t generation_ = 0;         // of the consumer
  uint64_t consumer_sequence_ = 0;  // of the last delivery
  uint64_t next_sequence_;          // of the stream
  bool broken_ = false;             // a hole was seen: nothing more from this consumer
  Milliseconds retry_pause_ = retry_pause_min;
  Clock::time_point heard_ = Clock::now();
};

class NatsFollowing : public Following {
 public:
  explicit NatsFollowing(std::shared_ptr<Follower> follower) : follower_(std::move(follower)) {}
  ~NatsFollowing() override { follower_->close(); }

 private:
  std::shared_ptr<Follower> follower_;
};

}  // namespace

std::unique_ptr<Following> start_following(std::shared_ptr<Link> link, const std::string& stream,
                                           uint64_t from_sequence, DeliveryHandler handler) {
  auto follower = std::make_shared<Follower>(std::move(link), stream, from_sequence, std::move(handler));
  follower->start();
  return std::make_unique<NatsFollowing>(std::move(follower));
}

}  // namespace tcps::bus
