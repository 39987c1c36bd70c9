// The port to the message bus: everything the factory asks of one that keeps its messages, in the factory's
// words. Two implementations: bus/nats (the real one) and bus/sim (seeded faults on a virtual clock); one
// contract test suite runs against both.
//
// Threads: every method may be called from any thread and returns without waiting for the network unless its
// comment says "blocks". Handlers run on threads of the bus, one at a time per subscription; a handler must
// not block and must not destroy its own subscription. After a subscription's destructor has returned, its
// handler is not running and will not run again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::bus {

using Milliseconds = std::chrono::milliseconds;

// ---- streams

struct StreamConfig {
  std::string name;
  std::vector<std::string> subjects;
  uint64_t bytes_max = 1ull << 30;  // discard new: a full stream refuses publishes with ErrorCode::full
  int replicas = 1;
  uint64_t first_sequence = 1;
  uint32_t message_bytes_max = 1u << 17;
  Milliseconds duplicate_window{120'000};
};

struct StreamInfo {
  std::string name;
  int64_t created_unix_ms = 0;  // identity of the stream: a recreated one differs
  uint64_t first_sequence = 0;
  uint64_t last_sequence = 0;
  uint64_t messages = 0;
  uint64_t bytes = 0;
  uint64_t bytes_max = 0;
};

struct PublishRequest {
  std::string stream;  // the ack must come from this stream
  std::string subject;
  Bytes payload;
  std::string message_id;                                  // for the server's duplicate window; empty: none
  std::optional<uint64_t> expected_last_subject_sequence;  // 0: no message on this subject yet
};

// Where the message is stored. duplicate: the server dropped this one because of its message_id; the sequence
// is then that of some earlier message and proves nothing about these bytes.
struct PublishAck {
  uint64_t sequence = 0;
  bool duplicate = false;
};
// Errors: conflict (expected sequence), full, timeout (the outcome is unknown), unavailable, refused.
using PublishHandler = std::function<void(Result<PublishAck>)>;

// A message of a stream, as following or pulling shows it. Valid only during the handler: copy what is kept.
struct Delivery {
  std::string subject;
  Bytes payload;
  uint64_t sequence = 0;        // in the stream
  uint64_t delivery_count = 0;  // 1 at first delivery; 0 when following
  std::string ack_token;        // names this delivery to its PullConsumer; empty when following
};

// An ordered reading of a stream from a sequence on: no gaps, no repeats, across reconnects and server
// restarts.
class Following {
 public:
  virtual ~Following() = default;
};
using DeliveryHandler = std::function<void(Delivery)>;

struct ConsumerConfig {
  std::string stream;
  std::string name;  // durable, shared by all nodes that pull from it
  std::string filter_subject;
  Milliseconds ack_wait{30'000};
  int ack_pending_max = 64;  // deliveries handed out and not acknowledged, over all nodes
};

// Pulls on credit: the server hands out a message only against a credit. A credit is used up by one delivery
// and survives reconnects.
class PullConsumer {
 public:
  virtual ~PullConsumer() = default;
  virtual void add_credit(int count) = 0;
  // Fire and forget: a lost acknowledgement means a redelivery, which the fold sorts out.
  virtual void acknowledge(const std::string& ack_token) = 0;
  // Extends the delivery's ack_wait. The handler hears whether the server answered within `timeout`. Errors:
  // timeout, unavailable.
  virtual void in_progress(const std::string& ack_token, Milliseconds timeout,
                           std::function<void(Status)> handler) = 0;
  // Hands the delivery back for redelivery after `delay`. Until then it counts as handed out.
  virtual void hand_back(const std::string& ack_token, Milliseconds delay) = 0;
};

// ---- request and reply, core messages

struct Message {
  std::string subject;
  Bytes payload;
  std::string reply_to;  // empty when no answer is wanted
};
class Subscription {
 public:
  virtual ~Subscription() = default;
};
using MessageHandler = std::function<void(Message)>;
using ReplyHandler = std::function<void(Result<Bytes>)>;  // Errors: timeout, unavailable (no responder)

// ---- objects

// Why retention discards an object: what reading it says.
inline constexpr const char* swept_by_policy = "swept by retention policy";

// One storing of an object.
struct ObjectInfo {
  Digest digest;
  uint64_t bytes = 0;
  int64_t stored_unix_ms = 0;  // by the clock of who stored it, to the second
  uint64_t revision = 0;       // tells this storing from later ones
};

// A content-addressed store; object names are the hex digests of their bytes.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;
  // Blocks. Storing what is there already is cheap, and counts as storing it now. Errors: full, unavailable,
  // timeout.
  virtual Status put_file(const Digest& digest, const std::string& path) = 0;
  virtual Status put(const Digest& digest, BytesView bytes) = 0;
  // Blocks. Bytes are checked against the digest before they are returned or the file appears under `path`.
  // Errors: not_found, corrupt, unavailable, timeout; get() also full, when larger than bytes_max.
  virtual Status get_file(const Digest& digest, const std::string& path) = 0;
  virtual Result<Bytes> get(const Digest& digest, size_t bytes_max) = 0;
  virtual Result<bool> contains(const Digest& digest) = 0;
  virtual Result<std::vector<ObjectInfo>> list() = 0;  // blocks
  // Blocks. Takes the object's bytes away, unless it was stored again since it was `seen`. Until somebody
  // stores it again, reading it is not_found, with a sentence that says "<why> (since <time>)". Errors:
  // conflict (stored again, or gone), unavailable, timeout.
  virtual Status discard(const ObjectInfo& seen, const std::string& why) = 0;
};

// ---- the bus

enum class Connection { connected, disconnected, closed };

class Bus {
 public:
  // Ends every pending publish and request with `unavailable` and tells `closed`: what their handlers touch
  // must outlive the bus.
  virtual ~Bus() = default;

