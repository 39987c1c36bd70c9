#include "nodes/gateway/rate_limiter.h"

#include <algorithm>

namespace tcps::gateway {

constexpr int64_t forget_interval_ms = 1000;  // a walk over all clients is not for every request

double RateLimiter::filled(const Bucket& bucket, int64_t now_ms) const {
  const double seconds = static_cast<double>(std::max<int64_t>(0, now_ms - bucket.filled_ms)) / 1000;
  return std::min(limits_.burst, bucket.allowances + seconds * limits_.per_second);
}

void RateLimiter::forget_full(int64_t now_ms) {
  if (now_ms - forgot_ms_ < forget_interval_ms && forgot_ms_ != 0) return;
  forgot_ms_ = now_ms;
  std::erase_if(buckets_, [&](const auto& one) { return filled(one.second, now_ms) >= limits_.burst; });
}

bool RateLimiter::admit(const std::string& client, int64_t now_ms) {
  auto found = buckets_.find(client);
  if (found == buckets_.end()) {
    if (buckets_.size() >= limits_.clients_max) forget_full(now_ms);
    if (buckets_.size() >= limits_.clients_max) return false;
    found = buckets_.emplace(client, Bucket{limits_.burst, now_ms}).first;
  }
  Bucket& bucket = found->second;
  bucket.allowances = filled(bucket, now_ms);
  bucket.filled_ms = now_ms;
  if (bucket.allowances < 1) return false;
  bucket.allowances -= 1;
  return true;
}

}  // namespace tcps::gateway
