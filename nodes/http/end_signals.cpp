#include "nodes/http/end_signals.h"

#include <pthread.h>

namespace tcps::http {

EndSignals::EndSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

void EndSignals::wait() const {
  int signal = 0;
  sigwait(&signals_, &signal);
}

}  // namespace tcps::http
