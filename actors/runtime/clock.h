// The clocks that actors are given. Rules never read a clock: time is passed to them.
#pragma once

#include <cstdint>

namespace tcps {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds of a clock that also runs while the machine sleeps and is never set: for deadlines and
  // leases.
  virtual int64_t boot_ms() const = 0;
  // Milliseconds since the Unix epoch, UTC: information for people, never a rule.
  virtual int64_t unix_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  int64_t boot_ms() const override;
  int64_t unix_ms() const override;
};

}  // namespace tcps
