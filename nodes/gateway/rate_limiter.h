// How often each client may ask: a bucket of allowances per client that refills with time. Bounded: when too
// many clients are known, those with full buckets are forgotten first, which changes nothing for them. A pure
// rule; time is passed in. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tcps::gateway {

struct RateLimits {
  double per_second = 50;
  double burst = 200;  // at least 1
  size_t clients_max = 10'000;
};

class RateLimiter {
 public:
  explicit RateLimiter(RateLimits limits) : limits_(limits) {}

  // Whether the client may ask now; takes one allowance if so. Beyond clients_max, newcomers are refused.
  bool admit(const std::string& client, int64_t now_ms);
  size_t clients() const { return buckets_.size(); }

 private:
  struct Bucket {
    double allowances = 0;
    int64_t filled_ms = 0;
  };
  double filled(const Bucket& bucket, int64_t now_ms) const;
  void forget_full(int64_t now_ms);

  RateLimits limits_;
  std::map<std::string, Bucket> buckets_;
  int64_t forgot_ms_ = 0;
};

}  // namespace tcps::gateway
