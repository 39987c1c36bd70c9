// Which artifacts may go: bulky files of work orders that were closed long ago. A rule without clock, bus or
// disk; receipts and all other entries of the ledger are no artifacts and are never concerned.
//
// An artifact stays while any of these holds:
//   - the policy keeps artifacts for ever (the default);
//   - it was stored, or stored again, more recently than the policy keeps artifacts, or than any attempt at a
//   stage can last: a station
//     stores its files before its receipt names them;
//   - something needs it: the product in force, a work order that is not closed, or one that was closed
//   within the time kept;
//   - it is what the ledger itself refers to for good: an artifact manifest, a standard work, the artifact of
//   an evidence entry;
//   - a stage made it whose outputs are never swept.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bus/bus.h"
#include "messages/stage.h"

namespace tcps::supervisor {

struct RetentionPolicy {
  std::chrono::milliseconds keep{0};         // after a work order's last entry; 0: for ever
  std::chrono::milliseconds attempt_max{0};  // longest that a stage works before its receipt
  std::vector<Stage> never_swept;
};

// What the ledger says of an artifact.
struct ArtifactOrigin {
  bool manifest = false;      // a receipt hands it on as its artifact manifest
  std::vector<Stage> stages;  // whose receipts name it among what they made
};
// Errors: those of the ledger.
using FindOrigin = std::function<Result<ArtifactOrigin>(const Digest&)>;

enum class Retention : uint8_t { for_ever, recent, needed, manifest, never_swept, due };
std::string_view to_string(Retention retention);

class ArtifactRetention {
 public:
  ArtifactRetention(RetentionPolicy policy, int64_t now_unix_ms)
      : policy_(std::move(policy)), now_unix_ms_(now_unix_ms) {}

  void need(const Digest& artifact) { needed_.insert(artifact); }
  // Whether this artifact is old enough to be looked at further: needs no marks.
  bool old_enough(const bus::ObjectInfo& artifact) const;
  // After every need() was told. Asks for the origin only of what nothing else keeps. Errors: those of
  // `find_origin`.
  Result<Retention> judge(const bus::ObjectInfo& artifact, const FindOrigin& find_origin) const;
  // Work orders with an entry at this time or later keep their artifacts.
  int64_t kept_since_unix_ms() const { return now_unix_ms_ - policy_.keep.count(); }

 private:
  RetentionPolicy policy_;
  int64_t now_unix_ms_;
  std::unordered_set<Digest> needed_;
};

}  // namespace tcps::supervisor
