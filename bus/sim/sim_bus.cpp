#include "bus/sim/sim_bus.h"

#include <fstream>
#include <sstream>

#include "bus/sim/sim_network.h"
#include "messages/files.h"
#include "messages/iso8601.h"

namespace tcps::bus {
namespace {

using Core = SimNetwork::Core;

constexpr size_t payload_max = 1 << 20;
const std::string reply_prefix = "_SIM.";

Error out_of_reach() {
  return {ErrorCode::unavailable, "the simulated server cannot be reached now; try again later"};
}

class SimFollowingHandle : public Following {
 public:
  explicit SimFollowingHandle(std::shared_ptr<SimFollowing> following) : following_(std::move(following)) {}

 private:
  std::shared_ptr<SimFollowing> following_;
};

class SimSubscription : public Subscription {
 public:
  explicit SimSubscription(std::shared_ptr<SimListener> listener) : listener_(std::move(listener)) {}

 private:
  std::shared_ptr<SimListener> listener_;
};

class SimPullConsumer : public PullConsumer {
 public:
  SimPullConsumer(std::shared_ptr<Core> core, std::shared_ptr<SimPuller> puller)
      : core_(std::move(core)), puller_(std::move(puller)) {}

  void add_credit(int count) override {
    puller_->credit += count;
    core_->grant(puller_);
  }
  void acknowledge(const std::string& ack_token) override {
    at_server([core = core_.get(), ack_token] {
      core->server.acknowledge(ack_token);
      core->changed();
    });
  }
  void in_progress(const std::string& ack_token, Milliseconds timeout,
                   std::function<void(Status)> handler) override {
    auto answered = std::make_shared<bool>(false);
    const auto answer = [answered, handler = std::move(handler)](const Status& status) {
      if (*answered) return;
      *answered = true;
      handler(status);
    };
    core_->after(timeout, [answer] {
      answer(fail(ErrorCode::timeout, "the server did not hear that the work goes on"));
    });
    at_server([core = core_.get(), client = puller_->client, ack_token, answer] {
      core->server.in_progress(ack_token, core->now());
      core->changed();
      core->to_client(client, [answer] { answer({}); });
    });
  }
  void hand_back(const std::string& ack_token, Milliseconds delay) override {
    at_server([core = core_.get(), ack_token, delay] {
      core->server.hand_back(ack_token, core->now(), delay);
      core->changed();
    });
  }

 private:
  void at_server(std::function<void()> arrive) {
    if (const auto client = puller_->client.lock()) core_->to_server(client, std::move(arrive));
  }

  std::shared_ptr<Core> core_;
  std::shared_ptr<SimPuller> puller_;
};

class SimObjectStore : public ObjectStore {
 public:
  SimObjectStore(std::shared_ptr<Core> core, std::shared_ptr<SimClient> client, std::string bucket)
      : core_(std::move(core)), client_(std::move(client)), bucket_(std::move(bucket)) {}

