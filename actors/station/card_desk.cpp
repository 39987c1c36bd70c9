#include "actors/station/card_desk.h"

#include <utility>

namespace tcps::station {
namespace {

constexpr int64_t blocked_ms = 5'000;  // until a blocked run is tried again
// Longer than this station's credit lasts, or it would be handed the same card again. And later than now: a
// server that is stopped next remembers until when a card was handed back, but not that it was to be
// delivered at once.
constexpr int64_t after_close_ms = 1'000;

}  // namespace

Actions CardDesk::open(const line::LineState& line) {
  Actions out;
  give_credit(line, out);
  return out;
}

Actions CardDesk::delivered(std::string ack_token, uint64_t sequence, uint64_t deliveries, Digest card,
                            int64_t now_ms, const line::LineState& line) {
  Actions out;
  credit_ = std::max(0, credit_ - 1);
  if (closed_) {
    out.push_back(HandBack{ack_token, after_close_ms});
    return out;
  }
  for (auto& [key, held] : cards_) {  // the server gave up on the hand that has it, and found the same again
    if (held.sequence != sequence || held.at == At::leaving) continue;
    held.ack_token = std::move(ack_token);
    give_credit(line, out);
    return out;
  }
  auto key = next_key_++;
  auto& entry = cards_[key];
  entry.ack_token = std::move(ack_token);
  entry.sequence = sequence;
  entry.deliveries = deliveries;
  entry.card = card;
  entry.delivered_ms = entry.marked_ms = entry.mark_sent_ms = now_ms;
  judge_waiting(key, entry, now_ms, line, out);
  erase_if_over(key);
  give_credit(line, out);
  return out;
}

// The work order whose open card this is, or null. Learns the card's digest from the fold at its position.
const line::WorkOrderState* CardDesk::holder(Card& card, const line::LineState& line) const {
  if (card.card.empty()) {
    const auto* order = line.open_card_at(card.sequence);
    if (order != nullptr) card.card = order->card;
    return order;
  }
  return line.card_holder(card.card);
}

void CardDesk::judge_waiting(uint64_t key, Card& card, int64_t now_ms, const line::LineState& line,
                             Actions& out) {
  if (line.position() < card.sequence || (config_.wait_certified && certified_ < card.sequence)) return;
  const auto* order = holder(card, line);
  if (order == nullptr || order->stage != config_.stage) {  // closed long ago, refused, or never a card
    out.push_back(Acknowledge{card.ack_token});
    card.at = At::leaving;
    return;
  }
  for (const auto& [other, held] : cards_) {
    if (other != key && held.at != At::leaving && held.card == card.card) {  // put back while it is in hand
      out.push_back(HandBack{card.ack_token, config_.ack_wait_ms});
      card.at = At::leaving;
      return;
    }
  }
  if (now_ms < card.blocked_until_ms) return;
  if (line.stage_stopped(config_.stage))
    return;  // kept: each hand-back would count as a delivery towards a crash loop
  card.run_over = false;
  card.at = At::running;
  card.started_ms = now_ms;
  if (card.deliveries >= deliveries_before_crash_loop) {
    out.push_back(RaiseCrashLoop{key, *order, card.deliveries});
    card.run_over = true;
    card.at = At::published;  // the call closes the card
    card.publish_due_ms = now_ms + config_.republish_ms;
    return;
  }
  out.push_back(Start{key, *order});
}

Actions CardDesk::fold_moved(int64_t now_ms, const line::LineState& line) {
  Actions out;
  std::vector<uint64_t> keys;
  for (const auto& [key, card] : cards_) keys.push_back(key);
  for (auto key : keys) {
    auto& card = cards_.at(key);
    if (card.at == At::waiting) {
      judge_waiting(key, card, now_ms, line, out);
    } else if (card.at != At::leaving &&
               !line.is_open(card.card)) {  // closed: by us, by another, or by a person
      out.push_back(Acknowledge{card.ack_token});
      if (!card.run_over) out.push_back(Kill{key, false});
      card.at = At::leaving;
    }
    erase_if_over(key);
  }
  give_credit(line, out);
  return out;
}

Actions CardDesk::finished(uint64_t key, std::optional<Digest> outcome, const line::LineState& line) {
  Actions out;
  auto found = cards_.find(key);
  if (found == cards_.end()) return out;
  auto& card = found->second;
  card.run_over = true;
  if (card.at == At::running) {
    if (outcome) {
      card.outcome = *outcome;
      card.at = At::published;
      card.publish_due_ms = 0;
      out.push_back(Publish{key, card.expect_first});
    } else {
      out.push_back(HandBack{card.ack_token, std::min<int64_t>(5'000, config_.ack_wait_ms)});
      card.at = At::leaving;
    }
  }
  erase_if_over(key);
  give_credit(line, out);
  return out;
}

void CardDesk::blocked(uint64_t key, int64_t now_ms) {
  auto found = cards_.find(key);
  if (found == cards_.end()) return;
  auto& card = found->second;
  card.run_over = true;
  if (card.at == At::running) {
    card.at = At::waiting;
    card.blocked_until_ms = now_ms + blocked_ms;
  }
  erase_if_over(key);
}

void CardDesk::publish_failed(uint64_t key, bool conflict, int64_t now_ms) {
  auto found = cards_.find(key);
  if (found == cards_.end() || found->second.at != At::published) return;
  auto& card = found->second;
  // A conflict means that some message sits on the subject: if the fold does not take it for the outcome,
  // ours is published beside it.
  if (conflict) card.expect_first = false;
  card.publish_due_ms = now_ms + std::min<int64_t>(1'000, config_.republish_ms);
}

void CardDesk::mark_answered(uint64_t key, bool ok, int64_t now_ms) {
  auto found = cards_.find(key);
  if (found != cards_.end() && ok) found->second.marked_ms = now_ms;
}

Actions CardDesk::refused(const Digest& outcome, int64_t now_ms, const line::LineState& line) {
  Actions out;
  for (auto& [key, card] : cards_) {
    if (card.at != At::published || card.outcome != outcome) continue;
    const auto* order = line.card_holder(card.card);
    if (order == nullptr) continue;  // the card is closed: fold_moved acknowledges it
    card.outcome = {};
    card.expect_first = false;
    if (++card.refusals >= outcomes_refused_max) {
      out.push_back(RaiseCrashLoop{key, *order, card.deliveries});
      card.publish_due_ms = now_ms + config_.republish_ms;
    } else {
      card.at = At::running;
      card.run_over = false;
      card.deadline_passed = false;
      card.started_ms = now_ms;
      out.push_back(Start{key, *order});
    }
  }
  return out;
}

void CardDesk::keep_alive(Cards::iterator entry, int64_t now_ms, Actions& out) {
  auto& [key, card] = *entry;
  if (now_ms - card.marked_ms >= config_.ack_wait_ms / 2) {
    let_go(entry, out);
    return;
  }
  if (now_ms - card.mark_sent_ms >= config_.ack_wait_ms / 4) {
    card.mark_sent_ms = now_ms;
    out.push_back(Mark{key, card.ack_token});
  }
}

// Somebody else may have the card by now: stop, publish nothing.
void CardDesk::let_go(Cards::iterator entry, Actions& out) {
  auto& [key, card] = *entry;
  if (!card.run_over) out.push_back(Kill{key, false});
  card.at = At::leaving;
}

Actions CardDesk::tick(int64_t now_ms, const line::LineState& line) {
  Actions out;
  for (auto entry = cards_.begin(); entry != cards_.end();) {
    auto current = entry++;
    auto& [key, card] = *current;
    if (card.at == At::leaving) continue;
    keep_alive(current, now_ms, out);
    if (card.at == At::waiting && card.blocked_until_ms != 0 && now_ms >= card.blocked_until_ms) {
      card.blocked_until_ms = 0;
      judge_waiting(key, card, now_ms, line, out);
    }
    if (card.at == At::running && !card.run_over && !card.deadline_passed &&
        now_ms - card.started_ms >= config_.slo_ms) {
      card.deadline_passed = true;
      out.push_back(Kill{key, true});
    }
    if (card.at == At::published && card.publish_due_ms == 0)
      card.publish_due_ms = now_ms + config_.republish_ms;
    if (card.at == At::published && now_ms >= card.publish_due_ms) {
      card.publish_due_ms = now_ms + config_.republish_ms;
      card.expect_first = false;
      const auto* order = line.card_holder(card.card);
      if (order == nullptr) continue;  // closed: fold_moved acknowledges it
      if (card.outcome.empty()) {
        out.push_back(RaiseCrashLoop{key, *order, card.deliveries});
      } else {
        out.push_back(Publish{key, false});
      }
    }
    erase_if_over(key);
  }
  give_credit(line, out);
  return out;
}

Actions CardDesk::close() {
  Actions out;
  closed_ = true;
  for (auto& [key, card] : cards_) {
    if (!card.run_over) out.push_back(Kill{key, false});
    if (card.at != At::leaving) out.push_back(HandBack{card.ack_token, after_close_ms});
    card.at = At::leaving;
  }
  std::erase_if(cards_, [](const auto& pair) { return pair.second.run_over; });
  return out;
}

size_t CardDesk::running() const {
  return static_cast<size_t>(
      std::count_if(cards_.begin(), cards_.end(), [](const auto& pair) { return !pair.second.run_over; }));
}

std::optional<uint64_t> CardDesk::certificate_wanted() const {
  std::optional<uint64_t> wanted;
  if (!config_.wait_certified) return wanted;
  for (const auto& [key, card] : cards_) {
    if (card.at == At::waiting && certified_ < card.sequence)
      wanted = std::max(wanted.value_or(0), card.sequence);
  }
  return wanted;
}

void CardDesk::erase_if_over(uint64_t key) {
  auto found = cards_.find(key);
  if (found != cards_.end() && found->second.at == At::leaving && found->second.run_over) cards_.erase(found);
}

// A card is asked for only while a worker is free, the stage is not stopped and the next station has room.
void CardDesk::give_credit(const line::LineState& line, Actions& out) {
  if (closed_ || line.stage_stopped(config_.stage)) return;
  auto following = next_stage(config_.stage);
  if (following && line.open_cards(*following) >= config_.downstream_cards_max) return;
  int wanted = config_.workers - static_cast<int>(cards_.size()) - credit_;
  if (wanted <= 0) return;
  credit_ += wanted;
  out.push_back(AddCredit{wanted});
}

}  // namespace tcps::station
