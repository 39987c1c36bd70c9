// The connection to the NATS servers under everything in this folder: publishing, requests over one shared
// reply inbox, taps (subscriptions whose destructor waits for the handler), timers, and news of the
// connection. The only file that handles nats.c's connection and subscription objects.
//
// Threads: all methods from any thread. Reply handlers run on the inbox thread or the timer thread, tap
// handlers on their tap's thread; none may block.
#pragma once

#include <condition_variable>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/nats/nats_bus.h"
#include "bus/nats/timers.h"

struct __natsConnection;
struct __natsMsg;
struct __natsSubscription;

namespace tcps::bus {

struct CallbackCount;

// A message as nats.c hands it over; valid during the handler.
class Incoming {
 public:
  explicit Incoming(__natsMsg* message) : message_(message) {}
  std::string_view subject() const;
  std::string_view reply_to() const;
  BytesView payload() const;
  std::string_view header(const char* name) const;  // empty when absent
  int status() const;  // of a message that is a server's status line; 0: an ordinary message

 private:
  __natsMsg* message_;
};

// A reply that is no error status. sequence and subject: of a stored message, when this is an answer to a
// direct get.
struct Reply {
  Bytes payload;
  uint64_t sequence = 0;
  std::string subject;
};
using ReplyFunction = std::function<void(Result<Reply>)>;
using Header = std::pair<const char*, std::string>;

// A subscription. Its destructor waits for a running handler, so it must not be destroyed by its own handler.
class Tap {
 public:
  Tap() = default;
  ~Tap();
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

 private:
  friend class Link;
  struct Core;
  std::shared_ptr<Core> core_;
  __natsSubscription* subscription_ = nullptr;
};

// Something that must start afresh when the connection is a new one. Called on the timer thread.
class Reconnectable {
 public:
  virtual ~Reconnectable() = default;
  virtual void reconnected() = 0;
};

class Link {
 public:
  static Result<std::shared_ptr<Link>> open(const NatsOptions& options);
  explicit Link(NatsOptions options);
  ~Link();
  // Blocks until no handler runs any more. Pending requests end with `unavailable`.
  void close();

  // Errors: unavailable (closed, or the buffer of a connection that is down is full), refused (too large for
  // the server).
  Status publish(const std::string& subject, BytesView payload, const std::string& reply_to = {},
                 std::initializer_list<Header> headers = {});
  // Errors told to the handler: unavailable (no responder), timeout, not_found (status 404), full (too many
  // requests under way).
  void request(const std::string& subject, BytesView payload, Milliseconds timeout, ReplyFunction handler,
               std::initializer_list<Header> headers = {});
  Result<Reply> call(const std::string& subject,
                     BytesView payload);  // blocks; request_timeout of the options

  using TapHandler = std::function<void(const Incoming&)>;
  Result<std::unique_ptr<Tap>> listen(const std::string& subject, const std::string& queue,
                                      TapHandler handler);

  void on_connection(std::function<void(Connection)> handler);
  void watch_reconnects(std::weak_ptr<Reconnectable> who);

  std::string new_inbox() const;  // a subject nobody else uses
  bool connected() const;
  size_t payload_bytes_max() const;
  Timers& timers() { return timers_; }
  const NatsOptions& options() const { return options_; }

 private:
  struct Pending {
    ReplyFunction handler;
    std::string subject;
  };

  Status establish();
  void received_reply(const Incoming& message);
  void finish(uint64_t token, Result<Reply> result);
  void schedule_expiry(uint64_t token, Milliseconds timeout);  // holds pending_mutex_
  void expire(int64_t bucket);
  void fail_pending(ErrorCode code, const std::string& reason);
  void changed(Connection connection);

  NatsOptions options_;
  __natsConnection* connection_ = nullptr;
  std::shared_ptr<CallbackCount> hooks_;
  std::unique_ptr<Tap> inbox_;
  std::string inbox_prefix_;

  std::mutex pending_mutex_;
  uint64_t last_token_ = 0;
  std::unordered_map<uint64_t, Pending> pending_;
  std::map<int64_t, std::vector<uint64_t>> expiries_;  // tokens by the bucket of time in which they expire

  std::mutex news_mutex_;
  std::mutex news_order_mutex_;  // held while the handler runs: one at a time
  std::function<void(Connection)> news_handler_;
  std::vector<std::weak_ptr<Reconnectable>> reconnectables_;

  Timers timers_;  // last: its thread ends before the rest goes
};

}  // namespace tcps::bus
