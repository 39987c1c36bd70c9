#include "bus/nats/pull_consumer.h"

#include <fmt/format.h>

#include "bus/nats/jet_api.h"
#include "bus/nats/pull_credit.h"
#include "messages/text.h"

namespace tcps::bus {
namespace {

using Clock = Timers::Clock;

constexpr Milliseconds request_life{30'000};
constexpr Milliseconds pull_heartbeat{2'000};
constexpr Milliseconds pull_silence_max = pull_heartbeat * 3;
constexpr Milliseconds retry_pause{250};

class Puller : public Reconnectable, public std::enable_shared_from_this<Puller> {
 public:
  Puller(std::shared_ptr<Link> link, const ConsumerConfig& config, DeliveryHandler handler)
      : link_(std::move(link)),
        next_subject_(fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", config.stream, config.name)),
        handler_(std::move(handler)) {}

  Status start() {
    link_->watch_reconnects(weak_from_this());
    watch();
    return renew_inbox();
  }

  void close() {
    std::lock_guard lifecycle(lifecycle_mutex_);
    closed_ = true;
    tap_.reset();
  }

  void add_credit(int count) {
    std::lock_guard lock(mutex_);
    credit_.add(count);
    ask();
  }

  void reconnected() override { (void)renew_inbox(); }

  Link& link() { return *link_; }

 private:
  // Nothing the server still holds for the old inbox can reach us, so all credit is asked for again.
  Status renew_inbox() {
    std::lock_guard lifecycle(lifecycle_mutex_);
    if (closed_) return {};
    tap_.reset();
    std::string inbox = link_->new_inbox();
    auto tap = TCPS_TRY(link_->listen(inbox + ".*", "", [self = weak_from_this()](const Incoming& message) {
      if (auto puller = self.lock()) puller->received(message);
    }));
    tap_ = std::move(tap);
    std::lock_guard lock(mutex_);
    inbox_ = std::move(inbox);
    heard_ = Clock::now();
    credit_.forget_requests();
    ask();
    return {};
  }

  void received(const Incoming& message) {
    const int status = message.status();
    if (status == 0) return delivered(message);
    std::lock_guard lock(mutex_);
    heard_ = Clock::now();
    if (status == 100) return;  // heartbeat
    const auto subject = message.subject();
    const auto id = whole_number<uint64_t>(subject.substr(subject.rfind('.') + 1));
    credit_.ended(id.value_or(0), whole_number<int>(message.header("Nats-Pending-Messages")));
    if (status == 408) {  // its time was over
      ask();
    } else {
      ask_later();
    }
  }

  void delivered(const Incoming& message) {
    auto place = parse_ack_subject(message.reply_to());
    if (!place) return;
    bool covered = false;
    {
      std::lock_guard lock(mutex_);
      heard_ = Clock::now();
      covered = credit_.delivered();
      ask();
    }
    Delivery delivery{std::string(message.subject()), Bytes(message.payload()), place->stream_sequence,
                      place->delivery_count, std::string(message.reply_to())};
    if (covered) {
      handler_(std::move(delivery));
    } else {
      (void)link_->publish(delivery.ack_token, "-NAK");
    }
  }

  void ask() {                        // holds mutex_
    if (!link_->connected()) return;  // reconnected() asks
    const auto request = credit_.ask(Clock::now() + request_life + pull_silence_max);
    if (!request) return;
    const auto body = fmt::format(R"({{"batch":{},"expires":{},"idle_heartbeat":{}}})", request->batch,
                                  nanoseconds(request_life), nanoseconds(pull_heartbeat));
    if (!link_->publish(next_subject_, body, fmt::format("{}.{}", inbox_, request->id))) {
      credit_.ended(request->id, request->batch);
      ask_later();
    }
  }

  void ask_later() {
    link_->timers().after(retry_pause, [self = weak_from_this()] {
      auto puller = self.lock();
      if (!puller) return;
      std::lock_guard lock(puller->mutex_);
      puller->ask();
    });
  }

  void watch() {
    link_->timers().after(pull_heartbeat, [self = weak_from_this()] {
      if (auto puller = self.lock()) puller->look();
    });
  }

  void look() {
    bool silent = false;
    {
      std::lock_guard lock(mutex_);
      const auto now = Clock::now();
      silent = link_->connected() && credit_.asked() > 0 && now - heard_ > pull_silence_max;
      if (credit_.asked() == 0) heard_ = now;
      credit_.expire(now);
      ask();
    }
    if (silent) (void)renew_inbox();
    watch();
  }

  const std::shared_ptr<Link> link_;
  const std::string next_subject_;
  const DeliveryHandler handler_;

  // before mutex_; never taken by the tap's handler, which the tap's end waits for
  std::mutex lifecycle_mutex_;
  bool closed_ = false;
  std::unique_ptr<Tap> tap_;

  std::mutex mutex_;
  std::string inbox_;
  PullCredit credit_;
  Clock::time_point heard_ = Clock::now();
};

class NatsPullConsumer : public PullConsumer {
 public:
  explicit NatsPullConsumer(std::shared_ptr<Puller> puller) : puller_(std::move(puller)) {}
  ~NatsPullConsumer() override { puller_->close(); }

  void add_credit(int count) override { puller_->add_credit(count); }

  void acknowledge(const std::string& ack_token) override {
    (void)puller_->link().publish(ack_token, "+ACK");
  }

  void in_progress(const std::string& ack_token, Milliseconds timeout,
                   std::function<void(Status)> handler) override {
    puller_->link().request(ack_token, "+WPI", timeout, [handler = std::move(handler)](Result<Reply> reply) {
      handler(reply ? Status{} : Status{fail(reply.error())});
    });
  }

  void hand_back(const std::string& ack_token, Milliseconds delay) override {
    const auto body =
        delay.count() > 0 ? fmt::format(R"(-NAK {{"delay":{}}})", nanoseconds(delay)) : std::string("-NAK");
    (void)puller_->link().publish(ack_token, body);
  }

 private:
  std::shared_ptr<Puller> puller_;
};

}  // namespace

Result<std::unique_ptr<PullConsumer>> start_pulling(std::shared_ptr<Link> link, const ConsumerConfig& config,
                                                    DeliveryHandler handler) {
  auto puller = std::make_shared<Puller>(std::move(link), config, std::move(handler));
  if (auto started = puller->start(); !started) {
    puller->close();
    return fail(started.error());
  }
  return std::make_unique<NatsPullConsumer>(std::move(puller));
}

}  // namespace tcps::bus
