#include "nodes/tcps/run/interruption.h"

#include <signal.h>

#include <atomic>

namespace tcps::cli {
namespace {

std::atomic<bool> noted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note(int) { noted = true; }

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interruption::Interruption() {
  noted = false;
  set_handler(note);
}

Interruption::~Interruption() { set_handler(SIG_DFL); }

bool Interruption::happened() { return noted; }

}  // namespace tcps::cli