  Status put_file(const Digest& digest, const std::string& path) override {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file) return fail(ErrorCode::io, "cannot read " + path + ": check that it exists and may be read");
    return put(digest, bytes.str());
  }
  Status put(const Digest& digest, BytesView bytes) override {
    if (!core_->reachable(*client_)) return fail(out_of_reach());
    auto& bucket = core_->server.bucket(bucket_);
    if (const auto there = bucket.objects.find(digest); there != bucket.objects.end()) {
      there->second.stored_unix_ms = core_->unix_ms();
      there->second.revision = ++bucket.revisions;
      return {};
    }
    if (Digest::of(bytes) != digest)
      return fail(ErrorCode::corrupt,
                  "the bytes to store as " + digest.hex() + " have another digest; compute it again");
    if (bucket.bytes() + bytes.size() > bucket.bytes_max)
      return fail(ErrorCode::full, "bucket " + bucket_ + " is full; sweep what is unreferenced");
    bucket.objects[digest] = {Bytes(bytes), core_->unix_ms(), ++bucket.revisions};
    bucket.discarded.erase(digest);
    return {};
  }
  Status get_file(const Digest& digest, const std::string& path) override {
    auto bytes = TCPS_TRY(get(digest, SIZE_MAX));
    return replace_file(path, bytes);
  }
  Result<Bytes> get(const Digest& digest, size_t bytes_max) override {
    if (!core_->reachable(*client_)) return fail(out_of_reach());
    const auto& bucket = core_->server.bucket(bucket_);
    if (const auto gone = bucket.discarded.find(digest); gone != bucket.discarded.end())
      return fail(ErrorCode::not_found, "object " + digest.hex() + " was " + gone->second);
    const auto found = bucket.objects.find(digest);
    if (found == bucket.objects.end())
      return fail(ErrorCode::not_found, "object " + digest.hex() + " is not in " + bucket_);
    const Bytes& bytes = found->second.bytes;
    if (Digest::of(bytes) != digest)
      return fail(ErrorCode::corrupt,
                  "object " + digest.hex() + " is damaged; store it again under its digest");
    if (bytes.size() > bytes_max)
      return fail(ErrorCode::full,
                  "object " + digest.hex() + " is larger than asked for; fetch it to a file");
    return bytes;
  }
  Result<bool> contains(const Digest& digest) override {
    if (!core_->reachable(*client_)) return fail(out_of_reach());
    return core_->server.bucket(bucket_).objects.contains(digest);
  }
  Result<std::vector<ObjectInfo>> list() override {
    if (!core_->reachable(*client_)) return fail(out_of_reach());
    std::vector<ObjectInfo> infos;
    for (const auto& [digest, object] : core_->server.bucket(bucket_).objects)
      infos.push_back({digest, object.bytes.size(), object.stored_unix_ms, object.revision});
    return infos;
  }
  Status discard(const ObjectInfo& seen, const std::string& why) override {
    if (!core_->reachable(*client_)) return fail(out_of_reach());
    auto& bucket = core_->server.bucket(bucket_);
    const auto found = bucket.objects.find(seen.digest);
    if (found == bucket.objects.end() || found->second.revision != seen.revision)
      return fail(ErrorCode::conflict,
                  "object " + seen.digest.hex() + " was stored again, or is gone: list anew");
    bucket.objects.erase(found);
    bucket.discarded[seen.digest] = why + " (since " + to_iso8601(core_->unix_ms()) + ")";
    return {};
  }

 private:
  std::shared_ptr<Core> core_;
  std::shared_ptr<SimClient> client_;
  const std::string bucket_;
};

class SimBus : public Bus {
 public:
  SimBus(std::shared_ptr<Core> core, const std::string& name)
      : core_(std::move(core)), client_(std::make_shared<SimClient>()) {
    client_->name = name;
    core_->attach(client_);
  }
  ~SimBus() override {
    const Error closed{ErrorCode::unavailable, "the bus was closed"};
    for (auto& [id, handler] : std::exchange(client_->publishes, {})) handler(fail(closed));
    for (auto& [id, handler] : std::exchange(client_->requests, {})) handler(fail(closed));
    if (client_->news) client_->news(Connection::closed);
  }

  Result<StreamInfo> ensure_stream(const StreamConfig& config) override {
    if (!here()) return fail(out_of_reach());
    return core_->server.ensure_stream(config, core_->unix_ms());
  }
  Result<StreamInfo> stream_info(const std::string& stream) override {
    if (!here()) return fail(out_of_reach());
    return core_->server.stream_info(stream);
  }
  Status retire_stream(const std::string& stream) override {
    if (!here()) return fail(out_of_reach());
    return core_->server.retire_stream(stream);
  }
  Status purge_below(const std::string& stream, uint64_t sequence) override {
    if (!here()) return fail(out_of_reach());
    return core_->server.purge_below(stream, sequence);
  }
  Result<Delivery> message_at(const std::string& stream, uint64_t sequence) override {
    if (!here()) return fail(out_of_reach());
    return core_->server.message_at(stream, sequence);
  }

  void publish(PublishRequest request, PublishHandler handler) override;
  std::unique_ptr<Following> follow(const std::string& stream, uint64_t from_sequence,
                                    DeliveryHandler handler) override {
    auto following = std::make_shared<SimFollowing>();
    following->client = client_;
    following->stream = stream;
    following->next = std::max<uint64_t>(1, from_sequence);
    following->handler = std::move(handler);
    core_->add(std::weak_ptr(following));
    core_->changed();
    return std::make_unique<SimFollowingHandle>(std::move(following));
  }
  Result<std::unique_ptr<PullConsumer>> pull(const ConsumerConfig& config, DeliveryHandler handler) override {
    if (!here()) return fail(out_of_reach());
    TCPS_TRY(core_->server.ensure_consumer(config));
    auto puller = std::make_shared<SimPuller>();
    puller->client = client_;
    puller->config = config;
    puller->handler = std::move(handler);
    core_->add(std::weak_ptr(puller));
    core_->changed();
    return std::make_unique<SimPullConsumer>(core_, std::move(puller));
  }
  Status remove_consumer(const std::string& stream, const std::string& name) override {
    if (!here()) return fail(out_of_reach());
    core_->server.remove_consumer(stream, name);
    return {};
  }

