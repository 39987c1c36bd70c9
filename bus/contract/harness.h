// What the contract suite needs besides the port, once for each implementation: buses on one fresh server,
// waiting (real time or stepping the simulation), and the misfortunes that the contract promises to survive.
//
// A new adapter writes its Harness in <name>_harness.cpp, names that file and the adapter's library in this
// folder's CMakeLists.txt, declares its maker here, and adds a row to `implementations` in harness.cpp: every
// test of this folder then runs against it.
#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <ostream>

#include "bus/bus.h"

namespace tcps::bus::contract {

class Harness {
 public:
  virtual ~Harness() = default;
  virtual std::unique_ptr<Bus> attach(const std::string& name) = 0;
  virtual bool until(const std::function<bool()>& condition, Milliseconds limit) = 0;
  virtual void pass(Milliseconds duration) = 0;
  virtual void crash_server() = 0;  // nothing that was acknowledged is lost
  virtual void restart_server() = 0;
  virtual void delete_stream(Bus& bus, const std::string& stream) = 0;
  virtual void corrupt_object(Bus& bus, const std::string& bucket, const Digest& digest) = 0;
};

std::unique_ptr<Harness> make_nats_harness();
std::unique_ptr<Harness> make_sim_harness();

// What handlers leave for the test to look at.
template <class T>
class Seen {
 public:
  void add(T item) {
    std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
  }
  std::vector<T> all() const {
    std::lock_guard lock(mutex_);
    return items_;
  }
  size_t size() const { return all().size(); }
  T at(size_t index) const { return all().at(index); }

 private:
  mutable std::mutex mutex_;
  std::vector<T> items_;
};

struct Implementation {
  const char* name;
  std::unique_ptr<Harness> (*make)();

  friend void PrintTo(const Implementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

class BusContract : public ::testing::TestWithParam<Implementation> {
 protected:
  static constexpr Milliseconds patience{8'000};
  static inline const std::string stream = "LINE";

  void SetUp() override {
    harness_ = GetParam().make();
    bus_ = harness_->attach("first");
    ASSERT_TRUE(bus_);
  }
  void TearDown() override {
    bus_.reset();
    harness_.reset();
  }

  StreamConfig stream_config() const {
    StreamConfig config;
    config.name = stream;
    config.subjects = {"line.>"};
    config.bytes_max = 64 << 20;
    return config;
  }
  void make_stream() {
    auto made = bus_->ensure_stream(stream_config());
    ASSERT_TRUE(made) << made.error().message;
  }
  ConsumerConfig consumer_config() const {
    ConsumerConfig config;
    config.stream = stream;
    config.name = "stage";
    config.filter_subject = "line.work.>";
    config.ack_wait = Milliseconds(30'000);
    config.ack_pending_max = 64;
    return config;
  }
  static PublishRequest message(const std::string& subject, Bytes payload) {
    PublishRequest request;
    request.stream = stream;
    request.subject = subject;
    request.payload = std::move(payload);
    return request;
  }

  // Publishes and waits for the acknowledgement.
  Result<PublishAck> publish(PublishRequest request);
  uint64_t publish_well(const std::string& subject, Bytes payload);
  // Publishes until it is acknowledged, as one does over a crash of the server.
  uint64_t publish_stubbornly(const std::string& subject, const Bytes& payload);
  std::unique_ptr<PullConsumer> pull(Bus& bus, const ConsumerConfig& config, Seen<Delivery>& seen);
  bool until(const std::function<bool()>& condition) { return harness_->until(condition, patience); }

  std::unique_ptr<Harness> harness_;
  std::unique_ptr<Bus> bus_;
};

}  // namespace tcps::bus::contract
