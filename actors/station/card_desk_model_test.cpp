// Desks in a world that loses things: a simulated server with credit, ack wait and redelivery, two stations
// with folds of their own that lag behind the stream, lost marks, lost acknowledgements, lost and doubled
// outcomes, outcomes that the fold refuses, crashes, and people who decide meanwhile. However it goes, every
// card ends once.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>

#include "actors/line/testing/factory.h"
#include "actors/station/card_desk.h"

namespace tcps::station {
namespace {

using line::testing::Factory;
using line::testing::Sent;

constexpr int64_t step_ms = 50;
constexpr int64_t tick_ms = 250;
constexpr int64_t ack_wait_ms = 4'000;
constexpr size_t stations_count = 2;

DeskConfig desk_config() {
  DeskConfig config;
  config.stage = Stage::build;
  config.workers = 2;
  config.ack_wait_ms = ack_wait_ms;
  config.slo_ms = 5'000;
  config.republish_ms = 1'000;
  return config;
}

struct Queued {
  uint64_t sequence = 0;
  int64_t due_ms = 0;
  uint64_t deliveries = 0;
  bool acknowledged = false;
};

struct Run {
  line::WorkOrderState order;
  int64_t ends_ms = 0;
  bool killed = false;
  bool deadline = false;
};

struct Station {
  explicit Station(const Factory& factory)
      : desk(desk_config()), fold(factory.line, line::testing::cheap_check) {}
  CardDesk desk;
  line::LineState fold;  // behind the stream
  size_t folded = 0;
  int credit = 0;
  uint64_t life = 0;
  std::map<uint64_t, Run> runs;
  std::map<uint64_t, Sent> outcomes;
  std::map<Digest, int64_t> delivered_ms;  // by card
  std::map<uint64_t, int64_t> marked_ms;   // by key: delivery or last answered mark
};

class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    factory_.begin();
    factory_.admit(factory_.wip(10), factory_.ann);
    for (int i = 0; i < 5; ++i) {
      auto id = factory_.accept("s-" + std::to_string(i));
      factory_.pass_until(id, Stage::build);
      queue_.push_back({factory_.order(id).card_position, 0, 0, false});
      cards_[queue_.back().sequence] = factory_.order(id).card;
    }
    for (size_t i = 0; i < stations_count; ++i) {
      stations_.push_back(std::make_unique<Station>(factory_));
      carry_out(i, stations_[i]->desk.open(stations_[i]->fold));
    }
  }

  // Returns what went wrong, or nothing.
  std::string run() {
    for (bool faults : {true, false}) {
      faults_ = faults;
      for (auto end = now_ + (faults ? 25'000 : 90'000); now_ < end && wrong_.empty() && !(done() && !faults);
           now_ += step_ms)
        step();
    }
    if (wrong_.empty() && !done()) wrong_ = "a card is still open";
    for (const auto& message : queue_) {
      if (wrong_.empty() && !message.acknowledged) wrong_ = "a closed card was never acknowledged";
    }
    return wrong_;
  }

 private:
  size_t below(size_t bound) { return static_cast<size_t>(random_() % bound); }
  bool unlucky(size_t one_in) { return faults_ && below(one_in) == 0; }
  void later(int64_t delay_ms, std::function<void()> what) {
    events_.emplace(now_ + delay_ms, std::move(what));
  }
  bool done() const {
    return factory_.state.open_cards(Stage::build) == 0 &&
           std::all_of(queue_.begin(), queue_.end(),
                       [](const auto& message) { return message.acknowledged; });
  }

  void step() {
    while (!events_.empty() && events_.begin()->first <= now_) {
      auto what = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      what();
    }
    hand_out();
    for (size_t i = 0; i < stations_.size(); ++i) {
      end_runs(i);
      if (below(faults_ ? 6 : 2) == 0) fold(i);
      if (now_ % tick_ms == 0) carry_out(i, stations_[i]->desk.tick(now_, stations_[i]->fold));
      check_credit(*stations_[i]);
      if (unlucky(400)) crash(i);
    }
    if (unlucky(600)) decide();
  }

  // ---- the server
  void hand_out() {
    for (auto& message : queue_) {
      if (message.acknowledged || message.due_ms > now_) continue;
      auto i = below(stations_.size());
      auto& station = *stations_[i];
      if (station.credit == 0) continue;
      --station.credit;
      ++message.deliveries;
      message.due_ms = now_ + ack_wait_ms;
      if (unlucky(20)) {  // lost on the way: the credit is asked for again
        ++station.credit;
        continue;
      }
      station.delivered_ms[cards_.at(message.sequence)] = now_;
      carry_out(i, station.desk.delivered(std::to_string(message.sequence), message.sequence,
                                          message.deliveries, {}, now_, station.fold));
    }
  }
  Queued& message_of(const std::string& token) {
    auto sequence = std::stoull(token);
    return *std::find_if(queue_.begin(), queue_.end(),
                         [&](const auto& message) { return message.sequence == sequence; });
  }

  // ---- a station
  void fold(size_t i) {
    auto& station = *stations_[i];
    std::vector<Digest> refused;
    for (auto count = 1 + below(20); count > 0 && station.folded < factory_.history.size(); --count) {
      const auto& applied = factory_.history[station.folded++];
      if (!station.fold.apply(applied.position, applied.sent.subject, applied.sent.message).admitted) {
        refused.push_back(applied.sent.message.payload_digest);
      }
    }
    carry_out(i, station.desk.fold_moved(now_, station.fold));
    for (const auto& payload : refused) carry_out(i, station.desk.refused(payload, now_, station.fold));
  }

