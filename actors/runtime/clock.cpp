#include "actors/runtime/clock.h"

#include <time.h>

namespace tcps {
namespace {

int64_t read_ms(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

int64_t SystemClock::boot_ms() const { return read_ms(CLOCK_BOOTTIME); }
int64_t SystemClock::unix_ms() const { return read_ms(CLOCK_REALTIME); }

}  // namespace tcps
