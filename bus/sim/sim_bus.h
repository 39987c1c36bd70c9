// The simulated bus: one server and any number of clients in one process, on a virtual clock, with faults
// drawn from a seed. The same seed and the same calls give the same run, to the byte.
//
// Handlers run only inside step() and its relatives, never inside the call that asked for something. Blocking
// calls act on the server at once, or fail with `unavailable` when it is down or the client is cut off. A
// duplicate or late delivery, a lost acknowledgement and a lost credit behave as on the real bus: followings
// stay gap-free, credit is asked for again, work is redelivered.
//
// Single-threaded. The network must outlive its buses.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bus/bus.h"

namespace tcps::bus {

using SimTime = std::chrono::microseconds;

// Probabilities are per message and direction.
struct SimFaults {
  double loss = 0;
  double duplication = 0;
  double reordering = 0;  // of overtaking earlier messages of the same client and direction
  SimTime delay_min{100};
  SimTime delay_max{1'000};
};

struct SimOptions {
  uint64_t seed = 1;
  SimFaults faults;
  Milliseconds publish_timeout{5'000};
  Milliseconds renewal{1'000};        // until a lost credit or a lost followed message is noticed
  Milliseconds sync_interval{1'000};  // what is newer is lost in a crash that loses the unsynced tail
  int64_t start_unix_ms = 1'700'000'000'000;
};

class SimNetwork {
 public:
  explicit SimNetwork(SimOptions options = {});
  ~SimNetwork();
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;

  // A client of the server. Names are for partition(); two clients may share one.
  std::unique_ptr<Bus> attach(const std::string& name);

  // ---- time
  SimTime now() const;
  int64_t unix_ms() const;
  void after(SimTime delay, std::function<void()> function);
  bool step();  // runs the next event; false when there is none
  void run_for(SimTime duration);
  // Steps until the condition holds; false when it does not within `limit` of virtual time.
  bool run_until(const std::function<bool()>& condition, SimTime limit);

  // ---- misfortune
  void set_faults(const SimFaults& faults);
  void partition(const std::string& client, bool cut_off);
  void crash_server(bool lose_unsynced);
  void restart_server();
  void delete_stream(const std::string& stream);
  void corrupt_object(const std::string& bucket, const Digest& digest);

  class Core;

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace tcps::bus
