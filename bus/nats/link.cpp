#include "bus/nats/link.h"

#include <nats/nats.h>

#include <charconv>
#include <future>
#include <vector>

#include <fmt/format.h>

namespace tcps::bus {
namespace {

constexpr size_t pending_max = 1 << 17;
constexpr Milliseconds expiry_grain{32};
constexpr Milliseconds close_wait{5'000};
constexpr Milliseconds write_deadline{2'000};  // a server that takes nothing for so long is given up
constexpr int reconnect_buffer_bytes = 8 << 20;

int64_t bucket_of(Timers::Clock::time_point time) {
  return std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()) / expiry_grain;
}

Error error_of(natsStatus status, std::string_view doing) {
  const auto code = status == NATS_MAX_PAYLOAD                                     ? ErrorCode::refused
                    : status == NATS_INVALID_ARG || status == NATS_INVALID_SUBJECT ? ErrorCode::invalid
                                                                                   : ErrorCode::unavailable;
  return {code, fmt::format("{}: {}; check that the NATS server is up and reachable", doing,
                            natsStatus_GetText(status))};
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

// ---- messages and taps

std::string_view Incoming::subject() const { return natsMsg_GetSubject(message_); }

std::string_view Incoming::reply_to() const {
  const char* reply = natsMsg_GetReply(message_);
  return reply ? reply : "";
}

BytesView Incoming::payload() const {
  return {natsMsg_GetData(message_), static_cast<size_t>(natsMsg_GetDataLength(message_))};
}

std::string_view Incoming::header(const char* name) const {
  const char* value = nullptr;
  return natsMsgHeader_Get(message_, name, &value) == NATS_OK && value ? value : "";
}

int Incoming::status() const { return payload().empty() ? number<int>(header("Status")) : 0; }

// Counts what nats.c may still call back for: subscriptions and the connection itself.
struct CallbackCount {
  std::mutex mutex;
  std::condition_variable changed;
  int open = 0;

  void began() {
    std::lock_guard lock(mutex);
    ++open;
  }
  void ended() {
    std::lock_guard lock(mutex);
    --open;
    changed.notify_all();
  }
};

// Messages that were handled. nats.c frees them on a thread of its own; given one at a time, they would wake
// it thousands of times a second. For one thread at a time.
class SpentMessages {
 public:
  SpentMessages() = default;
  SpentMessages(const SpentMessages&) = delete;
  SpentMessages& operator=(const SpentMessages&) = delete;
  ~SpentMessages() { clear(); }

  void add(natsMsg* message) {
    messages_.push_back(message);
    bytes_ += static_cast<size_t>(natsMsg_GetDataLength(message));
    if (messages_.size() >= count_max || bytes_ >= bytes_max) clear();
  }

 private:
  static constexpr size_t count_max = 64;
  static constexpr size_t bytes_max = 256 << 10;

  void clear() {
    for (natsMsg* message : messages_) natsMsg_Destroy(message);
    messages_.clear();
    bytes_ = 0;
  }

  std::vector<natsMsg*> messages_;
  size_t bytes_ = 0;
};

struct Tap::Core {
  std::mutex running;  // held while the handler runs
  bool closed = false;
  Link::TapHandler handler;
  std::shared_ptr<CallbackCount> hooks;
  SpentMessages spent;  // the delivering thread's

  static void receive(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    auto& core = **static_cast<std::shared_ptr<Core>*>(closure);
    {
      std::lock_guard lock(core.running);
      if (!core.closed) core.handler(Incoming(message));
    }
    core.spent.add(message);
  }

  // nats.c's last word on a subscription: only now may the closure go.
  static void complete(void* closure) {
    const std::unique_ptr<std::shared_ptr<Core>> core(static_cast<std::shared_ptr<Core>*>(closure));
    (*core)->hooks->ended();
  }
};

Tap::~Tap() {
  if (!subscription_) return;
  {
    std::lock_guard lock(core_->running);
    core_->closed = true;
    core_->handler = nullptr;
  }
  natsSubscription_Destroy(subscription_);
}

Result<std::unique_ptr<Tap>> Link::listen(const std::string& subject, const std::string& queue,
                                          TapHandler handler) {
  auto tap = std::make_unique<Tap>();
  tap->core_ = std::make_shared<Tap::Core>();
  tap->core_->handler = std::move(handler);
  tap->core_->hooks = hooks_;
  auto closure = std::make_unique<std::shared_ptr<Tap::Core>>(tap->core_);
  natsSubscription* subscription = nullptr;
  const auto status = queue.empty()
                          ? natsConnection_Subscribe(&subscription, connection_, subject.c_str(),
                                                     Tap::Core::receive, closure.get())
                          : natsConnection_QueueSubscribe(&subscription, connection_, subject.c_str(),
                                                          queue.c_str(), Tap::Core::receive, closure.get());
  if (status != NATS_OK) return fail(error_of(status, "subscribing to " + subject));
  tap->subscription_ = subscription;
  // What may pile up is bounded by credit, flow control or the request table, and dropping would break
  // following.
  natsSubscription_SetPendingLimits(subscription, -1, -1);
  hooks_->began();
  if (natsSubscription_SetOnCompleteCB(subscription, Tap::Core::complete, closure.get()) != NATS_OK)
    hooks_->ended();  // closed meanwhile: nats.c may still hold the closure, so it stays allocated
  (void)closure.release();
  return tap;
}

// ---- the connection

Link::Link(NatsOptions options) : options_(std::move(options)), hooks_(std::make_shared<CallbackCount>()) {}

Link::~Link() {
  close();
  if (connection_) natsConnection_Destroy(connection_);
}

Result<std::shared_ptr<Link>> Link::open(const NatsOptions& options) {
  auto link = std::make_shared<Link>(options);
  TCPS_TRY(link->establish());
  return link;
}

Status Link::establish() {
  natsOptions* raw = nullptr;
  if (auto status = natsOptions_Create(&raw); status != NATS_OK)
    return fail(error_of(status, "starting nats.c"));
  const std::unique_ptr<natsOptions, void (*)(natsOptions*)> settings(raw, natsOptions_Destroy);

  std::vector<std::string> servers;
  for (size_t at = 0; at <= options_.url.size();) {
    const size_t comma = std::min(options_.url.find(',', at), options_.url.size());
    servers.push_back(options_.url.substr(at, comma - at));
    at = comma + 1;
  }
  std::vector<const char*> server_list;
  for (const auto& server : servers) server_list.push_back(server.c_str());

  auto closed_closure = std::make_unique<std::shared_ptr<CallbackCount>>(hooks_);
  natsStatus status = natsOptions_SetServers(raw, server_list.data(), static_cast<int>(server_list.size()));
  const auto set = [&status](natsStatus next) { status = status == NATS_OK ? next : status; };
  set(natsOptions_SetName(raw, options_.name.c_str()));
  set(natsOptions_SetTimeout(raw, options_.connect_timeout.count()));
  set(natsOptions_SetReconnectWait(raw, options_.reconnect_wait.count()));
  set(natsOptions_SetReconnectJitter(raw, options_.reconnect_wait.count() / 2,
                                     options_.reconnect_wait.count()));
  set(natsOptions_SetMaxReconnect(raw, -1));
  set(natsOptions_SetReconnectBufSize(raw, reconnect_buffer_bytes));
  set(natsOptions_SetPingInterval(raw, options_.ping_interval.count()));
  set(natsOptions_SetMaxPingsOut(raw, 2));
  set(natsOptions_SetWriteDeadline(raw, write_deadline.count()));
  set(natsOptions_SetSendAsap(raw, true));  // without it every hop waits for nats.c's flusher
  const bool tls = !options_.tls_ca_file.empty() || !options_.tls_certificate_file.empty();
  if (tls) set(natsOptions_SetSecure(raw, true));
  if (!options_.tls_ca_file.empty())
    set(natsOptions_LoadCATrustedCertificates(raw, options_.tls_ca_file.c_str()));
  if (!options_.tls_certificate_file.empty())
    set(natsOptions_LoadCertificatesChain(raw, options_.tls_certificate_file.c_str(),
                                          options_.tls_key_file.c_str()));
  if (!options_.credentials_file.empty())
    set(natsOptions_SetUserCredentialsFromFiles(raw, options_.credentials_file.c_str(), nullptr));
  set(natsOptions_SetDisconnectedCB(
      raw, [](natsConnection*, void* link) { static_cast<Link*>(link)->changed(Connection::disconnected); },
      this));
  set(natsOptions_SetReconnectedCB(
      raw, [](natsConnection*, void* link) { static_cast<Link*>(link)->changed(Connection::connected); },
      this));
  // The closed handler is nats.c's last call: after it the Link may go.
  set(natsOptions_SetClosedCB(
      raw,
      [](natsConnection*, void* closure) {
        const std::unique_ptr<std::shared_ptr<CallbackCount>> hooks(
            static_cast<std::shared_ptr<CallbackCount>*>(closure));
        (*hooks)->ended();
      },
      closed_closure.get()));
  // Owning the error handler keeps nats.c from printing to stderr; what it reports shows as timeouts and
  // reconnects.
  set(natsOptions_SetErrorHandler(
      raw, [](natsConnection*, natsSubscription*, natsStatus, void*) {}, nullptr));
  if (status != NATS_OK)
    return fail(ErrorCode::invalid,
                fmt::format("the options of the NATS connection to {} are not usable ({}); correct the "
                            "url and the TLS and credentials files",
                            options_.url, natsStatus_GetText(status)));
  status = natsConnection_Connect(&connection_, raw);
  if (status != NATS_OK) return fail(error_of(status, "connecting to " + options_.url));
  hooks_->began();
  (void)closed_closure.release();

  inbox_prefix_ = new_inbox() + ".";
  auto inbox =
      TCPS_TRY(listen(inbox_prefix_ + "*", "", [this](const Incoming& message) { received_reply(message); }));
  inbox_ = std::move(inbox);
  return {};
}

void Link::close() {
  if (connection_) natsConnection_Close(connection_);
  timers_.stop();
  fail_pending(ErrorCode::unavailable, "the bus was closed");
  inbox_.reset();
  std::unique_lock lock(hooks_->mutex);
  hooks_->changed.wait_for(lock, close_wait, [this] { return hooks_->open == 0; });
  lock.unlock();
  changed(Connection::closed);
  on_connection(nullptr);
}

void Link::on_connection(std::function<void(Connection)> handler) {
  std::lock_guard order(news_order_mutex_);
  news_handler_ = std::move(handler);
}

void Link::watch_reconnects(std::weak_ptr<Reconnectable> who) {
  std::lock_guard lock(news_mutex_);
  std::erase_if(reconnectables_, [](const auto& known) { return known.expired(); });
  reconnectables_.push_back(std::move(who));
}

void Link::changed(Connection connection) {
  // An answer that was on its way is lost with the connection: say so now rather than at the deadline.
  if (connection == Connection::disconnected)
    fail_pending(ErrorCode::timeout, "the connection broke before the answer");
  if (connection == Connection::connected) {
    std::lock_guard lock(news_mutex_);
    for (const auto& known : reconnectables_)
      timers_.after({}, [known] {
        if (auto who = known.lock()) who->reconnected();
      });
  }
  std::lock_guard order(news_order_mutex_);
  if (news_handler_) news_handler_(connection);
}

std::string Link::new_inbox() const {
  natsInbox* inbox = nullptr;
  if (natsInbox_Create(&inbox) != NATS_OK) return {};
  std::string name = inbox;
  natsInbox_Destroy(inbox);
  return name;
}

bool Link::connected() const { return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED; }

size_t Link::payload_bytes_max() const {
  return static_cast<size_t>(natsConnection_GetMaxPayload(connection_));
}

// ---- publishing and requests

Status Link::publish(const std::string& subject, BytesView payload, const std::string& reply_to,
                     std::initializer_list<Header> headers) {
  const char* reply = reply_to.empty() ? nullptr : reply_to.c_str();
  const int size = static_cast<int>(payload.size());
  natsStatus status = NATS_OK;
  if (headers.size() == 0) {
    status = reply ? natsConnection_PublishRequest(connection_, subject.c_str(), reply, payload.data(), size)
                   : natsConnection_Publish(connection_, subject.c_str(), payload.data(), size);
  } else {
    natsMsg* message = nullptr;
    status = natsMsg_Create(&message, subject.c_str(), reply, payload.data(), size);
    for (const auto& [name, value] : headers)
      if (status == NATS_OK && !value.empty()) status = natsMsgHeader_Set(message, name, value.c_str());
    if (status == NATS_OK) status = natsConnection_PublishMsg(connection_, message);
    natsMsg_Destroy(message);
  }
  if (status != NATS_OK) return fail(error_of(status, "publishing on " + subject));
  return {};
}

void Link::request(const std::string& subject, BytesView payload, Milliseconds timeout, ReplyFunction handler,
                   std::initializer_list<Header> headers) {
  uint64_t token = 0;
  {
    std::lock_guard lock(pending_mutex_);
    if (pending_.size() < pending_max) {
      token = ++last_token_;
      pending_.emplace(token, Pending{std::move(handler), subject});
      schedule_expiry(token, timeout);
    }
  }
  if (token == 0) {  // never on the caller's stack: it may hold a lock that the handler needs
    timers_.after({}, [handler = std::move(handler), subject] {
      handler(fail(ErrorCode::full,
                   "too many requests are under way; send " + subject + " again when some have ended"));
    });
    return;
  }
  auto sent = publish(subject, payload, inbox_prefix_ + std::to_string(token), headers);
  if (!sent) timers_.after({}, [this, token, error = sent.error()] { finish(token, fail(error)); });
}

Result<Reply> Link::call(const std::string& subject, BytesView payload) {
  if (!connected())
    return fail(ErrorCode::unavailable, subject + ": the NATS server cannot be reached now; try again later");
  auto answer = std::make_shared<std::promise<Result<Reply>>>();
  auto future = answer->get_future();
  request(subject, payload, options_.request_timeout,
          [answer](Result<Reply> result) { answer->set_value(std::move(result)); });
  if (future.wait_for(options_.request_timeout * 2) != std::future_status::ready)
    return fail(ErrorCode::unavailable, "the bus was closed while waiting for an answer on " + subject);
  return future.get();
}

void Link::received_reply(const Incoming& message) {
  const auto token = number<uint64_t>(message.subject().substr(inbox_prefix_.size()));
  switch (const int status = message.status()) {
    case 0: {
      const auto sequence = message.header("Nats-Sequence");
      Reply reply{Bytes(message.payload()), number<uint64_t>(sequence), {}};
      if (!sequence.empty()) reply.subject = message.header("Nats-Subject");
      return finish(token, std::move(reply));
    }
    case 503:
      return finish(token,
                    fail(ErrorCode::unavailable, "nobody answers there; start the service or JetStream"));
    case 404:
      return finish(token, fail(ErrorCode::not_found, "no such message"));
    case 408:
      return finish(token, fail(ErrorCode::timeout, "the server gave up on the request"));
    default:
      return finish(token, fail(ErrorCode::refused, fmt::format("the server answered status {} {}", status,
                                                                message.header("Description"))));
  }
}

void Link::finish(uint64_t token, Result<Reply> result) {
  std::unique_lock lock(pending_mutex_);
  auto entry = pending_.extract(token);
  lock.unlock();
  if (entry.empty()) return;
  if (!result) result = fail(result.error().at(entry.mapped().subject));
  entry.mapped().handler(std::move(result));
}

void Link::schedule_expiry(uint64_t token, Milliseconds timeout) {
  const int64_t bucket = bucket_of(Timers::Clock::now() + timeout) + 1;
  auto& tokens = expiries_[bucket];
  tokens.push_back(token);
  if (tokens.size() > 1) return;
  timers_.after(Timers::Clock::time_point(expiry_grain * bucket) - Timers::Clock::now(),
                [this, bucket] { expire(bucket); });
}

void Link::expire(int64_t bucket) {
  std::unique_lock lock(pending_mutex_);
  auto tokens = expiries_.extract(bucket);
  lock.unlock();
  for (const uint64_t token : tokens.mapped())
    finish(token, fail(ErrorCode::timeout, "no answer in time; the outcome is unknown"));
}

void Link::fail_pending(ErrorCode code, const std::string& reason) {
  std::unique_lock lock(pending_mutex_);
  std::vector<uint64_t> tokens;
  tokens.reserve(pending_.size());
  for (const auto& [token, unused] : pending_) tokens.push_back(token);
  lock.unlock();
  for (const uint64_t token : tokens) finish(token, fail(code, reason));
}

}  // namespace tcps::bus
