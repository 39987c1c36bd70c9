// The life of the cards in one station's hands, as a state machine without threads, clock or bus: inputs in,
// actions out, time passed in.
//
//   delivered -> wait until the fold has reached the card and it is open -> run -> publish the outcome
//             -> wait until the fold shows the card closed -> acknowledge
//
// Redelivery, a crash at any point, a zombie that wakes up late: all end in at most one admitted outcome,
// because the fold admits one and this desk acknowledges only what the fold has closed. While a card is in
// hand, in-progress marks keep it; when the server has not answered a mark for half the ack wait, somebody
// else may have the card: the run is killed and nothing is published.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/line/fold/line_state.h"
#include "messages/digest.h"

namespace tcps::station {

inline constexpr uint64_t deliveries_before_crash_loop = 5;
inline constexpr int outcomes_refused_max = 3;

struct DeskConfig {
  Stage stage;
  int workers = 1;                   // cards in hand at most
  size_t downstream_cards_max = 64;  // open cards at the next stage above which no credit is given
  int64_t ack_wait_ms = 30'000;
  int64_t slo_ms = 600'000;
  bool wait_certified = false;  // publish: no card is worked before a certified checkpoint covers it
  int64_t republish_ms =
      3'000;  // how long a published outcome may stay unseen in the fold before it is published again
};

// ---- actions, to be carried out in order
struct Start {
  uint64_t key;
  line::WorkOrderState order;
};  // run the procedure
struct Kill {
  uint64_t key;
  bool deadline;
};  // stop the run; deadline: it ends in a failed outcome
struct Publish {
  uint64_t key;
  bool expect_first;
};  // the outcome that Finished brought
struct Acknowledge {
  std::string ack_token;
};
struct Mark {
  uint64_t key;
  std::string ack_token;
};  // tell the server that the card is still in work
struct HandBack {
  std::string ack_token;
  int64_t delay_ms;
};
struct RaiseCrashLoop {
  uint64_t key;
  line::WorkOrderState order;
  uint64_t deliveries;
};
struct AddCredit {
  int count;
};
using Action = std::variant<Start, Kill, Publish, Acknowledge, Mark, HandBack, RaiseCrashLoop, AddCredit>;
using Actions = std::vector<Action>;

class CardDesk {
 public:
  explicit CardDesk(DeskConfig config) : config_(config) {}

  // ---- inputs
  // Every message up to `position` is in a certified checkpoint. Told before fold_moved().
  void certified(uint64_t position) { certified_ = std::max(certified_, position); }
  Actions open(const line::LineState& line);  // gives the first credit
  // `card`: payload digest of the delivered message, when the fold does not know its position (a card put
  // back).
  Actions delivered(std::string ack_token, uint64_t sequence, uint64_t deliveries, Digest card,
                    int64_t now_ms, const line::LineState& line);
  Actions fold_moved(int64_t now_ms, const line::LineState& line);
  // The run has ended. published_digest: payload digest of the sealed outcome; nothing: it could not be
  // worked here, or was killed.
  Actions finished(uint64_t key, std::optional<Digest> outcome, const line::LineState& line);
  // The run could not go on for want of something outside (a full store, a silent bus): it is tried again,
  // and the card stays in hand. A hand-back would count as a delivery towards a crash loop.
  void blocked(uint64_t key, int64_t now_ms);
  // The bus did not store the outcome, or did not say so. An outcome that it stored needs no word: only the
  // fold tells.
  void publish_failed(uint64_t key, bool conflict, int64_t now_ms);
  void mark_answered(uint64_t key, bool ok, int64_t now_ms);
  // The fold refused a message of this payload.
  Actions refused(const Digest& outcome, int64_t now_ms, const line::LineState& line);
  Actions tick(int64_t now_ms, const line::LineState& line);
  // kills all runs, hands back what is in hand and whatever is still delivered, gives no more credit
  Actions close();

  // ---- queries
  size_t in_hand() const { return cards_.size(); }
  bool holds(uint64_t key) const { return cards_.contains(key); }
  size_t running() const;
  std::optional<uint64_t> certificate_wanted()
      const;  // the last position that waits for nothing but a checkpoint

 private:
  enum class At : uint8_t {
    waiting,
    running,
    published,
    // leaving: let go of, its run has still to end
    leaving
  };
  struct Card {
    std::string ack_token;
    uint64_t sequence = 0;
    uint64_t deliveries = 0;
    Digest card;
    At at = At::waiting;
    bool run_over = true;
    bool expect_first = true;
    bool deadline_passed = false;
    int refusals = 0;
    Digest outcome;
    int64_t delivered_ms = 0;
    int64_t started_ms = 0;
    int64_t blocked_until_ms = 0;  // waiting, but not to be started before
    int64_t marked_ms = 0;         // last answered mark, or the delivery
    int64_t mark_sent_ms = 0;
    int64_t publish_due_ms = 0;  // when the outcome is to be published again; 0: the next tick decides
  };
  using Cards = std::map<uint64_t, Card>;

  const line::WorkOrderState* holder(Card& card, const line::LineState& line) const;
  void judge_waiting(uint64_t key, Card& card, int64_t now_ms, const line::LineState& line, Actions& out);
  void let_go(Cards::iterator card, Actions& out);
  void give_credit(const line::LineState& line, Actions& out);
  void keep_alive(Cards::iterator card, int64_t now_ms, Actions& out);
  void erase_if_over(uint64_t key);

  DeskConfig config_;
  Cards cards_;
  int credit_ = 0;  // given and not yet used
  uint64_t next_key_ = 1;
  uint64_t certified_ = 0;
  bool closed_ = false;
};

}  // namespace tcps::station
