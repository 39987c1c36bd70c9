#include "actors/line/following/signature_memo.h"

namespace tcps::line {
namespace {

// All that the answer depends on: messages of the line have one type of payload.
Bytes question(const LineMessage& message, const PublicKey& key) {
  Bytes question(message.payload_digest.raw());
  return question.append(message.envelope.signatures[0].signature).append(key.raw());
}

}  // namespace

void SignatureMemo::verify_ahead(const LineMessage& message, const PublicKey& key) {
  const bool holds = verify(message.envelope, 0, key);
  std::lock_guard lock(mutex_);
  if (known_.size() >= known_max) known_.clear();  // of messages that were refused before anybody asked
  known_[question(message, key)] = holds;
}

bool SignatureMemo::check(const LineMessage& message, size_t index, const PublicKey& key) {
  if (index == 0 && !message.envelope.signatures.empty()) {
    std::lock_guard lock(mutex_);
    if (const auto known = known_.extract(question(message, key))) return known.mapped();
  }
  return verify(message.envelope, index, key);
}

}  // namespace tcps::line
