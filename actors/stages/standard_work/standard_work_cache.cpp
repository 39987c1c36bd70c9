#include "actors/stages/standard_work/standard_work_cache.h"

namespace tcps::stages {

Result<std::shared_ptr<const StandardWork>> StandardWorkCache::get(const Digest& digest) {
  {
    std::lock_guard lock(mutex_);
    auto found = kept_.find(digest);
    if (found != kept_.end()) return found->second;
  }
  auto text = artifacts_->get(digest, 1u << 20);
  if (!text) return fail(text.error().at("standard work " + digest.to_string()));
  auto parsed = TCPS_TRY(StandardWork::parse(*text, "line.toml"));
  auto shared = std::make_shared<const StandardWork>(std::move(parsed));
  std::lock_guard lock(mutex_);
  if (kept_.size() >= kept_max) kept_.erase(kept_.begin());
  kept_[digest] = shared;
  return shared;
}

}  // namespace tcps::stages
