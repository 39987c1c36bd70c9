#include "bus/sim/sim_network.h"

#include <algorithm>

namespace tcps::bus {
namespace {

constexpr SimTime burst_gap{5};  // between messages of one burst to a following

template <class T>
std::vector<std::shared_ptr<T>> alive(std::vector<std::weak_ptr<T>>& all) {
  std::erase_if(all, [](const auto& one) { return one.expired(); });
  std::vector<std::shared_ptr<T>> living;
  for (const auto& one : all) living.push_back(one.lock());
  return living;
}

}  // namespace

// ---- time

void SimNetwork::Core::after(SimTime delay, std::function<void()> function) {
  events_.emplace(std::pair(now_ + std::max(delay, SimTime(0)), ++event_count_), std::move(function));
}

bool SimNetwork::Core::step() { return step_until(SimTime::max()); }

bool SimNetwork::Core::step_until(SimTime limit) {
  if (events_.empty() || events_.begin()->first.first > limit) return false;
  auto event = events_.extract(events_.begin());
  now_ = event.key().first;
  event.mapped()();
  return true;
}

bool SimNetwork::Core::chance(double probability) {
  constexpr double scale = 1.0 / 9007199254740992.0;  // 2^-53
  return probability > 0 && static_cast<double>(random_() >> 11) * scale < probability;
}

SimTime SimNetwork::Core::travel_time() {
  const auto spread = static_cast<uint64_t>(
      std::max<int64_t>(0, (options_.faults.delay_max - options_.faults.delay_min).count()));
  return options_.faults.delay_min + SimTime(random_() % (spread + 1));
}

// ---- transport

void SimNetwork::Core::to_server(const std::shared_ptr<SimClient>& client, std::function<void()> arrive,
                                 std::function<void()> lost) {
  transport(client, true, std::move(arrive), std::move(lost));
}

void SimNetwork::Core::to_client(const std::weak_ptr<SimClient>& client, std::function<void()> arrive,
                                 std::function<void()> lost) {
  transport(client, false, std::move(arrive), std::move(lost));
}

void SimNetwork::Core::transport(const std::weak_ptr<SimClient>& weak, bool up, std::function<void()> arrive,
                                 std::function<void()> lost) {
  const auto client = weak.lock();
  if (!client) return;
  if (!reachable(*client) || chance(options_.faults.loss)) {
    if (lost) after(SimTime(0), std::move(lost));
    return;
  }
  const int copies = chance(options_.faults.duplication) ? 2 : 1;
  for (int copy = 0; copy < copies; ++copy) {
    SimTime arrival = now_ + travel_time();
    auto& last = up ? client->last_up : client->last_down;
    if (!chance(options_.faults.reordering)) arrival = last = std::max(arrival, last);
    const auto gone = copy == 0 ? lost : std::function<void()>();
    after(arrival - now_, [this, weak, arrive, gone, life = life_] {
      const auto client = weak.lock();
      if (!client) return;
      if (life == life_ && reachable(*client)) {
        arrive();
      } else if (gone) {
        gone();
      }
    });
  }
}

// ---- at the server

void SimNetwork::Core::changed() {
  if (!up_) return;
  show_followings();
  hand_out_work();
}

void SimNetwork::Core::show_followings() {
  for (const auto& following : alive(followings_)) {
    const auto client = following->client.lock();
    if (following->scheduled || !client || !reachable(*client) ||
        !server.first_from(following->stream, following->next))
      continue;
    following->scheduled = true;
    // A lost message shows as a hole and is asked for again: late, never missing.
    const SimTime late = chance(options_.faults.loss) ? SimTime(options_.renewal) : SimTime(0);
    after(travel_time() + late, [this, weak = std::weak_ptr(following)] {
      if (const auto shown = weak.lock()) show_next(shown);
    });
  }
}

void SimNetwork::Core::show_next(const std::shared_ptr<SimFollowing>& following) {
  const auto client = following->client.lock();
  following->scheduled = false;
  if (!client || !reachable(*client)) return;
  auto message = server.first_from(following->stream, following->next);
  if (!message) return;
  following->next = message->sequence + 1;
  following->scheduled = server.first_from(following->stream, following->next).has_value();
  if (following->scheduled)
    after(burst_gap, [this, weak = std::weak_ptr(following)] {
      if (const auto shown = weak.lock()) show_next(shown);
    });
  following->handler(std::move(*message));
}

void SimNetwork::Core::hand_out_work() {
  const auto pullers = alive(pullers_);
  bool handed = true;
  while (handed) {
    handed = false;
    for (size_t i = 0; i < pullers.size(); ++i) {
      const auto& puller = pullers[(turn_ + i) % pullers.size()];
      const auto client = puller->client.lock();
      if (puller->open == 0 || !client || !reachable(*client)) continue;
      auto delivery = server.hand_out(puller->config.stream, puller->config.name, now_);
      if (!delivery) continue;
      --puller->open;
      hand_to(puller, *delivery);
      turn_ = (turn_ + i + 1) % pullers.size();
      handed = true;
      break;
    }
  }
  for (const auto& puller : pullers)
    if (const auto due = server.next_due(puller->config.stream, puller->config.name);
        due && *due > now_ && puller->open > 0)
      wake_at(*due);
}

void SimNetwork::Core::hand_to(const std::shared_ptr<SimPuller>& puller, const Delivery& delivery) {
  ++puller->in_flight;
  auto first_copy = std::make_shared<bool>(true);
  const std::weak_ptr<SimPuller> weak = puller;
  const auto arrive = [this, weak, delivery, first_copy] {
    const auto taker = weak.lock();
    if (!taker) return;
    if (*first_copy) --taker->in_flight;
    *first_copy = false;
    if (taker->credit == 0)
      return server.hand_back(delivery.ack_token, now_, SimTime(0));  // beyond the credit
    --taker->credit;
    taker->open = std::min(taker->open, std::max(0, taker->credit - taker->in_flight));
    taker->handler(delivery);
  };
  to_client(puller->client, arrive, [this, weak] {
    const auto taker = weak.lock();
    if (!taker) return;
    --taker->in_flight;
    renew_later(taker);
  });
}

void SimNetwork::Core::wake_at(SimTime time) {
  if (!wakes_.insert(time).second) return;
  after(time - now_, [this, time] {
    wakes_.erase(time);
    changed();
  });
}

bool SimNetwork::Core::listened_to(const std::string& subject) const {
  return std::any_of(listeners_.begin(), listeners_.end(), [&subject](const auto& weak) {
    const auto listener = weak.lock();
    return listener && subject_matches(listener->subject, subject);
  });
}

void SimNetwork::Core::route(const std::string& subject, const Bytes& payload, const std::string& reply_to) {
  const auto deliver = [&](const std::shared_ptr<SimListener>& listener) {
    to_client(listener->client,
              [weak = std::weak_ptr(listener), message = Message{subject, payload, reply_to}] {
                if (const auto hearing = weak.lock()) hearing->handler(message);
              });
  };
  std::map<std::string, std::vector<std::shared_ptr<SimListener>>> groups;
  for (const auto& listener : alive(listeners_)) {
    if (!subject_matches(listener->subject, subject)) continue;
    if (listener->queue.empty()) {
      deliver(listener);
    } else {
      groups[listener->queue + " " + listener->subject].push_back(listener);
    }
  }
  for (const auto& [group, members] : groups) deliver(members[random_() % members.size()]);
}

// ---- clients

void SimNetwork::Core::attach(const std::shared_ptr<SimClient>& client) {
  client->id = static_cast<int64_t>(next_id());
  client->told_connected = up_;
  clients_.push_back(client);
}

void SimNetwork::Core::grant(const std::shared_ptr<SimPuller>& puller) {
  const auto client = puller->client.lock();
  if (!client) return;
  const std::weak_ptr<SimPuller> weak = puller;
  to_server(
      client,
      [this, weak] {
        const auto asking = weak.lock();
        if (!asking) return;
        asking->open = std::max(0, asking->credit - asking->in_flight);
        changed();
      },
      [this, weak] {
        if (const auto asking = weak.lock()) renew_later(asking);
      });
}

void SimNetwork::Core::renew_later(const std::shared_ptr<SimPuller>& puller) {
  if (puller->renewing) return;
  puller->renewing = true;
  after(options_.renewal, [this, weak = std::weak_ptr(puller)] {
    const auto asking = weak.lock();
    if (!asking) return;
    asking->renewing = false;
    grant(asking);
  });
}

// ---- misfortune

void SimNetwork::Core::tell_connection(const std::shared_ptr<SimClient>& client) {
  const bool connected = reachable(*client);
  if (client->told_connected == connected) return;
  client->told_connected = connected;
  if (!connected) {  // what was on its way is lost with the connection
    auto requests = std::exchange(client->requests, {});
    auto publishes = std::exchange(client->publishes, {});
    const Error broken{ErrorCode::timeout, "the connection broke before the answer; the outcome is unknown"};
    for (auto& [id, handler] : requests) handler(fail(broken));
    for (auto& [id, handler] : publishes) handler(fail(broken));
  }
  if (client->news) client->news(connected ? Connection::connected : Connection::disconnected);
}

void SimNetwork::Core::partition(const std::string& name, bool cut_off) {
  for (const auto& client : alive(clients_)) {
    if (client->name != name) continue;
    client->cut_off = cut_off;
    after(SimTime(0), [this, weak = std::weak_ptr(client)] {
      if (const auto told = weak.lock()) tell_connection(told);
    });
  }
  for (const auto& puller : alive(pullers_)) {
    const auto client = puller->client.lock();
    if (client && client->name == name) {
      puller->open = 0;
      renew_later(puller);
    }
  }
  changed();
}

void SimNetwork::Core::crash(bool lose_unsynced) {
  if (!up_) return;
  up_ = false;
  ++life_;
  if (lose_unsynced)
    server.lose_after(SimTime(now_.count() / SimTime(options_.sync_interval).count() *
                              SimTime(options_.sync_interval).count()));
  for (const auto& puller : alive(pullers_)) puller->open = 0;
  for (const auto& client : alive(clients_))
    after(SimTime(0), [this, weak = std::weak_ptr(client)] {
      if (const auto told = weak.lock()) tell_connection(told);
    });
}

void SimNetwork::Core::restart() {
  if (up_) return;
  up_ = true;
  for (const auto& client : alive(clients_))
    after(travel_time(), [this, weak = std::weak_ptr(client)] {
      if (const auto told = weak.lock()) tell_connection(told);
    });
  for (const auto& puller : alive(pullers_)) grant(puller);
  changed();
}

// ---- the network's face

SimNetwork::SimNetwork(SimOptions options) : core_(std::make_shared<Core>(std::move(options))) {}
SimNetwork::~SimNetwork() = default;

std::unique_ptr<Bus> SimNetwork::attach(const std::string& name) { return make_sim_bus(core_, name); }

SimTime SimNetwork::now() const { return core_->now(); }
int64_t SimNetwork::unix_ms() const { return core_->unix_ms(); }
void SimNetwork::after(SimTime delay, std::function<void()> function) {
  core_->after(delay, std::move(function));
}
bool SimNetwork::step() { return core_->step(); }

void SimNetwork::run_for(SimTime duration) {
  const SimTime end = core_->now() + duration;
  while (core_->step_until(end)) {
  }
  core_->advance_to(end);
}

bool SimNetwork::run_until(const std::function<bool()>& condition, SimTime limit) {
  const SimTime end = core_->now() + limit;
  while (!condition())
    if (!core_->step_until(end)) {
      core_->advance_to(end);
      return condition();
    }
  return true;
}

void SimNetwork::set_faults(const SimFaults& faults) { core_->faults() = faults; }
void SimNetwork::partition(const std::string& client, bool cut_off) { core_->partition(client, cut_off); }
void SimNetwork::crash_server(bool lose_unsynced) { core_->crash(lose_unsynced); }
void SimNetwork::restart_server() { core_->restart(); }
void SimNetwork::delete_stream(const std::string& stream) { core_->server.delete_stream(stream); }

void SimNetwork::corrupt_object(const std::string& bucket, const Digest& digest) {
  auto& objects = core_->server.bucket(bucket).objects;
  if (const auto object = objects.find(digest); object != objects.end())
    object->second.bytes = Bytes(object->second.bytes.size() + 1, 'x');
}

}  // namespace tcps::bus
