#include "actors/runtime/restart_policy.h"

#include "messages/result.h"

namespace tcps {
namespace {

constexpr size_t restarts_bound = 20;  // the pause still fits: 2^20 times the first

}  // namespace

RestartPolicy::RestartPolicy(RestartIntensity intensity) : intensity_(intensity) {
  TCPS_CHECK(intensity.restarts_max <= restarts_bound);
}

std::optional<std::chrono::milliseconds> RestartPolicy::failed(int64_t now_ms) {
  std::erase_if(restarts_ms_, [&](int64_t at) { return now_ms - at > intensity_.period.count(); });
  if (restarts_ms_.size() >= intensity_.restarts_max) return std::nullopt;
  const auto pause = intensity_.first_pause * (int64_t{1} << restarts_ms_.size());
  restarts_ms_.push_back(now_ms);
  return pause;
}

}  // namespace tcps
