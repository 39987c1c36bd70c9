#include "bus/nats/pull_credit.h"

#include <algorithm>

namespace tcps::bus {

std::optional<PullCredit::Ask> PullCredit::ask(Time deadline) {
  const int batch = credit_ - asked_;
  if (batch <= 0 || batch * ask_share < credit_) return std::nullopt;
  asked_ += batch;
  requests_[++last_id_] = {batch, deadline};
  return Ask{last_id_, batch};
}

bool PullCredit::delivered() {
  take_from_oldest(1);
  if (credit_ == 0) return false;
  --credit_;
  take_from_oldest(asked_ - credit_);
  return true;
}

void PullCredit::ended(uint64_t id, std::optional<int> left) {
  int booked = 0;
  Time deadline{};
  if (const auto it = requests_.find(id); it != requests_.end()) {
    booked = it->second.left;
    deadline = it->second.deadline;
    requests_.erase(it);
    asked_ -= booked;
  }
  const int unused = left.value_or(booked);
  if (unused > booked) take_from_oldest(unused - booked);
  if (unused < booked) {  // other requests, booked as filled, have these places still open
    auto& other = requests_.try_emplace(unknown_id, Request{0, deadline}).first->second;
    other.left += booked - unused;
    other.deadline = std::max(other.deadline, deadline);
    asked_ += booked - unused;
  }
}

void PullCredit::expire(Time now) {
  for (auto it = requests_.begin(); it != requests_.end();) {
    if (it->second.deadline > now) {
      ++it;
      continue;
    }
    asked_ -= it->second.left;
    it = requests_.erase(it);
  }
}

void PullCredit::forget_requests() {
  requests_.clear();
  asked_ = 0;
}

int PullCredit::take_from_oldest(int count) {
  int taken = 0;
  while (taken < count && !requests_.empty()) {
    auto oldest = requests_.begin();
    const int here = std::min(count - taken, oldest->second.left);
    oldest->second.left -= here;
    taken += here;
    if (oldest->second.left == 0) requests_.erase(oldest);
  }
  asked_ -= taken;
  return taken;
}

}  // namespace tcps::bus
