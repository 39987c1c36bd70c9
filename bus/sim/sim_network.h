// What connects the simulated server with its clients: the event queue, the clock, the faults, and the open
// subscriptions. Internal to bus/sim.
#pragma once

#include <list>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "bus/sim/sim_server.h"

namespace tcps::bus {

// One attached client. Gone when its Bus is destroyed; events for it then fall through.
struct SimClient {
  std::string name;
  int64_t id = 0;
  bool cut_off = false;
  bool told_connected = true;
  SimTime last_up{0};  // when the latest message towards the server arrives
  SimTime last_down{0};
  std::function<void(Connection)> news;
  std::map<uint64_t, std::function<void(Result<Bytes>)>> requests;
  std::map<uint64_t, PublishHandler> publishes;
};

struct SimFollowing {
  std::weak_ptr<SimClient> client;
  std::string stream;
  uint64_t next = 1;
  bool scheduled = false;
  DeliveryHandler handler;
};

struct SimPuller {
  std::weak_ptr<SimClient> client;
  ConsumerConfig config;
  int credit = 0;
  int open = 0;       // of the credit: what the server knows and has not used
  int in_flight = 0;  // used by the server, not arrived yet
  bool renewing = false;
  DeliveryHandler handler;
};

struct SimListener {
  std::weak_ptr<SimClient> client;
  std::string subject;
  std::string queue;
  MessageHandler handler;
};

class SimNetwork::Core : public std::enable_shared_from_this<SimNetwork::Core> {
 public:
  explicit Core(SimOptions options) : options_(std::move(options)), random_(options_.seed) {}

  // ---- time
  SimTime now() const { return now_; }
  int64_t unix_ms() const { return options_.start_unix_ms + now_.count() / 1000; }
  void after(SimTime delay, std::function<void()> function);
  bool step();
  bool step_until(SimTime limit);  // false: no event at or before the limit
  void advance_to(SimTime time) { now_ = std::max(now_, time); }

  // ---- transport. `arrive` runs at the other end, perhaps twice; `lost` (if any) when nothing will arrive.
  void to_server(const std::shared_ptr<SimClient>& client, std::function<void()> arrive,
                 std::function<void()> lost = {});
  void to_client(const std::weak_ptr<SimClient>& client, std::function<void()> arrive,
                 std::function<void()> lost = {});
  bool reachable(const SimClient& client) const { return up_ && !client.cut_off; }

  // ---- at the server
  void changed();  // something was stored, acknowledged or granted: hand out and show what can be
  void route(const std::string& subject, const Bytes& payload, const std::string& reply_to);
  bool listened_to(const std::string& subject) const;

  // ---- clients
  void attach(const std::shared_ptr<SimClient>& client);
  void grant(const std::shared_ptr<SimPuller>& puller);
  void renew_later(const std::shared_ptr<SimPuller>& puller);
  void add(const std::weak_ptr<SimFollowing>& following) { followings_.push_back(following); }
  void add(const std::weak_ptr<SimPuller>& puller) { pullers_.push_back(puller); }
  void add(const std::weak_ptr<SimListener>& listener) { listeners_.push_back(listener); }
  uint64_t next_id() { return ++last_id_; }

  // ---- misfortune
  void partition(const std::string& client, bool cut_off);
  void crash(bool lose_unsynced);
  void restart();

  SimServer server;
  SimFaults& faults() { return options_.faults; }
  const SimOptions& options() const { return options_; }

 private:
  bool chance(double probability);
  SimTime travel_time();
  void transport(const std::weak_ptr<SimClient>& client, bool up, std::function<void()> arrive,
                 std::function<void()> lost);
  void tell_connection(const std::shared_ptr<SimClient>& client);
  void show_followings();
  void show_next(const std::shared_ptr<SimFollowing>& following);
  void hand_out_work();
  void hand_to(const std::shared_ptr<SimPuller>& puller, const Delivery& delivery);
  void wake_at(SimTime time);

  SimOptions options_;
  std::mt19937_64 random_;
  SimTime now_{0};
  uint64_t event_count_ = 0;
  std::map<std::pair<SimTime, uint64_t>, std::function<void()>> events_;
  std::set<SimTime> wakes_;
  bool up_ = true;
  uint64_t life_ = 1;  // of the server; a crash begins another
  uint64_t last_id_ = 0;
  size_t turn_ = 0;  // whose turn it is among the pullers
  std::vector<std::weak_ptr<SimClient>> clients_;
  std::vector<std::weak_ptr<SimFollowing>> followings_;
  std::vector<std::weak_ptr<SimPuller>> pullers_;
  std::vector<std::weak_ptr<SimListener>> listeners_;
};

std::unique_ptr<Bus> make_sim_bus(std::shared_ptr<SimNetwork::Core> core, const std::string& name);

}  // namespace tcps::bus
