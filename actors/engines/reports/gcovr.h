// Coverage as gcovr's `--json-summary` writes it.
#pragma once

#include <cstdint>

#include "messages/digest.h"
#include "messages/result.h"

namespace tcps::reports {

struct CoverageShare {
  uint64_t covered = 0;
  uint64_t total = 0;
  // 0 when there is nothing to cover: unmeasured code must not pass a threshold. Rounded down to a tenth, so
  // that 79.96 is below 80.
  double percent() const;
};

struct Coverage {
  CoverageShare lines;
  CoverageShare functions;
  CoverageShare branches;
};

// Errors: invalid (no JSON, a count is absent, negative, or more is covered than there is).
Result<Coverage> parse_gcovr_summary(BytesView json);

}  // namespace tcps::reports
