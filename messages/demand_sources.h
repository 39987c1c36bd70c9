// The sources of demand that Standard Work knows, and the bucket of a signal that names none.
#pragma once

#include <array>
#include <string_view>

#include "messages/vocabulary.h"

namespace tcps {

struct DemandSourceBucket {
  std::string_view source;  // a token
  Bucket bucket;
};

// A line whose standard work names no sources takes these.
inline constexpr std::array standard_sources = {
    DemandSourceBucket{"marketplace", Bucket::features},
    DemandSourceBucket{"github", Bucket::reliability},
    DemandSourceBucket{"security", Bucket::security},
    DemandSourceBucket{"customers", Bucket::features},
};

// Of another source, one that a line named itself or one that it will refuse: features.
constexpr Bucket standard_bucket(std::string_view source) {
  for (const auto& known : standard_sources) {
    if (known.source == source) return known.bucket;
  }
  return Bucket::features;
}

}  // namespace tcps
