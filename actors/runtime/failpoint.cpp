#include "actors/runtime/failpoint.h"

#include <signal.h>

#include <cstdlib>
#include <string>

namespace tcps {

void failpoint(std::string_view scope, std::string_view place) {
  static const char* const chosen = std::getenv("TCPS_FAILPOINT");
  if (chosen == nullptr) return;
  if (std::string(scope) + "." + std::string(place) == chosen) raise(SIGKILL);
}

}  // namespace tcps