  void send(const std::string& subject, BytesView payload) override;
  void send_error(const std::string& subject, BytesView payload, int, const std::string&) override {
    send(subject, payload);  // simulated messages have no headers
  }
  void request(const std::string& subject, BytesView payload, Milliseconds timeout,
               ReplyHandler handler) override;
  Result<std::unique_ptr<Subscription>> subscribe(const std::string& subject, const std::string& queue,
                                                  MessageHandler handler) override {
    auto listener = std::make_shared<SimListener>(SimListener{client_, subject, queue, std::move(handler)});
    core_->add(std::weak_ptr(listener));
    return std::make_unique<SimSubscription>(std::move(listener));
  }

  Result<std::unique_ptr<ObjectStore>> objects(const std::string& bucket, uint64_t bytes_max, int) override {
    if (!here()) return fail(out_of_reach());
    core_->server.bucket(bucket).bytes_max = bytes_max;
    return std::make_unique<SimObjectStore>(core_, client_, bucket);
  }

  void on_connection(std::function<void(Connection)> handler) override { client_->news = std::move(handler); }
  size_t payload_bytes_max() const override { return payload_max; }

 private:
  bool here() const { return core_->reachable(*client_); }

  template <class Value, class Handler>
  static void finish(const std::weak_ptr<SimClient>& weak, std::map<uint64_t, Handler> SimClient::*table,
                     uint64_t id, const Result<Value>& result) {
    const auto client = weak.lock();
    if (!client) return;
    auto entry = ((*client).*table).extract(id);
    if (!entry.empty()) entry.mapped()(result);
  }

  std::shared_ptr<Core> core_;
  std::shared_ptr<SimClient> client_;
};

void SimBus::publish(PublishRequest request, PublishHandler handler) {
  const uint64_t id = core_->next_id();
  client_->publishes[id] = std::move(handler);
  const std::weak_ptr<SimClient> weak = client_;
  const auto subject = request.subject;
  core_->after(core_->options().publish_timeout, [weak, id, subject] {
    finish<PublishAck>(weak, &SimClient::publishes, id,
                       fail(ErrorCode::timeout, subject + ": no answer in time; the outcome is unknown"));
  });
  core_->to_server(client_, [core = core_.get(), weak, id, request = std::move(request)] {
    const auto result = core->server.publish(request, core->now());
    core->to_client(weak,
                    [weak, id, result] { finish<PublishAck>(weak, &SimClient::publishes, id, result); });
    if (result) {
      core->route(request.subject, request.payload, "");
      core->changed();
    }
  });
}

void SimBus::send(const std::string& subject, BytesView payload) {
  core_->to_server(client_, [core = core_.get(), subject, payload = Bytes(payload)] {
    core->route(subject, payload, "");
    PublishRequest request;  // a stream takes what its subjects name, however it came
    request.subject = subject;
    request.payload = payload;
    if (core->server.publish(request, core->now())) core->changed();
  });
}

void SimBus::request(const std::string& subject, BytesView payload, Milliseconds timeout,
                     ReplyHandler handler) {
  const uint64_t id = core_->next_id();
  client_->requests[id] = std::move(handler);
  const std::weak_ptr<SimClient> weak = client_;
  core_->after(timeout, [weak, id, subject] {
    finish<Bytes>(weak, &SimClient::requests, id, fail(ErrorCode::timeout, subject + ": no answer in time"));
  });
  // The reply travels as a message of its own, to a listener that lives as long as the request.
  const std::string inbox = reply_prefix + std::to_string(id);
  auto listener = std::make_shared<SimListener>();
  listener->client = weak;
  listener->subject = inbox;
  listener->handler = [weak, id](const Message& reply) {
    finish<Bytes>(weak, &SimClient::requests, id, reply.payload);
  };
  core_->add(std::weak_ptr(listener));
  core_->after(timeout, [listener] {});
  core_->to_server(client_, [core = core_.get(), weak, id, subject, inbox, payload = Bytes(payload)] {
    if (core->listened_to(subject)) return core->route(subject, payload, inbox);
    core->to_client(weak, [weak, id, subject] {
      finish<Bytes>(weak, &SimClient::requests, id,
                    fail(ErrorCode::unavailable, subject + ": nobody answers there; start the service"));
    });
  });
}

}  // namespace

std::unique_ptr<Bus> make_sim_bus(std::shared_ptr<SimNetwork::Core> core, const std::string& name) {
  return std::make_unique<SimBus>(std::move(core), name);
}

}  // namespace tcps::bus
