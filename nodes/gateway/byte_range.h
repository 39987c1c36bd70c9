// Byte ranges of a request (RFC 9110, section 14), for answers that are files: one range, or the whole. Pure
// rules.
#pragma once

#include <cstdint>
#include <string_view>

namespace tcps::gateway {

struct ByteRange {
  enum class Kind : uint8_t {
    whole,          // nothing was asked that is understood: several ranges, another unit, nonsense
    part,           // bytes [from, from + length)
    unsatisfiable,  // well formed, and none of the file's bytes are in it
  };
  Kind kind = Kind::whole;
  uint64_t from = 0;
  uint64_t length = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// `range`: the field value of Range, empty when there is none. `size`: of the file, in bytes.
ByteRange byte_range_of(std::string_view range, uint64_t size);

}  // namespace tcps::gateway
