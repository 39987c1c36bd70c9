// SIGINT and SIGTERM, which end a program that serves: kept from every thread, and taken by the one that
// waits for them. SIGPIPE does not end it: who reads its log may go.
#pragma once

#include <signal.h>

namespace tcps::http {

class EndSignals {
 public:
  // Before the first thread is made: threads inherit that they are kept from it.
  EndSignals();
  void wait() const;  // blocks until one comes

 private:
  sigset_t signals_;
};

}  // namespace tcps::http
