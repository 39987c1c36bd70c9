// The arithmetic of pulling on credit, free of NATS. The owner adds credit; what is not yet asked for becomes
// one pull request; each delivery uses up one credit and one place of a request. A request ends by being
// filled (the server says nothing), by a status of the server (which tells how many places were left), or by
// its deadline; what it left unused is asked for again.
//
// The server serves several waiting requests in turn and does not say which of them a delivery answers, so
// only the sum over all requests is exact; deliveries are booked on the oldest.
//
// Invariants: asked() <= credit(); credit() never falls but by a delivery. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

namespace tcps::bus {

class PullCredit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Ask {
    uint64_t id;
    int batch;
  };

  void add(int count) { credit_ += count; }
  // The request to send now, for all credit not asked for yet. None when that is less than a quarter of the
  // credit: the server then still has places to fill, and one request for several is cheaper than several.
  // Ask after every delivery and every addition.
  std::optional<Ask> ask(Time deadline);
  // True: the delivery is covered. False: it is beyond the credit and must be handed back.
  bool delivered();
  // The server ended request `id` with `left` of its places unused; nothing: all that is booked on it.
  void ended(uint64_t id, std::optional<int> left);
  // Forgets the requests whose deadline has passed: their answers were lost.
  void expire(Time now);
  // Forgets all requests: the server, or the connection, is another one.
  void forget_requests();

  int credit() const { return credit_; }
  int asked() const { return asked_; }

 private:
  struct Request {
    int left;
    Time deadline;
  };
  int take_from_oldest(int count);

  static constexpr int ask_share = 4;
  static constexpr uint64_t unknown_id =
      UINT64_MAX;  // places that are open at the server under an id no longer known
  int credit_ = 0;
  int asked_ = 0;  // sum of left over requests_
  uint64_t last_id_ = 0;
  std::map<uint64_t, Request> requests_;
};

}  // namespace tcps::bus
