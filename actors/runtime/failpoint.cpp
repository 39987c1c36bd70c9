#include "actors/runtime/failpoint.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace tcps {

void failpoint(std::string_view scope, std::string_view place) {
  static const char* const chosen = std::getenv("TCPS_FAILPOINT");
  if (chosen == nullptr) return;
  const auto here = std::string(scope) + "." + std::string(place);
  if (here == chosen) raise(SIGKILL);
  static std::atomic<bool> stopped{false};
  if (here + ":stop" == chosen && !stopped.exchange(true)) kill(getpid(), SIGSTOP);
}

}  // namespace tcps
