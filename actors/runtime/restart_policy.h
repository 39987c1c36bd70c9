// Whether a child that ended is started again, and after which pause: one for one, within an intensity;
// beyond it the keeper escalates to whoever keeps the keeper (Erlang/OTP's supervisors: "intensity" and
// "period").
//
// One policy serves one child. Time is passed in. Not thread-safe: its keeper's.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace tcps {

struct RestartIntensity {
  size_t restarts_max = 5;  // within the period; 0: the first end escalates
  std::chrono::milliseconds period{60'000};
  std::chrono::milliseconds first_pause{100};  // twice as long for each further restart within the period
};

class RestartPolicy {
 public:
  explicit RestartPolicy(RestartIntensity intensity);
  // For what nothing can stand in for: its end always escalates.
  static RestartPolicy never() { return RestartPolicy({.restarts_max = 0}); }

  // The child failed at `now_ms`, of a clock that only rises. Returns the pause before it is started again,
  // which counts as a restart; nothing: escalate.
  std::optional<std::chrono::milliseconds> failed(int64_t now_ms);

 private:
  RestartIntensity intensity_;
  std::vector<int64_t> restarts_ms_;  // within the period, oldest first
};

}  // namespace tcps