  void end_runs(size_t i) {
    auto& station = *stations_[i];
    std::vector<uint64_t> over;
    for (const auto& [key, run] : station.runs) {
      if (run.ends_ms <= now_) over.push_back(key);
    }
    for (auto key : over) {
      auto run = std::move(station.runs.at(key));
      station.runs.erase(key);
      std::optional<Digest> outcome;
      if (!run.killed || run.deadline) {
        if (!unlucky(12)) {
          auto receipt =
              run.deadline || below(6) == 0 ? factory_.failed(run.order, "F6.4") : factory_.passed(run.order);
          receipt.set_receipt_id(std::to_string(++receipts_));
          if (unlucky(10)) receipt.set_version("9.9.9");  // the fold refuses it
          station.outcomes.insert_or_assign(
              key, factory_.seal(receipt, i == 0 ? factory_.node_a : factory_.node_b));
          outcome = station.outcomes.at(key).message.payload_digest;
        }
      }
      carry_out(i, station.desk.finished(key, outcome, station.fold));
    }
  }

  void crash(size_t i) {
    auto life = stations_[i]->life + 1;
    stations_[i] = std::make_unique<Station>(factory_);
    stations_[i]->life = life;
    carry_out(i, stations_[i]->desk.open(stations_[i]->fold));
  }

  void decide() {
    for (const auto& [id, order] : factory_.state.work_orders()) {
      if (order.phase != line::Phase::working) continue;
      factory_.admit(factory_.decision(order, "hold"), factory_.bob);
      return;
    }
  }

  void check_credit(const Station& station) {
    if (station.credit + static_cast<int>(station.desk.in_hand()) > desk_config().workers)
      wrong_ = "more credit than free workers";
  }

  // ---- actions
  void carry_out(size_t i, Actions actions) {
    for (auto& action : actions) std::visit([&](auto& a) { carry_out(i, a); }, action);
  }
  void carry_out(size_t i, Start& a) {
    auto& marked_ms = stations_[i]->marked_ms[a.key];
    marked_ms = std::max(marked_ms, stations_[i]->delivered_ms.at(a.order.card));
    stations_[i]->runs[a.key] = {a.order, now_ + static_cast<int64_t>(below(faults_ ? 7'000 : 1'500)), false,
                                 false};
  }
  void carry_out(size_t i, Kill& a) {
    auto found = stations_[i]->runs.find(a.key);
    if (found == stations_[i]->runs.end()) return;
    found->second.killed = true;
    found->second.deadline = a.deadline;
    found->second.ends_ms = std::min(found->second.ends_ms, now_ + 300);
  }
  void carry_out(size_t i, Publish& a) {
    auto& station = *stations_[i];
    if (now_ - station.marked_ms.at(a.key) >= ack_wait_ms / 2 + tick_ms)
      wrong_ = "published by a hand that had to let go";
    publish(i, a.key, station.outcomes.at(a.key), a.expect_first);
  }
  void carry_out(size_t i, RaiseCrashLoop& a) {
    auto call = factory_.call("call-" + a.order.card.hex().substr(0, 20), "crash_loop", &a.order);
    call.set_raised_at(std::to_string(++receipts_));
    publish(i, a.key, factory_.seal(call, i == 0 ? factory_.node_a : factory_.node_b), false);
  }
  void publish(size_t i, uint64_t key, const Sent& sent, bool expect_first) {
    bool conflict = expect_first && subjects_.contains(sent.subject);
    bool lost = unlucky(8);
    bool stored = !lost && !conflict;
    if (stored) {
      later(static_cast<int64_t>(below(200)), [this, sent] {
        subjects_.insert(sent.subject);
        factory_.apply(sent);
      });
    }
    if (stored && !unlucky(8)) return;  // silence is good news
    bool heard = !unlucky(8);
    answer(i, static_cast<int64_t>(below(heard ? 300 : 1'500)),
           [=](CardDesk& desk, int64_t now) { desk.publish_failed(key, conflict && heard, now); });
  }
  void carry_out(size_t i, Acknowledge& a) {
    auto& message = message_of(a.ack_token);
    if (stations_[i]->fold.card_holder(cards_.at(message.sequence)) != nullptr)
      wrong_ = "acknowledged an open card";
    if (!unlucky(6)) message.acknowledged = true;
  }
  void carry_out(size_t i, Mark& a) {
    bool ok = !unlucky(4);
    if (ok) message_of(a.ack_token).due_ms = now_ + ack_wait_ms;
    answer(i, static_cast<int64_t>(below(400)), [this, i, key = a.key, ok](CardDesk& desk, int64_t now) {
      if (ok) stations_[i]->marked_ms[key] = now;
      desk.mark_answered(key, ok, now);
    });
  }
  void carry_out(size_t, HandBack& a) { message_of(a.ack_token).due_ms = now_ + a.delay_ms; }
  void carry_out(size_t i, AddCredit& a) { stations_[i]->credit += a.count; }

  void answer(size_t i, int64_t delay_ms, std::function<void(CardDesk&, int64_t)> input) {
    later(delay_ms, [this, i, life = stations_[i]->life, input = std::move(input)] {
      if (stations_[i]->life == life) input(stations_[i]->desk, now_);
    });
  }

  std::mt19937_64 random_;
  Factory factory_;
  std::vector<Queued> queue_;
  std::map<uint64_t, Digest> cards_;  // by sequence
  std::vector<std::unique_ptr<Station>> stations_;
  std::multimap<int64_t, std::function<void()>> events_;
  std::set<std::string> subjects_;
  std::string wrong_;
  int64_t now_ = 0;
  uint64_t receipts_ = 0;
  bool faults_ = true;
};

RC_GTEST_PROP(CardDesks, EndEveryCardOnceWhateverIsLost, (uint64_t seed)) {
  World world(seed);
  if (auto wrong = world.run(); !wrong.empty()) RC_FAIL(wrong);
}

}  // namespace
}  // namespace tcps::station