  // Blocks. Creates the stream or leaves an equal one alone; limits of an existing one are reconciled.
  // Errors: conflict, unavailable.
  virtual Result<StreamInfo> ensure_stream(const StreamConfig& config) = 0;
  virtual Result<StreamInfo> stream_info(
      const std::string& stream) = 0;  // blocks. Errors: not_found, unavailable
  // Blocks. The stream hears no subject any more, so that another stream may take its subjects; its messages
  // stay for people to look at, and hold no more room than they fill. Done already: succeeds. Errors:
  // not_found, unavailable.
  virtual Status retire_stream(const std::string& stream) = 0;
  virtual Status purge_below(const std::string& stream,
                             uint64_t sequence) = 0;  // blocks. Removes all before `sequence`
  virtual Result<Delivery> message_at(const std::string& stream,
                                      uint64_t sequence) = 0;  // blocks. Errors: not_found, unavailable

  virtual void publish(PublishRequest request, PublishHandler handler) = 0;
  virtual std::unique_ptr<Following> follow(const std::string& stream, uint64_t from_sequence,
                                            DeliveryHandler handler) = 0;

  // Blocks. Creates the durable consumer or reconciles ack_wait and ack_pending_max of the existing one.
  // Errors: conflict, unavailable.
  virtual Result<std::unique_ptr<PullConsumer>> pull(const ConsumerConfig& config,
                                                     DeliveryHandler handler) = 0;
  virtual Status remove_consumer(const std::string& stream, const std::string& name) = 0;  // blocks

  virtual void send(const std::string& subject, BytesView payload) = 0;  // core, at most once
  // The same for a service's answer that is an error: its code and one sentence also travel beside the
  // payload, where the bus's own tools look for them.
  virtual void send_error(const std::string& subject, BytesView payload, int code,
                          const std::string& sentence) = 0;
  virtual void request(const std::string& subject, BytesView payload, Milliseconds timeout,
                       ReplyHandler handler) = 0;
  // queue: members of one queue group share the messages; empty: everyone gets each.
  virtual Result<std::unique_ptr<Subscription>> subscribe(const std::string& subject,
                                                          const std::string& queue,
                                                          MessageHandler handler) = 0;

  // Blocks. Creates the bucket when missing, reconciles its limit otherwise; bytes_max 0: opens an existing
  // one as it is. Errors: unavailable, not_found (bytes_max 0).
  virtual Result<std::unique_ptr<ObjectStore>> objects(const std::string& bucket, uint64_t bytes_max,
                                                       int replicas) = 0;

  // Tells every change of the connection, from the call on. One handler at a time.
  virtual void on_connection(std::function<void(Connection)> handler) = 0;
  virtual size_t payload_bytes_max() const = 0;
};

}  // namespace tcps::bus
