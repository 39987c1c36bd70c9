#include "actors/line/signature_memo.h"

namespace tcps::line {

void SignatureMemo::verify_ahead(const LineMessage& message, const PublicKey& key) {
  bool holds = verify(message.envelope, 0, key);
  std::lock_guard lock(mutex_);
  if (known_.size() >= known_max) known_.clear();  // of messages that were refused before anybody asked
  known_[message.envelope_digest] = {key.id(), holds};
}

bool SignatureMemo::check(const LineMessage& message, size_t index, const PublicKey& key) {
  if (index == 0) {
    std::lock_guard lock(mutex_);
    auto found = known_.find(message.envelope_digest);
    if (found != known_.end()) {
      auto known = found->second;
      known_.erase(found);
      if (known.key_id == key.id()) return known.holds;
    }
  }
  return verify(message.envelope, index, key);
}

}  // namespace tcps::line
