#include "actors/supervisor/artifact_retention.h"

#include <algorithm>

namespace tcps::supervisor {

std::string_view to_string(Retention retention) {
  switch (retention) {
    case Retention::for_ever:
      return "for ever";
    case Retention::recent:
      return "recent";
    case Retention::needed:
      return "needed";
    case Retention::manifest:
      return "manifest";
    case Retention::never_swept:
      return "never swept";
    case Retention::due:
      return "due";
  }
  return "";
}

bool ArtifactRetention::old_enough(const bus::ObjectInfo& artifact) const {
  if (policy_.keep.count() == 0) return false;
  return artifact.stored_unix_ms + std::max(policy_.keep, policy_.attempt_max).count() < now_unix_ms_;
}

Result<Retention> ArtifactRetention::judge(const bus::ObjectInfo& artifact,
                                           const FindOrigin& find_origin) const {
  if (policy_.keep.count() == 0) return Retention::for_ever;
  if (!old_enough(artifact)) return Retention::recent;
  if (needed_.contains(artifact.digest)) return Retention::needed;
  auto origin = TCPS_TRY(find_origin(artifact.digest));
  if (origin.manifest) return Retention::manifest;
  const auto& kept = policy_.never_swept;
  const bool never = std::any_of(origin.stages.begin(), origin.stages.end(), [&](Stage stage) {
    return std::find(kept.begin(), kept.end(), stage) != kept.end();
  });
  return never ? Retention::never_swept : Retention::due;
}

}  // namespace tcps::supervisor
