// The state of the simulated JetStream server: streams, durable consumers, buckets. A plain state machine;
// time is passed in. It knows nothing of clients or faults: see sim_bus.h for those.
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "bus/sim/sim_bus.h"

namespace tcps::bus {

// NATS wildcards: `*` for one token, a last `>` for one or more.
bool subject_matches(std::string_view pattern, std::string_view subject);

class SimServer {
 public:
  struct Stored {
    std::string subject;
    Bytes payload;
    SimTime at;
  };

  // ---- streams
  Result<StreamInfo> ensure_stream(const StreamConfig& config, int64_t now_unix_ms);
  Result<StreamInfo> stream_info(const std::string& stream) const;
  Status retire_stream(const std::string& stream);
  void delete_stream(const std::string& stream) { streams_.erase(stream); }
  Status purge_below(const std::string& stream, uint64_t sequence);
  Result<Delivery> message_at(const std::string& stream, uint64_t sequence) const;
  // An empty request.stream lets any stream take it. Errors: unavailable (no stream takes the subject),
  // refused, conflict, full.
  Result<PublishAck> publish(const PublishRequest& request, SimTime now);
  // The first message at or above `sequence`, as following shows it.
  std::optional<Delivery> first_from(const std::string& stream, uint64_t sequence) const;
  // A crash: forgets messages stored after `synced`. Consumers keep their place, so they skip sequences that
  // are given out again, as real servers have been seen to do.
  void lose_after(SimTime synced);

  // ---- consumers
  Status ensure_consumer(const ConsumerConfig& config);
  void remove_consumer(const std::string& stream, const std::string& name);
  // What the consumer hands out next, if it may: what is due again first, then new messages while the WIP
  // limit has room.
  std::optional<Delivery> hand_out(const std::string& stream, const std::string& name, SimTime now);
  std::optional<SimTime> next_due(const std::string& stream, const std::string& name) const;
  void acknowledge(const std::string& token);
  void in_progress(const std::string& token, SimTime now);
  void hand_back(const std::string& token, SimTime now, SimTime delay);

  // ---- objects
  struct Bucket {
    uint64_t bytes_max = 0;
    struct Object {
      Bytes bytes;
      int64_t stored_unix_ms = 0;
      uint64_t revision = 0;
    };
    std::map<Digest, Object> objects;
    std::map<Digest, std::string> discarded;  // why, and since when
    uint64_t revisions = 0;
    uint64_t bytes() const;
  };
  Bucket& bucket(const std::string& name) { return buckets_[name]; }

 private:
  struct Pending {
    SimTime due;
    uint64_t count;
  };
  struct Consumer {
    ConsumerConfig config;
    uint64_t next = 0;
    std::map<uint64_t, Pending> pending;  // delivered, not acknowledged
  };
  struct Seen {
    uint64_t sequence;
    SimTime at;
  };
  struct Stream {
    StreamConfig config;
    int64_t created_unix_ms = 0;
    uint64_t last_sequence = 0;
    uint64_t bytes = 0;
    std::map<uint64_t, Stored> messages;
    std::map<std::string, uint64_t> last_of_subject;
    std::map<std::string, Seen> message_ids;
    std::deque<std::string> message_id_order;
    std::map<std::string, Consumer> consumers;

    void erase(std::map<uint64_t, Stored>::iterator message);
  };
  struct Place {
    Consumer* consumer;
    uint64_t sequence;
  };

  const Stream* find(const std::string& stream) const;
  Stream* taker(const std::string& subject);
  std::optional<uint64_t> known_id(Stream& stream, const std::string& id, SimTime now);
  std::optional<Place> place_of(const std::string& token);
  static StreamInfo info(const Stream& stream);
  static Delivery delivery(const Stream& stream, const Consumer& consumer, uint64_t sequence, uint64_t count);

  std::map<std::string, Stream> streams_;
  std::map<std::string, Bucket> buckets_;
  int64_t last_created_unix_ms_ = 0;
};

}  // namespace tcps::bus
